"""Finds the passages: nearest vectors and matching words, fused, the fitting days first, each text once."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import pairwise
from time import perf_counter

from assistant import when
from corpus.store import Corpus
from corpus.types import Bounds, Copy, Passage

# Reciprocal rank fusion with the constant of Cormack, Clarke and Büttcher (SIGIR 2009).
_FUSION = 60
# Articles are news: of two that fit alike, the newer is mostly meant. By how much an article of the day is raised, and
# in how many days that halves. A period that the question names counts instead, and for more.
_RECENT, _HALF_LIFE = 1.5, 7.0
_PERIOD = 2.0
# News of a day is told on the days after it too.
_TOLD_AFTER = 7
# Of the passages that are read, this share is chosen whatever their day: the answer may be old.
_TIMELESS = 0.25
# Two passages are one text when this share of the shorter one's word pairs stands in the other.
_SAME = 0.75
_LEAST_PAIRS = 20  # below it, texts are the same only when all their words are
# Before that is counted: texts of which it is true share this of the shorter one's words of so many letters, unless
# there are too few to tell (a text without blanks has hardly any).
_LONG, _LIKELY, _FEW_LONG = 7, 0.3, 6


@dataclass(frozen=True, slots=True)
class Found:
    """Ranked passages, best first, and the seconds that each stage took."""

    passages: list[Passage]
    timings: dict[str, float]


def retrieve(corpus: Corpus, query: str, *, k: int, bounds: Bounds, as_of: date) -> Found:
    """The `k` passages that best fit the query within the bounds, with scores from 0 to 1.

    Time words of the query ("last month"), seen from `as_of`, decide which days are preferred; without any, the latest.
    """
    wanted = max(k, corpus.settings.candidates)
    marks = [perf_counter()]
    vector = corpus.embedder.embed([query])[0]
    marks.append(perf_counter())
    dense = corpus.dense(vector, wanted, bounds)
    marks.append(perf_counter())
    period = when.period(query, as_of)
    words = corpus.words(when.without(query, period), wanted, bounds)
    marks.append(perf_counter())
    known = corpus.record.passages([*dict.fromkeys([*dense, *words])], bounds)
    dense, words = ([key for key in keys if key in known] for keys in (dense, words))
    marks.append(perf_counter())
    fused = _timed([(score, known[key]) for key, score in _fuse(dense, words)], period, as_of)
    passages = _once(_ordered(fused, corpus.settings.reads), k)
    marks.append(perf_counter())
    stages = ("embed", "dense", "words", "fetch", "fuse")
    return Found(passages, {name: end - start for name, start, end in zip(stages, marks, marks[1:], strict=False)})


def _fuse(*rankings: Sequence[int]) -> list[tuple[int, float]]:
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(ranking, 1):
            scores[key] = scores.get(key, 0.0) + (_FUSION + 1) / (_FUSION + rank) / len(rankings)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def _ordered(fused: Sequence[tuple[float, Passage]], reads: int) -> list[tuple[float, Passage]]:
    """By score with the day counted in; but the best without it are among the first `reads`, which are read."""
    timeless = {id(passage) for _, passage in fused[: round(_TIMELESS * reads)]}
    ranked = sorted(fused, key=lambda scored: -scored[0])
    late = [scored for scored in ranked[reads:] if id(scored[1]) in timeless]
    if not late:
        return ranked
    first, moved = ranked[: reads - len(late)], {id(passage) for _, passage in late}
    return [*first, *late, *(scored for scored in ranked[len(first) :] if id(scored[1]) not in moved)]


def _timed(
    fused: Sequence[tuple[float, Passage]], period: when.Period | None, as_of: date
) -> list[tuple[float, Passage]]:
    """The scores with the days counted in, against the most fitting day there is: of old articles none is old."""
    factors = [_timely(passage.published, period, as_of) for _, passage in fused]
    most = max(factors, default=1.0)
    return [(score * factor / most, passage) for (score, passage), factor in zip(fused, factors, strict=True)]


def _timely(published: str | None, period: when.Period | None, as_of: date) -> float:
    """How well a passage's day fits, above 0 and at most 1; undated is never the newest."""
    raised = _RECENT if period is None else _PERIOD
    if published is None:
        return 1 / (1 + raised)
    day = date.fromisoformat(published[:10])
    if period is None:
        days = (as_of - day).days
    else:
        early = (period.since - day).days if period.since else 0
        late = (day - period.until).days - _TOLD_AFTER if period.until else 0
        days = max(early, late)
    fit = math.exp2(-max(days, 0) / _HALF_LIFE)
    return (1 + raised * fit) / (1 + raised)


def _once(ranked: Sequence[tuple[float, Passage]], k: int) -> list[Passage]:
    """The first `k` texts: those of different articles with (nearly) the same words are one, which names its copies."""
    kept: list[tuple[Passage, _Text, list[Copy]]] = []
    having: defaultdict[str, list[int]] = defaultdict(list)  # which of the kept have a long word
    for score, passage in ranked:
        text = _Text(passage.text)
        shared = Counter(number for word in text.long & having.keys() for number in having[word])
        original = None
        for number, (other, its, copies) in enumerate(kept):
            if other.article_id != passage.article_id and its.may_be(text, shared[number]) and its.is_same(text):
                original = copies
                break
        if original is not None:
            original.append(Copy(passage.article_id, passage.source, passage.url, passage.published))
        elif len(kept) < k:
            for word in text.long:
                having[word].append(len(kept))
            kept.append((replace(passage, score=score), text, []))
    return [replace(passage, copies=tuple(copies)) for passage, _, copies in kept]


class _Text:
    """A text to be compared with others: roughly by its long words, which are quickly had, then by all of them."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.long = frozenset(word for word in text.split() if len(word) >= _LONG)

    def may_be(self, other: _Text, shared: int) -> bool:
        """Whether they may have the same words, of whose long ones they share so many; where these are few: always."""
        least = min(len(self.long), len(other.long))
        return least < _FEW_LONG or shared >= _LIKELY * least

    @cached_property
    def _words(self) -> list[str]:
        return re.findall(r"\w+", self._text.casefold())

    @cached_property
    def _pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(pairwise(self._words))

    def is_same(self, other: _Text) -> bool:
        """Whether most of the shorter one's pairs of words stand in the other: not where a figure differs."""
        if self._words == other._words:
            return True
        shorter, longer = sorted((self, other), key=lambda text: len(text._pairs))
        pairs = len(shorter._pairs)
        if pairs < _LEAST_PAIRS or len(shorter._pairs & longer._pairs) < _SAME * pairs:
            return False
        return {word for word in shorter._words if word.isnumeric()} <= set(longer._words)
