"""Web pages: the article's text, and what the page states about it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import IO, Any

import trafilatura
from lxml.html import HtmlElement  # type: ignore[import-untyped]
from trafilatura.settings import Document

from corpus.text import normalise
from ingest import formats
from ingest.dateline import stated_date
from ingest.formats import Found, Unreadable, whole
from ingest.formats.text import decode
from ingest.metadata import Given

# The reason for a page without text is given in what is skipped; the parser's own log lines say less.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

_NO_TEXT = "No article text was found in this page. Copy its text into a .txt file and ingest that."
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_CHARSET_HEAD = 2048  # bytes in which a page may state its encoding

# Where pages state the day they were published: Open Graph, schema.org, Dublin Core, and the analytics of newspapers.
_DATE_NAMES = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "date_published",
    "publish-date",
    "publishdate",
    "publication_date",
    "pubdate",
    "parsely-pub-date",
    "sailthru.date",
    "citation_publication_date",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "date",
)
_ARTICLE_TYPES = re.compile(r"(?:News|Reportage|OpinionNews|AnalysisNews|Blog|LiveBlog)?(?:Article|Posting|Report)$")
_JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')


def read(stream: IO[bytes], kind: str) -> Iterator[Found]:
    """The one article of a page."""
    data = whole(stream, formats.PAGE_MAX)
    stated = _CHARSET.search(data, 0, _CHARSET_HEAD)
    yield Found(article(decode(data, stated[1].decode("ascii") if stated else None)))


def article(html: str) -> Given:
    """The article in the source of a page; raises `Unreadable` when there is none."""
    tree = trafilatura.load_html(html)
    # A bare fragment is refused as no page, or has a root ("<svg>") that the extraction cuts away and fails without.
    if tree is None or tree.tag != "html":
        tree = trafilatura.load_html(f"<html><body>{html}</body></html>")
    if tree is None:
        raise Unreadable(_NO_TEXT)
    published, dated_by = _stated_date(tree)
    page = trafilatura.bare_extraction(
        tree, with_metadata=True, include_comments=False, date_extraction_params={"extensive_search": False}
    )
    if not isinstance(page, Document) or not page.text or not page.text.strip():
        raise Unreadable(_NO_TEXT)
    return Given(
        text=normalise(page.text.strip()),
        title=page.title,
        # Many pages name their Facebook page as publisher.
        source=None if "://" in (page.sitename or "") else page.sitename,
        url=page.url,
        author=page.author,
        published=published,
        dated_by=dated_by,
    )


def _stated_date(tree: HtmlElement) -> tuple[str | None, str | None]:
    """Not trafilatura's date: it may be one in the text, the day of an image, or January 1 of the copyright."""
    for how, values in (("metadata", _meta_dates(tree)), ("json-ld", _json_dates(tree)), ("metadata", _times(tree))):
        day = next((day for value in values if (day := stated_date(value))), None)
        if day:
            return day, how
    return None, None


def _meta_dates(tree: HtmlElement) -> Iterator[str]:
    named: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        named.setdefault(name.lower(), element.get("content") or "")
    yield from (named[name] for name in _DATE_NAMES if name in named)


def _json_dates(tree: HtmlElement) -> Iterator[str]:
    """The article's own date first: a page's JSON-LD may also tell of videos, comments and other articles."""
    scripts = [script.text or "" for script in tree.xpath('//script[@type="application/ld+json"]')]
    for script in scripts:
        try:
            things = _things(json.loads(script))
        except (ValueError, RecursionError):
            continue
        dates = (thing.get("datePublished") for thing in things if _is_article(thing))
        yield from (date for date in dates if isinstance(date, str))
    for script in scripts:
        yield from _JSON_DATE.findall(script)


def _things(document: Any) -> Iterator[dict[str, Any]]:
    """The objects at the top of a JSON-LD document, in order."""
    for thing in document if isinstance(document, list) else [document]:
        if isinstance(thing, dict):
            yield thing
            graph = thing.get("@graph")
            yield from (node for node in graph if isinstance(node, dict)) if isinstance(graph, list) else ()


def _is_article(thing: dict[str, Any]) -> bool:
    types = thing.get("@type")
    return any(
        isinstance(name, str) and _ARTICLE_TYPES.match(name) for name in (types if isinstance(types, list) else [types])
    )


def _times(tree: HtmlElement) -> Iterator[str]:
    for element in tree.xpath('//time[@datetime][@pubdate or @itemprop="datePublished"]'):
        yield element.get("datetime")
