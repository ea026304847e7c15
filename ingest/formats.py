"""One file, one article: bytes become text and what the file states about it (.txt, .md, .html)."""

from __future__ import annotations

import codecs
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import trafilatura
from charset_normalizer import from_bytes
from lxml.html import HtmlElement  # type: ignore[import-untyped]
from trafilatura.settings import Document

from corpus.text import normalise
from ingest.dateline import stated_date
from ingest.metadata import Given, front_matter

ARTICLE_MAX = 64 * 2**20  # bytes of one article: far above any, and still decoded in seconds
PAGE_MAX = 16 * 2**20  # bytes of a web page: its tree takes some thirty times that in memory
# The reason for a page without text is given in what is skipped; the parser's own log lines say less.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
_SAMPLE = 65_536  # characters
_CONTROL_SHARE = 0.1  # of the sample, above which it is no text
_NO_TEXT = "No article text was found in this page. Copy its text into a .txt file and ingest that."
_BINARY = "It looks binary, not text. Convert it to UTF-8 text and ingest that file."

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
_JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')


class Unreadable(Exception):
    """Something cannot be taken in; the message is for a person: the cause and the way out."""


def read_article(path: Path) -> Given:
    """The article in a .txt, .md, .html or .htm file.

    Raises `Unreadable` when it holds none, and `OSError` when the file cannot be read.
    """
    page = path.suffix.lower() in (".html", ".htm")
    text = decode(_bytes(path, PAGE_MAX if page else ARTICLE_MAX))
    if page:
        return _from_html(text)
    text = normalise(text)
    given = front_matter(text)
    if path.suffix.lower() == ".txt":  # a plain text is kept whole
        given = replace(given, text=text)
    if not given.text.strip():
        raise Unreadable("It is empty. Put the article's text in it, or leave it out.")
    return given


def _bytes(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Unreadable(
            f"It has {path.stat().st_size / 2**20:,.0f} MiB, more than the {limit / 2**20:g} MiB of one article. "
            "Split it into articles, one JSON object a line in a .jsonl file."
        )
    return data


def decode(data: bytes) -> str:
    """Text of UTF-8, of UTF-16 or UTF-32 with its mark, or of the encoding that fits best.

    Raises `Unreadable` when the bytes are no text.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if encoding:
        text = data.decode(encoding, errors="replace")
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = _detected(data)
    if len(_CONTROL.findall(text, 0, _SAMPLE)) > _CONTROL_SHARE * min(len(text), _SAMPLE):
        raise Unreadable(_BINARY)
    return text


def _detected(data: bytes) -> str:
    if b"\x00" in data:
        raise Unreadable(_BINARY)
    # Cut off or damaged UTF-8 is UTF-8 still: in no other encoding are so many of its characters well formed.
    lenient = data.decode("utf-8", errors="replace")
    if 2 * lenient.count("\ufffd") <= len(lenient) - len(lenient.encode("ascii", errors="ignore")):
        return lenient
    matches = list(from_bytes(data))
    if not matches:
        raise Unreadable(_BINARY)
    # Of encodings equally clean the detector takes the first by name: Windows-1250 makes "El nińo" of "El niño". The
    # common one goes first here, also where a page says ISO-8859-1, which browsers read as Windows-1252.
    if {"cp1252", "latin_1"} & {match.encoding for match in matches if match.chaos <= matches[0].chaos}:
        return data.decode("cp1252", errors="replace")
    return str(matches[0])


def _from_html(html: str) -> Given:
    tree = trafilatura.load_html(html)
    # A bare fragment is refused as no page, or has a root ("<svg>") that the extraction cuts away and fails without.
    if tree is None or tree.tag != "html":
        tree = trafilatura.load_html(f"<html><body>{html}</body></html>")
    if tree is None:
        raise Unreadable(_NO_TEXT)
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
        published=next((day for value in _stated_dates(tree) if (day := stated_date(value))), None),
    )


def _stated_dates(tree: HtmlElement) -> Iterator[str]:
    """Not trafilatura's date: it may be one in the text, the day of an image, or January 1 of the copyright."""
    named: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        named.setdefault(name.lower(), element.get("content") or "")
    yield from (named[name] for name in _DATE_NAMES if name in named)
    for script in tree.xpath('//script[@type="application/ld+json"]'):
        yield from _JSON_DATE.findall(script.text or "")
    for element in tree.xpath('//time[@datetime][@pubdate or @itemprop="datePublished"]'):
        yield element.get("datetime")
