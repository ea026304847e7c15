"""The corpus: the record, and the two indexes that follow it. Whatever is done to it passes here."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from corpus import embedder
from corpus.errors import AssistantError
from corpus.record import NewArticle, Record
from corpus.settings import Settings
from corpus.types import Bounds
from corpus.vectors import IndexBroken, VectorIndex
from corpus.words import WordIndex

# Raised whenever what an index stores of a passage changes; older indexes are then rebuilt from the record.
_INDEX_FORMAT = 1
# Passages taken in at a time: a chunk's texts and vectors are held in memory, and a killed run resumes after the last.
_CHUNK = 4_000
# While another process writes, how long to answer from an index that is known to be behind before looking again.
_STALE_SECONDS = 2.0
_LOCK_SECONDS = 5.0

Index = VectorIndex | WordIndex
T = TypeVar("T")
# What a damaged index raises: ours for Chroma; Tantivy has nothing better than these.
_BROKEN = (IndexBroken, ValueError, OSError)


class Corpus:
    """Opens the record at once, and models and indexes when first needed. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._home = settings.home
        try:
            self._home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AssistantError(
                f"The corpus cannot be kept in {self._home}: {error.strerror}. Name another folder with ASSISTANT_HOME."
            ) from error
        self.record = Record(settings.database_url or f"sqlite:///{self._home.resolve() / 'record.sqlite'}")
        self._check_settings()
        self.embedder = embedder.shared(settings.embedding_model)
        self._file_lock = FileLock(self._home / "lock", thread_local=False)
        self._guard = threading.RLock()  # over the indexes: one thread reopens or writes them, and none reads meanwhile
        self._vectors: VectorIndex | None = None
        self._words: WordIndex | None = None
        self._reached = -1  # the change that both indexes are known to hold
        self._looked_at = 0.0

    def close(self) -> None:
        """Let go of files and connections."""
        with self._guard:
            self._close_indexes()
        self.record.close()

    def _check_settings(self) -> None:
        for name in ("embedding_model", "passage_tokens"):
            remembered, wanted = self.record.info(name), str(getattr(self.settings, name))
            if remembered is not None and remembered != wanted:
                raise AssistantError(
                    f"This corpus ({self._home}) was made with {name} = {remembered}, and the settings say {wanted}. "
                    f"Set ASSISTANT_{name.upper()}={remembered}, or ingest the articles into a new ASSISTANT_HOME."
                )

    # Writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the corpus against other writers; on leaving, the indexes take in what was committed."""
        try:
            self._file_lock.acquire(timeout=_LOCK_SECONDS)
        except Timeout:
            raise AssistantError(
                f"Another process is writing to the corpus in {self._home}. Nothing was changed; "
                "try again when it has finished."
            ) from None
        try:
            self._check_settings()
            before = self.record.change()
            yield
            if self.record.change() != before:
                self._update()
        finally:
            self._file_lock.release()

    def write(self, articles: Sequence[NewArticle]) -> None:
        """Commit articles. Only within `writing`, at whose end they can be found."""
        names = ("embedding_model", "passage_tokens")
        if self.record.info(names[0]) is None:
            self.record.remember({name: str(getattr(self.settings, name)) for name in names})
        self.record.write(articles)

    def remove(self, article_id: str) -> bool:
        """Remove an article, all its versions, from everywhere; False when there is none."""
        with self.writing():
            return self.record.remove(article_id)

    # Searching

    def dense(self, vector: NDArray[np.float32], k: int) -> list[int]:
        """The ids of the `k` passages nearest to a vector, nearest first. Some may no longer be current."""
        return self._search(lambda vectors, _: vectors.query(vector, k))

    def words(self, query: str, k: int, bounds: Bounds) -> list[int]:
        """The ids of the `k` passages that best match the query's words, best first. Some may no longer be current."""
        return self._search(lambda _, words: words.query(query, k, bounds))

    def _search(self, run: Callable[[VectorIndex, WordIndex], T]) -> T:
        with self._guard:
            try:
                return run(*self._current())
            except _BROKEN:
                # Damaged, or rebuilt by another process under our feet: opened afresh, and rebuilt if that fails too.
                self._close_indexes()
                return run(*self._current())

    # The indexes

    def _current(self) -> tuple[VectorIndex, WordIndex]:
        """Both indexes, holding all that the record holds, or as much as a process that is writing has got to."""
        if self._reached < self.record.change() or self._words is None:
            try:
                self._file_lock.acquire(timeout=0)
            except Timeout:
                self._look()
            else:
                try:
                    self._update()
                finally:
                    self._file_lock.release()
        assert self._vectors is not None and self._words is not None
        return self._vectors, self._words

    def _look(self) -> None:
        """Open the indexes as they are: another process holds the lock and is bringing them up to date."""
        if self._words is not None and time.monotonic() - self._looked_at < _STALE_SECONDS:
            return
        self._looked_at = time.monotonic()
        for index in self._open():
            index.reopen()
        self._reached = min(int(index.state.get("change", -1)) for index in self._open())

    def _update(self) -> None:
        """Bring both indexes to the record's last change. Needs the file lock."""
        with self._guard:
            head = self.record.change()
            try:
                self._follow(head)
            except _BROKEN as error:
                self._discard()
                try:
                    self._follow(head)
                except _BROKEN as again:
                    raise AssistantError(
                        f"The search index in {self._home} cannot be rebuilt ({again}). The articles are safe in the "
                        "record. Check that the disk has room and that the folder can be written, then try again."
                    ) from error
            self._reached = head

    def _follow(self, head: int) -> None:
        for index in self._open():
            index.reopen()
            if self._stamp().items() - index.state.items():
                index.clear({**self._stamp(), "change": 0})
            self._take_in(index, head)
            lost = index.count() != self.record.counts()[1]
            if lost and self.record.change() == head:  # behind our back; not by a writer on another machine
                index.clear({**self._stamp(), "change": 0})
                self._take_in(index, head)
        if self._vectors is not None:
            self._vectors.probe()

    def _take_in(self, index: Index, head: int) -> None:
        reached = int(index.state["change"])
        if reached == head:
            return
        gone = self.record.gone(reached, head)
        while entries := self.record.added(reached, head, limit=_CHUNK):
            index.apply(entries, gone)
            gone, reached = [], entries[-1].change
            index.finish({**self._stamp(), "change": reached})
        if gone:
            index.apply([], gone)
        index.finish({**self._stamp(), "change": head})

    def _stamp(self) -> dict[str, Any]:
        """What an index must say of itself to belong to this record and be readable."""
        return {
            "corpus_id": self.record.corpus_id,
            "format": _INDEX_FORMAT,
            "embedding_model": self.settings.embedding_model,
        }

    def _open(self) -> tuple[VectorIndex, WordIndex]:
        if self._vectors is None:
            self._vectors = VectorIndex(self.settings.chroma_url or self._home / "chroma")
        if self._words is None:
            self._words = WordIndex(self._home / "words")
        return self._vectors, self._words

    def _discard(self) -> None:
        """Delete the indexes' files; a server's collection is cleared when it is opened next."""
        self._close_indexes()
        shutil.rmtree(self._home / "words", ignore_errors=True)
        if not self.settings.chroma_url:
            shutil.rmtree(self._home / "chroma", ignore_errors=True)

    def _close_indexes(self) -> None:
        for index in (self._vectors, self._words):
            if index is not None:
                index.close()
        self._vectors = self._words = None
        self._reached = -1

    def check(self, *, repair: bool) -> list[str]:
        """What is wrong with the corpus, in sentences; with `repair`, both indexes are rebuilt when anything is."""
        problems = self._problems()
        if problems and repair:
            with self.writing():
                self._discard()
                self._update()
        return problems

    def _problems(self) -> list[str]:
        head, (_, passages) = self.record.change(), self.record.counts()
        problems = []
        with self._guard:
            for name in ("vectors", "words"):
                try:
                    index = self._open()[name == "words"]
                    index.reopen()
                    if isinstance(index, VectorIndex):
                        index.probe()
                    state, count = index.state, index.count()
                except _BROKEN as error:
                    problems.append(f"The index of {name} cannot be read: {error}")
                    continue
                if self._stamp().items() - state.items() or state.get("change") != head:
                    problems.append(f"The index of {name} has not taken in the last changes.")
                elif count != passages:
                    problems.append(f"The index of {name} holds {count} passages; the record holds {passages}.")
        return problems
