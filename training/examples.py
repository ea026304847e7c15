"""Training examples for the reader: answers where they stand, and hard cases where they do not.

A reader that has only seen the right paragraph believes every paragraph. So each answerable question also comes with a
text that does not answer it: one that retrieval ranks high for it, its own paragraph without the sentence that answers,
or its own paragraph under a question whose name or number was exchanged.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from corpus.embedder import Embedder
from corpus.text import Span, sentences
from training.squad import Asked, Paragraph

# How many of the nearest paragraphs negatives are drawn from.
NEAREST = 12
# Shares of the three kinds of negative; where one cannot be made, the first is.
_KINDS, _SHARES = ("retrieved", "without the answer", "exchanged"), (0.6, 0.2, 0.2)
# How often a positive is cut down to some sentences around its answer: answers stand anywhere, and short is cheap.
_CROPPED = 0.5
_LEAST_WORDS = 40

_NAME = re.compile(r"(?<=[\w,] )[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\b")


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a text and the answers' spans in it (none: not here)."""

    question: str
    title: str
    text: str
    spans: tuple[Span, ...]


def nearest(paragraphs: Sequence[Paragraph], questions: Sequence[Asked], embedder: Embedder) -> NDArray[np.int64]:
    """For each question the nearest paragraphs of its own part without its answers, (len(questions), NEAREST)."""
    there = embedder.embed([f"{p.title}\n{p.text}" for p in paragraphs])
    asked = embedder.embed([q.question for q in questions])
    held_out = np.asarray([p.held_out for p in paragraphs])
    lowered = [p.text.casefold() for p in paragraphs]
    found = np.empty((len(questions), NEAREST), dtype=np.int64)
    for row, question in enumerate(questions):
        own = paragraphs[question.paragraph]
        answers = [own.text[start:end].casefold() for start, end in question.answers]
        likeness = there @ asked[row]
        likeness[held_out != own.held_out] = -2
        order = [int(index) for index in np.argsort(-likeness)]
        kept = (i for i in order if i != question.paragraph and not any(a in lowered[i] for a in answers))
        # An answer such as "it" stands nearly everywhere; then the few that are left must do.
        found[row] = np.resize(list(islice(kept, NEAREST)) or [order[1]], NEAREST)
    return found


def examples(
    paragraphs: Sequence[Paragraph], questions: Sequence[Asked], near: NDArray[np.int64], *, seed: int, negatives: float
) -> Iterator[Example]:
    """One pass: each question with its paragraph, and, for that share of those with an answer, with one without."""
    draw = random.Random(seed)
    pool = _things(questions)
    for row, question in enumerate(questions):
        own = paragraphs[question.paragraph]
        if own.held_out:
            continue
        positive = Example(question.question, own.title, own.text, question.answers)
        if not question.answers:
            yield positive
            continue
        yield _cropped(positive, draw) if draw.random() < _CROPPED else positive
        if draw.random() < negatives:
            kind = draw.choices(_KINDS, _SHARES)[0]
            made = None
            if kind == "without the answer":
                made = _without_answer(positive)
            elif kind == "exchanged":
                made = _exchanged(positive, pool, draw)
            if made is None:
                other = paragraphs[near[row, draw.randrange(NEAREST)]]
                made = Example(question.question, other.title, other.text, ())
            yield made


def _cropped(example: Example, draw: random.Random) -> Example:
    first, last = min(s for s, _ in example.spans), max(e for _, e in example.spans)
    spans = sentences(example.text)
    left = draw.choice([start for start, _ in spans if start <= first] or [0])
    right = draw.choice([end for _, end in spans if end >= last] or [len(example.text)])
    text = example.text[left:right]
    if len(text.split()) < _LEAST_WORDS:
        return example
    return replace(example, text=text, spans=tuple((start - left, end - left) for start, end in example.spans))


def _without_answer(example: Example) -> Example | None:
    spans = sentences(example.text)
    kept = [span for span in spans if not any(span[0] < end and start < span[1] for start, end in example.spans)]
    text = " ".join(example.text[start:end] for start, end in kept)
    answers = (example.text[start:end].casefold() for start, end in example.spans)
    if len(kept) < 2 or any(answer in text.casefold() for answer in answers):
        return None
    return replace(example, text=text, spans=())


def _exchanged(example: Example, pool: dict[str, list[str]], draw: random.Random) -> Example | None:
    """The question about another person, place or number than its text."""
    for kind, pattern in (("number", _NUMBER), ("name", _NAME)):
        match = pattern.search(example.question)
        if match and (other := draw.choice(pool[kind])).casefold() not in example.text.casefold():
            question = example.question[: match.start()] + other + example.question[match.end() :]
            return replace(example, question=question, spans=())
    return None


def _things(questions: Sequence[Asked]) -> dict[str, list[str]]:
    patterns = {"number": _NUMBER, "name": _NAME}
    return {
        kind: sorted({m.group() for q in questions for m in pattern.finditer(q.question)})
        for kind, pattern in patterns.items()
    }
