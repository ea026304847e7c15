"""A web server on loopback that misbehaves in every way that ingest must bear."""

from __future__ import annotations

import gzip
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY = "The ministers met in Geneva on Monday and agreed to cut the duties on steel, the chairman said."


def page(title: str, body: str = BODY, head: str = "") -> str:
    """A page with one article."""
    return (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1>"
        f"<p>{body}</p><p>{body.replace('Monday', 'Tuesday')} That is about {title}.</p></article></body></html>"
    )


class Handler(BaseHTTPRequestHandler):
    """Asks `server.answers[path]` what to do, counts, and remembers what it was asked with."""

    server: WebServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path
        self.server.asked[path] += 1
        self.server.headers_of[path] = dict(self.headers)
        answer = self.server.answers.get(path)
        with suppress(BrokenPipeError, ConnectionResetError):
            if answer is None:
                self.give("Not found", status=404)
            elif isinstance(answer, str):
                self.give(answer)
            else:
                answer(self)

    def give(self, body: str | bytes, status: int = 200, kind: str = "text/html", **headers: str) -> None:
        """A whole answer."""
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Not on the test's output."""


class WebServer(ThreadingHTTPServer):
    """`answers` by path: a page's source, or a function of the handler; `asked` counts."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, str | Callable[[Handler], None]] = {}
        self.asked: Counter[str] = Counter()
        self.headers_of: dict[str, dict[str, str]] = {}
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked has had enough, and hung up."""


@contextmanager
def serving() -> Iterator[WebServer]:
    """A running server."""
    server = WebServer()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


# Ways to misbehave


def drips(in_headers: bool = False) -> Callable[[Handler], None]:
    """One byte now and then, for ever: no single read takes long."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + (b"X-Slow: " if in_headers else b"\r\n")
        )
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.05)

    return answer


def silent(handler: Handler) -> None:
    """Takes the question and says nothing."""
    time.sleep(5)


def endless(handler: Handler) -> None:
    """Never stops sending."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    while True:
        handler.wfile.write(b"<p>word word word word</p>" * 4000)


def packed_bomb(handler: Handler) -> None:
    """A thousand times as much as it looks."""
    handler.give(_bomb(), Content_Encoding="gzip")


@cache
def _bomb() -> bytes:
    return gzip.compress(bytes(2**26))


def cut(handler: Handler) -> None:
    """Promises more than it sends."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n<html><p>The mini")
    handler.close_connection = True


def nonsense(handler: Handler) -> None:
    """Does not speak HTTP."""
    handler.wfile.write(b"220 mail.example.com ESMTP\r\n")
    handler.close_connection = True


def redirects(to: str, status: int = 302) -> Callable[[Handler], None]:
    """Sends elsewhere."""
    return lambda handler: handler.give("", status, Location=to)


def fails(times: int, status: int, then: str, **headers: str) -> Callable[[Handler], None]:
    """Errs so many times, and is well then."""

    def answer(handler: Handler) -> None:
        if handler.server.asked[handler.path] <= times:
            handler.give("busy", status, **headers)
        else:
            handler.give(then)

    return answer


def remembers(body: str, etag: str = '"1"') -> Callable[[Handler], None]:
    """Sends the page once, and 304 to whoever has it."""

    def answer(handler: Handler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            handler.send_response(304)
            handler.end_headers()
        else:
            handler.give(body, ETag=etag, Last_Modified="Mon, 07 Apr 2025 09:00:00 GMT")

    return answer
