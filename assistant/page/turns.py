"""What the chat consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from assistant.answers import Answer, Sentence

Rating = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what became of it so far: an answer, or a problem told in whole sentences, or neither yet.

    `stopped` says that the answer was ended before it was whole; `bounds` are the options of `Assistant.stream` (since,
    until, source, as_of) that it was asked within. `original` is the answer as it was given, where one that was kept
    has since lost citations.
    """

    question: str
    answer: Answer | None = None
    problem: str | None = None
    done: bool = False
    stopped: bool = False
    bounds: Mapping[str, str] = field(default_factory=dict)
    original: Answer | None = None
    rating: Rating | None = None


Turns = tuple[Turn, ...]


def pieces(answer: Answer) -> list[tuple[str, Sentence | None]]:
    """The answer's text in order: what stands before a sentence, and the sentence, whose markers go with it; last what
    stands behind them all, and None. Raises `ValueError` when a sentence is not in the text.
    """
    parts: list[tuple[str, Sentence | None]] = []
    position = 0
    for sentence in answer.sentences:
        start = answer.text.index(sentence.text, position)
        parts.append((answer.text[position:start], sentence))
        position = start + len(sentence.text)
        markers = "".join(f"[{marker}]" for marker in sentence.markers)
        if markers and answer.text.startswith((markers, f" {markers}"), position):
            position = answer.text.index(markers, position) + len(markers)
    return [*parts, (answer.text[position:], None)]
