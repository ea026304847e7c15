"""RSS, Atom and RDF feeds (feedparser), and sitemaps: where articles are, and what is said about them there."""

from __future__ import annotations

import calendar
import gzip
import io
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import IO, Any

import feedparser
from lxml import etree  # type: ignore[import-untyped]

from corpus.text import normalise
from ingest import formats
from ingest.dateline import stated_date
from ingest.formats import Found, Unreadable, whole
from ingest.metadata import Given

LINKS_MAX = 50_000  # the most that a sitemap may list; a feed has some dozens


def read(stream: IO[bytes], kind: str) -> Iterator[Found]:
    """Each link as an article without text: `url`, `title`, `published`; `created` is when it changed last.

    In a sitemap of sitemaps the links are those; their kind shows when they are fetched.
    """
    data = _unpacked(whole(stream, formats.ARTICLE_MAX))
    links = _sitemap(data) if kind == ".sitemap" else _feed(data)
    empty = True
    for given in islice(links, LINKS_MAX):
        empty = False
        yield Found(given)
    if empty:
        raise Unreadable("It lists no articles. Give the address of the feed, or of an article.")


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        return whole(gzip.GzipFile(fileobj=io.BytesIO(data)), formats.ARTICLE_MAX)  # type: ignore[arg-type]
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"It is damaged ({error}). Try again later.") from None


def _feed(data: bytes) -> Iterator[Given]:
    feed = feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
    for entry in feed.entries:
        if link := entry.get("link"):
            published = _moment(entry, "published") or _moment(entry, "updated")
            changed = _moment(entry, "updated") or published
            yield Given("", title=normalise(entry.get("title") or ""), url=link, published=published, created=changed)


def _moment(entry: Any, name: str) -> str | None:
    """As it is written, for its zone; feedparser's own reading, in UTC, of what only it can read."""
    if written := stated_date(str(entry.get(name) or "")):
        return written
    parsed = entry.get(f"{name}_parsed")
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC).isoformat() if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _sitemap(data: bytes) -> Iterator[Given]:
    # No entity is resolved and nothing is fetched; what is broken ends the list and not what stands before it.
    options = {"resolve_entities": False, "no_network": True, "load_dtd": False, "recover": True}
    stated: dict[str, str] = {}
    for _, element in etree.iterparse(io.BytesIO(data), events=("end",), **options):
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if name in ("loc", "lastmod", "publication_date", "title"):
            stated.setdefault(name, (element.text or "").strip())
        elif name in ("url", "sitemap"):
            if stated.get("loc"):
                published = stated_date(stated.get("publication_date", ""))
                title = normalise(stated.get("title", ""))
                yield Given("", title=title, url=stated["loc"], published=published, created=stated.get("lastmod"))
            stated = {}
            element.clear()
