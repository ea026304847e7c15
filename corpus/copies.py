"""Which articles tell one story in the same words: the copies of a wire report at several outlets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sql
from sqlalchemy.engine import Connection, Engine

from corpus.schema import bands, copies


class Copies:
    """One record's copies."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def linking(self) -> Iterator[Linking]:
        """Link articles, in one transaction."""
        with self._engine.begin() as connection:
            yield Linking(connection)

    def stories(self, article_ids: Collection[str]) -> dict[str, str]:
        """The stories of those articles that have copies: articles of one story have the same."""
        query = sql.select(copies.c.article_id, copies.c.story)
        query = query.where(copies.c.article_id.in_(sorted(article_ids)), copies.c.story.is_not(None))
        with self._engine.connect() as connection:
            return {row.article_id: row.story for row in connection.execute(query)}


class Linking:
    """The copies, while some are linked."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def alike(self, keys: Sequence[int], *, but: str, limit: int) -> list[str]:
        """The ids of other articles that share a key, those that share most first."""
        query = (
            sql.select(copies.c.article_id)
            .join_from(bands, copies, copies.c.number == bands.c.number)
            .where(bands.c.key.in_(keys), copies.c.article_id != but)
            .group_by(copies.c.article_id)
            .order_by(sql.func.count().desc(), copies.c.article_id)
            .limit(limit)
        )
        return list(self._connection.scalars(query))

    def put(self, article_id: str, keys: Collection[int], copy_of: str | None) -> None:
        """Make an article findable by its keys, and of the same story as `copy_of`, in place of what was put before."""
        execute = self._connection.execute
        execute(sql.delete(copies).where(copies.c.article_id == article_id))
        if not keys:
            return
        story = None
        if copy_of is not None:
            other = copies.c.article_id == copy_of
            story = self._connection.scalar(sql.select(copies.c.story).where(other)) or copy_of
            execute(sql.update(copies).where(other).values(story=story))
        added = execute(sql.insert(copies).values(article_id=article_id, story=story)).inserted_primary_key
        assert added is not None
        execute(sql.insert(bands), [{"key": key, "number": added[0]} for key in sorted(set(keys))])
