"""Answers without a chat model: it reads the passages and says which of their sentences answer the question.

A trained model marks where an answer stands (`assistant/spans.py`); what retrieval thought of the passage, and which
other articles say the same, decide with it. Whatever the scores, its quotes are spans of the articles.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from assistant import spans
from assistant.short import Said
from assistant.spans import Marked
from assistant.unsettled import unsettled
from corpus.store import Corpus
from corpus.text import Span, is_boilerplate, is_label, sentences
from corpus.types import Passage
from corpus.words import content_words, stems

# Readings that are kept, each of one question in one passage: a search after an answer costs nothing.
_KEPT = 2_000
# Beyond these logits the model is as sure as it gets.
_SURE = 15.0
# How much an article that gives the same answer adds, of what it would say by itself: articles draw on one another.
_AGREEMENT = 0.5
# Logits for a sentence that says that all of what is asked is not settled. Set by hand: such sentences are too rare to
# be fitted (8 among 97,000 that were read for 615 news questions).
_UNSETTLED = 5.0
# Quotes that may agree or be agreed with; what comes behind them is not said anyway.
_CONSIDERED = 25


Key = tuple[str, str, int, int, int]


@dataclass(frozen=True, slots=True)
class Weights:
    """The logistic regressions of `training/fit_reader.py`: a sentence's score out of the model's logits and the
    logarithm of the passage's score; and the confidence out of the best score's logits.
    """

    bias: float
    span: float
    rank: float
    confidence_bias: float
    confidence_slope: float


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a passage, as a span of its article, and how likely (0 to 1) it answers the question.

    `answer` is the short answer in it, likewise a span of the article.
    """

    passage: Passage
    start: int
    end: int
    text: str
    score: float
    answer: Span

    @property
    def short(self) -> str:
        """The words of the short answer."""
        return self.passage.text[self.answer[0] - self.passage.start : self.answer[1] - self.passage.start]


