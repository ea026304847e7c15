"""The door: files and folders become articles, normalised once, and what cannot be taken says why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.text import normalise
from ingest.dateline import text_date
from ingest.formats import Unreadable, read_article
from ingest.jsonl import read_lines
from ingest.metadata import Given, canonical_url, headline, one_line, opening, outlet

ID_MAX = 500  # characters
_PLAIN = (".txt", ".md", ".html", ".htm")
_LINES = (".jsonl", ".jsonl.gz")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Loaded:
    """An article as found at the door. `published` is an ISO date, or an ISO time with its zone.

    `by_path` says that the id is a file's URI: the same text at another path is then the same article.
    `origin` is for messages: the path, or path:line.
    """

    id: str
    by_path: bool
    title: str
    source: str | None
    url: str | None
    published: str | None
    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was not taken, and in whole sentences why, with the way out."""

    origin: str
    reason: str


def load(target: str) -> Iterator[Loaded | Skipped]:
    """The articles at a path (a folder is walked, in order, without what is hidden), one at a time.

    Nothing that is wrong with the input raises: it is a `Skipped`, and the rest goes on.
    """
    if re.match(r"https?://", target, re.IGNORECASE):
        yield Skipped(normalise(target), "Pages are not fetched yet. Save the page as .html and ingest that file.")
        return
    if not target.strip():
        yield Skipped(target, "No path was given. Give a file or a folder.")
        return
    empty = True
    for found in _files(Path(target)):
        empty = False
        if isinstance(found, Skipped):
            yield found
        else:
            yield from _articles(found)
    if empty:
        yield Skipped(_shown(Path(target)), f"The folder holds no articles. Put files in it ({_kinds()}).")


def _files(root: Path) -> Iterator[Path | Skipped]:
    waiting = [root]  # a stack and no recursion: folders may be nested deeper than Python's calls
    while waiting:
        path = waiting.pop()
        try:
            if not path.is_dir():
                yield path
            elif path != root and path.is_symlink():
                yield Skipped(_shown(path), "It is a link to a folder; links are not followed. Give that folder.")
            else:
                waiting += sorted((child for child in path.iterdir() if not child.name.startswith(".")), reverse=True)
        except OSError as error:
            yield Skipped(_shown(path), _denied(error))


def _articles(path: Path) -> Iterator[Loaded | Skipped]:
    origin = _shown(path)
    try:
        if not path.exists():
            raise Unreadable("There is no file or folder at this path. Check its spelling.")
        if not path.name.lower().endswith(_PLAIN + _LINES):
            raise Unreadable(f"It is not a kind that is read ({_kinds()}). Save it as one of these.")
        if not path.is_file():
            raise Unreadable("It is no regular file. Copy what it gives into a file.")
        uri = path.resolve().as_uri()
        if path.name.lower().endswith(_LINES):
            for number, given in read_lines(path):
                yield _article(given, f"{uri}#L{number}", f"{origin}:{number}", None)
        else:
            yield _article(read_article(path), uri, origin, path.stem)
    except Unreadable as problem:
        yield Skipped(origin, str(problem))
    except OSError as error:
        yield Skipped(origin, _denied(error))


def _article(given: Given | Unreadable, uri: str, origin: str, stem: str | None) -> Loaded | Skipped:
    if isinstance(given, Unreadable):
        return Skipped(origin, str(given))
    url = canonical_url(given.url or "")
    key = given.id if given.id is not None else url if url and len(url) <= ID_MAX else uri
    if not key.strip() or len(key) > ID_MAX or _CONTROL.search(key):
        return Skipped(
            origin,
            f"Its id is empty, longer than {ID_MAX} characters, or holds control characters. "
            "Give it a short id, or a shorter path.",
        )
    name = one_line(re.sub(r"[-_+]+", " ", normalise(stem))) if stem else ""
    return Loaded(
        id=key,
        by_path=key == uri,
        title=one_line(given.title or "") or headline(given.text) or name or opening(given.text),
        source=outlet(given.source, url, given.text),
        url=url,
        published=given.published or text_date(given.text),
        text=given.text,
        origin=origin,
    )


def _kinds() -> str:
    return ", ".join(_PLAIN + _LINES)


def _shown(path: Path) -> str:
    """A name on disk need not be text; what cannot be shown is replaced."""
    return normalise(str(path))


def _denied(error: OSError) -> str:
    return f"It cannot be read: {error.strerror or error}. Check that the file is whole and that you may read it."
