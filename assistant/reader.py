"""Answers without a chat model: it reads the passages sentence by sentence and says which of them answer the question.

`Reader.read` is the seam: whatever scores sentences behind it, its quotes are spans of the articles.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.store import Corpus
from corpus.text import is_boilerplate, sentences
from corpus.types import Passage
from corpus.words import analyzer, content_words

# What a sentence is judged by; the weights beside this file are fitted by training/fit_reader.py.
FEATURES = ("cosine", "coverage", "context", "kind", "asks", "rank", "short")
# "… has yet to confirm who will lead": a sentence that itself asks what the question asks is about just that. It is too
# rare in the training data to be fitted, so its weight is set by hand.
ASKS_WEIGHT = 1.5
_SHORT = 6  # words: below it a line is mostly a heading or a fragment

_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?|"
    r"billions?|trillions?|half|quarter|third|twice|double)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:19|20)\d\d|today|tomorrow|yesterday|tonight|noon|midnight|"
    r"\d+ ?[ap]\.?m\.?|(?:last|next|this) (?:week|month|year|spring|summer|autumn|fall|winter))\b",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?<=[a-z,;:’'\"“] )(?!I\b)[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)*|^(?:[A-Z][\w’'-]+\s+){1,3}[A-Z][\w’'-]+"
)
# Which kind of thing a question asks for, by its words.
_KINDS = (
    (re.compile(r"\bwhen\b|\b(?:what|which) (?:day|date|month|year|time)\b", re.IGNORECASE), _DATE),
    (
        re.compile(
            r"\bhow (?:many|much|old|long|far|big|large|high|tall|often)\b|\bwhat (?:percent|share|number)",
            re.IGNORECASE,
        ),
        _NUMBER,
    ),
    (re.compile(r"\b(?:who|whom|whose|where)\b", re.IGNORECASE), _NAME),
)
_ASKING = re.compile(r"\b(who|whom|whose|when|where|why|how|whether)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a passage, as a span of its article, and how likely (0 to 1) it answers the question."""

    passage: Passage
    start: int
    end: int
    text: str
    score: float


class Reader:
    """Reads with the corpus's own embedder and word statistics. Safe to use from several threads."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._analyzer = analyzer()

    @cached_property
    def _fitted(self) -> dict[str, Any]:
        fitted: dict[str, Any] = json.loads(files("assistant").joinpath("reader.json").read_text("utf-8"))
        return fitted

    def read(self, question: str, passages: Sequence[Passage]) -> list[Quote]:
        """Every sentence that could be evidence, the likeliest answer first."""
        found = [(passage, span) for passage in passages for span in evidence(passage)]
        if not found:
            return []
        weights = np.asarray([self._fitted["weights"][name] for name in FEATURES])
        scores = _logistic(self._fitted["bias"] + self.features(question, found) @ weights)
        quotes = [
            Quote(passage, passage.start + start, passage.start + end, passage.text[start:end], float(score))
            for (passage, (start, end)), score in zip(found, scores, strict=True)
        ]
        return sorted(quotes, key=lambda quote: -quote.score)

    def features(self, question: str, found: Sequence[tuple[Passage, tuple[int, int]]]) -> NDArray[np.float64]:
        """One row a sentence, one column for each of `FEATURES`. `found` holds passages and spans within their text."""
        texts = [passage.text[start:end] for passage, (start, end) in found]
        vectors = self._corpus.embedder.embed([question, *texts])
        stems = sorted(set(self._stems(" ".join(content_words(question)))))
        rarity = np.asarray(self._corpus.rarity(stems))
        whole = {id(passage): set(self._stems(f"{passage.title} {passage.text}")) for passage, _ in found}
        kind = next((pattern for asked, pattern in _KINDS if asked.search(question)), None)
        asked = {word.lower() for word in _ASKING.findall(question)}
        rows = []
        for (passage, _), text, cosine in zip(found, texts, vectors[1:] @ vectors[0], strict=True):
            own = set(self._stems(text))
            coverage = _share(stems, rarity, own)
            rows.append(
                (
                    cosine,
                    coverage,
                    _share(stems, rarity, own | whole[id(passage)]),
                    _new_match(kind, text, question),
                    coverage * any(word.lower() in asked for word in _ASKING.findall(text)),
                    passage.score,
                    float(len(text.split()) < _SHORT),
                )
            )
        return np.asarray(rows, dtype=np.float64)

    def confidence(self, quotes: Sequence[Quote]) -> float:
        """How likely (0 to 1) the best of these quotes hold the answer, calibrated on questions of the training set."""
        if not quotes:
            return 0.0
        best = min(max(quotes[0].score, 1e-9), 1 - 1e-9)
        slope, bias = self._fitted["calibration"]
        return float(_logistic(np.asarray(bias + slope * np.log(best / (1 - best)))))

    def uncovered(self, question: str, passages: Sequence[Passage]) -> list[str]:
        """The words of the question that stand in none of the passages, in the question's order."""
        there = {stem for p in passages for stem in self._stems(f"{p.title} {p.text}")}
        return [word for word in content_words(question) if not set(self._stems(word)) <= there]

    def _stems(self, text: str) -> list[str]:
        return self._analyzer.analyze(text)


def _logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    value: NDArray[np.float64] = 1 / (1 + np.exp(-x))
    return value


def evidence(passage: Passage) -> list[tuple[int, int]]:
    """The spans (within the passage's text) of the sentences that may be quoted."""
    return [span for span in sentences(passage.text) if not is_boilerplate(passage.text[span[0] : span[1]])]


def _share(stems: Sequence[str], rarity: NDArray[np.float64], there: set[str]) -> float:
    """The share of the question's words that are there, each weighing what it says."""
    total = float(rarity.sum())
    return float(sum(rarity[index] for index, stem in enumerate(stems) if stem in there)) / total if total else 0.0


def _new_match(kind: re.Pattern[str] | None, text: str, question: str) -> float:
    """1 when the sentence has a thing of the kind asked for that the question did not already name, else 0; .5: any."""
    if kind is None:
        return 0.5
    known = question.lower()
    return float(any(match.group().lower() not in known for match in kind.finditer(text)))
