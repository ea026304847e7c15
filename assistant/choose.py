"""Which quotes become the answer: the likeliest first, then those that say something else, and who agrees with whom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.reader import Quote
from assistant.short import FIGURE, Said
from corpus.words import content_words, stems

# A further quote must be about as likely as the first: where the first is wrong, one of three mostly is right.
_NEAR = 0.4
# Sources differ when each is believed on its own about this much as the best.
_RIVAL = 0.5
# Sentences that share this much of the shorter one's words, answers aside, speak of the same thing: two figures for it
# contradict each other, while two names may both be right, so the sentences must be more alike.
_SAME_THING, _SAME_SENTENCE = 0.5, 0.75
_LEAST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Choice:
    """The quotes to say, best first; the outlets that give the first one's answer; quotes that contradict it."""

    quotes: list[Quote]
    outlets: list[str]
    rivals: list[Quote]


def choose(quotes: Sequence[Quote], most: int) -> Choice:
    """From all quotes, the likeliest first, at most `most`; what contradicts the first comes next, if anything does."""
    distinct = _distinct(quotes)
    if not distinct:
        return Choice([], [], [])
    best = distinct[0]
    said = Said.of(best.short)
    near = [quote for quote in distinct[1:] if quote.score >= _NEAR * best.score]
    rivals = [quote for quote in near if quote.score >= _RIVAL * best.score and _contradicts(best, quote)]
    others = [quote for quote in near if quote not in rivals and not said.same(Said.of(quote.short))]
    rest = [quote for quote in near if quote not in rivals and quote not in others]
    chosen = [best, *rivals[:1], *others, *rivals[1:], *rest][:most]
    agreeing = (q for q in quotes if q.score >= _NEAR * best.score and said.same(Said.of(q.short)))
    outlets = list(dict.fromkeys(q.passage.source for q in agreeing if q.passage.source))
    return Choice(chosen, outlets, [quote for quote in rivals if quote in chosen])


def _contradicts(one: Quote, other: Quote) -> bool:
    """Whether sentences of two articles say the same thing with another figure or name in it."""
    mine, theirs = Said.of(one.short), Said.of(other.short)
    if one.passage.article_id == other.passage.article_id or mine.same(theirs):
        return False
    if mine.within(Said.of(other.text)) or theirs.within(Said.of(one.text)):
        return False  # who says both denies neither
    around, there = _words_around(one), _words_around(other)
    shorter = min(len(around), len(there))
    if mine.figures and theirs.figures:
        return shorter > 0 and len(around & there) >= _SAME_THING * shorter
    if mine.figures or theirs.figures or shorter < _LEAST_WORDS:
        return False
    return len(around & there) >= _SAME_SENTENCE * shorter


def _words_around(quote: Quote) -> frozenset[str]:
    text = FIGURE.sub(" ", quote.text.replace(quote.short, " "))
    return stems(" ".join(content_words(text)))


def _distinct(quotes: Iterable[Quote]) -> list[Quote]:
    """One quote for each wording, the best; outlets differ in their quotation marks and spacing."""
    best: dict[str, Quote] = {}
    for quote in quotes:
        best.setdefault(" ".join(re.findall(r"\w+", quote.text)).casefold(), quote)
    return list(best.values())
