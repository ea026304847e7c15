"""Fetching from a server that misbehaves: each time a reason, in bounds, and no more than may be asked."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from corpus.ledger import Page
from ingest.formats import Unreadable
from ingest.web import connect
from ingest.web.connect import is_public
from ingest.web.fetch import Fetcher
from tests import web_server
from tests.web_server import Handler, WebServer, cut, drips, endless, fails, packed_bomb, page, redirects


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server.serving() as server:
        yield server


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def fetcher(slept: list[float]) -> Iterator[Fetcher]:
    fetcher = Fetcher(private=True, delay=0, seconds=30, sleep=slept.append)
    yield fetcher
    fetcher.close()


def refusal(fetcher: Fetcher, url: str) -> str:
    with pytest.raises(Unreadable) as caught:
        fetcher.get(url)
    return str(caught.value)


def test_a_page(server: WebServer, fetcher: Fetcher, slept: list[float]) -> None:
    server.answers["/a?b=c"] = lambda h: h.give("café", kind="text/html; charset=UTF-8", ETag='"1"', Last_Modified="x")
    found = fetcher.get(f"{server.url}/a?b=c#there")
    assert (found.body, found.content_type, found.charset) == ("café".encode(), "text/html", "utf-8")
    assert (found.etag, found.modified, slept) == ('"1"', "x", [])
    assert server.headers_of["/a?b=c"]["User-Agent"].startswith("news-assistant/")


@pytest.mark.parametrize("answer", [drips(), drips(in_headers=True), web_server.silent])
def test_slow(server: WebServer, answer: Any, slept: list[float]) -> None:
    server.answers["/a"] = answer
    fetcher = Fetcher(private=True, delay=0, seconds=0.3, sleep=slept.append)
    assert "too slow" in refusal(fetcher, f"{server.url}/a")
    assert len(slept) == 2 and 1 <= slept[0] < slept[1] <= 3
    fetcher.close()


def test_huge(server: WebServer, fetcher: Fetcher) -> None:
    server.answers |= {"/endless": endless, "/packed": packed_bomb}
    assert "larger than 16 MiB" in refusal(fetcher, f"{server.url}/endless")
    assert "larger than 16 MiB" in refusal(fetcher, f"{server.url}/packed")


@pytest.mark.parametrize("answer", [cut, web_server.nonsense])
def test_broken_off(server: WebServer, fetcher: Fetcher, answer: Any) -> None:
    server.answers["/a"] = answer
    said = refusal(fetcher, f"{server.url}/a")
    assert "connection failed" in said and "Tried 3 times" in said and server.asked["/a"] == 3


def test_nobody_there_and_no_address(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "connection failed" in refusal(fetcher, f"http://127.0.0.1:{port}/")
    assert "connection failed" in refusal(fetcher, "http://nobody.invalid/")
    assert "connection failed" in refusal(fetcher, f"http://{'a' * 70}.example/")


def test_redirects(server: WebServer, fetcher: Fetcher) -> None:
    server.answers |= {"/a": redirects("b"), "/b": redirects("/c", 308), "/c": page("C"), "/loop": redirects("/loop")}
    assert fetcher.get(f"{server.url}/a").url == f"{server.url}/c"
    assert "redirects more than 5 times" in refusal(fetcher, f"{server.url}/loop")
    for away in ("file:///etc/passwd", "ftp://127.0.0.1/", "javascript:alert(1)"):
        server.answers["/away"] = redirects(away)
        assert "no page on the web" in (said := refusal(fetcher, f"{server.url}/away")) or "no address" in said


def test_private_addresses(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    fetcher = Fetcher(private=False, delay=0)
    for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1"):
        assert "private network" in refusal(fetcher, f"http://{host}:{server.server_address[1]}/")
    assert server.asked.total() == 0
    # As if 127.0.0.1 were on the internet, and nothing else.
    monkeypatch.setattr(connect, "is_public", lambda address: str(address) == "127.0.0.1")
    for inside in (server.url.replace(".1:", ".2:"), "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/"):
        server.answers["/away"] = redirects(inside)
        assert "private network" in refusal(fetcher, f"{server.url}/away")
    fetcher.close()


def test_a_name_that_comes_to_mean_a_private_address(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["127.0.0.1", "127.0.0.2"])

    real = socket.getaddrinfo

    def resolve(host: str, port: int, *rest: Any, **named: Any) -> list[Any]:
        if host != "news.example":
            return real(host, port, *rest, **named)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(connect, "is_public", lambda address: str(address) == "127.0.0.1")
    server.answers["/a"] = page("A")
    fetcher = Fetcher(private=False, delay=0)
    with monkeypatch.context() as patch:
        patch.setattr(connect.socket, "getaddrinfo", resolve)
        url = f"http://news.example:{server.server_address[1]}/a"
        assert "private network" in refusal(fetcher, url)
    assert (server.asked["/robots.txt"], server.asked["/a"]) == (1, 0)
    fetcher.close()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::", False),
    ],
)
def test_is_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


def test_a_server_that_asks_to_wait(server: WebServer, fetcher: Fetcher, slept: list[float]) -> None:
    server.answers["/a"] = fails(1, 429, page("A"), Retry_After="7")
    assert fetcher.get(f"{server.url}/a").body and slept == [7]
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server.answers["/b"] = fails(1, 503, page("B"), Retry_After=soon)
    assert fetcher.get(f"{server.url}/b").body and 20 < slept[1] <= 30
    server.answers["/c"] = fails(9, 429, "", Retry_After="86400")
    assert "asks to wait 86,400 seconds" in refusal(fetcher, f"{server.url}/c") and server.asked["/c"] == 1


def test_errors(server: WebServer, fetcher: Fetcher, slept: list[float]) -> None:
    server.answers["/a"] = fails(2, 500, page("A"))
    assert fetcher.get(f"{server.url}/a").body and server.asked["/a"] == 3
    assert 1 <= slept[0] <= 1.5 and 2 <= slept[1] <= 3
    server.answers["/b"] = fails(9, 502, "")
    assert "502" in refusal(fetcher, f"{server.url}/b") and server.asked["/b"] == 3
    assert "404" in refusal(fetcher, f"{server.url}/missing") and server.asked["/missing"] == 1


def test_what_has_not_changed_is_not_sent(server: WebServer, fetcher: Fetcher) -> None:
    server.answers["/a"] = web_server.remembers(page("A"))
    first = fetcher.get(f"{server.url}/a")
    known = Page(first.url, first.etag, first.modified)
    assert first.body and fetcher.get(f"{server.url}/a", known).body is None
    assert server.headers_of["/a"]["If-Modified-Since"] == "Mon, 07 Apr 2025 09:00:00 GMT"
    assert fetcher.get(f"{server.url}/a", Page(first.url, '"0"')).body


def test_robots(server: WebServer, fetcher: Fetcher) -> None:
    server.answers |= {
        "/robots.txt": "User-agent: *\nDisallow: /\nUser-agent: news-assistant\nDisallow: /private*.html\nAllow: /",
        "/a": page("A"),
        "/private1.html": page("P"),
        "/b": redirects("/private1.html"),
    }
    assert fetcher.get(f"{server.url}/a").body
    for path in ("/private1.html", "/b"):
        assert "robots.txt" in refusal(fetcher, f"{server.url}{path}")
    assert (server.asked["/robots.txt"], server.asked["/private1.html"]) == (1, 0)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_site_whose_robots_cannot_be_had_is_left_alone(server: WebServer, fetcher: Fetcher, status: int) -> None:
    server.answers |= {"/robots.txt": fails(99, status, ""), "/a": page("A")}
    said = refusal(fetcher, f"{server.url}/a")
    assert "robots.txt cannot be had" in said and str(status) in said and server.asked["/a"] == 0


def test_robots_that_are_huge_or_moved(server: WebServer, fetcher: Fetcher) -> None:
    rules = "User-agent: *\nDisallow: /no\n" + "# x\n" * 2**18
    server.answers |= {"/robots.txt": redirects("/r"), "/r": rules, "/a": page("A"), "/no": page("N")}
    assert fetcher.get(f"{server.url}/a").body and "robots.txt" in refusal(fetcher, f"{server.url}/no")


def test_one_host_is_asked_in_turn(server: WebServer, slept: list[float]) -> None:
    server.answers |= {"/robots.txt": "User-agent: *\nCrawl-delay: 20", "/a": page("A"), "/b": page("B")}
    fetcher = Fetcher(private=True, delay=1, sleep=slept.append)
    for path in ("/a", "/b"):
        fetcher.get(f"{server.url}{path}")
    assert len(slept) == 1 and 15 < slept[0] <= 20
    fetcher.close()


def test_a_packing_that_was_not_asked_for(server: WebServer, fetcher: Fetcher) -> None:
    def packed(handler: Handler) -> None:
        handler.give(b"\x00" * 100, Content_Encoding="br")

    server.answers["/a"] = packed
    assert "'br'" in refusal(fetcher, f"{server.url}/a")
    server.answers["/b"] = lambda h: h.give(b"no gzip", Content_Encoding="gzip")
    assert "connection failed" in refusal(fetcher, f"{server.url}/b")


def test_a_host_that_fails_again_and_again_is_left_alone(server: WebServer, fetcher: Fetcher) -> None:
    server.answers |= {f"/{n}": fails(99, 503, "") for n in range(5)} | {"/well": page("W")}
    for n in range(2):
        assert "503" in refusal(fetcher, f"{server.url}/{n}")
    assert fetcher.get(f"{server.url}/well").body
    for n in range(2, 5):
        assert "503" in refusal(fetcher, f"{server.url}/{n}")
    assert "could not give the 3 pages before it" in refusal(fetcher, f"{server.url}/well")
