"""The server of the page: its doors, its address, its end."""

from __future__ import annotations

import argparse
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient
from playwright.sync_api import Response, expect

from assistant import Answer, Settings
from assistant.cli import main
from assistant.page import command
from assistant.page.app import application, serve
from assistant.page.server import _Server
from assistant.page.serving import Serving
from corpus.errors import AssistantError
from tests.browser import ARTICLE, Opener, Scripted, ask, finished, said, serving


def test_the_server_offers_no_other_door(seed_page: str, opened: Opener) -> None:
    with opened(seed_page) as page:

        def fetched(path: str, **options: Any) -> Response:
            return page.request.fetch(seed_page + path, **options)  # type: ignore[return-value]

        named = fetched("/gradio_api/info?all_endpoints=true").json()["named_endpoints"]
        assert set(named) == {"/ask", "/search", "/read_article"}
        assert not fetched("/monitoring").ok and not fetched("/docs").ok
        assert page.evaluate("window.gradio_config.analytics_enabled") is False


def test_an_address_in_use_is_an_error_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AssistantError, match="--port"):
        serve(SimpleNamespace(settings=Settings()), port=taken.getsockname()[1])  # type: ignore[arg-type]


def test_health_says_how_many_articles_or_why_not(seed_page: str) -> None:
    assert httpx.get(f"{seed_page}/healthz").json() == {"ready": True, "articles": 1}

    def count() -> int:
        raise AssistantError("The disk is gone.")

    broken = TestClient(
        application(SimpleNamespace(articles=list, count=count, settings=Settings())), "http://localhost"
    )  # type: ignore
    answered = broken.get("/healthz")
    assert answered.status_code == 503
    assert answered.json() == {"ready": False, "reason": "The corpus cannot be read: The disk is gone."}


def test_answers_under_way_are_finished_though_a_page_is_open(caplog: pytest.LogCaptureFixture) -> None:
    gate = threading.Event()

    def says(question: str) -> Iterator[Answer]:
        yield said(question, "It rained.")
        assert gate.wait(20)
        yield said(question, "It rained.", "It stopped.")

    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = application(Scripted(says, ARTICLE))  # type: ignore[arg-type]
    server = _Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=20))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    asked = {"messages": [{"role": "user", "content": "Did it rain?"}], "stream": True}
    with (
        httpx.stream("GET", f"{address}/gradio_api/heartbeat/page", timeout=30) as page,
        httpx.stream("POST", f"{address}/v1/chat/completions", json=asked, timeout=30) as answer,
    ):
        beats, lines = page.iter_lines(), answer.iter_lines()
        assert next(beats) == "data: ALIVE" and "It rained." in next(lines)
        server.should_exit = True
        list(beats)  # the heart stops
        gate.set()
        assert [line for line in lines if line][-1] == "data: [DONE]"
    thread.join(20)
    assert not thread.is_alive() and "Cancel" not in caplog.text


def test_behind_a_proxy_that_shows_it_under_a_path(opened: Opener) -> None:
    assistant = Scripted(lambda question: iter([said(question, "It rained.")]), ARTICLE)
    with serving(assistant, Serving(root_path="/news")) as address, opened(f"{address}/news/") as page:
        ask(page, "Did it rain?")
        finished(page)
        expect(page.locator(".said")).to_have_text("It rained.1")
        assert httpx.get(f"{address}/news/v1/models").is_success
        root = page.evaluate("window.gradio_config.root")
        assert root == f"{address}/news"


@pytest.mark.parametrize(
    ("flags", "code", "told"),
    [
        (["--host", "0.0.0.0"], 2, "--auth FILE"),
        (["--host", "0.0.0.0", "--auth", "nowhere"], 1, "HTTPS"),
        (["--auth", "nowhere"], 1, "assistant user NAME --auth nowhere"),
    ],
)
def test_serving_others_must_be_meant(
    flags: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["chat", *flags]) == code
    assert told in capsys.readouterr().err


def test_flags_become_options(capsys: pytest.CaptureFixture[str]) -> None:
    def options(*typed: str) -> Serving | None:
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        return command.serving(parser.parse_args(typed))

    assert options() == Serving() == options("--host", "localhost")
    assert options("--host", "0.0.0.0", "--public", "--root-path", "/a/b/", "--max-upload", "5M") == Serving(
        public=True, root_path="/a/b", max_upload=5 * 2**20, changes=False
    )
    assert "Everybody" in capsys.readouterr().err
    more = options("--concurrency", "2", "--queue", "9", "--allow-ingest", "--max-upload", "500k")
    assert more == Serving(concurrency=2, waiting=9, allow_ingest=True, max_upload=500 * 1024)
    for wrong in (["--root-path", "news"], ["--max-upload", "many"], ["--queue", "0"], ["--concurrency", "-1"]):
        with pytest.raises(SystemExit) as stop:
            options(*wrong)
        assert stop.value.code == 2


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_and_what_is_around_it_goes_on(stop: signal.Signals) -> None:
    code = (
        "from assistant import Settings; from assistant.page.app import serve; import types; "
        "serve(types.SimpleNamespace(articles=list, settings=Settings()), port=0)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", f"{code}; print('on')"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert server.stderr is not None
    assert server.stderr.readline().startswith("The chat page is at http://127.0.0.1:")
    time.sleep(0.5)  # the line is printed before the server takes over the signals
    server.send_signal(stop)
    out, err = server.communicate(timeout=20)
    assert (server.returncode, out, err) == (0, "on\n", "")
