"""The door: files and folders become articles, normalised once, and what cannot be taken says why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from corpus.ledger import Page
from corpus.text import normalise
from ingest import formats, isolation
from ingest.formats import Found, Unreadable
from ingest.metadata import canonical_url, headline, one_line, opening, outlet
from ingest.published import dated

ID_MAX = 500  # characters
UPLOAD = "upload:"  # begins the URI of a file that was sent, and lies nowhere
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Loaded:
    """An article as found at the door. `published` is an ISO date, or an ISO time with its zone.

    `dated_by` says what told the date (`ingest.published`). `by_path` says that the id is a file's URI: the same text
    at another path is then the same article. `uri` is the file or address it came in, `origin` is for messages: the
    path, or path:line. `version` is set in what was exported from a corpus.
    """

    id: str
    by_path: bool
    title: str
    source: str | None
    url: str | None
    published: str | None
    text: str
    origin: str
    uri: str = ""
    author: str | None = None
    dated_by: str | None = None
    language: str | None = None
    version: int | None = None
    page: Page | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """An address whose articles (`ids`) are stored and have not changed, by what its server says."""

    uri: str
    ids: tuple[str, ...] = ()
    page: Page | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was not taken, and in whole sentences why, with the way out. `uri` is set where it is worth trying again."""

    origin: str
    reason: str
    uri: str | None = None


def is_address(target: str) -> bool:
    """Whether a target is on the web, and no path."""
    return re.match(r"https?://", target, re.IGNORECASE) is not None


def load(target: str, name: str | None = None) -> Iterator[Loaded | Skipped]:
    """The articles at a path (a folder is walked, in order, without what is hidden), one at a time.

    A file that lies there only for now is called by its `name`, and its URI is `upload:NAME`.
    Nothing that is wrong with the input raises: it is a `Skipped`, and the rest goes on.
    """
    if name is not None:
        yield from _uploaded(Path(target), normalise(name))
        return
    for found in files(target):
        if isinstance(found, Skipped):
            yield found
        else:
            yield from _articles(found)


def files(target: str) -> Iterator[Path | Skipped]:
    """The files at a path, each of which `load` takes."""
    if not target.strip():
        yield Skipped(target, "No path was given. Give a file or a folder.")
        return
    empty = True
    for found in _files(Path(target)):
        empty = False
        yield found
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
            yield Skipped(_shown(path), _denied(error), path.absolute().as_uri())


def _uploaded(path: Path, name: str) -> Iterator[Loaded | Skipped]:
    for item in _articles(path, name):
        # Nobody but who sent it can try it again.
        yield replace(item, uri=None) if isinstance(item, Skipped) else item


def _articles(path: Path, name: str | None = None) -> Iterator[Loaded | Skipped]:
    origin = name or _shown(path)
    uri = None
    try:
        if not path.exists():
            raise Unreadable("There is no file or folder at this path. Check its spelling.")
        kind = formats.kind_of(name or path.name)
        if kind is None:
            raise Unreadable(f"It is not a kind that is read ({_kinds()}). Save it as one of these.")
        if not path.is_file():
            raise Unreadable("It is no regular file. Copy what it gives into a file.")
        uri = f"{UPLOAD}{name}" if name else path.resolve().as_uri()
        for found in _read(path, kind):
            yield article(found, uri, origin, (name or path.name).removesuffix(kind))
    except Unreadable as problem:
        yield Skipped(origin, str(problem), uri)
    except OSError as error:
        yield Skipped(origin, _denied(error), uri)


def _read(path: Path, kind: str) -> Iterator[Found]:
    with path.open("rb") as stream:  # what may not be opened says so here, in whichever process it is read
        yield from formats.read(stream, kind) if kind in formats.PLAIN else isolation.read(path, kind)


def article(found: Found, uri: str, origin: str, name: str, *, link: str | None = None) -> Loaded | Skipped:
    """What was found in a file or at an address (`uri`, or `origin` to people), as an article that can be stored.

    `name` becomes its title if nothing else gives one; `link` is the address it was fetched from.
    """
    given = found.given
    line = f"L{found.line}" if found.line else ""
    place = ":".join(filter(None, (quote(found.member), line)))
    origin = ":".join(filter(None, (origin, normalise(found.member), str(found.line or ""))))
    if isinstance(given, Unreadable):
        return Skipped(origin, str(given), uri)
    # Names in a file may be of any characters, text has been seen to by whoever read it.
    title, source, author, address = (normalise(v or "") for v in (given.title, given.source, given.author, given.url))
    url = canonical_url(address) or link
    by_place = f"{uri}#{place}" if place else uri
    key = given.id if given.id is not None else url if url and len(url) <= ID_MAX else by_place
    if not key.strip() or len(key) > ID_MAX or _CONTROL.search(key):
        return Skipped(
            origin,
            f"Its id is empty, longer than {ID_MAX} characters, or holds control characters. "
            "Give it a short id, or a shorter path.",
        )
    published, dated_by, outlet_name = *dated(given, url), outlet(source, url, given.text)
    if given.version:  # what was exported has been asked for all this, and what is not there was not found
        published, dated_by, outlet_name = given.published, given.dated_by, source or None
    return Loaded(
        id=key,
        by_path=key == by_place and key != link,
        title=one_line(title) or headline(given.text) or _title(found, name) or opening(given.text),
        source=outlet_name,
        url=url,
        published=published,
        text=given.text,
        origin=origin,
        uri=uri,
        author=one_line(author) or None,
        dated_by=dated_by,
        language=_language_code(given.language),
        version=given.version,
    )


def _language_code(stated: str | None) -> str | None:
    """ "en" of "en-GB"; None for what is no code."""
    code = re.split(r"[-_]", (stated or "").strip().lower())[0]
    return code if re.fullmatch(r"[a-z]{2,3}", code) else None


def _title(found: Found, name: str) -> str:
    """The name of the file, for want of a better title; a line of many has none."""
    if found.line:
        return ""
    stem = PurePosixPath(found.member).stem if found.member else name
    return one_line(re.sub(r"[-_+]+", " ", normalise(stem)))


def _kinds() -> str:
    return ", ".join(formats.KINDS)


def _shown(path: Path) -> str:
    """A name on disk need not be text; what cannot be shown is replaced."""
    return normalise(str(path))


def _denied(error: OSError) -> str:
    return f"It cannot be read: {error.strerror or error}. Check that the file is whole and that you may read it."
