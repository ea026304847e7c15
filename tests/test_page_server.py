"""The server of the page: its doors, its address, its end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Response

from assistant import Settings
from assistant.page.app import serve
from corpus.errors import AssistantError
from tests.browser import Opener


def test_the_server_offers_no_other_door(seed_page: str, opened: Opener) -> None:
    with opened(seed_page) as page:

        def fetched(path: str, **options: Any) -> Response:
            return page.request.fetch(seed_page + path, **options)  # type: ignore[return-value]

        assert fetched("/gradio_api/info").json() == {"named_endpoints": {}, "unnamed_endpoints": {}}
        assert not fetched("/monitoring").ok and not fetched("/docs").ok
        assert page.evaluate("window.gradio_config.analytics_enabled") is False


def test_an_address_in_use_is_an_error_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AssistantError, match="--port"):
        serve(SimpleNamespace(settings=Settings()), port=taken.getsockname()[1])  # type: ignore[arg-type]


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
