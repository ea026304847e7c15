"""When an article was published, and what says so: metadata, JSON-LD, a feed, the address, the dateline, so ordered."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from ingest.dateline import MONTHS, text_date
from ingest.metadata import Given

# "/2025/04/07/", "/2025-04-07-prices", "/2025/apr/07/": year, month and day, in this order, between other characters.
_IN_ADDRESS = re.compile(r"(?<!\d)((?:19|20)\d\d)([/_-])(\d{1,2}|[a-z]{3})\2(\d{1,2})(?!\d)", re.IGNORECASE)
# Whom to believe, best first. A feed's word comes from outside the page, with the hour and zone of its publisher.
ORDER = ("metadata", "json-ld", "feed", "url", "dateline", "created", None)
# News has addresses since then; what lies further back is told by the article, not about it.
_FIRST_ADDRESS = date(1993, 1, 1)


def dated(given: Given, url: str | None) -> tuple[str | None, str | None]:
    """The publication date of an article, and where it was found; (None, None) when nothing says it.

    One of `ORDER`: "metadata" (or what `given` names), "url", "dateline" (the top of the text), "created" (the day
    that the file was made).
    """
    if given.published:
        return given.published, given.dated_by or "metadata"
    for how, day in (("url", address_date(url or "")), ("dateline", text_date(given.text)), ("created", given.created)):
        if day:
            return day, how
    return None, None


def address_date(url: str) -> str | None:
    """The day that the path of an address names, if it has been."""
    for match in _IN_ADDRESS.finditer(urlsplit(url).path if "://" in url else ""):
        year, _, month, day = match.groups()
        number = int(month) if month.isdigit() else MONTHS.get(month.lower(), 0)
        try:
            found = date(int(year), number, int(day))
        except ValueError:
            continue
        if _FIRST_ADDRESS <= found <= datetime.now(UTC).date() + timedelta(days=1):  # it may be tomorrow in Japan
            return found.isoformat()
    return None
