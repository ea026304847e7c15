"""What an answer is made of. Spans are in characters of the cited article version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from corpus.types import Passage

Verdict = Literal["supported", "partly", "unsupported"]
# What is being done for an answer: finding passages, reading them, letting a chat model write (each sentence is checked
# before it is in the answer), choosing and checking what is said last.
Stage = Literal["searching", "reading", "writing", "checking"]


@dataclass(frozen=True, slots=True)
class Citation:
    """One span of one article: `quote == article.text[start:end]` of that version."""

    marker: int
    article_id: str
    version: int
    title: str
    source: str | None
    url: str | None
    published: str | None
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, without its markers, and what the check of it found. `score` is 0 to 1."""

    text: str
    markers: tuple[int, ...]
    verdict: Verdict
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Differing:
    """What one of several articles that differ says, in the fewest words; `marker` is that of its citation."""

    text: str
    marker: int


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader of an answer should know: `kind` is fallback, missing, unsupported, and the like.

    A note of the kind conflict has what the articles say in `differing`, the newest first.
    """

    kind: str
    text: str
    differing: tuple[Differing, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or an honest refusal; a partial one while it is streamed.

    `searched_for` is the query the question became, `confidence` is 0 to 1, `timings` are seconds by stage,
    `usage` counts a chat model's tokens (and `cost`, where its provider tells it), and `passages` is the ranked
    evidence, best first. `short_answer` is the words of the first quote that answer by themselves; a chat model gives
    none. `stage` is what is being done while an answer grows, and None once it is whole; at "reading", `passages` are
    those that are being read.
    """

    question: str
    searched_for: str
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    passages: tuple[Passage, ...]
    refused: bool
    confidence: float
    notes: tuple[Note, ...]
    model: str
    prompt_id: str | None
    as_of: str
    timings: Mapping[str, float] = field(default_factory=dict)
    usage: Mapping[str, float] = field(default_factory=dict)
    short_answer: str = ""
    stage: Stage | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON, under the same names."""
        return asdict(self)
