"""Time words of a question, resolved against the day it is asked on: "last month" becomes two dates. No model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.parser import ParserError
from dateutil.parser import parse as parse_date
from dateutil.relativedelta import relativedelta

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "few": 3, "couple of": 2, "several": 3,
}  # fmt: skip
_UNITS = {
    "day": relativedelta(days=1), "week": relativedelta(weeks=1),
    "month": relativedelta(months=1), "year": relativedelta(years=1),
}  # fmt: skip
# Northern seasons, by their first month.
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}

_MONTH = "|".join(_MONTHS)
_YEAR = r"(?:19|20)\d\d"
_COUNT = r"\d{1,3}|" + "|".join(sorted(_COUNTS, key=len, reverse=True))
# A day, a month or a year as written. "May" and "March" are words of other kinds too, so a bare month needs a word of
# time or a year beside it; that is what `_EDGE` and `_IN` are for.
_CALENDAR = (
    rf"(?:{_YEAR}-\d\d-\d\d"
    rf"|(?:{_MONTH})\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+{_YEAR})?"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?(?:{_MONTH})(?:,?\s+{_YEAR})?"
    rf"|(?:{_MONTH})(?:,?\s+(?:of\s+)?{_YEAR})?|{_YEAR})"
)
_RELATIVE = (
    r"(?:today|tonight|yesterday|this (?:morning|afternoon|evening)"
    rf"|(?:the )?(?:(?:this|last|past|previous|current) )(?:{_COUNT})? ?(?:day|week|weekend|month|quarter|year"
    rf"|{'|'.join(_SEASONS)})s?"
    rf"|(?:{_COUNT}) (?:day|week|month|year)s? ago"
    rf"|(?:(?:last|this|past) )?(?:{'|'.join(_DAYS)}))"
)
_EDGE = re.compile(
    rf"\b(?P<edge>before|until|till|prior to|after|since)\s+(?P<when>(?:the )?(?:end|start|beginning) of )?"
    rf"(?P<date>{_CALENDAR}|{_RELATIVE})\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    rf"\b(?:between|from)\s+(?P<first>{_CALENDAR}|{_RELATIVE})\s+(?:and|to|until|through)\s+"
    rf"(?P<last>{_CALENDAR}|{_RELATIVE})\b",
    re.IGNORECASE,
)
_IN = re.compile(rf"\b(?:(?:in|on|during|over|of|for|by|late|early|mid)[ -])(?P<date>{_CALENDAR})\b", re.IGNORECASE)
_DATED = re.compile(
    rf"\b(?P<date>(?:{_MONTH})\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+{_YEAR}|(?:{_MONTH})\s+{_YEAR}|{_YEAR}-\d\d-\d\d)\b",
    re.IGNORECASE,
)
_LOOSE = re.compile(rf"\b(?P<date>{_RELATIVE})\b", re.IGNORECASE)
_NOW = re.compile(
    r"\b(?:now|currently|current|latest|newest|most recent(?:ly)?|recently|so far|at the moment|at present|these days"
    r"|right now|as of today|still|up to date|nowadays)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a question speaks of, both included; None: without an end. `words` is how it said so."""

    since: date | None
    until: date | None
    words: str


def period(question: str, as_of: date) -> Period | None:
    """The period that the question's time words name, or None. Raises nothing: what cannot be resolved is no period."""
    if match := _BETWEEN.search(question):
        first, last = _days(match["first"], as_of), _days(match["last"], as_of)
        if first and last and first[0] <= last[1]:
            return Period(first[0], last[1], match.group())
    if (match := _EDGE.search(question)) and (days := _days(match["date"], as_of)):
        if match["edge"].lower() in ("after", "since"):
            return Period(days[0], None, match.group())
        return Period(None, days[0] - timedelta(days=1), match.group())
    for pattern in (_IN, _DATED, _LOOSE):
        if (match := pattern.search(question)) and (days := _days(match["date"], as_of)):
            return Period(*days, match.group())
    return None


