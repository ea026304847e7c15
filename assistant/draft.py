"""An answer while it grows: sentences are added once they stand, spans get their markers, the text only gets longer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.answers import Answer, Citation, Differing, Note, Sentence, Stage, Verdict
from assistant.untrusted import plain
from corpus.types import Passage

if TYPE_CHECKING:
    from assistant.reader import Quote

# What an answer says when there is none; prompts ask chat models for the same words.
CANNOT_ANSWER = "The articles do not say."
# Behind a sentence that was kept though the articles do not bear it out.
UNSUPPORTED = "not borne out by the articles"
_NEAREST = "The nearest they say:"

_MARKER_LIKE = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span of a passage's article, in characters of that article."""

    passage: Passage
    start: int
    end: int

    @classmethod
    def of(cls, quote: Quote) -> Evidence:
        """What the reader quotes."""
        return cls(quote.passage, quote.start, quote.end)

    @property
    def quote(self) -> str:
        """The words there."""
        return self.passage.text[self.start - self.passage.start : self.end - self.passage.start]


@dataclass
class Draft:
    """The mutable counterpart of `Answer`; `answer()` takes a picture of it."""

    question: str
    searched_for: str
    as_of: str
    model: str
    passages: Sequence[Passage] = ()
    prompt_id: str | None = None
    refused: bool = False
    confidence: float = 0.0
    text: str = ""
    short_answer: str = ""
    timings: dict[str, float] = field(default_factory=dict)
    usage: dict[str, float] = field(default_factory=dict)
    sentences: list[Sentence] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    _citations: dict[tuple[str, int, int, int], Citation] = field(default_factory=dict)

    def note(self, kind: str, text: str, differing: Sequence[Differing] = ()) -> None:
        """Add something that whoever reads the answer should know."""
        self.notes.append(Note(kind, text, tuple(differing)))

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations, in the order of their markers."""
        return tuple(self._citations.values())

    def citation(self, marker: int) -> Citation:
        """The citation of a marker."""
        return self.citations[marker - 1]

    def marker(self, evidence: Evidence) -> int:
        """The marker of evidence that was said."""
        return self._citations[_key(evidence)].marker

    def say(
        self,
        text: str,
        evidence: Sequence[Evidence],
        *,
        verdict: Verdict = "supported",
        score: float = 1.0,
        reasons: Sequence[str] = (),
    ) -> None:
        """Add a sentence, on one line, as plain text, with the markers of its evidence behind it."""
        # A bracketed number that came from an article would read as a marker; in round brackets it cannot.
        text = _MARKER_LIKE.sub(r"(\1)", plain(text))
        markers = tuple(dict.fromkeys(self._cite(each).marker for each in evidence))
        self.sentences.append(Sentence(text, markers, verdict, score, tuple(reasons)))
        self._append(f"{text} {''.join(f'[{marker}]' for marker in markers)}".rstrip())

    def say_unsupported(self, text: str, score: float, reasons: Sequence[str]) -> None:
        """Add a sentence that the articles do not bear out, marked as such."""
        text = _MARKER_LIKE.sub(r"(\1)", plain(text))
        self.sentences.append(Sentence(text, (), "unsupported", score, tuple(reasons)))
        self._append(f"{text} ({UNSUPPORTED})")

    def refuse(self, nearest: Evidence | None) -> None:
        """Say that the articles do not say, and quote what comes nearest."""
        self.refused = True
        self._append(CANNOT_ANSWER)
        if nearest is not None:
            self._append(_NEAREST)
            self.say(nearest.quote, [nearest])

    def answer(self, stage: Stage | None = None) -> Answer:
        """The answer as it stands, and what is being done for it."""
        return Answer(
            question=self.question,
            searched_for=self.searched_for,
            text=self.text,
            sentences=tuple(self.sentences),
            citations=self.citations,
            passages=tuple(self.passages),
            refused=self.refused,
            confidence=round(self.confidence, 4),
            notes=tuple(self.notes),
            model=self.model,
            prompt_id=self.prompt_id,
            as_of=self.as_of,
            timings={stage: round(seconds, 6) for stage, seconds in self.timings.items()},
            usage=dict(self.usage),
            short_answer=self.short_answer,
            stage=stage,
        )

    def _append(self, text: str) -> None:
        self.text = f"{self.text} {text}" if self.text else text

    def _cite(self, evidence: Evidence) -> Citation:
        p = evidence.passage
        key = _key(evidence)
        if key not in self._citations:
            self._citations[key] = Citation(
                marker=len(self._citations) + 1,
                article_id=p.article_id,
                version=p.version,
                title=p.title,
                source=p.source,
                url=p.url,
                published=p.published,
                start=evidence.start,
                end=evidence.end,
                quote=evidence.quote,
            )
        return self._citations[key]


def _key(evidence: Evidence) -> tuple[str, int, int, int]:
    return evidence.passage.article_id, evidence.passage.version, evidence.start, evidence.end
