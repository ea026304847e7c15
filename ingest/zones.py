"""Times as newspapers write them: "9:30 a.m. ET", "14:05 GMT", "09:00:00 +0200"."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Hours from UTC of the names that mean one zone to a reader of news. Not CST and IST: three and two zones.
_HOURS = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0,
    "bst": 1, "west": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3,
    "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "hkt": 8, "sgt": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
# Short for the clock of a city, summer and winter.
_CITIES = {"et": "America/New_York", "ct": "America/Chicago", "pt": "America/Los_Angeles"}
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?(?::(?P<second>\d\d))?\s?(?P<half>[ap]\.?m\b\.?)?"
    r"\s*\(?(?:(?P<name>[a-z]{1,4})?(?P<offset>[+-]\d\d?(?::?\d\d)?)?)\)?",
    re.IGNORECASE,
)


def time_of(written: str, day: date) -> datetime | None:
    """The moment of a written time on that day; None when its zone cannot be told, or when it is no time."""
    match = _TIME.fullmatch(written.strip())
    if match is None:
        return None
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    try:
        clock = time(hour, int(match["minute"] or 0), int(match["second"] or 0))
        zone = _zone((match["name"] or "").lower(), match["offset"])
    except (ValueError, ZoneInfoNotFoundError):  # 25:00; a system without its zones
        return None
    return datetime.combine(day, clock, zone) if zone else None


def _zone(name: str, offset: str | None) -> timezone | ZoneInfo | None:
    if offset and name in ("", "gmt", "utc"):
        digits = offset[1:].replace(":", "")
        hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
        distance = timedelta(hours=hours, minutes=minutes)
        return timezone(-distance if offset.startswith("-") else distance)
    if offset or not name:
        return None
    if name in _CITIES:
        return ZoneInfo(_CITIES[name])
    return timezone(timedelta(hours=_HOURS[name])) if name in _HOURS else None