def is_current(question: str) -> bool:
    """Whether the question asks how things stand now."""
    return _NOW.search(question) is not None


def without(question: str, found: Period | None) -> str:
    """The question without its time words, which say when and not what."""
    if found is None:
        return question
    rest = " ".join(question.replace(found.words, " ").split())
    return rest if re.search(r"\w{3}", rest) else question


def _days(words: str, as_of: date) -> tuple[date, date] | None:
    words = " ".join(words.lower().removeprefix("the ").split())
    return _relative(words, as_of) or _calendar(words, as_of)


def _relative(words: str, as_of: date) -> tuple[date, date] | None:
    if words == "yesterday":
        return as_of - timedelta(days=1), as_of - timedelta(days=1)
    if words in ("today", "tonight", "this morning", "this afternoon", "this evening"):
        return as_of, as_of
    last = words.split()[-1]
    if last in _DAYS:
        back = (as_of.weekday() - _DAYS.index(last)) % 7
        day = as_of - timedelta(days=back or (7 if words.startswith(("last", "past")) else 0))
        return day, day
    if match := re.fullmatch(rf"({_COUNT}) (day|week|month|year)s? ago", words):
        day = as_of - _UNITS[match[2]] * _count(match[1])
        slack = _UNITS[match[2]] * 0.5 if match[2] != "month" else relativedelta(days=15)
        return day - _whole(slack), day + _whole(slack)
    match = re.fullmatch(rf"(this|last|past|previous|current) ?({_COUNT})? ?(\w+?)s?", words)
    if not match:
        return None
    which, count, unit = match[1], match[2], match[3]
    if count or which == "past":
        return (as_of - _UNITS[unit] * _count(count or "1"), as_of) if unit in _UNITS else None
    return _named(unit, -1 if which in ("last", "previous") else 0, as_of)


def _named(unit: str, back: int, as_of: date) -> tuple[date, date] | None:
    """The calendar unit that `as_of` lies in, or the one before it; what of it lies ahead is left out."""
    if unit in ("week", "weekend"):
        monday = as_of - timedelta(days=as_of.weekday() - 7 * back)
        first = monday + timedelta(days=5 if unit == "weekend" else 0)
        if unit == "weekend" and first > as_of:
            first -= timedelta(days=7)
            return first, first + timedelta(days=1)
        last = monday + timedelta(days=6)
    elif unit in _SEASONS:
        first = date(as_of.year, _SEASONS[unit], 1)
        while first > as_of or (back and first + relativedelta(months=3) > as_of):
            first -= relativedelta(years=1)
        last = first + relativedelta(months=3) - timedelta(days=1)
    elif unit in ("month", "quarter", "year"):
        months = {"month": 1, "quarter": 3, "year": 12}[unit]
        first = date(as_of.year, (as_of.month - 1) // months * months + 1, 1) + relativedelta(months=months * back)
        last = first + relativedelta(months=months) - timedelta(days=1)
    else:
        return None
    return first, min(last, as_of)


def _calendar(words: str, as_of: date) -> tuple[date, date] | None:
    words = words.replace(" of ", " ").replace(",", " ")
    if re.fullmatch(_YEAR, words):
        return date(int(words), 1, 1), date(int(words), 12, 31)
    has_year, has_day = re.search(_YEAR, words), re.search(r"\b\d{1,2}(?:st|nd|rd|th)?\b(?!\d)", words)
    try:
        first = parse_date(words, default=parse_date(f"{as_of.year}-01-01")).date()
    except (ParserError, OverflowError, ValueError):
        return None
    if not has_year and first > as_of:
        first -= relativedelta(years=1)  # a day or month without a year is the last one there was
    if has_day:
        return first, first
    return first, first + relativedelta(months=1) - timedelta(days=1)


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _COUNTS[word]


def _whole(delta: relativedelta) -> timedelta:
    return timedelta(days=delta.days + round(30.4 * delta.months) + round(365.25 * delta.years))
