"""Conversations as JSON, for the browser to keep, and back. What comes back is untrusted: it may be anything."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from assistant.answers import Answer, Citation, Note, Sentence, Verdict
from assistant.page.turns import Turn, pieces
from corpus.errors import AssistantError
from corpus.text import normalise

# A conversation of a hundred long answers has about a third of this. It is read whole, so it is bounded.
LONGEST = 2_000_000  # characters
# Of a refusal's evidence, more than is shown as the nearest; other answers show none but what they cite.
_PASSAGES = 4
_MARKER = re.compile(r"\[(\d+)\]")
_UNREADABLE = "This conversation cannot be read as one that was kept here: {}. Delete it, and ask anew."

TextOf = Callable[[str, int], str | None]  # an article's text by its id and version; None when there is none


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept of a turn."""

    question: str
    answer: Answer | None = None
    problem: str | None = None
    stopped: bool = False
    bounds: dict[str, str] = field(default_factory=dict)
    rating: Literal["up", "down"] | None = None


_TURNS: TypeAdapter[list[_Kept]] = TypeAdapter(list[_Kept])


def dumped(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """The turns as plain data for JSON; the newest of them where all would be too long to be read again."""
    kept: list[dict[str, Any]] = []
    room = LONGEST
    for turn in reversed(turns):
        # The answer as it was when it was given: what its citations are found to be now is found anew each time.
        answer = turn.original or turn.answer
        lean = replace(answer, passages=answer.passages[:_PASSAGES] if answer.refused else ()) if answer else None
        one = _Kept(normalise(turn.question), lean, turn.problem, turn.stopped, dict(turn.bounds), turn.rating)
        [data] = _TURNS.dump_python([one], mode="json")
        room -= len(json.dumps(data))
        if room < 0:
            break
        kept.insert(0, data)
    return kept


def loaded(text: str, text_of: TextOf) -> tuple[Turn, ...]:
    """The turns that were kept, each citation held against its article.

    Raises `AssistantError` for what is no conversation: of another form, too long, or with an answer that this project
    cannot have given (a marker without its citation, a sentence that is not in the text).
    """
    if len(text) > LONGEST:
        raise AssistantError(_UNREADABLE.format(f"it has more than {LONGEST:,} characters"))
    try:
        kept = _TURNS.validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise AssistantError(_UNREADABLE.format(f"{place}: {first['msg']}")) from None
    return tuple(_turn(each, text_of) for each in kept)


def _turn(kept: _Kept, text_of: TextOf) -> Turn:
    answer = kept.answer
    if answer is not None and not _is_consistent(answer):
        raise AssistantError(_UNREADABLE.format("an answer in it does not agree with itself"))
    checked = rechecked(answer, text_of) if answer else None
    return Turn(
        kept.question,
        checked,
        problem=kept.problem,
        done=True,
        stopped=kept.stopped,
        bounds=kept.bounds,
        original=answer if checked is not answer else None,
        rating=kept.rating,
    )


def _is_consistent(answer: Answer) -> bool:
    """Whether markers and citations are each other's, and every sentence stands in the text, in order."""
    markers = [citation.marker for citation in answer.citations]
    used = {marker for sentence in answer.sentences for marker in sentence.markers}
    written = set(map(int, _MARKER.findall(answer.text)))
    compared = {each.marker for note in answer.notes for each in note.differing}
    if len(set(markers)) != len(markers) or not set(markers) == used == written or not compared <= used:
        return False
    try:
        pieces(answer)
    except ValueError:
        return False
    return True


def rechecked(answer: Answer, text_of: TextOf) -> Answer:
    """The answer with those of its citations that are true of the articles as they are: the quote stands where it says.

    The others are taken out of it and told in a note; a sentence that has lost all of its own is no longer supported.
    An answer that has lost none comes back as it is.
    """
    lost = {citation.marker: why for citation in answer.citations if (why := _untrue(citation, text_of))}
    if not lost:
        return answer
    text, sentences = "", []
    for between, sentence in pieces(answer):
        text += between
        if sentence is not None:
            sentence = _without(sentence, lost)
            sentences.append(sentence)
            text += f"{sentence.text} {''.join(f'[{marker}]' for marker in sentence.markers)}".rstrip()
    gone = [citation for citation in answer.citations if citation.marker in lost]
    notes = [Note("gone", _told(citation, lost[citation.marker])) for citation in gone]
    return replace(
        answer,
        text=text,
        sentences=tuple(sentences),
        citations=tuple(citation for citation in answer.citations if citation.marker not in lost),
        notes=(*(_without_lost(note, lost) for note in answer.notes), *notes),
    )


def _untrue(citation: Citation, text_of: TextOf) -> str:
    """Why a citation is none any more; nothing when it still is one."""
    text = text_of(citation.article_id, citation.version)
    if text is None:
        return "its article is no longer in the corpus"
    if not 0 <= citation.start < citation.end or text[citation.start : citation.end] != citation.quote:
        return "its article does not say it there"
    return ""


def _without(sentence: Sentence, lost: dict[int, str]) -> Sentence:
    gone = [marker for marker in sentence.markers if marker in lost]
    left = tuple(marker for marker in sentence.markers if marker not in lost)
    if not gone:
        return sentence
    reasons = [f"citation {marker} can no longer be checked: {lost[marker]}" for marker in gone]
    verdict: Verdict = "partly" if left and sentence.verdict != "unsupported" else "unsupported"
    return replace(sentence, markers=left, verdict=verdict, reasons=(*sentence.reasons, *reasons))


def _without_lost(note: Note, lost: dict[int, str]) -> Note:
    """The note, whose text stays, with what it lays side by side where that can still be opened."""
    return replace(note, differing=tuple(each for each in note.differing if each.marker not in lost))


def _told(citation: Citation, why: str) -> str:
    origin = ", ".join(filter(None, [citation.title, citation.source, citation.published]))
    return f"Citation {citation.marker} can no longer be checked: {why}. It was “{citation.quote}” ({origin})."
