"""What the chat consists of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assistant.answers import Answer


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what became of it so far: an answer, or a problem told in whole sentences, or neither yet.

    `stopped` says that the answer was ended before it was whole; `bounds` are the options of `Assistant.stream` (since,
    until, source, as_of) that it was asked within.
    """

    question: str
    answer: Answer | None = None
    problem: str | None = None
    done: bool = False
    stopped: bool = False
    bounds: Mapping[str, str] = field(default_factory=dict)
