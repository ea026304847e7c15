"""Publication dates and the bounds that questions put on them, as moments on one line (seconds since 1970, UTC)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from corpus.errors import AssistantError

When = str | date | datetime


def parse(value: When, *, end_of_day: bool = False) -> float:
    """Seconds since 1970 for an ISO date or time; a bare date is its first moment, or its last with `end_of_day`.

    A time without a zone is taken as UTC. Raises `ValueError` when the value is neither.
    """
    if isinstance(value, str):
        value = value.strip()
        value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.max if end_of_day else time.min)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.timestamp()


def bound(name: str, value: When | None, *, end_of_day: bool = False) -> float | None:
    """`parse` for what a user typed: None stays None, and nonsense is an `AssistantError` that names the bound."""
    if value is None or value == "":
        return None
    try:
        return parse(value, end_of_day=end_of_day)
    except (ValueError, OverflowError):
        raise AssistantError(
            f"{name} is {str(value)[:40]!r}, which is not a date. Write it as 2025-04-08 or 2025-04-08T09:30:00Z."
        ) from None


def today() -> date:
    """The day now, in UTC: the one clock that publication times are compared on."""
    return datetime.now(UTC).date()
