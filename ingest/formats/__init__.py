"""Bytes become articles: one file a format, imported when the first of its kind comes in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import IO

from ingest.metadata import Given

ARTICLE_MAX = 64 * 2**20  # bytes of one article: far above any, and still decoded in seconds
PAGE_MAX = 16 * 2**20  # bytes of a web page: its tree takes some thirty times that in memory

# Which file here reads a kind. The longest ending that fits a name counts.
_READERS = {
    ".txt": "text",
    ".md": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".epub": "epub",
    ".eml": "mail",
    ".csv": "table",
    ".tsv": "table",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".zip": "archive",
}
_FEEDS = {".feed": "feeds", ".sitemap": "feeds"}  # not the ends of names, but what an address may give
KINDS = tuple(_READERS)
# Read by code that holds little in memory and whose time grows with the bytes alone; all others are read in a process
# of their own, with a limit (`ingest.isolation`).
PLAIN = (".txt", ".md", ".csv", ".tsv", ".jsonl", ".jsonl.gz")


class Unreadable(Exception):
    """Something cannot be taken in; the message is for a person: the cause and the way out."""


@dataclass(frozen=True, slots=True)
class Found:
    """An article in a file, or what is wrong with it, and where it stands: in which member, on which line (from 1)."""

    given: Given | Unreadable
    member: str = ""
    line: int = 0


def kind_of(name: str) -> str | None:
    """The kind of a file by the end of its name; None when it is not read."""
    fitting = [kind for kind in KINDS if name.lower().endswith(kind)]
    return max(fitting, key=len, default=None)


def read(stream: IO[bytes], kind: str) -> Iterator[Found]:
    """The articles in an open file of that kind, one at a time.

    Raises `Unreadable` when it holds none, `OSError` when it cannot be read, and, where bytes are damaged, whatever
    the library of that format raises.
    """
    yield from import_module(f"ingest.formats.{(_READERS | _FEEDS)[kind]}").read(stream, kind)


def whole(stream: IO[bytes], limit: int) -> bytes:
    """All bytes of a file that has at most `limit` of them; raises `Unreadable` for a larger one."""
    data = stream.read(limit + 1)
    if len(data) > limit:
        size = stream.seek(0, 2) if stream.seekable() else 0
        has = f"{size / 2**20:,.0f} MiB, more" if size > limit else "more"
        raise Unreadable(
            f"It has {has} than the {limit / 2**20:g} MiB of one article. "
            "Split it into articles, one JSON object a line in a .jsonl file."
        )
    return data
