"""Checks a sentence against the text it cites, by code: its numbers, its names, its words. No model is asked.

First checks only; what they find decides the verdict, and the best matching sentence becomes the quote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import tantivy

from assistant.answers import Verdict
from corpus.text import Span, is_boilerplate, sentences
from corpus.words import analyzer, content_words

# Of a sentence's content words, the share that must stand in the evidence. Below the first the sentence says something
# else; below the second, part of it does.
_UNSUPPORTED, _PARTLY = 0.45, 0.65
# A claim may draw on two or three neighbouring sentences of what it cites.
_WINDOW = 3

_NUMBER = re.compile(
    r"(?P<sign>[$€£¥])?\s?(?P<digits>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s?(?P<scale>hundred|thousand|million|billion|trillion|mn|bn|tn|[mk])\b)?"
    r"(?:\s?(?P<percent>%|percent\b|per cent\b))?",
    re.IGNORECASE,
)
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6,
    "billion": 1e9, "bn": 1e9, "trillion": 1e12, "tn": 1e12,
}  # fmt: skip
_NAME = re.compile(r"\b[A-Z][\w’'-]*[a-z][\w’'-]*\b|\b[A-Z]{2,}\b")
_POSSESSIVE = re.compile(r"[’']s$")


@dataclass(frozen=True, slots=True)
class Verification:
    """What the check found. `score` is 0 to 1; `start`, `end` are the quote's place in `evidence[evidence_index]`.

    Without any evidence there is no best span: `evidence_index` is None and the quote is empty.
    """

    verdict: Verdict
    score: float
    reasons: tuple[str, ...]
    evidence_index: int | None
    start: int
    end: int
    quote: str


def verify(sentence: str, evidence: Sequence[str], *, question: str = "") -> Verification:
    """Whether one of the texts in `evidence` supports `sentence`. Names that stand in `question` need no support."""
    best: Verification | None = None
    for index, text in enumerate(evidence):
        found = _against(sentence, text, index, question)
        if found and (best is None or _better(found, best)):
            best = found
    return best or Verification("unsupported", 0.0, ("nothing is cited",), None, 0, 0, "")


def _better(one: Verification, other: Verification) -> bool:
    order: tuple[Verdict, ...] = ("unsupported", "partly", "supported")
    return (order.index(one.verdict), one.score) > (order.index(other.verdict), other.score)


def _against(sentence: str, text: str, index: int, question: str) -> Verification | None:
    spans = [span for span in sentences(text) if not is_boilerplate(text[span[0] : span[1]])]
    if not spans:
        return None
    wanted = _stems(" ".join(content_words(sentence)))
    windows = [_window(spans, first, size) for size in range(1, _WINDOW + 1) for first in range(len(spans) - size + 1)]
    # The shortest window wins a tie: what a reader must check is no longer than it need be.
    start, end = max(windows, key=lambda span: (_fit(wanted, sentence, text[span[0] : span[1]]), span[0] - span[1]))
    quote = text[start:end]
    score = _share(wanted, _stems(quote))
    reasons = [*_numbers_missing(sentence, quote), *_names_missing(sentence, f"{text} {question}")]
    verdict: Verdict = "supported"
    if _numbers_missing(sentence, quote) or score < _UNSUPPORTED:
        verdict = "unsupported"
    elif reasons or score < _PARTLY:
        verdict = "partly"
    if score < _PARTLY:
        reasons.append(f"{score:.0%} of its words stand in the cited text")
    return Verification(verdict, round(score, 3), tuple(reasons), index, start, end, quote)


def _window(spans: Sequence[Span], first: int, size: int) -> Span:
    return spans[first][0], spans[first + size - 1][1]


def _fit(wanted: frozenset[str], sentence: str, window: str) -> float:
    # A number or name that is there counts like several words: it is what the sentence will be checked for. The
    # charge for length keeps a window from growing for the sake of one common word.
    missing = len(_numbers_missing(sentence, window)) + len(_names_missing(sentence, window))
    return _share(wanted, _stems(window)) - 0.15 * missing - 0.0004 * len(window)


def _numbers_missing(sentence: str, text: str) -> list[str]:
    there = {value for _, value in _numbers(text)}
    said = ", ".join(written for written, _ in _numbers(text)) or "no number"
    return [
        f"{written} is not in the cited text; it says {said}" for written, v in _numbers(sentence) if v not in there
    ]


def _numbers(text: str) -> list[tuple[str, tuple[float, bool]]]:
    """As written, and by value: 6.2% is 6.2 percent, $1bn is $1 billion."""
    found = []
    for match in _NUMBER.finditer(text):
        value = float(match["digits"].replace(",", "")) * _SCALES.get((match["scale"] or "").lower(), 1)
        found.append((match.group().strip(), (round(value, 6), bool(match["percent"]))))
    return found


def _names_missing(sentence: str, text: str) -> list[str]:
    there = set(re.findall(r"\w+", _fold(text)))
    names = [_POSSESSIVE.sub("", match.group()) for match in _NAME.finditer(sentence)]
    return [
        f"{name} is not in the cited text"
        for name in dict.fromkeys(names)
        if not set(re.findall(r"\w+", _fold(name))) <= there and not _starts(sentence, name)
    ]


def _starts(sentence: str, name: str) -> bool:
    """A word that only opens the sentence is capitalised for that, and may be no name."""
    return sentence.lstrip("“\"'‘( ").startswith(name) and sentence.count(name) == 1


def _fold(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()


def _share(wanted: frozenset[str], there: frozenset[str]) -> float:
    return len(wanted & there) / len(wanted) if wanted else 0.0


def _stems(text: str) -> frozenset[str]:
    return frozenset(_analyzer().analyze(text))


@cache
def _analyzer() -> tantivy.TextAnalyzer:
    return analyzer()
