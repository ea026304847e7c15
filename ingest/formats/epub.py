"""EPUB: a ZIP of pages and of a list that names and orders them. The pages go the way of all HTML."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import unquote

import trafilatura
from lxml import etree  # type: ignore[import-untyped]

from corpus.text import normalise
from ingest import formats
from ingest.dateline import stated_date
from ingest.formats import Found, Unreadable, html, whole
from ingest.formats.archive import check_expansion
from ingest.formats.text import decode
from ingest.metadata import Given

_CONTAINER = "META-INF/container.xml"
_DAMAGED = "It is damaged or not what its name says ({}). Get a whole copy."


def read(stream: IO[bytes], kind: str) -> Iterator[Found]:
    """The one article that a book is, or an issue: its pages in reading order."""
    file = io.BytesIO(whole(stream, formats.ARTICLE_MAX))
    check_expansion(file)
    with zipfile.ZipFile(file) as book:
        try:
            package = _one(_xml(book.read(_CONTAINER)), "//*[local-name()='rootfile']/@full-path") or ""
            opf = _xml(book.read(package))
            text = "\n\n".join(filter(None, map(_page, _pages(book, opf, posixpath.dirname(package)))))
        except (KeyError, etree.XMLSyntaxError) as error:
            raise Unreadable(_DAMAGED.format(error)) from None
    if not text.strip():
        raise Unreadable("It holds no text. Ingest its pages by themselves, if there are any.")
    yield Found(
        Given(
            normalise(text),
            title=_stated(opf, "title"),
            source=_stated(opf, "publisher"),
            author=_stated(opf, "creator"),
            published=stated_date(_stated(opf, "date") or ""),
            language=_stated(opf, "language"),
        )
    )


def _pages(book: zipfile.ZipFile, opf: Any, folder: str) -> Iterator[bytes]:
    hrefs = {item.get("id"): item.get("href") for item in opf.xpath("//*[local-name()='manifest']/*")}
    for reference in opf.xpath("//*[local-name()='spine']/*/@idref"):
        name = posixpath.normpath(posixpath.join(folder, unquote(hrefs.get(reference) or "")))
        if name in book.NameToInfo:
            yield book.read(name)


def _page(data: bytes) -> str:
    source = decode(data)
    try:
        return html.article(source).text
    except Unreadable:  # a cover, or too little for an article on the web; here, it is part of one
        return str(trafilatura.html2txt(source) or "").strip()


def _xml(data: bytes) -> Any:
    # No entity is resolved, nothing is fetched, and libxml2 keeps its own bounds on depth and size.
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def _one(tree: Any, path: str) -> str | None:
    found = tree.xpath(path)
    return str(found[0]) if found else None


def _stated(opf: Any, name: str) -> str | None:
    value = _one(opf, f"//*[local-name()='metadata']/*[local-name()='{name}']/text()")
    return normalise(value).strip() or None if value else None
