"""Finds the passages: nearest vectors and matching words, fused, each text once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from corpus.store import Corpus
from corpus.types import Bounds, Copy, Passage

# Reciprocal rank fusion with the constant of Cormack, Clarke and Büttcher (SIGIR 2009).
_FUSION = 60
# The vector index knows no bounds, so it is asked for more and more until enough of what it finds keeps them.
_OVERFETCH = 4
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """Ranked passages, best first, and the seconds that each stage took."""

    passages: list[Passage]
    timings: dict[str, float]


def retrieve(corpus: Corpus, query: str, *, k: int, bounds: Bounds) -> Found:
    """The `k` passages that best fit the query within the bounds; scores run from 0 to 1 (first in both rankings)."""
    wanted = max(k, corpus.settings.candidates)
    marks = [perf_counter()]
    vector = corpus.embedder.embed([query])[0]
    marks.append(perf_counter())
    known: dict[int, Passage] = {}
    fetch, dense = wanted, []
    while True:
        near = corpus.dense(vector, fetch)
        known |= corpus.record.passages([key for key in near if key not in known], bounds)
        dense = [key for key in near if key in known][:wanted]
        if len(dense) == wanted or len(near) < fetch or fetch >= _MOST:
            break
        fetch *= _OVERFETCH
    marks.append(perf_counter())
    words = corpus.words(query, wanted, bounds)
    known |= corpus.record.passages([key for key in words if key not in known], bounds)
    words = [key for key in words if key in known]
    marks.append(perf_counter())
    passages = _once([replace(known[key], score=score) for key, score in _fuse(dense, words)])[:k]
    marks.append(perf_counter())
    stages = ("embed", "dense", "words", "fuse")
    return Found(passages, {name: end - start for name, start, end in zip(stages, marks, marks[1:], strict=False)})


def _fuse(*rankings: Sequence[int]) -> list[tuple[int, float]]:
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(ranking, 1):
            scores[key] = scores.get(key, 0.0) + (_FUSION + 1) / (_FUSION + rank) / len(rankings)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def _once(passages: Sequence[Passage]) -> list[Passage]:
    """Passages with the same words become one, the best ranked, which names the others as its copies."""
    groups: dict[str, list[Passage]] = {}
    for passage in passages:
        groups.setdefault(" ".join(passage.text.split()).casefold(), []).append(passage)
    return [replace(group[0], copies=tuple(map(_copy, group[1:]))) for group in groups.values()]


def _copy(passage: Passage) -> Copy:
    return Copy(passage.article_id, passage.source, passage.url, passage.published)