@dataclass(frozen=True, slots=True)
class Reading:
    """Passages and quotes, each the likeliest first."""

    passages: list[Passage]
    quotes: list[Quote]


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence of a passage (`span`, within the passage's text) and what the model marked in it."""

    passage: Passage
    span: Span
    mark: Marked

    @property
    def text(self) -> str:
        """Its words."""
        return self.passage.text[self.span[0] : self.span[1]]


class Reader:
    """Safe to use from several threads."""

    def __init__(self, corpus: Corpus) -> None:
        self._model = spans.shared(corpus.settings.reader_model)
        self._known: OrderedDict[Key, list[tuple[Span, Marked]]] = OrderedDict()
        self._guard = threading.Lock()

    def load(self) -> None:
        """Load the model now, which otherwise the first question waits for."""
        self._model.load()

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        """Every sentence that could be evidence, and the passages in the order of the best answers in them.

        A passage's score on the way in is how well retrieval liked it; on the way out, how likely it answers.
        """
        quotes = judged(question, self.sentences(question, passages))
        best: dict[int, float] = {}
        for quote in quotes:
            best.setdefault(id(quote.passage), quote.score)
        ranked = {id(passage): replace(passage, score=best.get(id(passage), 0.0)) for passage in passages}
        return Reading(
            sorted(ranked.values(), key=lambda passage: -passage.score),
            [replace(quote, passage=ranked[id(quote.passage)]) for quote in quotes],
        )

    def ranked(self, question: str, passages: Sequence[Passage], k: int, *, reads: int) -> Reading:
        """The `k` best, once the first `reads` have been read; those that were not come behind them, in their order."""
        reading = self.read(question, passages[:reads])
        least = reading.passages[-1].score if reading.passages else 0.0
        unread = [replace(passage, score=least * passage.score) for passage in passages[reads:]]
        best = [*reading.passages, *unread][:k]
        there = {(passage.article_id, passage.start) for passage in best}
        return Reading(best, [q for q in reading.quotes if (q.passage.article_id, q.passage.start) in there])

    def sentences(self, question: str, passages: Sequence[Passage]) -> list[ReadSentence]:
        """The sentences of the passages that could be evidence, each with the likeliest answer in it."""
        keys = [(question, p.article_id, p.version, p.start, p.end) for p in passages]
        with self._guard:
            there = {key: self._known[key] for key in keys if key in self._known}
        missing = {key: p for key, p in zip(keys, passages, strict=True) if key not in there}
        places = [evidence(p) for p in missing.values()]
        texts, titles = ([p.text for p in missing.values()], [p.title for p in missing.values()])
        made = self._model.mark(question, texts, titles, places)
        there |= {
            k: list(zip(*each, strict=True)) for k, each in zip(missing, zip(places, made, strict=True), strict=True)
        }
        with self._guard:
            for key in keys:
                self._known[key] = there[key]
                self._known.move_to_end(key)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return [ReadSentence(p, *each) for p, key in zip(passages, keys, strict=True) for each in there[key]]

    def confidence(self, quotes: Sequence[Quote]) -> float:
        """How likely (0 to 1) it is that what is said of these quotes holds the answer; calibrated on news."""
        if not quotes:
            return 0.0
        best = min(max(quotes[0].score, 1e-9), 1 - 1e-9)
        fitted = weights()
        return float(_logistic(fitted.confidence_bias + fitted.confidence_slope * np.log(best / (1 - best))))


@cache
def weights() -> Weights:
    """The weights that ship with the project."""
    return Weights(**json.loads(files("assistant").joinpath("weights", "scoring.json").read_text("utf-8")))


def features(read: Sequence[ReadSentence]) -> NDArray[np.float64]:
    """What a sentence is judged by, (sentences, 2): the model's logits, the logarithm of its passage's score."""
    rows = [(np.clip(r.mark.score, -_SURE, _SURE), np.log(max(r.passage.score, 1e-6))) for r in read]
    return np.asarray(rows, dtype=np.float64).reshape(-1, 2)


def uncovered(question: str, passages: Sequence[Passage]) -> list[str]:
    """The words of the question that stand in none of the passages, in the question's order."""
    there = {stem for passage in passages for stem in stems(f"{passage.title} {passage.text}")}
    return [word for word in content_words(question) if not stems(word) <= there]


def evidence(passage: Passage) -> list[Span]:
    """The spans (within the passage's text) of the sentences that may be quoted: a question answers none."""
    found = [(span, passage.text[span[0] : span[1]]) for span in sentences(passage.text)]
    return [span for span, text in found if not (is_boilerplate(text) or is_label(text) or _asks(text))]


def _asks(text: str) -> bool:
    return text.rstrip("”\"'’»)").endswith("?")


def judged(question: str, read: Sequence[ReadSentence]) -> list[Quote]:
    """The sentences as quotes with their scores, the likeliest first."""
    fitted = weights()
    open_still = np.asarray([unsettled(question, each.text) for each in read])
    logits = fitted.bias + features(read) @ np.asarray([fitted.span, fitted.rank])
    scores = _logistic(logits + _UNSETTLED * open_still)
    return _agreed([_quote(*each) for each in zip(read, scores, open_still, strict=True)])


def _quote(read: ReadSentence, score: float, open_still: float) -> Quote:
    first = read.passage.start
    start, end = first + read.span[0], first + read.span[1]
    marked = (first + read.mark.start, first + read.mark.end)
    return Quote(read.passage, start, end, read.text, float(score), (start, end) if open_still else marked)


def _agreed(quotes: Sequence[Quote]) -> list[Quote]:
    """The quotes, likeliest first, once what other articles say has been counted in (a noisy or)."""
    ranked = sorted(quotes, key=lambda quote: -quote.score)
    first = ranked[:_CONSIDERED]
    said = [Said.of(quote.short) for quote in first]
    raised = []
    for mine, quote in zip(said, first, strict=True):
        others: dict[str, float] = {}  # the best of each other article that gives the same answer
        for theirs, other in zip(said, first, strict=True):
            if other.passage.article_id != quote.passage.article_id and mine.same(theirs):
                others.setdefault(other.passage.article_id, other.score)
        doubt = np.prod([1 - _AGREEMENT * score for score in others.values()]) * (1 - quote.score)
        raised.append(replace(quote, score=float(1 - doubt)))
    return sorted(raised, key=lambda quote: -quote.score) + ranked[_CONSIDERED:]


def _logistic(x: NDArray[np.float64] | float) -> NDArray[np.float64]:
    value: NDArray[np.float64] = 1 / (1 + np.exp(-x))
    return value
