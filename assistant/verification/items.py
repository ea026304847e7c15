"""A text as a row of items to compare: words by stem, numbers and dates by value, names and denials marked."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from math import log
from typing import Literal

import tantivy

from assistant.verification.quantities import Quantity, quantities
from assistant.verification.said_dates import SaidDate, said_dates
from corpus.text import is_boilerplate, sentences
from corpus.words import analyzer

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:[’'][^\W_]+)*|[,;:()—–…“”\"!?]")
_BREAK = frozenset(',;:()—–…“”"!?')
_NOT = re.compile(r"n[’']t$", re.IGNORECASE)
_POSSESSIVE = re.compile(r"[’'](?:s|)$", re.IGNORECASE)
# Words that carry a sentence's grammar, and little else.
_GRAMMAR = frozenset(
    """
    a about after again all also am an and any are as at be because been before being both but by can could did do does
    doing during each for from further had has have having he her here hers him his how i if in into is it its itself
    just me more most my of off on once only or other our out over own same she should so some such than that the their
    them then there these they this those through to too under until up very was we were what when where which while
    who whom why will with would you your s t re ve ll d m may might must shall us upon among per via
    said says say saying told
    """.split()  # noqa: SIM905
)
_TITLES = frozenset(
    """
    mr mrs ms dr sir lord lady dame president vice prime minister premier chancellor secretary senator sen rep gov
    governor mayor general gen colonel col captain capt sgt lt judge justice professor prof king queen prince princess
    pope father sister chief executive ceo cfo chairman chairwoman chair director spokesman spokeswoman spokesperson
    attorney sheriff coach treasury foreign finance trade former economist analyst congressman congresswoman
    representative ambassador commissioner superintendent
    """.split()  # noqa: SIM905
)
_NEGATORS = frozenset(
    {"not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot", "hardly", "barely"}
)
# These deny only what "to" brings: a price declined, a bridge failed.
_DENYING_WITH_TO = frozenset(
    """
    refuse refused refuses refusing fail failed fails failing decline declined declines declining unable yet unlikely
    """.split()  # noqa: SIM905
)
_DENYING = frozenset({"deny", "denied", "denies", "denying", "reject", "rejected", "rejects", "rejecting"})
_NOT_DENYING_BEFORE = frozenset({"only", "just", "merely", "simply"})

_TITLE_WEIGHT = 0.35  # a title says little of whom it is about, and nothing that is told

Kind = Literal["word", "number", "date"]


@dataclass(frozen=True, slots=True)
class Item:
    """One word, number or date. `weight` (0 to 1) is how much it says; `sentence` and `clause` number where it stands.

    `name`: part of a proper name; `surely`: not only because it opens a sentence; `owns`: "Japan's". `denies`: "not",
    "refused (to)".
    """

    kind: Kind
    text: str
    key: str
    weight: float
    start: int
    end: int
    sentence: int
    clause: int
    name: bool = False
    surely: bool = False
    owns: bool = False
    denies: bool = False
    quantity: Quantity | None = None
    date: SaidDate | None = None

    @property
    def telling(self) -> bool:
        """Whether it is a word, and no name or title, that says what is told of whom."""
        return self.kind == "word" and self.weight > _TITLE_WEIGHT and not self.name and not self.denies

    @property
    def content(self) -> bool:
        """Whether it says something of its own, and is no mere grammar."""
        return self.weight > 0.3


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a text, as items; spans are in characters of the text. `keys` are its words' stems."""

    start: int
    end: int
    items: tuple[Item, ...]
    keys: frozenset[str]
    values: tuple[Item, ...]


def fold(text: str) -> str:
    """Lower case, without accents."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()


@lru_cache(maxsize=512)
def read(text: str) -> tuple[Said, ...]:
    """The sentences of a text that could be evidence. What was read lately is kept: an answer's sentences share it."""
    spans = [span for span in sentences(text) if not is_boilerplate(text[span[0] : span[1]])]
    return tuple(_said(text, start, end, number) for number, (start, end) in enumerate(spans))


def _said(text: str, start: int, end: int, number: int) -> Said:
    found = tuple(items(text[start:end], start, number))
    keys = frozenset(item.key for item in found if item.kind == "word")
    return Said(start, end, found, keys, tuple(item for item in found if item.kind != "word"))


def items(text: str, offset: int = 0, sentence: int = 0) -> list[Item]:
    """The items of one sentence, in order; spans are moved by `offset`."""
    values: list[tuple[int, int, Quantity | SaidDate]] = [(each.start, each.end, each) for each in said_dates(text)]
    taken = [(start, end) for start, end, _ in values]
    for quantity in quantities(text):
        if not any(start < quantity.end and quantity.start < end for start, end in taken):
            values.append((quantity.start, quantity.end, quantity))
    values.sort(key=lambda each: each[0])
    found: list[Item] = []
    at = clause = 0
    shouting = _shouting(text)
    for start, end, value in [*values, (len(text), len(text), None)]:
        for match in _WORD.finditer(text, at, start):
            if match.group() in _BREAK:
                clause += 1
            else:
                clause += match.group() == "but"
                found += _words(text, match, _Place(offset, sentence, clause), shouting)
        if value is not None:
            found.append(_value(text, start, end, value, _Place(offset, sentence, clause)))
        at = end
    return _with_denials(found)


