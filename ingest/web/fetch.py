"""Fetching, politely and within bounds: one request at a time, what robots.txt allows, again when it may help."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx
from protego import Protego

from corpus.ledger import Page
from ingest.formats import ARTICLE_MAX, PAGE_MAX, Unreadable
from ingest.web.connect import CheckedBackend, Transport

_NAME = "news-assistant"
_ACCEPT = "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,application/xml;q=0.9,*/*;q=0.5"
_ROBOTS_MAX = 500 * 2**10  # bytes, the least that RFC 9309 asks to be read
_REDIRECTS, _TRIES = 5, 3
_BUSY = (408, 425, 429, 500, 502, 503, 504)
_BACKOFF = 1.0  # seconds before the second try, twice that before the third
_PATIENCE = 60.0  # seconds; a server that asks to be left alone for longer is
_CRAWL_DELAY_MAX = 30.0  # seconds
_LATER = "Try again later."
_GIVEN_UP = 3  # pages in a row that a host could not give, after which it is left alone for this run


@dataclass(frozen=True, slots=True)
class Response:
    """What an address gave. `url` is the one that the last redirect led to; `body` is None when nothing has changed."""

    url: str
    body: bytes | None
    content_type: str = ""
    charset: str | None = None
    etag: str | None = None
    modified: str | None = None


@dataclass
class _Host:
    robots: Protego
    delay: float
    next_turn: float = 0.0


class _Transient(Exception):
    """It may work another time. `after`: seconds that the server asks to wait."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Fetcher:
    """One crawler: remembers each host's robots.txt and when it was asked last. Not for several threads."""

    def __init__(
        self, *, private: bool, delay: float, seconds: float = 60.0, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._delay, self._seconds, self._sleep = delay, seconds, sleep
        self._backend = CheckedBackend(private=private)
        headers = {"User-Agent": f"{_NAME}/{_version()}", "Accept": _ACCEPT, "Accept-Encoding": "gzip, deflate"}
        self._client = httpx.Client(
            transport=Transport(self._backend), headers=headers, timeout=min(15.0, seconds), follow_redirects=False
        )
        self._hosts: dict[str, _Host] = {}
        self._failures: Counter[str] = Counter()  # in a row, by host

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def get(self, url: str, known: Page | None = None) -> Response:
        """What is at an address, asked up to three times; with `known`, only if it is not as it was then.

        Raises `Unreadable` with the reason when it cannot or may not be had.
        """
        asked = {"If-None-Match": known.etag if known else None, "If-Modified-Since": known.modified if known else None}
        headers = {name: value for name, value in asked.items() if value}
        root = urljoin(url, "/")
        if self._failures[root] >= _GIVEN_UP:
            raise Unreadable(f"Its server could not give the {_GIVEN_UP} pages before it. {_LATER}")
        try:
            response = self._tried(url, headers)
        except _Transient as problem:
            self._failures[root] += 1
            raise Unreadable(f"{problem} {_LATER}") from None
        except Unreadable:
            self._failures[root] = 0
            raise
        self._failures[root] = 0
        return response

    def _tried(self, url: str, headers: dict[str, str]) -> Response:
        for attempt in range(_TRIES):
            try:
                return self._follow(url, headers)
            except _Transient as problem:
                wait = problem.after if problem.after is not None else _BACKOFF * 2**attempt * random.uniform(1, 1.5)
                if attempt + 1 == _TRIES:
                    raise _Transient(f"{problem} Tried {_TRIES} times.") from None
                if wait > _PATIENCE:
                    raise _Transient(f"{problem} It asks to wait {wait:,.0f} seconds.") from None
            self._sleep(wait)
        raise AssertionError("unreachable")

    def _follow(self, url: str, headers: dict[str, str]) -> Response:
        for _ in range(_REDIRECTS + 1):
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise Unreadable(f"It leads to {url[:200]!r}, which is no page on the web.")
            host = self._host(url)
            if not host.robots.can_fetch(url, _NAME):
                raise Unreadable("Its site asks programs not to fetch it (robots.txt). Save the page and ingest that.")
            self._take_turn(host)
            answer = self._once(url, headers)
            if isinstance(answer, Response):
                return answer
            url = urljoin(url, answer)
        raise Unreadable(f"It redirects more than {_REDIRECTS} times. Open it in a browser, and give the last address.")

    def _take_turn(self, host: _Host) -> None:
        wait = host.next_turn - time.monotonic()
        if wait > 0:
            self._sleep(wait)
        host.next_turn = time.monotonic() + host.delay

    def _host(self, url: str) -> _Host:
        root = urljoin(url, "/")
        if root not in self._hosts:
            robots = Protego.parse(self._robots(urljoin(root, "robots.txt")))
            asked = min(float(robots.crawl_delay(_NAME) or 0), _CRAWL_DELAY_MAX)
            self._hosts[root] = _Host(robots, max(asked, self._delay) if self._delay else asked)
        return self._hosts[root]

    def _robots(self, url: str) -> str:
        """The text of robots.txt; empty, so that all is allowed, when there is none (RFC 9309)."""
        for _ in range(_REDIRECTS + 1):
            try:
                answer = self._once(url, {}, limit=_ROBOTS_MAX, cut=True)
            except _Refused:
                return ""
            except _Transient as problem:  # not to know what may be fetched is not to fetch (RFC 9309)
                raise _Transient(f"robots.txt cannot be had. {problem}", problem.after) from None
            if isinstance(answer, Response):
                return (answer.body or b"").decode("utf-8", errors="replace")
            url = urljoin(url, answer)
        return ""

    def _once(
        self, url: str, headers: dict[str, str], *, limit: int | None = None, cut: bool = False
    ) -> Response | str:
        """One request: a response, or where it redirects to."""
        self._backend.deadline = time.monotonic() + self._seconds
        try:
            with self._client.stream("GET", url, headers=headers) as answer:
                _check(answer)
                if answer.is_redirect and answer.headers.get("location"):
                    return str(answer.headers["location"])
                body = None if answer.status_code == 304 else _body(answer, limit, cut=cut)
        except (httpcore.TimeoutException, httpx.TimeoutException):
            raise _Transient("The server is too slow.") from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol, UnicodeError) as error:
            raise Unreadable(f"It is no address that can be asked ({error}). Check its spelling.") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpx.RequestError, OSError) as error:
            raise _Transient(f"The connection failed ({str(error)[:200] or type(error).__name__}).") from None
        named = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Response(
            url, body, named, answer.charset_encoding, answer.headers.get("etag"), answer.headers.get("last-modified")
        )


