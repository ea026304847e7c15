"""PDF, through pypdf: the text of its pages, and what the document says of itself."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import IO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from corpus.text import normalise
from ingest import formats
from ingest.formats import Found, Unreadable, whole
from ingest.metadata import Given

PAGES_MAX = 1_000  # of one article; a long report has some hundreds
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read(stream: IO[bytes], kind: str) -> Iterator[Found]:
    """The one article of a PDF file."""
    reader = PdfReader(io.BytesIO(whole(stream, formats.ARTICLE_MAX)))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("It is locked with a password. Save it without one.")
    pages = len(reader.pages)
    if pages > PAGES_MAX:
        raise Unreadable(
            f"It has {pages:,} pages, more than the {PAGES_MAX:,} of one article. Split it into one file an article."
        )
    text = normalise("\n\n".join(page.extract_text() for page in reader.pages)).strip()
    if not text:
        raise Unreadable("It holds pictures of text and no text. Make it searchable (OCR), or ingest its text as .txt.")
    title, author, source, published, created = _stated(reader)
    yield Found(
        Given(
            text,
            title=title,
            author=author,
            source=source,
            published=published,
            created=created,
        )
    )


def _stated(reader: PdfReader) -> tuple[str | None, ...]:
    """Title, author, source, publication date and day made, as far as they are stated and readable."""
    info, xmp = reader.metadata, None
    with contextlib.suppress(PyPdfError, ValueError):  # a document is no worse for a broken packet beside it
        xmp = reader.xmp_metadata
    dates = xmp.dc_date if xmp else None
    publishers = xmp.dc_publisher if xmp else None
    return (
        _text(lambda: info.title if info else None),
        _text(lambda: info.author if info else None),
        _text(lambda: publishers[0] if publishers else None),
        _moment(lambda: dates[0] if dates else None),
        _moment(lambda: info.creation_date if info else None),
    )


def _text(get: Callable[[], object]) -> str | None:
    value = _safely(get)
    return normalise(value).strip() or None if isinstance(value, str) else None


def _moment(get: Callable[[], object]) -> str | None:
    value = _safely(get)
    if not isinstance(value, datetime):
        return None
    return value.isoformat() if value.tzinfo else value.date().isoformat()


def _safely(get: Callable[[], object]) -> object:
    try:
        return get()
    except (PyPdfError, ValueError, OverflowError):
        return None
