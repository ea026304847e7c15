"""Answers without a chat model: it reads the passages sentence by sentence and says which of them answer the question.

`Reader.read` is the seam: whatever scores sentences behind it, its quotes are spans of the articles.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
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
FEATURES = ("cosine", "coverage", "context", "names", "kind", "asks", "rank", "short")
# "… has yet to confirm who will lead": a sentence that itself asks what the question asks is about just that. It is too
# rare in the training data to be fitted, so its weight is set by hand.
ASKS_WEIGHT = 1.5
# Passages whose sentences' vectors are kept: about 40 MB.
_KEPT = 4_000
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
# What a question names, by capitals behind its first word or by digits: evidence must be about that.
_SPECIFIC = re.compile(r"(?<!^)\b[A-Z][\w’'-]+|\b\w*\d\w*")
_ASKING = re.compile(r"\b(who|whom|whose|when|where|why|how|whether)\b", re.IGNORECASE)


Key = tuple[str, int, int, int]


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
        self._known: OrderedDict[Key, NDArray[np.float32]] = OrderedDict()
        self._guard = threading.Lock()

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
        scores = _logistic(self._fitted["bias"] + self.features(question, passages) @ weights)
        quotes = [
            Quote(passage, passage.start + start, passage.start + end, passage.text[start:end], float(score))
            for (passage, (start, end)), score in zip(found, scores, strict=True)
        ]
        return sorted(quotes, key=lambda quote: -quote.score)

    def features(self, question: str, passages: Sequence[Passage]) -> NDArray[np.float64]:
        """One row for each sentence that is `evidence`, in the order of the passages; one column a feature."""
        cosines = self._vectors(passages) @ self._corpus.embedder.embed([question])[0]
        stems = sorted(set(self._stems(" ".join(content_words(question)))))
        rarity = np.asarray(self._corpus.rarity(stems))
        names = set(self._stems(" ".join(_SPECIFIC.findall(question))))
        kind = next((pattern for asked, pattern in _KINDS if asked.search(question)), None)
        asked = {word.lower() for word in _ASKING.findall(question)}
        rows: list[tuple[float, ...]] = []
        for passage in passages:
            context = set(self._stems(f"{passage.title} {passage.text}"))
            named = len(names & context) / len(names) if names else 1.0
            for start, end in evidence(passage):
                text = passage.text[start:end]
                coverage = _share(stems, rarity, set(self._stems(text)))
                asks = coverage * any(word.lower() in asked for word in _ASKING.findall(text))
                rows.append(
                    (
                        cosines[len(rows)],
                        coverage,
                        _share(stems, rarity, context),
                        named,
                        _new_match(kind, text, question),
                        asks,
                        passage.score,
                        float(len(text.split()) < _SHORT),
                    )
                )
        return np.asarray(rows, dtype=np.float64)

    def _vectors(self, passages: Sequence[Passage]) -> NDArray[np.float32]:
        """The vectors of the passages' sentences, (sentences, dimension); those of passages read lately are kept."""
        with self._guard:
            there = {key: self._known[key] for key in map(_key, passages) if key in self._known}
        missing = {_key(passage): passage for passage in passages if _key(passage) not in there}
        texts = {key: [p.text[start:end] for start, end in evidence(p)] for key, p in missing.items()}
        made = self._corpus.embedder.embed([text for each in texts.values() for text in each])
        first = 0
        for key, each in texts.items():
            there[key] = made[first : first + len(each)]
            first += len(each)
        with self._guard:
            for key in map(_key, passages):
                self._known[key] = there[key]
                self._known.move_to_end(key)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return np.concatenate([there[_key(passage)] for passage in passages])

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


def _key(passage: Passage) -> Key:
    return passage.article_id, passage.version, passage.start, passage.end


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
