"""What an answer is made of. Spans are in characters of the cited article version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from corpus.types import Passage

Verdict = Literal["supported", "partly", "unsupported"]


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
class Note:
    """Something the reader of an answer should know: `kind` is fallback, missing, unsupported, and the like."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, or an honest refusal; a partial one while it is streamed.

    `searched_for` is the query the question became, `confidence` is 0 to 1, `timings` are seconds by stage,
    `usage` counts a chat model's tokens (and `cost`, where its provider tells it), and `passages` is the ranked
    evidence, best first. `short_answer` is the words of the first quote that answer by themselves; a chat model gives
    none.
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

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON, under the same names."""
        return asdict(self)
