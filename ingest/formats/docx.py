"""Word documents (.docx), through python-docx: paragraphs, tables, and the document's properties."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO

import docx
from docx.table import Table
from docx.text.paragraph import Paragraph

from corpus.text import normalise
from ingest import formats
from ingest.formats import Found, Unreadable, whole
from ingest.formats.archive import check_expansion
from ingest.metadata import Given

# What documents say that were made from the library's own template, and not when.
_TEMPLATE_DAY = date(2013, 12, 23)


def read(stream: IO[bytes], kind: str) -> Iterator[Found]:
    """The one article of a Word document."""
    file = io.BytesIO(whole(stream, formats.ARTICLE_MAX))
    check_expansion(file)
    document = docx.Document(file)
    text = normalise("\n\n".join(filter(str.strip, _lines(document)))).strip()
    if not text:
        raise Unreadable("It holds no text. Put the article's text in it, or leave it out.")
    stated = document.core_properties
    yield Found(
        Given(
            text,
            title=normalise(stated.title).strip() or None,
            author=_author(stated.author),
            created=_day(stated.created),
        )
    )


def _lines(document: docx.document.Document) -> Iterator[str]:
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, Table):
            for row in block.rows:
                yield " | ".join(cell.text.replace("\n", " ") for cell in row.cells)


def _author(name: str) -> str | None:
    return None if name == "python-docx" else normalise(name).strip() or None


def _day(created: datetime | None) -> str | None:
    """Word writes the time in UTC, but what was made is the file: its day is all that is worth keeping."""
    day = created.date() if created else None
    return day.isoformat() if day and day != _TEMPLATE_DAY else None
