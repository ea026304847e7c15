"""Dates as a text writes them, in parts; "Wednesday" and "last year" mean a day once the article's date is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

_MONTH = (
    r"(?:Jan(?:uary|\.)|Feb(?:ruary|\.)|Mar(?:ch|\.)|Apr(?:il|\.)|May|June?|July?|Aug(?:ust|\.)|Sept?(?:ember|\.)"
    r"|Oct(?:ober|\.)|Nov(?:ember|\.)|Dec(?:ember|\.)|(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)(?=\s\d))"
)
_DAY = r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:Mon|Tues?|Wed|Thur?s?|Fri|Sat|Sun)\.)"
_YEAR = r"(?:1[5-9]\d\d|20\d\d)"
_SPAN = r"(?:week|month|year|decade|century|weekend|quarter|spring|summer|fall|autumn|winter)"
_NUMBER = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\d:%]|[.,]\d)"
_DATE = re.compile(
    rf"(?<![\d-])(?P<iso>{_YEAR}-\d\d-\d\d)(?!\d)"
    rf"|\b(?:(?P<wd1>{_DAY}s?),?\s+(?:the\s+)?)?"
    rf"(?:(?P<m1>{_MONTH})\s+(?P<d1>{_NUMBER})(?:,?\s+(?P<y1>{_YEAR})\b)?"
    rf"|(?P<d2>{_NUMBER})\s+(?:of\s+)?(?P<m2>{_MONTH})\b(?:,?\s+(?P<y2>{_YEAR})\b)?)"
    rf"|\b(?P<m3>{_MONTH}),?\s+(?:of\s+)?(?P<y3>{_YEAR})\b"
    rf"|\b(?:(?P<shift1>last|next)\s+)?(?P<wd2>{_DAY})"
    rf"|(?<![\d$€£,.-])\b(?P<y4>{_YEAR})\b(?![,.]\d|%|\s?(?:percent|million|billion))"
    rf"|\b(?P<m4>(?:January|February|March|April|June|July|August|September|October|November|December)\b"
    rf"|(?:Jan|Feb|Aug|Sept?|Oct|Nov|Dec)\.)"
    rf"|(?:(?<=\bin )|(?<=\bof )|(?<=\blast )|(?<=\bsince )|(?<=\bearly )|(?<=\blate )|(?<=\buntil )|(?<=\bby )"
    rf"|(?<=\bthis )|(?<=\bnext )|(?<=\bmid-)|(?<=\bto )|(?<=\bfrom )|(?<=\band )|(?<=\bbefore )|(?<=\bafter ))"
    rf"(?P<m5>May)\b"
    rf"|\b(?P<relative>(?i:yesterday|today|tomorrow|tonight"
    rf"|(?:last|next|this|past|previous|the following)\s{_SPAN}"
    rf"|(?:earlier|later)\sthis\s(?:week|month|year)))\b"
)  # fmt: skip
Parts = tuple[int | None, int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class SaidDate:
    """The parts that are said (None: not said); `weekday` is 0 for Monday; `relative` as "last year"."""

    year: int | None
    month: int | None
    day: int | None
    weekday: int | None
    relative: str
    start: int
    end: int

    @property
    def parts(self) -> Parts:
        """Year, month, day and weekday."""
        return self.year, self.month, self.day, self.weekday

    @property
    def is_year(self) -> bool:
        """Whether a year is all that is said."""
        return self.year is not None and self.month is None

    def day_of(self) -> date | None:
        """The one day that is meant, when year, month and day are all said."""
        if not (self.year and self.month and self.day):
            return None
        try:
            return date(self.year, self.month, self.day)
        except ValueError:  # a 31st of June
            return None

    def contradicts(self, other: SaidDate, published: date | None) -> bool:
        """Whether both cannot mean one day. A part that only one of them says does not tell."""
        if self.relative and other.relative:
            return True
        shared = [(a, b) for a, b in zip(self.parts, other.parts, strict=True) if a is not None and b is not None]
        if any(a != b for a, b in shared):
            return True
        return published is not None and not self.fits(other, published)

    def fits(self, other: SaidDate, published: date | None) -> bool:
        """Whether all that `self` says holds of the day, month or year that `other` means.

        `published` is the day of the text that `other` stands in, from which its weekdays and relative words count.
        """
        if self.relative:
            if self.relative == other.relative:
                return True
            return published is not None and any(_within(other, mine) for mine in _meant(self, published))
        if _holds(self.parts, other.parts):
            return True
        return any(_holds(self.parts, meant) for meant in _meant(other, published))


def _within(other: SaidDate, mine: Parts) -> bool:
    return any(part is not None for part in mine) and not other.relative and _holds(mine, other.parts)


def _holds(claimed: Parts, said: Parts) -> bool:
    return all(mine is None or mine == its for mine, its in zip(claimed, said, strict=True))


def _meant(said: SaidDate, published: date | None) -> Iterator[Parts]:
    """What the parts come to when the calendar and the date of the text fill in what is not said."""
    year, month, day, weekday = said.parts
    if year and month and day:
        yield from _whole(year, month, day)
    if published is None:
        return
    if said.relative:
        yield from _relative(said.relative, published)
    elif month and not year:
        # An article's "December" is the nearest one.
        years = (published.year - 1, published.year, published.year + 1)
        near = min(years, key=lambda each: abs(12 * (each - published.year) + month - published.month))
        yield from _whole(near, month, day) if day else ((near, month, None, None),)
    elif weekday is not None and not month:
        for shift in range(-7, 8):
            then = published + timedelta(days=shift)
            if then.weekday() == weekday:
                yield then.year, then.month, then.day, weekday


def _whole(year: int, month: int, day: int) -> Iterator[Parts]:
    try:
        yield year, month, day, date(year, month, day).weekday()
    except ValueError:  # a 31st of June
        yield year, month, day, None


def _relative(words: str, published: date) -> Iterator[Parts]:
    shift = -1 if words.startswith(("last", "past", "previous")) else 1 if words.startswith("next") else 0
    if words in ("today", "tonight", "yesterday", "tomorrow"):
        then = published + timedelta(days={"yesterday": -1, "tomorrow": 1}.get(words, 0))
        yield then.year, then.month, then.day, then.weekday()
    elif words.endswith("year"):
        yield published.year + shift, None, None, None
    elif words.endswith("month"):
        months = published.year * 12 + published.month - 1 + shift
        yield months // 12, months % 12 + 1, None, None
    elif words.endswith("week"):
        monday = published - timedelta(days=published.weekday()) + timedelta(weeks=shift)
        for each in (monday + timedelta(days=n) for n in range(7)):
            yield each.year, each.month, each.day, each.weekday()


def said_dates(text: str) -> Iterator[SaidDate]:
    """The dates of a text in order; spans are in characters."""
    for match in _DATE.finditer(text):
        if match["iso"]:
            year, month, day = map(int, match["iso"].split("-"))
            yield SaidDate(year, month, day, None, "", *match.span())
            continue
        written = {name: match[f"{name}1"] or match[f"{name}2"] for name in ("d", "wd")}
        named = next((match[f"m{n}"] for n in range(1, 6) if match[f"m{n}"]), None)
        year_said = next((match[f"y{n}"] for n in range(1, 5) if match[f"y{n}"]), None)
        yield SaidDate(
            int(year_said) if year_said else None,
            _index(_MONTHS, named) + 1 if named else None,
            int(re.sub(r"\D", "", written["d"])) if written["d"] else None,
            _index(_DAYS, written["wd"]) if written["wd"] else None,
            " ".join((match["relative"] or "").lower().split()),
            *match.span(),
        )


def _index(names: list[str], written: str) -> int:
    return next(n for n, name in enumerate(names) if name.startswith(written[:3].lower()))