@dataclass(frozen=True, slots=True)
class _Place:
    offset: int
    sentence: int
    clause: int

    def of(self, start: int, end: int) -> tuple[int, int, int, int]:
        return start + self.offset, end + self.offset, self.sentence, self.clause


def _value(text: str, start: int, end: int, value: Quantity | SaidDate, place: _Place) -> Item:
    written = text[start:end]
    if isinstance(value, SaidDate):
        # "1781" may be a count as well as a year.
        count = next(quantities(written), None) if value.is_year else None
        return Item("date", written, "", 0.8, *place.of(start, end), quantity=count, date=value)
    return Item("number", written, "", 0.3 if value.weak else 1.0, *place.of(start, end), quantity=value)


def _words(text: str, match: re.Match[str], place: _Place, shouting: bool) -> Iterator[Item]:
    written, end = match.group(), match.end()
    negated = _NOT.search(written)
    if negated:
        written, end = written[: negated.start()], match.start() + negated.start()
        written = {"wo": "will", "ca": "can", "sha": "shall"}.get(written.lower(), written)
    elif cut := _POSSESSIVE.search(written):
        written, end = written[: cut.start()], match.start() + cut.start()
    if written:
        word = _word(text, written, match.start(), end, place, shouting)
        yield replace(word, owns=True) if end < match.end() and not negated else word
    if negated:
        yield Item("word", match.group()[negated.start() :], "not", 0.3, *place.of(end, match.end()))


def _word(text: str, written: str, start: int, end: int, place: _Place, shouting: bool) -> Item:
    plain = fold(written).replace(".", "").replace("’", "'")
    acronym = len(plain) > 1 and written.replace(".", "").isupper()
    grammar = plain in _GRAMMAR and not acronym
    capital = written[0].isupper() and not grammar and plain not in _TITLES and len(plain) > 1
    surely = capital and not _opens(text, start) and not (shouting and is_common(plain))
    name = surely or (capital and not is_common(plain))
    weight = 0.1 if grammar else _TITLE_WEIGHT if plain in _TITLES else 1.0 if name else rarity(plain)
    return Item("word", written, stem(plain), weight, *place.of(start, end), name, surely)


def _opens(text: str, start: int) -> bool:
    before = text[:start].rstrip()
    if before.endswith(("”", '"', "’", "'")) and text[start - 1 : start].isspace():
        before = before.rstrip("”\"’'")  # “…,” Rice said: those marks closed
    return not before or before[-1] in "“\"'‘(:.!?—–-•*|"


def _shouting(text: str) -> bool:
    """Whether capitals say nothing here: a headline."""
    words = [word for word in re.findall(r"[^\W\d_]+", text) if word.lower() not in _GRAMMAR]
    return len(words) > 3 and sum(word[0].isupper() for word in words) > 0.75 * len(words)


def _with_denials(found: list[Item]) -> list[Item]:
    words = [fold(item.text) if item.kind == "word" else "" for item in found]
    words = ["not" if item.key == "not" else word for item, word in zip(found, words, strict=True)]
    return [
        _denying(item) if _denies(words, index) else item
        for index, item in enumerate(found)
    ]  # fmt: skip


def _denying(item: Item) -> Item:
    return replace(item, weight=max(item.weight, 0.3), name=False, surely=False, denies=True)


def _denies(words: Sequence[str], index: int) -> bool:
    word, following = words[index], words[index + 1] if index + 1 < len(words) else ""
    if word in _NEGATORS:
        # "not only …, but also": nothing is denied.
        return following not in _NOT_DENYING_BEFORE or "but" not in words[index:]
    if word in _DENYING_WITH_TO:
        return following == "to"
    return word in _DENYING or (word in ("rule", "ruled", "rules", "ruling") and following == "out")


# How much a word says


@cache
def _ranks() -> dict[str, int]:
    words: list[str] = json.loads(files("assistant.verification").joinpath("words.json").read_text("utf-8"))
    return {fold(word): rank for rank, word in enumerate(words, 1)}


def is_common(word: str) -> bool:
    """Whether it is an English word that is written in lower case; a plural of one counts."""
    ranks = _ranks()
    return word in ranks or word in _GRAMMAR or word in _TITLES or (word.endswith("s") and word[:-1] in ranks)


def rarity(word: str) -> float:
    """How much a word (folded) says: 0.1 for grammar, and from 0.4 up to 1 by its rank among English words."""
    if word in _GRAMMAR:
        return 0.1
    ranks = _ranks()
    return min(1.0, max(0.4, log(ranks.get(word, 8_000)) / log(8_000)))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The English stem of a word."""
    stems = _analyzer().analyze(word)
    return stems[0] if len(stems) == 1 else word


@cache
def _analyzer() -> tantivy.TextAnalyzer:
    return analyzer()
