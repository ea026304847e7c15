"""What there is: the current articles without their texts, all of them or a part, asked of the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sql
from sqlalchemy.engine import Engine

from corpus.schema import articles as _articles
from corpus.schema import passages as _passages

Sort = Literal["title", "source", "published", "passages"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A current article without its text, and how many passages it has."""

    id: str
    version: int
    title: str
    source: str | None
    url: str | None
    published: str | None
    passages: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of the current articles, and how many there are of its kind in all."""

    articles: tuple[Listed, ...]
    total: int


class Catalogue:
    """One record's articles. Each call is a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def listing(
        self,
        search: str = "",
        *,
        sort: Sort = "published",
        descending: bool = True,
        limit: int | None = None,
        offset: int = 0,
    ) -> Listing:
        """Up to `limit` articles after the first `offset`, of those that have each word of `search` somewhere in title,
        outlet, date, address or id. What has no outlet or date comes last when sorted by it.
        """
        a = _articles.c
        passages = (
            sql.select(sql.func.count())
            .where(_passages.c.article_id == a.id)
            .correlate(_articles)
            .scalar_subquery()
            .label("passages")
        )
        key: sql.ColumnElement[object] = {
            "title": sql.func.lower(a.title),
            "source": sql.func.lower(a.source),
            "published": a.published_at,
            "passages": passages,
        }[sort]
        wanted = sql.and_(a.current, *map(_has, search.lower().split()))
        query = (
            sql.select(a.id, a.version, a.title, a.source, a.url, a.published, passages)
            .where(wanted)
            .order_by(key.is_(None), key.desc() if descending else key.asc(), a.id)
            .limit(limit)
            .offset(offset)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
            total = connection.scalar(sql.select(sql.func.count()).select_from(_articles).where(wanted)) or 0
        return Listing(tuple(Listed(*row) for row in rows), total)

    def outlets(self, most: int) -> list[str]:
        """The names of the `most` outlets with the most articles, in the order of the alphabet."""
        query = sql.select(_articles.c.source).where(_articles.c.current, _articles.c.source.is_not(None))
        query = query.group_by(_articles.c.source).order_by(sql.func.count().desc(), _articles.c.source).limit(most)
        with self._engine.connect() as connection:
            return sorted(connection.execute(query).scalars(), key=str.casefold)


def _has(word: str) -> sql.ColumnElement[bool]:
    a = _articles.c
    described: sql.ColumnElement[str] = a.title
    for column in (a.source, a.published, a.url, a.id):
        described = described + " " + sql.func.coalesce(column, "")
    return sql.func.lower(described).contains(word, autoescape=True)
