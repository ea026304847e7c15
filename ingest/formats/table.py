"""Tables (.csv, .tsv): one article a row, found by the names of the columns. Read row by row."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import IO, Any

from corpus.text import normalise
from ingest import formats
from ingest.dateline import stated_date
from ingest.formats import Found, Unreadable
from ingest.formats.text import encoding_of
from ingest.metadata import FIELD_NAMES, Given

_TEXT = ("text", "content", "body", "article", "article_text", "full_text", "maintext", "story")
_COLUMNS = {**FIELD_NAMES, "text": _TEXT}
_SAMPLE = 2**20  # bytes by which the encoding is judged, and the separator


def read(stream: IO[bytes], kind: str) -> Iterator[Found]:
    """Each row with text in it; a row without is reported."""
    csv.field_size_limit(formats.ARTICLE_MAX)
    sample = stream.read(_SAMPLE)
    head = sample[: sample.rfind(b"\n") + 1] or sample  # whole lines: no character of several bytes is cut
    encoding = encoding_of(head)
    lines = io.TextIOWrapper(io.BufferedReader(_Rejoined(sample, stream)), encoding, errors="replace", newline="")
    rows = csv.reader(lines, delimiter="\t" if kind == ".tsv" else _delimiter(head.decode(encoding, errors="replace")))
    try:
        columns = _columns(next(rows, []))
        for row in rows:
            if any(cell.strip() for cell in row):
                yield Found(_row(columns, row), line=rows.line_num)
    except csv.Error as error:
        yield Found(Unreadable(f"The table cannot be read from here on ({error}). Correct it."), line=rows.line_num)


def _delimiter(head: str) -> str:
    """Of the first line: comma, semicolon (as where commas part decimals) or tab."""
    first = head.partition("\n")[0]
    return max(",;\t", key=first.count)


def _columns(names: list[str]) -> dict[str, int]:
    found = {
        name.strip().strip(codecs.BOM_UTF8.decode()).lower(): index for index, name in reversed([*enumerate(names)])
    }
    columns = {
        field: next(found[name] for name in wanted if name in found)
        for field, wanted in _COLUMNS.items()
        if found.keys() & set(wanted)
    }
    if "text" not in columns:
        raise Unreadable(f"No column holds the articles' text. Name it in the first line: {', '.join(_TEXT)}.")
    return columns


def _row(columns: dict[str, int], row: list[str]) -> Given | Unreadable:
    stated: dict[str, Any] = {
        field: normalise(row[index]).strip() for field, index in columns.items() if index < len(row)
    }
    if not stated.get("text"):
        return Unreadable("The row has no text. Give the article's text, or leave the row out.")
    stated["published"] = stated_date(stated.get("published", "")) or ""
    return replace(Given(stated.pop("text")), **{field: value for field, value in stated.items() if value})


class _Rejoined(io.RawIOBase):
    """A stream of which the first bytes were read already."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._pieces = chain([first], iter(lambda: rest.read(_SAMPLE), b""))
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._piece:
            self._piece = memoryview(next(self._pieces, b""))
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count
