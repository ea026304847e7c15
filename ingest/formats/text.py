"""Plain text and Markdown, and how bytes become text at all."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from corpus.text import normalise
from ingest import formats
from ingest.formats import Found, Unreadable, whole
from ingest.metadata import front_matter

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
_BINARY = "It looks binary, not text. Convert it to UTF-8 text and ingest that file."


def read(stream: IO[bytes], kind: str) -> Iterator[Found]:
    """The one article of a .txt or .md file; a plain text is kept whole, front matter and all."""
    text = normalise(decode(whole(stream, formats.ARTICLE_MAX)))
    given = front_matter(text)
    if kind == ".txt":
        given = replace(given, text=text)
    if not given.text.strip():
        raise Unreadable("It is empty. Put the article's text in it, or leave it out.")
    yield Found(given)


def decode(data: bytes, stated: str | None = None) -> str:
    """Text of UTF-8, of UTF-16 or UTF-32 with its mark, or of what fits best: the `stated` encoding, if it can be.

    Raises `Unreadable` when the bytes are no text.
    """
    text = data.decode(encoding_of(data, stated), errors="replace")
    if len(_CONTROL.findall(text, 0, _SAMPLE)) > _CONTROL_SHARE * min(len(text), _SAMPLE):
        raise Unreadable(_BINARY)
    return text


def encoding_of(data: bytes, stated: str | None = None) -> str:
    """The name of the encoding of a text, as `decode` takes it: labels are often wrong, bytes seldom are.

    Raises `Unreadable` when the bytes are no text.
    """
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if marked:
        return marked
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _detected(data, stated)
    return "utf-8"


def _detected(data: bytes, stated: str | None) -> str:
    from charset_normalizer import from_bytes

    if b"\x00" in data:
        raise Unreadable(_BINARY)
    # Cut off or damaged UTF-8 is UTF-8 still: in no other encoding are so many of its characters well formed.
    lenient = data.decode("utf-8", errors="replace")
    if 2 * lenient.count("\ufffd") <= len(lenient) - len(lenient.encode("ascii", errors="ignore")):
        return "utf-8"
    matches = list(from_bytes(data, preemptive_behaviour=False))  # without its own belief in labels
    if not matches:
        raise Unreadable(_BINARY)
    best = [match for match in matches if match.chaos <= matches[0].chaos]
    fitting = {_codec(name) for match in best for name in (match.encoding, *match.could_be_from_charset)}
    # Of encodings equally clean the detector takes the first by name: Windows-1250 makes "El nińo" of "El niño". The
    # one that is stated goes first here, then the common one, also where a page says ISO-8859-1, which browsers read
    # as Windows-1252.
    if stated and (codec := _codec(stated)) in fitting - {"iso8859-1"}:
        return codec
    return "cp1252" if {"cp1252", "iso8859-1"} & fitting else matches[0].encoding


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
