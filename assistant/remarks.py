"""What whoever reads an answer should weigh: who agrees, who differs, and whether it may be out of date."""

from __future__ import annotations

from datetime import UTC, date, datetime

from assistant import when
from assistant.answers import Differing
from assistant.choose import Choice
from assistant.draft import Draft, Evidence
from corpus import dates
from corpus.types import Passage

# A question about how things stand is told when the newest article quoted is older than this, in days.
_STALE = 30


def remark(draft: Draft, choice: Choice) -> None:
    """Note it in the draft of an answer that quotes the choice."""
    if len(choice.outlets) > 1:
        draft.note("agreement", f"{len(choice.outlets)} outlets say so: {', '.join(choice.outlets)}.")
    if choice.rivals:
        told = [choice.quotes[0], *choice.rivals]
        told.sort(key=lambda quote: quote.passage.published or "", reverse=True)
        each = "; ".join(f"“{quote.short}” ({_origin(quote.passage)})" for quote in told)
        differing = [Differing(q.short, draft.marker(Evidence(q.passage, q.start, q.end))) for q in told]
        draft.note("conflict", f"The articles differ, newest first: {each}.", differing)
    _remark_age(draft, choice)


def _remark_age(draft: Draft, choice: Choice) -> None:
    newest = max((quote.passage.published or "" for quote in choice.quotes), default="")[:10]
    today = datetime.fromtimestamp(dates.parse(draft.as_of), UTC).date()
    period = when.period(draft.searched_for, today)
    if newest and (when.is_current(draft.searched_for) or (period and period.until == today)):
        age = (today - date.fromisoformat(newest)).days
        if age > _STALE:
            draft.note("stale", f"The newest article quoted is of {newest}, {age} days before {today}.")


def _origin(passage: Passage) -> str:
    return ", ".join([passage.source or "outlet unknown", (passage.published or "undated")[:10]])
