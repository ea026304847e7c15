"""What the top of a text states of its publication: the day, and the wire agency. A year is never guessed."""

from __future__ import annotations

import re
from datetime import date, datetime

from corpus import dates
from ingest import zones

# Date, byline and dateline stand at the top; a date further down is told by the article, not about it.
_HEAD_CHARACTERS, _HEAD_LINES = 4000, 10
MONTHS = {name: n for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}  # noqa: SIM905
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WRITTEN = (
    rf"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
    rf"(?:{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?|\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH},?)\s+\d{{4}}"
)
_ISO = r"\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z\b|[+-]\d\d:?\d\d)?)?"
_ZONE = r"(?:\s*\(?(?:[a-z]{1,4}(?:[+-]\d{1,2})?|[+-]\d\d:?\d\d)\)?)?"
_TIME = r"(?:\d{1,2}[:.]\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?|\d{1,2}\s?[ap]\.?m\.?)" + _ZONE
_DATE = rf"(?P<date>{_ISO}|{_WRITTEN})"
_LABEL = r"(?:first\s+)?(?:published|posted|released|publication date|date published|date)(?:\s+(?:on|at))?\b\s*:?\s*"
# A line that is a date and nothing but: "Published: April 7, 2025, 9:30 a.m. ET | Updated …". An update is not taken.
_DATE_LINE = re.compile(
    rf"(?P<label>{_LABEL})?(?:(?P<before>{_TIME})[,\s]+)?{_DATE}"
    rf"(?:[\s,]*(?:at\s+|[-\u2013|·•]\s*)?(?P<after>{_TIME}))?\s*(?:$|[|·•(].*)",
    re.IGNORECASE,
)
_DATE_LINE_MAX = 120  # characters
_PARAGRAPH_END = (".", "!", "?", '"', "”", ")")
_DASH = r"\s*(?:--?|[\u2013\u2014])\s"
# "TOKYO, April 7, 2025 (Reuters) —": how a report opens. Without the year it is no date.
_DATELINE = re.compile(
    rf"(?P<place>[^\d()]{{2,60}}?),\s+(?i:{_DATE})(?:\s*\([^()]{{2,40}}\)|\s*/[^/]{{2,40}}/)?{_DASH}"
)
# A closed list: "NATO (North Atlantic Treaty Organization) —" has the same form.
_WIRE = re.compile(
    rf"(?P<place>[^()]{{2,80}}?)\s*\((?P<wire>Reuters|AP|AFP|UPI|dpa|PTI|ANI|Bloomberg|CNN|Kyodo|Xinhua|Yonhap|TASS)\){_DASH}"
)


def iso(value: str) -> str:
    """An ISO date, or an ISO time with its zone; a time without a zone says no moment and is kept as its date.

    Raises `ValueError` when `value` is neither.
    """
    value = value.strip()
    try:
        dates.parse(value)
    except OverflowError:
        raise ValueError(f"{value!r} is outside the calendar") from None
    if len(value) == 10:
        return date.fromisoformat(value).isoformat()
    moment = datetime.fromisoformat(value)
    day = moment.date().isoformat()
    if moment.tzinfo is None:
        return day
    return value if value.startswith(f"{day}T") else moment.isoformat()


def stated_date(value: str) -> str | None:
    """What a field or a line states, as `iso` gives it: ISO, "April 7, 2025", "7 Apr 2025, 9:30 GMT".

    The hour is kept where its zone is known. None for all that does not name day, month and year, and for 04/07/2025,
    which is two days.
    """
    try:
        return iso(value)
    except ValueError:
        match = _DATE_LINE.fullmatch(value.strip()[:_DATE_LINE_MAX])
    return _moment(match) if match else None


def text_date(text: str) -> str | None:
    """The publication date that the top of a text states in a line of its own, or in its dateline.

    A line that only is a date counts above the first paragraph; below it, it heads a part of a chronicle or a blog.
    """
    lines = _head_lines(text)
    labelled, bare, above = [], [], True
    for line in lines:
        match = _DATE_LINE.fullmatch(line) if len(line) <= _DATE_LINE_MAX else None
        above = above and (match is not None or not line.endswith(_PARAGRAPH_END))
        if match and match["label"]:
            labelled.append(match)
        elif match and above:
            bare.append(match)
    found = [_moment(match) for match in labelled or bare]
    if found:
        days = {moment and moment[:10] for moment in found}
        return max(found, key=lambda moment: len(moment or "")) if len(days) == 1 else None  # a chronicle has several
    datelines = (_DATELINE.match(line) for line in lines)
    return next((_day(match["date"]) for match in datelines if match and _is_place(match["place"])), None)


def wire_agency(text: str) -> str | None:
    """The agency in the dateline: "LONDON (Reuters) —" gives Reuters."""
    matches = (_WIRE.match(line) for line in _head_lines(text))
    return next((match["wire"] for match in matches if match and _is_place(match["place"])), None)


def _head_lines(text: str) -> list[str]:
    lines = (line.strip() for line in text[:_HEAD_CHARACTERS].split("\n"))
    return [line for line in lines if line][:_HEAD_LINES]


def _is_place(words: str) -> bool:
    """Datelines are set in capitals: "TOKYO", "NEW YORK"; "On Monday, April 7, 2025 —" opens a sentence."""
    first = words.split()[0].rstrip(",")
    return len(first) >= 2 and first.isupper()


def _moment(line: re.Match[str]) -> str | None:
    """The day of a date line, with its time where that has a zone that can be told."""
    day, written = _day(line["date"]), line["after"] or line["before"]
    if day is None or len(day) > 10 or not written:
        return day
    time = zones.time_of(written, date.fromisoformat(day))
    return time.isoformat() if time else day


def _day(written: str) -> str | None:
    try:
        return iso(written)
    except ValueError:
        words = re.findall(r"[a-z]+|\d+", written.lower())
    numbers = [int(word) for word in words if word.isdigit()]
    months = [MONTHS[word[:3]] for word in words if word[:3] in MONTHS]
    if len(numbers) != 2 or not months:
        return None
    try:
        return date(numbers[1], months[0], numbers[0]).isoformat()
    except ValueError:
        return None
