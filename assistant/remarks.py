"""What whoever reads an answer should weigh: who agrees, who differs, and whether it may be out of date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from assistant import when
from assistant.answers import Citation, Differing, Sentence
from assistant.choose import Choice
from assistant.draft import Draft, Evidence
from assistant.short import Said
from corpus import dates

# A question about how things stand is told when the newest article quoted is older than this, in days.
_STALE = 30


def remark(draft: Draft, choice: Choice) -> None:
    """Note it in the draft of an answer that quotes the choice."""
    if len(choice.outlets) > 1:
        draft.note("agreement", f"{len(choice.outlets)} outlets say so: {', '.join(choice.outlets)}.")
    if choice.rivals:
        told = [choice.quotes[0], *choice.rivals]
        _note_differing(draft, [Differing(quote.short, draft.marker(Evidence.of(quote))) for quote in told])
    _note_age(draft)


def remark_generated(draft: Draft, choice: Choice) -> None:
    """Note it in the draft of an answer that a chat model gave; where it says one of several values, quote the rest."""
    told = [choice.quotes[0], *choice.rivals] if choice.rivals else []
    markers = [_marker_of(quote.short, draft.sentences) for quote in told]
    if any(markers):
        for quote in (quote for quote, marker in zip(told, markers, strict=True) if not marker):
            draft.say(quote.text, [Evidence.of(quote)])
        given = [marker or draft.marker(Evidence.of(quote)) for quote, marker in zip(told, markers, strict=True)]
        _note_differing(draft, [Differing(quote.short, marker) for quote, marker in zip(told, given, strict=True)])
    _note_age(draft)


def _marker_of(short: str, sentences: Sequence[Sentence]) -> int | None:
    """The citation behind the first of the sentences that says so."""
    said = Said.of(short)
    cited = [(Said.of(sentence.text), sentence.markers[0]) for sentence in sentences if sentence.markers]
    return next((marker for here, marker in cited if said.within(here)), None)


def _note_differing(draft: Draft, differing: list[Differing]) -> None:
    differing.sort(key=lambda each: draft.citation(each.marker).published or "", reverse=True)
    each = "; ".join(f"“{said.text}” ({_origin(draft.citation(said.marker))})" for said in differing)
    draft.note("conflict", f"The articles differ, newest first: {each}.", differing)


def _note_age(draft: Draft) -> None:
    newest = max((citation.published or "" for citation in draft.citations), default="")[:10]
    today = datetime.fromtimestamp(dates.parse(draft.as_of), UTC).date()
    period = when.period(draft.searched_for, today)
    if newest and (when.is_current(draft.searched_for) or (period and period.until == today)):
        age = (today - date.fromisoformat(newest)).days
        if age > _STALE:
            draft.note("stale", f"The newest article quoted is of {newest}, {age} days before {today}.")


def _origin(citation: Citation) -> str:
    return ", ".join([citation.source or "outlet unknown", (citation.published or "undated")[:10]])
