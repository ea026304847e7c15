"""What the page's policy forbids, and which of Gradio's doors are closed: asked as an attacker would."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.page import uploads
from corpus.errors import AssistantError
from tests.browser import ARTICLE, Scripted, said, serving

SMALL = 1_000  # bytes of a file
SECRET = "the words of a file that nobody sent"


@pytest.fixture(scope="module")
def asked() -> Scripted:
    return Scripted(lambda question: iter([said(question, "It rained.")]), ARTICLE)


@pytest.fixture(scope="module")
def client(asked: Scripted) -> Iterator[httpx.Client]:
    with serving(asked, max_upload=SMALL) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def send(client: httpx.Client, name: str, data: bytes = b"words", *more: str) -> httpx.Response:
    return client.post("/gradio_api/upload", files=[("files", (each, data, "text/plain")) for each in (name, *more)])


def test_the_page_runs_its_own_scripts_only_and_nothing_may_frame_it(client: httpx.Client) -> None:
    page = client.get("/", headers={"accept-encoding": "br, gzip"})
    policy = dict(part.strip().partition(" ")[::2] for part in page.headers["content-security-policy"].split(";"))
    assert policy.pop("script-src").split()[:2] == ["'self'", "'unsafe-eval'"]
    hashes = re.findall(r"'sha256-[^']+'", page.headers["content-security-policy"])
    scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page.text)
    assert len(hashes) == len(scripts) > 3
    assert policy == {
        "default-src": "'none'", "style-src": "'self' 'unsafe-inline'", "img-src": "'self' data: blob:",
        "font-src": "'self' data:", "connect-src": "'self'", "manifest-src": "'self'", "frame-src": "'none'",
        "object-src": "'none'", "base-uri": "'self'", "form-action": "'self'", "frame-ancestors": "'none'",
    }  # fmt: skip
    for path in ("/", "/config", "/theme.css", "/nowhere", "/gradio_api/file=/etc/passwd"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY" and "frame-ancestors 'none'" in headers["content-security-policy"]
        assert path == "/" or "script-src" not in headers["content-security-policy"]


def test_no_other_site_may_read_an_answer(client: httpx.Client) -> None:
    headers = client.get("/config", headers={"origin": "https://evil.test"}).headers
    assert not [name for name in headers if name.startswith("access-control-allow")]


@pytest.mark.parametrize(
    "door",
    ["file={path}", "file/{path}", "file%3D{path}", "proxy=https://evil.test/", "stream/a/b/1/playlist-file",
     "deep_link", "custom_component/a/client/b/c.js", "run-history/buckets", "dev/reload", "vibe-code"],
)  # fmt: skip
def test_doors_that_nobody_uses_are_closed(client: httpx.Client, door: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text(SECRET)
    answer = client.get("/gradio_api/" + door.format(path=tmp_path / "secret.txt"))
    assert answer.status_code == 404 and SECRET not in answer.text


@pytest.mark.parametrize(
    "door", ["process_recording", "component_server", "stream/a", "vibe-edit", "run-history/connect"]
)
def test_nor_do_they_take_anything(client: httpx.Client, door: str) -> None:
    assert client.post(f"/gradio_api/{door}", json={}).status_code == 404


def test_an_upload_keeps_a_safe_name_in_our_own_folder_and_is_never_read_back(client: httpx.Client) -> None:
    names = ["../../../etc/cron.d/x.txt", "a/b\\c\x00d.txt", "..", "CON.txt", "%2e%2e%2fx.txt", "x" * 500 + ".txt"]
    for name in names:
        answer = send(client, name)
        if not answer.is_success:
            assert answer.status_code == 400
            continue
        (path,) = answer.json()
        assert Path(path).resolve().is_relative_to(uploads.folder()) and uploads.find(path).is_file()
        assert client.get(f"/gradio_api/file={path}").status_code == 404
        uploads.delete(Path(path))
    assert uploads.folder().stat().st_mode & 0o077 == 0


def test_what_is_too_large_or_too_much_is_turned_away(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert send(client, "a.txt", b"x" * (SMALL + 1)).status_code == 413
    assert send(client, "a.txt", b"x" * 100_000).status_code == 413
    assert send(client, "a.txt", b"x" * SMALL, *(f"{n}.txt" for n in range(100))).status_code == 413

    def chunks() -> Iterator[bytes]:
        yield b"--b\r\n"

    chunked = client.post("/gradio_api/upload", content=chunks(), headers={"content-type": "multipart/form-data"})
    assert chunked.status_code == 411
    sent = [send(client, f"{n}.txt", bytes([n]) * SMALL) for n in range(25)]
    assert {answer.status_code for answer in sent} == {200, 503} and sent[-1].status_code == 503
    waiting = [Path(answer.json()[0]) for answer in sent if answer.is_success]
    monkeypatch.setattr(uploads, "_HOUR", -1.0)  # they have waited long enough
    (path,) = send(client, "late.txt").json()
    assert Path(path).is_file() and not any(each.exists() for each in waiting)


@pytest.mark.parametrize("path", ["/etc/passwd", "https://evil.test/x", "{folder}/x"])
@pytest.mark.parametrize("wrap", [lambda file: file, lambda file: [{"a": file}]])
def test_no_event_takes_a_file_of_this_machine_or_an_address(
    client: httpx.Client, asked: Scripted, path: str, wrap: Callable[[Any], Any]
) -> None:
    # Gradio copies what a mounted page's event names to where it can be read, unless it is kept from it.
    file = {"path": path.format(folder=uploads.folder()), "meta": {"_type": "gradio.FileData"}}
    before = sorted(uploads.folder().rglob("*"))
    for event in client.get("/config").json()["dependencies"]:
        if not event["inputs"]:
            continue
        session = uuid.uuid4().hex
        body = {"data": [wrap(file)] * len(event["inputs"]), "fn_index": event["id"], "session_hash": session}
        client.post("/gradio_api/queue/join", json={**body, "event_data": wrap(file), "trigger_id": None})
        told = client.get("/gradio_api/queue/data", params={"session_hash": session}).text
        assert '"success":false' in told and "root:" not in told
    assert asked.asked == [] and sorted(uploads.folder().rglob("*")) == before


def test_without_changes_nothing_can_be_sent(asked: Scripted) -> None:
    with serving(asked, changes=False) as address, httpx.Client(base_url=address) as client:
        assert send(client, "a.txt").status_code == 404 and send(client, "a.txt", b"").status_code == 404
        targets = [target[1] for event in client.get("/config").json()["dependencies"] for target in event["targets"]]
        assert "sort_by" in targets and not {"add_files", "remove_article"} & {*targets}


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../../etc/passwd", "{folder}", "{folder}/../x", "\x00", "", "nowhere"]
)
def test_only_what_was_sent_is_found(path: str) -> None:
    with pytest.raises(AssistantError, match="Choose it again"):
        uploads.find(path.format(folder=uploads.folder()))
