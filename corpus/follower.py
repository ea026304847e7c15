"""An index that follows the record: opened, caught up with, and made again when it cannot be used."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from corpus.errors import AssistantError
from corpus.lock import Lock, holding
from corpus.record import IndexEntry, Record

# Passages taken in at a time: a chunk's texts and vectors are held in memory, and a killed run resumes after the last.
CHUNK = 4_000
# While another process writes, how long to answer from an index that is known to be behind before looking again.
_STALE_SECONDS = 2.0


class IndexBroken(AssistantError):
    """An index cannot be used as it is: to be opened again, and if that does not help, rebuilt from the record."""


# What a damaged index raises: ours for Chroma; Tantivy has nothing better than these.
BROKEN = (IndexBroken, ValueError, OSError)


class Index(Protocol):
    """What `VectorIndex` and `WordIndex` have in common."""

    @property
    def state(self) -> dict[str, Any]: ...
    def finish(self, state: dict[str, Any]) -> None: ...
    def clear(self, state: dict[str, Any]) -> None: ...
    def apply(self, added: Sequence[IndexEntry], gone: Sequence[int]) -> None: ...
    def count(self) -> int: ...
    def probe(self) -> None: ...
    def reopen(self) -> None: ...
    def close(self) -> None: ...


I = TypeVar("I", bound=Index)  # noqa: E741
T = TypeVar("T")


class Follower(Generic[I]):
    """One index of one record. Safe to use from several threads.

    `open_index` opens it, `delete` removes what it has on disk. `stamp` is what it must say of itself to belong to the
    record and be readable. Who holds `lock` may write it: a writer waits so many seconds, a reader does not wait.
    """

    def __init__(
        self,
        name: str,
        record: Record,
        lock: Lock,
        stamp: Mapping[str, Any],
        open_index: Callable[[], I],
        delete: Callable[[], None],
    ) -> None:
        self.name = name
        self._record, self._lock, self._stamp = record, lock, dict(stamp)
        self._open, self._delete = open_index, delete
        self._guard = threading.RLock()  # one thread reopens or writes the index, and none reads meanwhile
        self._index: I | None = None
        self._reached = -1  # the change that the index is known to hold
        self._looked_at = float("-inf")

    def close(self) -> None:
        """Let go of files and connections."""
        with self._guard:
            if self._index is not None:
                self._index.close()
            self._index, self._reached = None, -1

    def search(self, run: Callable[[I], T]) -> T:
        """What `run` finds in the index, which holds all that the record holds, or as much as a writer has got to."""
        with self._guard:
            try:
                return run(self._current())
            except BROKEN:
                # Damaged, or rebuilt by another process under our feet: opened afresh, and rebuilt if that fails too.
                self.close()
                return run(self._current())

    def _opened(self) -> I:
        self._index = self._index or self._open()
        return self._index

    def _current(self) -> I:
        if self._index is None or self._reached < self._record.change():
            self._catch_up()
        return self._opened()

    def _catch_up(self) -> None:
        if self._index is not None and time.monotonic() - self._looked_at < _STALE_SECONDS:
            return
        with holding(self._lock, 0) as held:
            if held:
                self._update()
            else:  # whoever holds the lock is bringing the index up to date: what is there is read
                self._looked_at = time.monotonic()
                self._opened().reopen()
                self._reached = int(self._opened().state.get("change", -1))

    def update(self, wait: float) -> None:
        """Bring the index to the record's last change, unless another process is doing so for longer than `wait`."""
        with holding(self._lock, wait) as held:
            if held:
                self._update()

    def rebuild(self, wait: float) -> None:
        """Make the index again, whatever its state. Raises `AssistantError` when others write it all the time."""
        with holding(self._lock, wait) as held:
            if not held:
                raise AssistantError(
                    f"Another process is writing the index of {self.name}. Try again when it has finished."
                )
            self._make_again()

    def _update(self) -> None:
        with self._guard:
            try:
                self._follow()
            except BROKEN:
                self._make_again()

    def _make_again(self) -> None:
        with self._guard:
            self.close()
            self._delete()
            try:
                self._opened().clear({**self._stamp, "change": 0})
                self._follow()
            except BROKEN as error:
                self.close()
                raise AssistantError(
                    f"The index of {self.name} cannot be rebuilt ({error}). The articles are safe in the record. Check "
                    "that the disk has room and that its folder can be written, then try again."
                ) from error

    def _follow(self) -> None:
        head = self._record.change()
        index = self._opened()
        index.reopen()
        if self._stamp.items() - index.state.items():
            index.clear({**self._stamp, "change": 0})
        self._take_in(index, head)
        lost = index.count() != self._record.counts()[1]
        if lost and self._record.change() == head:  # behind our back; not by a commit of just now
            index.clear({**self._stamp, "change": 0})
            self._take_in(index, head)
        index.probe()
        self._reached = head

    def _take_in(self, index: I, head: int) -> None:
        reached = int(index.state["change"])
        if reached == head:
            return
        gone = self._record.gone(reached, head)
        while entries := self._record.added(reached, head, limit=CHUNK):
            index.apply(entries, gone)
            gone, reached = [], entries[-1].change
            index.finish({**self._stamp, "change": reached})
        if gone:
            index.apply([], gone)
        index.finish({**self._stamp, "change": head})

    def problem(self) -> str | None:
        """What is wrong with the index, in a sentence; None when nothing is."""
        head, (_, passages) = self._record.change(), self._record.counts()
        with self._guard:
            try:
                index = self._opened()
                index.reopen()
                index.probe()
                state, count = index.state, index.count()
            except BROKEN as error:
                return f"The index of {self.name} cannot be read: {error}"
        if self._stamp.items() - state.items() or state.get("change") != head:
            return f"The index of {self.name} has not taken in the last changes."
        if count != passages:
            return f"The index of {self.name} holds {count} passages; the record holds {passages}."
        return None
