"""ZIP: each file in it is read as it would be on its own. Nothing is ever unpacked to disk."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import IO

from ingest import formats
from ingest.formats import Found, Unreadable

_FILES_MAX = 100_000
# News packs three to ten times smaller, a table of repetitions perhaps fifty; bombs begin at a thousand.
_RATIO_MAX, _FREE = 100, 64 * 2**20  # times the bytes that are there, and bytes that are never too many
_BOMB = (
    f"Unpacked, it would be more than {_RATIO_MAX} times its size, as a ZIP bomb is. "
    "Unpack it yourself if you trust it, and ingest the folder."
)
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)|[\x00-\x1f]")
_HIDDEN = re.compile(r"(?:^|/)(?:\.(?!\.)|__MACOSX/)")


def read(stream: IO[bytes], kind: str) -> Iterator[Found]:
    """The articles of all files in the archive, in its order. One that cannot be read does not stop the rest."""
    with _open(stream) as archive:
        members = [info for info in archive.infolist() if not info.is_dir() and not _HIDDEN.search(info.filename)]
        if len(members) > _FILES_MAX:
            raise Unreadable(f"It holds more than {_FILES_MAX:,} files. Make several archives of it.")
        if not members:
            raise Unreadable("It holds no files. Leave it out.")
        budget = _Budget(_RATIO_MAX * _size(stream) + _FREE)
        for info in members:
            try:
                for found in _member(archive, info, budget):
                    yield Found(found.given, ":".join(filter(None, (info.filename, found.member))), found.line)
            except Unreadable as problem:
                yield Found(problem, info.filename)
            if budget.left < 0:
                raise Unreadable(f"{_BOMB} The files after {info.filename[:100]!r} were not read.")


def check_expansion(file: IO[bytes]) -> None:
    """Raises `Unreadable` when what a library is about to unpack whole (.docx, .epub) would be a bomb."""
    with _open(file) as archive:
        if sum(info.file_size for info in archive.infolist()) > min(_RATIO_MAX * _size(file) + _FREE, 4 * _FREE):
            raise Unreadable(_BOMB)
    file.seek(0)


def _open(stream: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise Unreadable(f"It is damaged or not what its name says ({error}). Get a whole copy.") from None


def _size(stream: IO[bytes]) -> int:
    return stream.seek(0, io.SEEK_END)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> Iterator[Found]:
    kind = formats.kind_of(info.filename)
    if _OUTSIDE.search(info.filename):
        raise Unreadable("Its name points outside the archive, as an attack does. Rename it, if you trust it.")
    if kind is None:
        raise Unreadable(f"It is not a kind that is read ({', '.join(formats.KINDS)}).")
    if kind == ".zip":
        raise Unreadable("It is an archive within an archive. Unpack it, and ingest it by itself.")
    if info.flag_bits & 1:
        raise Unreadable("It is locked with a password. Unpack it, and ingest what is in it.")
    try:
        with archive.open(info) as member:
            yield from formats.read(_Counted(member, budget), kind)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise Unreadable(f"It is damaged or not what its name says ({error}). Get a whole copy.") from None


class _Budget:
    def __init__(self, left: int) -> None:
        self.left = left


class _Counted(io.BufferedReader):
    """A member while it is unpacked: its bytes count against the archive's budget, whatever its header says."""

    def __init__(self, member: IO[bytes], budget: _Budget) -> None:
        super().__init__(_Counting(member, budget))


class _Counting(io.RawIOBase):
    def __init__(self, member: IO[bytes], budget: _Budget) -> None:
        self._member, self._budget = member, budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._member.read(len(buffer))
        self._budget.left -= len(data)
        if self._budget.left < 0:
            raise Unreadable(_BOMB)
        buffer[: len(data)] = data
        return len(data)
