"""What may be asked, and within which days and outlets: checked before anything is searched."""

from __future__ import annotations

from datetime import UTC, date, datetime

from corpus import dates
from corpus.dates import When
from corpus.errors import AssistantError
from corpus.text import normalise
from corpus.types import Bounds

# A question, not a document: far over what anyone types, far under what would stall the models.
_LONGEST_QUESTION = 2_000


def checked(question: str) -> str:
    """The question as it is searched for. Raises `AssistantError` when it is empty or too long."""
    question = normalise(question).strip()
    if not question:
        raise AssistantError("The question is empty. Ask something, such as: who leads the talks?")
    if len(question) > _LONGEST_QUESTION:
        raise AssistantError(
            f"The question has {len(question):,} characters; at most {_LONGEST_QUESTION:,} are read. Ask a shorter "
            "one, and ingest long texts as articles."
        )
    return question


def bounds_of(as_of: When, since: When | None, until: When | None, source: str | None) -> Bounds:
    """The bounds in seconds. Raises `AssistantError` for what is no day, or bounds that no article can be within."""
    bounds = Bounds(
        since=dates.bound("since", since),
        until=dates.bound("until", until, end_of_day=True),
        as_of=dates.bound("as_of", as_of, end_of_day=True),
        source=source or None,
    )
    if bounds.since is not None and bounds.until is not None and bounds.since > bounds.until:
        raise AssistantError(f"since ({since}) lies after until ({until}), so no article can match. Exchange them.")
    return bounds


def day_of(bounds: Bounds) -> date:
    """The day the question is asked on."""
    return dates.today() if bounds.as_of is None else datetime.fromtimestamp(bounds.as_of, UTC).date()
