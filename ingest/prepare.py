"""From an article at the door to one that can be stored: it is cut into passages, and they are embedded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from corpus.embedder import Embedder, Vectors
from corpus.record import NewArticle
from ingest.language import language
from ingest.load import Loaded
from ingest.passages import cut, header

NONE: Vectors = np.empty((0, 0), np.float32)  # the vectors of what waits to be embedded


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article that was cut and embedded elsewhere."""

    article: Loaded
    new: NewArticle


def prepare(articles: Sequence[Loaded], embedder: Embedder, passage_tokens: int) -> list[Prepared]:
    """Articles, cut and embedded together."""
    if not articles:
        return []
    halves = [cut_up(article, embedder, passage_tokens) for article in articles]
    whole = with_vectors([new for new, _ in halves], embedder.embed(texts(halves)))
    return [Prepared(article, new) for article, new in zip(articles, whole, strict=True)]


def cut_up(a: Loaded, embedder: Embedder, passage_tokens: int) -> tuple[NewArticle, str]:
    """The article without vectors, and what stands before each of its passages when that is embedded."""
    count, most = embedder.count_tokens, embedder.max_tokens
    head = header(a.title, a.published, count)
    spans = cut(a.text, head, count, passage_tokens=passage_tokens, max_tokens=most)
    new = NewArticle(
        a.id, a.title, a.source, a.url, a.published, a.text, tuple(spans), NONE,
        author=a.author, dated_by=a.dated_by, language=a.language or language(a.text),
    )  # fmt: skip
    return new, head


def texts(halves: Iterable[tuple[NewArticle, str]]) -> list[str]:
    """What is to be embedded of articles, but for those that have their vectors."""
    return [head + a.text[start:end] for a, head in halves if not len(a.vectors) for start, end in a.spans]


def with_vectors(articles: Sequence[NewArticle], vectors: Vectors) -> list[NewArticle]:
    """The articles with the vectors of `texts`, each its own."""
    whole, first = [], 0
    for a in articles:
        if not len(a.vectors):
            a = replace(a, vectors=vectors[first : first + len(a.spans)])
            first += len(a.spans)
        whole.append(a)
    return whole
