"""Files that take too long, too much, or the reader's life: each says so, and the next file is read."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from ingest import isolation
from ingest.formats import Found, Unreadable
from tests import files
from tests.files import BODY


def read(source: bytes | Path, kind: str) -> list[Found]:
    return list(isolation.read(source, kind))


@pytest.fixture(autouse=True)
def no_child_of_other_tests() -> None:
    while isolation._idle:
        isolation._idle.pop().stop()


def test_bytes_and_paths_are_read_and_the_child_stays_for_the_next(tmp_path: Path) -> None:
    path = tmp_path / "caf\udce9.pdf"  # a name that is no text
    path.write_bytes(files.pdf())
    assert [found.given.text for found in read(path, ".pdf")] == [BODY]  # type: ignore[union-attr]
    (child,) = isolation._idle
    assert [found.given.text for found in read(files.mail(), ".eml")] == [BODY]  # type: ignore[union-attr]
    assert isolation._idle == [child]


def test_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "SECONDS", 0.01)
    with pytest.raises(Unreadable, match=r"more than 0\.01 seconds"):
        read(files.pdf(pages=900), ".pdf")
    monkeypatch.undo()
    assert read(files.pdf(), ".pdf")


def test_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(files.mail(), ".eml")  # what the child itself needs is there
    monkeypatch.setattr(isolation, "MEMORY", 2**28)
    with pytest.raises(Unreadable, match=r"more than 0\.25 GiB of memory"):
        read(files.archive({"a.txt": b"word " * 12 * 2**20}), ".zip")
    monkeypatch.undo()
    assert read(files.mail(), ".eml")


def test_a_reader_that_dies() -> None:
    assert read(files.mail(), ".eml")
    os.kill(isolation._idle[0]._process.pid, signal.SIGKILL)
    with pytest.raises(Unreadable, match="broke the program"):
        read(files.mail(), ".eml")
    assert read(files.mail(), ".eml")


def test_what_nobody_wants_to_hear_does_not_reach_the_next_file() -> None:
    many = isolation.read(files.archive({"a.txt": BODY, "b.txt": BODY}), ".zip")
    assert next(many).member == "a.txt"
    many.close()  # type: ignore[attr-defined]
    assert [found.member for found in read(files.mail(), ".eml")] == [""]


def test_what_a_library_raises_is_told() -> None:
    with pytest.raises(Unreadable, match="damaged or not what its name says"):
        read(b"%PDF-1.4\nxref\n0 99\n" + bytes(range(256)), ".pdf")
