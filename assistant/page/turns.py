"""What the chat consists of."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.answers import Answer


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what became of it so far: an answer, or a problem told in whole sentences, or neither yet."""

    question: str
    answer: Answer | None = None
    problem: str | None = None
    done: bool = False
