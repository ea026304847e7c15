"""Articles in JSON Lines, read one by one: memory stays flat whatever the size of the file."""

from __future__ import annotations

import codecs
import gzip
import json
import zlib
from collections.abc import Iterator
from typing import IO, Any

from corpus.text import normalise
from ingest.dateline import iso
from ingest.formats import ARTICLE_MAX, Found, Unreadable
from ingest.metadata import Given
from ingest.published import ORDER

_FIELDS = ("text", "id", "title", "source", "url", "published")
_DETAILS = ("author", "dated_by", "language")  # taken where they are as an export writes them, and passed over if not
_KINDS_OF_DATE = tuple(filter(None, ORDER))
_REST = 2**20  # bytes read at a time of a line that is too long


def read(stream: IO[bytes], kind: str) -> Iterator[Found]:
    """Each line that is not blank, with its article or with what is wrong with it."""
    number = 0
    lines = gzip.GzipFile(fileobj=stream) if kind == ".jsonl.gz" else stream
    try:
        for number, line in _numbered(lines):
            if number == 1 and line and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                yield Found(Unreadable("The file is UTF-16. Save it as UTF-8."), line=1)
                return
            if line is None or line.strip():
                yield Found(_read(line), line=number)
    except (OSError, EOFError, zlib.error) as error:
        reason = f"The file cannot be read from here on ({error}). The lines above are taken; get a whole copy."
        yield Found(Unreadable(reason), line=number + 1)


def _numbered(stream: gzip.GzipFile | IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """The lines from 1; None stands for a line that is too long, which is passed over without being held."""
    number = 0
    while line := stream.readline(ARTICLE_MAX + 1):
        number += 1
        if len(line) <= ARTICLE_MAX:
            yield number, line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(_REST)
        yield number, None


def _read(line: bytes | None) -> Given | Unreadable:
    try:
        if line is None:
            raise Unreadable(f"The line is longer than {ARTICLE_MAX / 2**20:g} MiB. Split it into several articles.")
        return _given(_record(line))
    except Unreadable as problem:
        return problem


def _record(line: bytes) -> dict[str, object]:
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"The line is not UTF-8 (byte {error.start + 1}). Save the file as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"The line is not JSON: {error.msg} (column {error.colno}). Correct it.") from None
    except (ValueError, RecursionError):
        raise Unreadable("The line is not usable JSON: nested too deeply, or a number too long. Correct it.") from None
    if not isinstance(record, dict):
        raise Unreadable('The line is not a JSON object. Write one article a line: {"text": "…"}.')
    return record


def _given(record: dict[str, object]) -> Given:
    stated: dict[str, Any] = {}
    for name in _FIELDS:
        value = record.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise Unreadable(f"The field {name!r} is not a string but {type(value).__name__}. Write it in quotes.")
        stated[name] = normalise(value)
    if not stated.get("text", "").strip():
        raise Unreadable("The field 'text' is missing or empty. Give the article's text.")
    if stated.get("published", "").strip():
        stated["published"] = _iso(stated["published"])
    stated |= {name: normalise(value) for name in _DETAILS if isinstance(value := record.get(name), str) and value}
    if stated.get("dated_by") not in _KINDS_OF_DATE:
        stated.pop("dated_by", None)
    version = record.get("version")
    if type(version) is not int or version < 1:
        return Given(**stated)
    # What was exported has been normalised, once and no more: to do it again would make a line end of "\r\r\n".
    text = str(record["text"])
    if normalise(text.replace("\r", "")) == text.replace("\r", ""):
        stated["text"] = text
    return Given(**stated, version=version)


def _iso(value: str) -> str:
    try:
        return iso(value)
    except ValueError:
        raise Unreadable(
            f"The field 'published' is {value[:40]!r}, which is no ISO date. "
            "Write it as 2025-04-08 or 2025-04-08T09:30:00Z."
        ) from None
