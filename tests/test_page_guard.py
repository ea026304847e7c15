"""The gate before everything that is served."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from assistant.page.auth import Sessions
from assistant.page.guard import Guard
from assistant.page.serving import Serving


async def _length(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


def client(options: Serving | None = None, base: str = "http://localhost:7860") -> TestClient:
    app = Starlette(routes=[Route(path, _length, methods=["GET", "POST"]) for path in ("/", "/gradio_api/upload")])
    return TestClient(Guard(app, options or Serving(), Sessions()), base)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:7860", "127.0.0.1:7860", "127.8.9.1", "[::1]:7860", "a.localhost"]
)
def test_a_local_server_answers_to_the_names_of_this_machine(host: str) -> None:
    assert client().get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "localhost.evil.example", "192.168.1.2", "", "[", "10.0.0.1"]
)
def test_a_name_that_was_made_to_lead_here_is_refused(host: str) -> None:
    refused = client().get("/", headers={"Host": host})
    assert refused.status_code == 421 and "--public" in refused.json()["error"]["message"]
    assert client(Serving(public=True)).get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),  # no browser
        ({"Origin": "http://localhost:7860"}, 200),
        ({"Origin": "http://localhost:3000"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://news.example", "X-Forwarded-Host": "news.example"}, 200),  # through a proxy
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:7860"}, 403),
    ],
)
def test_pages_of_other_sites_may_read_but_start_nothing(headers: dict[str, str], status: int) -> None:
    assert client().post("/", headers=headers).status_code == status
    assert client().get("/", headers=headers).status_code == 200


def test_a_body_has_a_limit_even_when_its_length_is_not_told() -> None:
    assert client().post("/", content=b"x" * 4 * 2**20).text == str(4 * 2**20)
    chunks = (b"x" * 2**20 for _ in range(5))
    assert client().post("/", content=chunks).status_code == 413
    assert client().post("/gradio_api/upload", content=b"x" * 5 * 2**20).status_code == 200  # that has its own


def test_the_root_path_may_have_been_taken_off_by_the_proxy_or_not() -> None:
    visitor = client(Serving(root_path="/news"))
    assert visitor.get("/news/").status_code == visitor.get("/").status_code == 200
    assert visitor.get("/newspaper").status_code == 404


def test_sockets_are_closed() -> None:
    with pytest.raises(WebSocketDisconnect), client().websocket_connect("/"):
        pass
