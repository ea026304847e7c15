"""The corpus: the record, and the two indexes that follow it. Whatever is done to it passes here."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus import embedder, lock, memory
from corpus.errors import AssistantError
from corpus.follower import Follower
from corpus.record import NewArticle, Record
from corpus.settings import Settings
from corpus.types import Bounds
from corpus.vectors import VectorIndex
from corpus.words import WordIndex

# Raised whenever what an index stores of a passage changes; older indexes are then rebuilt from the record.
_INDEX_FORMAT = 1
# A writer holds the lock for a few hundred passages at a time; only an index that is rebuilt takes it for long.
_LOCK_SECONDS = 60.0
_ALL = Bounds()
# To compare the vector with n passages that are left costs about 5 µs each, and to ask for the k·N/n nearest of all N
# 7 µs each; with k = 50 the former is cheaper while n² is less than this times N.
_FEW = 72
# More are asked for than should be needed, and several times more when that was not enough; but not without end.
_OVERFETCH, _AGAIN, _MOST = 1.2, 4, 10_000


class Corpus:
    """Opens the record at once, and models and indexes when first needed. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._home = settings.home.resolve()
        try:
            self._home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AssistantError(
                f"The corpus cannot be kept in {settings.home}: {error.strerror}. "
                "Name another folder with ASSISTANT_HOME."
            ) from error
        self.record = Record(settings.database_url or f"sqlite:///{self._home / 'record.sqlite'}")
        self._check_settings()
        self.embedder = embedder.shared(settings.embedding_model)
        self._writer = self.record.lock(self._home)
        self._unindexed = 0  # passages written since the indexes took in the last
        home = lock.lock_file(self._home / "index.lock")
        chroma, words = self._home / "chroma", self._home / "words"
        server = settings.chroma_url
        # Files in the home are a cache of this home's; a server is shared by whoever shares the record.
        self._vectors = Follower(
            "vectors", self.record, self._writer if server else home, self._stamp(),
            lambda: VectorIndex(server or chroma), lambda: None if server else _delete(chroma),
        )  # fmt: skip
        self._words = Follower(
            "words", self.record, home, self._stamp(), lambda: WordIndex(words), lambda: _delete(words)
        )

    def close(self) -> None:
        """Let go of files and connections."""
        self._vectors.close()
        self._words.close()
        self.record.close()

    def _stamp(self) -> dict[str, Any]:
        return {
            "corpus_id": self.record.corpus_id,
            "format": _INDEX_FORMAT,
            "embedding_model": self.settings.embedding_model,
        }

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
        """Hold the record against other writers; as short as can be, since they wait. Call `index` afterwards."""
        with lock.holding(self._writer, _LOCK_SECONDS) as held:
            if not held:
                raise AssistantError(
                    f"Another process has been writing to the corpus of {self._home} for {_LOCK_SECONDS:.0f} seconds. "
                    "What was stored until now stays stored; run the command again when the other has finished."
                )
            self._check_settings()
            yield

    def write(self, articles: Sequence[NewArticle]) -> None:
        """Commit articles, within `writing`. They are certain to be found once `index` has been called."""
        names = ("embedding_model", "passage_tokens")
        if self.record.info(names[0]) is None:
            self.record.remember({name: str(getattr(self.settings, name)) for name in names})
        self.record.write(articles)
        self._unindexed += sum(len(article.spans) for article in articles)

    def index(self, *, some: int = 0) -> None:
        """Let both indexes take in what was committed, if that is at least `some` passages of this process's."""
        if self._unindexed >= some:
            for follower in (self._vectors, self._words):
                follower.update(_LOCK_SECONDS)
            self._unindexed = 0
            memory.give_back()

    def remove(self, article_id: str) -> bool:
        """Remove an article, all its versions, from everywhere; False when there is none."""
        with self.writing():
            removed = self.record.remove(article_id)
        self.index()
        return removed

    # Searching

    def load(self) -> None:
        """Load the model and open the indexes at the same time, which otherwise the first search waits for."""
        with ThreadPoolExecutor() as pool:
            loading = [
                pool.submit(self.embedder.embed, ["news"]),
                pool.submit(self._vectors.search, lambda index: index.count()),
                pool.submit(self._words.search, lambda index: index.count()),
            ]
            for each in loading:
                each.result()

    def dense(self, vector: NDArray[np.float32], k: int, bounds: Bounds = _ALL) -> list[int]:
        """The ids of the `k` passages nearest to a vector within the bounds, nearest first. Some may be gone.

        The vectors know no bounds, the words do: where these leave few passages, the record's vectors of those are
        compared, otherwise more are asked for until enough of them keep the bounds.
        """
        left, all_ = self._words.search(lambda index: (index.count_within(bounds), index.count()))
        if left < all_ and left**2 <= _FEW * all_:
            return self.record.nearest(self._words.search(lambda index: index.within(bounds)), vector, k)
        fetch = k if left == all_ else min(_MOST, math.ceil(_OVERFETCH * k * all_ / left))
        while True:
            near = self._nearest(vector, fetch)
            kept = near
            if left < all_:
                keeping = set(self._within(bounds, near))
                kept = [key for key in near if key in keeping]
            if len(kept) >= k or len(near) < fetch or fetch >= _MOST:
                return kept[:k]
            fetch = min(_MOST, fetch * _AGAIN)

    def _nearest(self, vector: NDArray[np.float32], k: int) -> list[int]:
        return self._vectors.search(lambda index: index.query(vector, k))

    def _within(self, bounds: Bounds, ids: Sequence[int]) -> list[int]:
        return self._words.search(lambda index: index.within(bounds, among=ids))

    def words(self, query: str, k: int, bounds: Bounds) -> list[int]:
        """The ids of the `k` passages that best match the query's words, best first. Some may no longer be current."""
        return self._words.search(lambda index: index.query(query, k, bounds))

    # The indexes

    def check(self, *, repair: bool) -> list[str]:
        """What is wrong with the corpus, in sentences; with `repair`, an index with which anything is, is rebuilt."""
        problems = {follower: follower.problem() for follower in (self._vectors, self._words)}
        for follower, problem in problems.items():
            if problem and repair:
                follower.rebuild(_LOCK_SECONDS)
        return [problem for problem in problems.values() if problem]


def _delete(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
