"""Numbers, amounts and shares as a text writes them, compared by value: 6.2% is 6.2 percent, $1bn is $1 billion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isclose
from typing import Literal

Kind = Literal["plain", "percent", "points", "money", "ordinal", "time"]
Bound = Literal["more", "less", "about", ""]

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SPELLED = {word: float(n) for n, word in enumerate(_UNITS)} | {word: 10.0 * n for n, word in enumerate(_TENS, 2)}
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "mln": 1e6, "m": 1e6,
    "billion": 1e9, "bn": 1e9, "b": 1e9, "trillion": 1e12, "tn": 1e12, "trn": 1e12, "dozen": 12.0,
}  # fmt: skip
_ORDINALS = {
    word: float(n)
    for n, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
        ],
        1,
    )
}
_MULTIPLES = {"half": 0.5, "twice": 2.0, "double": 2.0, "doubled": 2.0, "triple": 3.0, "tripled": 3.0, "thrice": 3.0}
_CURRENCIES = {
    "$": "$", "us$": "$", "dollar": "$", "dollars": "$", "usd": "$", "€": "€", "euro": "€", "euros": "€", "£": "£",
    "pound": "£", "pounds": "£", "¥": "¥", "yen": "¥", "yuan": "yuan", "rupees": "₹", "₹": "₹",
}  # fmt: skip

_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\w.])\.\d+"
_WORD_NUMBER = (
    rf"(?:{'|'.join(_UNITS + _TENS)})"
    rf"(?:[\s-]+(?:and\s+)?(?:{'|'.join(_UNITS + _TENS)}|hundred|thousand|million|billion|trillion)\b)*"
)
_NUMBER = re.compile(
    rf"(?P<time>\d{{1,2}}:\d\d)(?!\d)"
    rf"|(?<![A-Za-z\d])(?:(?P<sign>US\$|[$€£¥₹])\s?)?(?P<digits>{_DIGITS})(?P<th>st|nd|rd|th)?(?![A-Za-z]*\d)"
    rf"(?:[\s-]?(?P<scale>hundred|thousand|million|billion|trillion|dozen|mln|mn|bn|trn|tn|[mkb])\b)?"
    rf"|\b(?P<words>{_WORD_NUMBER}|(?:an?|half\s+an?)\s+(?:hundred|thousand|million|billion|trillion|dozen))\b"
    rf"|\b(?P<ordinal>{'|'.join(_ORDINALS)})\b"
    rf"|\b(?P<multiple>{'|'.join(_MULTIPLES)})\b",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s?(?:(?P<percent>%|per\s?cent\b)|(?P<points>(?:percentage\s|basis\s)?points\b)"
    r"|(?:US\s)?(?P<currency>dollars?|euros?|pounds?|yen|yuan|rupees|usd)\b)|-(?P<joined>percent|dollar|euro)\b",
    re.IGNORECASE,
)
# "5 to 6 percent", "$5-6 billion": what stands behind the second belongs to the first too.
_RANGE = re.compile(r"\s?(?:-|–|—|to|or|and)\s?", re.IGNORECASE)
# "the 2018–19 season"
_SEASON = re.compile(r"\b20\d\d[-–/]$")
_BOUNDS: tuple[tuple[re.Pattern[str], Bound], ...] = (
    (re.compile(r"\b(?:more than|over|above|at least|exceed(?:s|ed|ing)|upwards? of|greater than)\s$", re.I), "more"),
    (re.compile(r"\b(?:(?:less|fewer) than|under|below|at most|nearly|almost|up to|as m\w+ as)\s$", re.I), "less"),
    (re.compile(r"\b(?:about|around|roughly|approximately|some|an estimated|close to|circa)\s$", re.I), "about"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what it counts in. `weak`: a word such as "one" that may be no number at all."""

    values: tuple[float, ...]
    kind: Kind
    currency: str
    bound: Bound
    weak: bool
    start: int
    end: int

    def equals(self, other: Quantity) -> bool:
        """Whether both can mean the same; a claim's "about", "more than" or "nearly" (`self`) leaves room."""
        if not _kinds_fit(self, other):
            return False
        if self.bound and other.bound and {self.bound, other.bound} == {"more", "less"}:
            return False
        if any(isclose(mine, its, rel_tol=1e-9) for mine in self.values for its in other.values):
            return True
        # "about 60" for 62: only where the evidence itself does not round, and the claim is the rounder of the two.
        rounder = _figures(self.values[0]) < _figures(other.values[0])
        return bool(self.bound) and not other.bound and rounder and _near(self.values[0], other.values[0], self.bound)


