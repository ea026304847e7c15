"""Who may come in, and through which doors."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from gradio.routes import App
from playwright.sync_api import Browser, expect
from starlette.routing import BaseRoute, Route, Router

from assistant.cli import main
from assistant.page import auth
from assistant.page.app import application
from assistant.page.auth import Failures, Sessions, Users
from assistant.page.serving import Serving
from corpus.errors import AssistantError
from tests.browser import ARTICLE, Scripted, ask, finished, said, serving

PASSWORD = "correct horse"


@pytest.fixture(scope="module", autouse=True)
def quick_hashes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "_N", 2)
        patch.setattr(auth, "_NOBODY", "")
        yield


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("auth") / "users"
    auth.add(path, "anna", PASSWORD)
    return path


@pytest.fixture(scope="module")
def token(file: Path) -> str:
    return str(auth.add(file, "robot", None))


@pytest.fixture(scope="module")
def guarded(file: Path, token: str) -> FastAPI:
    assistant = Scripted(lambda question: iter([said(question, "It rained.")]), ARTICLE)
    return application(assistant, Serving(users=Users.read(file)))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def client(guarded: FastAPI) -> Iterator[TestClient]:
    with TestClient(guarded, "http://localhost", follow_redirects=False) as client:
        yield client


# The file


def test_the_file_holds_hashes_alone_and_only_its_owner_reads_it(file: Path, token: str) -> None:
    users = Users.read(file)
    assert PASSWORD not in file.read_text() and token not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert users.check("anna", PASSWORD) and not users.check("anna", "wrong") and not users.check("robot", token)
    assert not users.check("nobody", "") and users.knows(token) and not users.knows(PASSWORD) and not users.knows("")


def test_a_name_added_again_replaces_the_old_one_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_text("# people\n\n")
    for name, password in (("anna", "first password"), ("anna-lena", "another one"), ("anna", PASSWORD)):
        auth.add(path, name, password)
    old = auth.add(path, "anna", None)
    new = auth.add(path, "anna", None)
    users = Users.read(path)
    assert users.check("anna", PASSWORD) and not users.check("anna", "first password")
    assert set(users.passwords) == {"anna", "anna-lena"} and users.knows(str(new)) and not users.knows(str(old))
    assert path.read_text().startswith("# people\n")


@pytest.mark.parametrize("line", ["anna", "anna:secret", ":scrypt$1$1$1$AA$AA", "token:robot:abc", "token:robot"])
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "users"
    path.write_text(f"# people\n{line}\n")
    with pytest.raises(AssistantError, match=r"Line 2 .* assistant user NAME --auth"):
        Users.read(path)


def test_a_file_that_names_nobody_lets_nobody_wonder(tmp_path: Path) -> None:
    for text, told in ((None, "cannot be read"), ("# nobody\n", "names nobody")):
        path = tmp_path / "users"
        if text is not None:
            path.write_text(text)
        with pytest.raises(AssistantError, match=told):
            Users.read(path)


def test_the_verb_adds_people_and_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "users"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main(["user", "anna", "--auth", str(path)]) == 0
    assert main(["user", "robot", "--auth", str(path), "--token"]) == 0
    users = Users.read(path)
    assert users.check("anna", PASSWORD) and users.knows(capsys.readouterr().out.strip())
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert main(["user", "bea", "--auth", str(path)]) == 1 and "at least 8" in capsys.readouterr().err
    assert main(["user", "a:b", "--auth", str(path), "--token"]) == 1 and "without" in capsys.readouterr().err


# How often, how long


def test_after_ten_failures_an_address_waits_a_minute_and_others_do_not() -> None:
    clock = [0.0]
    failures = Failures(now=lambda: clock[0])
    assert all(failures.allow("a") for _ in range(10)) and not failures.allow("a") and failures.allow("b")
    clock[0] = 59.9
    assert not failures.allow("a")
    clock[0] = 60.0
    assert failures.allow("a")
    failures.forgive("a")
    assert all(failures.allow("a") for _ in range(10))


def test_a_session_ends_when_it_is_ended_or_after_a_week() -> None:
    clock = [0.0]
    sessions = Sessions(now=lambda: clock[0])
    first, second = sessions.begin(), sessions.begin()
    sessions.end(first)
    assert not sessions.holds(first) and sessions.holds(second) and not sessions.holds("")
    clock[0] = 7 * 24 * 3600.0
    assert not sessions.holds(second)


# The doors


def paths(routes: list[BaseRoute]) -> set[tuple[str, str]]:
    """Every method and path that the application or Gradio's, mounted in it, answers to."""
    found: set[tuple[str, str]] = set()
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        if isinstance(inner, Router | App):
            found |= paths(inner.routes)
        elif isinstance(route, Route):
            found |= {(method, route.path) for method in route.methods or {"GET", "POST"}}
    return found


def test_every_route_but_two_is_closed_to_strangers(guarded: FastAPI, client: TestClient) -> None:
    tried = paths(guarded.routes)
    for path in ("/", "/config", "/gradio_api/queue/join", "/gradio_api/upload", "/mcp", "/v1/chat/completions"):
        assert any(path == known for _, known in tried)
    assert len(tried) > 80
    for method, path in tried:
        if path in ("/login", "/healthz"):
            continue
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": "assistant-session=wrong"}):
            refused = client.request(method, path, headers=headers)
            assert refused.status_code == 401, (method, path)
            assert refused.headers["WWW-Authenticate"] == "Bearer"


def test_a_host_header_cannot_pretend_to_be_an_open_path(client: TestClient) -> None:
    for host in ("localhost/healthz?", "localhost/login#", "localhost/healthz/.."):
        assert client.get("/v1/models", headers={"Host": host}).status_code == 401
    for path in ("//healthz", "/healthz/", "/login/x", "/healthz%2f.."):
        assert client.get(path).status_code == 401


def test_a_token_opens_what_programs_use(client: TestClient, token: str) -> None:
    client.headers["Authorization"] = f"Bearer {token}"
    assert client.get("/v1/models").status_code == client.get("/gradio_api/info").status_code == 200
    assert client.post("/mcp", json={}).status_code == 400
    del client.headers["Authorization"]


def test_health_tells_strangers_that_and_no_more(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"ready": True}


def test_wrong_passwords_are_counted_and_soon_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Users, "check", lambda users, name, password: password == PASSWORD)
    for _ in range(10):
        assert client.post("/login", data={"name": "anna", "password": "wrong"}).status_code == 401
    refused = client.post("/login", data={"name": "anna", "password": PASSWORD})
    assert refused.status_code == 429 and "Too many" in refused.text and "set-cookie" not in refused.headers


def test_a_person_signs_in_asks_and_signs_out(browser: Browser, file: Path) -> None:
    assistant = Scripted(lambda question: iter([said(question, "It rained.")]), ARTICLE)
    with serving(assistant, Serving(users=Users.read(file))) as address:
        page = browser.new_page()
        page.goto(address)
        for password, told in (("wrong", "not right"), (PASSWORD, None)):
            page.get_by_label("Name").fill("anna")
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Sign in").click()
            if told:
                expect(page.get_by_role("alert")).to_contain_text(told)
        page.locator(".welcome").wait_for()
        (cookie,) = page.context.cookies()
        assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
        ask(page, "Did it rain?")
        finished(page)
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Password").wait_for()
        page.goto(address)
        expect(page.get_by_label("Password")).to_be_visible()
        page.close()
