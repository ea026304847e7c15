"""Answers made by hand, to measure what is known."""

from __future__ import annotations

from collections.abc import Sequence

from assistant import Answer, Citation, Copy, Note, Passage, Sentence


def passage(article_id: str, text: str = "", copies: Sequence[str] = ()) -> Passage:
    others = tuple(Copy(copy, None, None, None) for copy in copies)
    return Passage(article_id, 1, f"Title of {article_id}", None, None, None, 0, len(text), text, 1.0, others)


def answered(
    *quotes: tuple[str, str],
    confidence: float = 0.9,
    refused: bool = False,
    passages: Sequence[Passage] = (),
    notes: Sequence[str] = (),
) -> Answer:
    """An answer that quotes whole articles, each given as (article id, text)."""
    sentences = tuple(Sentence(text, (n,), "supported", 1.0) for n, (_, text) in enumerate(quotes, 1))
    citations = tuple(
        Citation(n, article_id, 1, "", None, None, None, 0, len(text), text)
        for n, (article_id, text) in enumerate(quotes, 1)
    )
    text = " ".join(f"{sentence.text} [{sentence.markers[0]}]" for sentence in sentences)
    return Answer(
        question="?",
        searched_for="?",
        text="The articles do not say." if refused else text,
        sentences=() if refused else sentences,
        citations=citations,
        passages=tuple(passages) or tuple(passage(article_id, text) for article_id, text in quotes),
        refused=refused,
        confidence=confidence,
        notes=tuple(Note(kind, "…") for kind in notes),
        model="reader",
        prompt_id=None,
        as_of="2024-05-01",
        timings={"total": 0.01},
    )