def _kinds_fit(one: Quantity, other: Quantity) -> bool:
    if one.kind == "money" or other.kind == "money":
        both = one.kind == other.kind == "money"
        return (both and one.currency == other.currency) or {one.kind, other.kind} == {"money", "plain"}
    return one.kind == other.kind


def _figures(value: float) -> int:
    """How many figures a number has, without the noughts at its end."""
    return len(f"{value:.10g}".replace(".", "").strip("0"))


def _near(claimed: float, said: float, bound: Bound) -> bool:
    low, high = {"about": (0.95, 1.05), "more": (1.0, 2.0), "less": (0.75, 1.0)}.get(bound, (1.0, 1.0))
    return said >= 10 and low * claimed <= said <= high * claimed


def quantities(text: str) -> Iterator[Quantity]:
    """The numbers of a text in order; spans are in characters."""
    matches = [match for match in _NUMBER.finditer(text) if match.group().strip()]
    ends = [_AFTER.match(text, match.end()) for match in matches]
    for index, (match, after) in enumerate(zip(matches, ends, strict=True)):
        values = [_value(match)]
        if match["digits"] and _SEASON.search(text[: match.start("digits")]):
            values.append(2000 + values[0])
        kind, currency = _kind(match, after)
        following = matches[index + 1] if index + 1 < len(matches) else None
        if following and kind in ("plain", "money") and _RANGE.fullmatch(text, match.end(), following.start()):
            next_kind, next_currency = _kind(following, ends[index + 1])
            if kind == "plain" and next_kind in ("percent", "money", "points"):
                kind, currency = next_kind, next_currency
            if following["scale"] and not match["scale"] and match["digits"]:
                values.append(values[0] * _SCALES[following["scale"].lower()])
        start = match.start() + len(match.group()) - len(match.group().lstrip())
        weak = match.group().lower() in ("one", "first", "second") or bool(match["multiple"])
        yield Quantity(
            tuple(values), kind, currency, _bound(text[:start]), weak, start, after.end() if after else match.end()
        )


def _bound(before: str) -> Bound:
    tail = before[-24:]
    return next((bound for pattern, bound in _BOUNDS if pattern.search(tail)), "")


def _kind(match: re.Match[str], after: re.Match[str] | None) -> tuple[Kind, str]:
    if match["time"]:
        return "time", ""
    if match["ordinal"] or match["th"]:
        return "ordinal", ""
    currency = match["sign"] or (after and (after["currency"] or after["joined"])) or ""
    if after and (after["percent"] or (after["joined"] or "").lower() == "percent"):
        return "percent", ""
    if after and after["points"]:
        return "points", ""
    return ("money", _CURRENCIES.get(currency.lower(), currency)) if currency else ("plain", "")


def _value(match: re.Match[str]) -> float:
    if match["time"]:
        hour, minute = match["time"].split(":")
        return int(hour) + int(minute) / 60
    if match["ordinal"]:
        return _ORDINALS[match["ordinal"].lower()]
    if match["multiple"]:
        return _MULTIPLES[match["multiple"].lower()]
    if match["words"]:
        return _spelled(match["words"].lower())
    return float(match["digits"].replace(",", "")) * _SCALES.get((match["scale"] or "").lower(), 1.0)


def _spelled(words: str) -> float:
    """ "two hundred and fifty thousand" → 250000."""
    total = current = 0.0
    for word in re.findall(r"[a-z]+", words):
        if word in _SPELLED:
            current += _SPELLED[word]
        elif word == "half":
            current = 0.5
        elif word in ("hundred", "dozen"):
            current = max(current, 1.0 if current == 0 else current) * _SCALES[word]
        elif word in _SCALES:
            total += (current or 1.0) * _SCALES[word]
            current = 0.0
    return total + current