class _Refused(Unreadable):
    """The server answered, and will answer so again: 404 and the like."""


def _check(answer: httpx.Response) -> None:
    status = answer.status_code
    if status in _BUSY:
        raise _Transient(f"The server answers {status} {answer.reason_phrase}.", _retry_after(answer))
    if status >= 400:
        raise _Refused(f"The server answers {status} {answer.reason_phrase}. Check the address, or save the page.")
    packed = answer.headers.get("content-encoding", "identity").lower()
    if packed not in ("identity", "gzip", "x-gzip", "deflate", ""):
        raise Unreadable(f"The server packs the page as {packed[:20]!r}, which was not asked for. Save the page.")


def _body(answer: httpx.Response, limit: int | None, *, cut: bool) -> bytes:
    """The bytes, unpacked; each chunk is at most 64 KiB on the wire, and deflate makes a thousandfold of it at most."""
    kind = answer.headers.get("content-type", "").lower()
    most = limit or (PAGE_MAX if "html" in kind or "xml" in kind or "text/plain" in kind else ARTICLE_MAX)
    body = bytearray()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > most:
            if cut:
                return bytes(body[:most])
            raise Unreadable(f"It is larger than {most / 2**20:g} MiB. Save what you need of it, and ingest that.")
    return bytes(body)


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # none, nonsense, or without a zone
        return None


def _version() -> str:
    try:
        return version(_NAME)
    except PackageNotFoundError:
        return "0"
