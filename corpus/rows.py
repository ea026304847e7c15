"""The record's rows as what they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import sqlalchemy as sql
from numpy.typing import NDArray
from sqlalchemy.engine import Row

from corpus.schema import articles as _articles
from corpus.schema import passages as _passages
from corpus.types import Article, Passage


def article(row: Row[Any]) -> Article:
    """An article, of a row of its table."""
    return Article(
        row.id, row.version, row.title, row.source, row.url, row.published, row.text,
        author=row.author, dated_by=row.dated_by, language=row.language,
    )  # fmt: skip


def vector(stored: bytes) -> NDArray[np.float32]:
    """The numbers of a vector, or of several behind one another."""
    return np.frombuffer(stored, np.float16).astype(np.float32)


def passage_query() -> sql.Select[Any]:
    """Passages with what their articles say of themselves, in rows that `passage` takes."""
    a, p = _articles.c, _passages.c
    text = sql.func.substr(a.text, p.start + 1, p.end - p.start).label("passage_text")
    columns = (
        p.id.label("passage_id"),
        p.article_id,
        p.version,
        p.start,
        p.end,
        text,
        a.title,
        a.source,
        a.url,
        a.published,
    )
    return sql.select(*columns).join_from(_passages, _articles, sql.and_(a.id == p.article_id, a.version == p.version))


def passage(row: Row[Any]) -> Passage:
    """A passage, of a row of `passage_query`."""
    return Passage(
        row.article_id, row.version, row.title, row.source, row.url, row.published, row.start, row.end, row.passage_text
    )
