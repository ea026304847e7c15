"""An address becomes articles: a page is one, a feed or a sitemap leads to many."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from corpus.ledger import Ledger, Page
from corpus.settings import Settings
from corpus.text import normalise
from ingest import formats, isolation
from ingest.formats import Found, Unreadable
from ingest.formats.text import decode
from ingest.load import ID_MAX, Known, Loaded, Skipped, article
from ingest.metadata import Given, canonical_url
from ingest.web.fetch import Fetcher, Response

_DEPTH = 3  # a sitemap of sitemaps of pages
# An article that a feed still lists as it was is asked for again after this long: corrections are not always announced.
_RECHECK = 24 * 3600.0  # seconds
_LIST = "list"  # the stamp of what is no article but a list of them
_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "message/rfc822": ".eml",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/zip": ".zip",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
_UNTOLD = ("", "application/octet-stream", "binary/octet-stream", "application/x-gzip", "application/gzip")
_ROOTS = {"rss": ".feed", "feed": ".feed", "rdf": ".feed", "urlset": ".sitemap", "sitemapindex": ".sitemap"}
_ROOT = re.compile(rb"\s*(?:<[?!][^>]*>\s*)*<(?:\w+:)?(\w+)")
_HEAD = 4096  # bytes in which the first element of a document is looked for


@dataclass(frozen=True, slots=True)
class _Link:
    url: str
    depth: int = 0
    said: Given | None = None  # by the feed or sitemap that lists it

    @property
    def stamp(self) -> str | None:
        return self.said.created if self.said else None


class Web:
    """Fetches into one corpus: `ledger` knows what was there before. For one thread."""

    def __init__(self, ledger: Ledger, settings: Settings, fetcher: Fetcher | None = None) -> None:
        self._ledger = ledger
        self._fetcher = fetcher or Fetcher(private=settings.fetch_private, delay=settings.fetch_delay)
        self._seen: set[str] = set()

    def close(self) -> None:
        """Close all connections."""
        self._fetcher.close()

    def load(self, target: str) -> Iterator[Loaded | Skipped | Known]:
        """The articles at an address, and those that it led to before and that could not be had then."""
        yield from self._visit(_Link(target))
        for failure in self._ledger.failures():
            if failure.target == target:
                yield from self._visit(_Link(failure.uri, 1))

    def _visit(self, link: _Link) -> Iterator[Loaded | Skipped | Known]:
        url = canonical_url(link.url)
        if url is None:
            yield Skipped(normalise(link.url), "It is no address of a page. Write it as https://example.com/news/1.")
            return
        if url in self._seen:
            return
        self._seen.add(url)
        known, ids = self._ledger.page(url), tuple(self._ledger.articles_from(url))
        if known and ids and self._is_fresh(link, known):
            yield Known(url, ids)
            return
        try:
            there = known if known and (ids or known.stamp == _LIST) else None
            response = self._fetcher.get(url, there)
            page = Page(url, response.etag, response.modified, link.stamp, time.time())
            if response.body is None:
                unchanged = replace(known or page, checked=time.time())
                yield Known(url, ids, unchanged if unchanged.stamp == _LIST else replace(unchanged, stamp=link.stamp))
                return
            yield from self._read(link, page, response, response.body)
        except Unreadable as problem:
            yield Skipped(url, str(problem), url)

    def _is_fresh(self, link: _Link, known: Page) -> bool:
        listed = link.said is not None and link.stamp == known.stamp
        return listed and 0 <= time.time() - known.checked < _RECHECK

    def _read(self, link: _Link, page: Page, response: Response, body: bytes) -> Iterator[Loaded | Skipped | Known]:
        kind = _kind(response, body)
        if kind is None:
            raise Unreadable(f"It is {response.content_type[:100] or 'of no known kind'}, which is not read.")
        if kind in (".feed", ".sitemap"):
            if link.depth >= _DEPTH:
                raise Unreadable("It is a list within lists. Give its address by itself.")
            for found in isolation.read(body, kind):
                assert isinstance(found.given, Given)
                inner = urljoin(response.url, found.given.url or "")
                yield from self._visit(_Link(inner, link.depth + 1, found.given))
            yield Known(page.url, page=replace(page, stamp=_LIST))
            return
        final = canonical_url(response.url) or page.url
        name = PurePosixPath(unquote(urlsplit(final).path)).stem
        for found in _articles(body, kind, response.charset):
            if isinstance(found.given, Given):
                found = replace(found, given=_completed(found.given, link.said, final))
            item = article(found, page.url, page.url, name, link=final if len(final) <= ID_MAX else None)
            yield replace(item, page=page) if isinstance(item, Loaded) else item


def _articles(body: bytes, kind: str, charset: str | None) -> Iterator[Found]:
    if charset and kind in (".html", ".txt", ".md"):
        body = decode(body, charset).encode()
    yield from formats.read(io.BytesIO(body), kind) if kind in formats.PLAIN else isolation.read(body, kind)


def _completed(given: Given, said: Given | None, final: str) -> Given:
    """With what the feed says where the page says nothing; and without an address that is not its own to give."""
    stated = canonical_url(given.url or "")
    if stated is None or not _may_name(final, stated):
        given = replace(given, url=final)
    if said and said.published and not given.published:
        given = replace(given, published=said.published, dated_by="feed")
    return replace(given, title=given.title or (said.title if said else None))


def _may_name(final: str, stated: str) -> bool:
    """A page may name as its address one of its own site; not another's, and not the site's front page."""
    hosts = [(urlsplit(url).hostname or "").removeprefix("www.") for url in (final, stated)]
    related = any(a == b or a.endswith(f".{b}") for a, b in (hosts, hosts[::-1]))
    return related and (urlsplit(stated).path != "/" or bool(urlsplit(stated).query) or urlsplit(final).path == "/")


def _kind(response: Response, body: bytes) -> str | None:
    """By what the server says, but for lists, which are often called plain XML or HTML, and for what it leaves open."""
    root = _ROOT.match(body.removeprefix(b"\xef\xbb\xbf"), 0, _HEAD)
    name = root[1].decode("ascii", errors="replace").lower() if root else ""
    if name in _ROOTS and response.content_type not in _TYPES.keys() - {"text/html", "text/plain"}:
        return _ROOTS[name]
    path = urlsplit(response.url).path.lower()
    if body.startswith(b"\x1f\x8b") and path.endswith(".xml.gz"):
        return ".sitemap"
    if body.startswith(b"%PDF-"):
        return ".pdf"
    if response.content_type in _UNTOLD:
        return formats.kind_of(path) or (".html" if name in ("html", "head", "body") else None)
    return _TYPES.get(response.content_type)
