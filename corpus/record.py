"""The record: the SQL database that is the truth. What is committed here exists; the two indexes are derived from it.

Every commit takes the next change number. `passages.change` and `gone.change` are the feed that the indexes follow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sql
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from corpus import dates, rows
from corpus.catalogue import Catalogue
from corpus.copies import Copies
from corpus.database import engine, prepare
from corpus.ledger import Ledger
from corpus.lock import Lock, of_record
from corpus.schema import articles as _articles
from corpus.schema import copies as _copies
from corpus.schema import gone as _gone
from corpus.schema import info as _info
from corpus.schema import origins as _origins
from corpus.schema import passages as _passages
from corpus.types import Article, Bounds, Passage

_BATCH = 5_000  # values in one statement; PostgreSQL takes 65,535, older SQLites 32,766


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article to be written, cut and embedded: `spans` tile `text`, `vectors` is (len(spans), dimension)."""

    id: str
    title: str
    source: str | None
    url: str | None
    published: str | None
    text: str
    spans: tuple[tuple[int, int], ...]
    vectors: NDArray[np.float32]
    author: str | None = None
    dated_by: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """What an index stores of a passage."""

    id: int
    passage: Passage
    published_at: float | None
    vector: NDArray[np.float32]
    change: int


def text_hash(text: str) -> str:
    """The identity of a text, for finding the same one again."""
    return hashlib.sha256(text.encode()).hexdigest()


def fingerprint(*said: str | None) -> int:
    """64 bits of what an article says of itself: to guess, without asking the record, whether it is there."""
    return int.from_bytes(hashlib.blake2b(repr(said).encode(), digest_size=8).digest(), "big")


class Record:
    """One corpus in one database. Safe to use from several threads and processes; writers take turns."""

    def __init__(self, url: str) -> None:
        self._engine = engine(url)
        prepare(self._engine)
        self.corpus_id = self.info("corpus_id") or ""
        self.ledger, self.copies = Ledger(self._engine), Copies(self._engine)
        self.catalogue = Catalogue(self._engine)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def lock(self, home: Path) -> Lock:
        """The lock that writers of this record take turns with; `home` is the corpus's own folder."""
        return of_record(self._engine, self.corpus_id, home)

    # What the corpus knows about itself

    def info(self, key: str) -> str | None:
        """A remembered value, such as the embedding model's name."""
        with self._engine.connect() as connection:
            return connection.scalar(sql.select(_info.c.value).where(_info.c.key == key))

    def remember(self, values: Mapping[str, str]) -> None:
        """Store values for `info`."""
        with self._engine.begin() as connection:
            for key, value in values.items():
                connection.execute(sql.delete(_info).where(_info.c.key == key))
                connection.execute(sql.insert(_info).values(key=key, value=value))

    def change(self) -> int:
        """The number of the last commit; it only grows."""
        return int(self.info("change") or 0)

    def counts(self) -> tuple[int, int]:
        """How many current articles and passages there are."""
        with self._engine.connect() as connection:
            articles = sql.select(sql.func.count()).select_from(_articles).where(_articles.c.current)
            passages = sql.select(sql.func.count()).select_from(_passages)
            return connection.scalar(articles) or 0, connection.scalar(passages) or 0

    # Writing

    @contextmanager
    def _commit(self) -> Iterator[tuple[Connection, int]]:
        with self._engine.begin() as connection:
            # First of all the counter's row: whoever holds it writes, everybody else waits, in any database.
            number = sql.cast(sql.cast(_info.c.value, sql.Integer) + 1, sql.Text)
            connection.execute(sql.update(_info).where(_info.c.key == "change").values(value=number))
            yield connection, int(connection.scalar(sql.select(_info.c.value).where(_info.c.key == "change")) or 0)

    def write(self, articles: Sequence[NewArticle]) -> None:
        """Make each the current version of its id, in one commit."""
        if not articles:
            return
        with self._commit() as (connection, change):
            for article in articles:
                self._retire(connection, article.id, change)
                last = sql.select(sql.func.max(_articles.c.version)).where(_articles.c.id == article.id)
                version = (connection.scalar(last) or 0) + 1
                connection.execute(sql.insert(_articles).values(version=version, current=True, **_columns(article)))
                connection.execute(sql.insert(_passages), _passage_rows(article, version, change))

    def remove(self, article_id: str) -> bool:
        """Delete the article, all its versions; False when there is none."""
        with self._commit() as (connection, change):
            self._retire(connection, article_id, change)
            for table in (_origins, _copies):
                connection.execute(sql.delete(table).where(table.c.article_id == article_id))
            return connection.execute(sql.delete(_articles).where(_articles.c.id == article_id)).rowcount > 0

    def annotate(self, details: Mapping[str, Mapping[str, str | None]]) -> None:
        """Set author, dated_by, language of current versions, by id: no index holds them, no version counts them."""
        with self._engine.begin() as connection:
            for article_id, values in details.items():
                current = sql.and_(_articles.c.id == article_id, _articles.c.current)
                connection.execute(sql.update(_articles).where(current).values(**values))

    def _retire(self, connection: Connection, article_id: str, change: int) -> None:
        old = _passages.c.article_id == article_id
        ids = sql.select(_passages.c.id, sql.literal(change)).where(old)
        connection.execute(sql.insert(_gone).from_select(["passage_id", "change"], ids))
        connection.execute(sql.delete(_passages).where(old))
        connection.execute(sql.update(_articles).where(_articles.c.id == article_id).values(current=False))

    # Reading

    def article(self, article_id: str, version: int | None = None) -> Article | None:
        """That version of an article, or its current one."""
        which = _articles.c.current if version is None else _articles.c.version == version
        with self._engine.connect() as connection:
            row = connection.execute(sql.select(_articles).where(_articles.c.id == article_id, which)).first()
        if row is None:
            return None
        return rows.article(row)

    def with_text(self, text: str) -> list[Article]:
        """The current articles that have exactly this text."""
        query = sql.select(_articles).where(_articles.c.text_hash == text_hash(text), _articles.c.current)
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(_articles.c.id)).all()
        return [rows.article(row) for row in found]

    def fingerprints(self) -> NDArray[np.uint64]:
        """What `fingerprint` gives for all current articles, and for their texts alone; in order."""
        a = _articles.c
        query = sql.select(a.id, a.title, a.source, a.url, a.published, a.text_hash).where(a.current)
        with self._engine.connect().execution_options(yield_per=1_000) as connection:
            found = (each for row in connection.execute(query) for each in (fingerprint(*row), fingerprint(row[-1])))
            return np.unique(np.fromiter(found, np.uint64))

    def versions(self) -> Iterator[Article]:
        """Every version of every article, oldest first of each; read as they are taken."""
        query = sql.select(_articles).order_by(_articles.c.id, _articles.c.version)
        with self._engine.connect().execution_options(yield_per=100) as connection:
            yield from map(rows.article, connection.execute(query))

    def passages(self, ids: Sequence[int], bounds: Bounds) -> dict[int, Passage]:
        """The current passages among `ids` within the bounds. Undated ones pass `as_of` only."""
        published = _articles.c.published_at
        conditions: list[sql.ColumnElement[bool]] = [_passages.c.id.in_(ids)]
        if bounds.since is not None:
            conditions.append(published >= bounds.since)
        if bounds.until is not None:
            conditions.append(published <= bounds.until)
        if bounds.as_of is not None:
            conditions.append(sql.or_(published.is_(None), published <= bounds.as_of))
        if bounds.source is not None:
            conditions.append(sql.func.lower(_articles.c.source) == bounds.source.lower())
        with self._engine.connect() as connection:
            found = connection.execute(rows.passage_query().where(*conditions)).all()
        return {row.passage_id: rows.passage(row) for row in found}

    def nearest(self, ids: Sequence[int], vector: NDArray[np.float32], k: int) -> list[int]:
        """The `k` passages among `ids` whose vectors are nearest to one, nearest first: 5 µs for each of them."""
        found: list[Any] = []
        with self._engine.connect() as connection:
            for start in range(0, len(ids), _BATCH):
                some = _passages.c.id.in_(ids[start : start + _BATCH])
                found += connection.execute(sql.select(_passages.c.id, _passages.c.vector).where(some))
        if not found:
            return []
        similarities = rows.vector(b"".join(row.vector for row in found)).reshape(len(found), -1) @ vector
        return [found[number].id for number in np.argsort(-similarities, kind="stable")[:k]]

    def passages_of(self, article_id: str) -> list[Passage]:
        """The passages of the current version, in order; joined, they are its text."""
        query = rows.passage_query().where(_passages.c.article_id == article_id).order_by(_passages.c.start)
        with self._engine.connect() as connection:
            return [rows.passage(row) for row in connection.execute(query)]

    # The feed that the indexes follow

    def added(self, after: int, until: int, *, limit: int) -> list[IndexEntry]:
        """The passages that changes `after` < n <= `until` added and that still exist, oldest first.

        Whole commits: `limit` passages, and the rest of the last one's commit.
        """
        query = rows.passage_query().add_columns(_passages.c.vector, _articles.c.published_at, _passages.c.change)
        query = query.where(_passages.c.change > after, _passages.c.change <= until)
        query = query.order_by(_passages.c.change, _passages.c.id)
        with self._engine.connect() as connection:
            found = list(connection.execute(query.limit(limit)))
            if len(found) == limit:  # the last commit may have been cut: take the rest of it
                last = _passages.c.change == found[-1].change
                seen = found[-1].passage_id
                rest = query.where(last, _passages.c.id > seen)
                found += connection.execute(rest).all()
        return [
            IndexEntry(row.passage_id, rows.passage(row), row.published_at, rows.vector(row.vector), row.change)
            for row in found
        ]

    def gone(self, after: int, until: int) -> list[int]:
        """The ids of the passages that ceased to exist in changes `after` < n <= `until`."""
        query = sql.select(_gone.c.passage_id).where(_gone.c.change > after, _gone.c.change <= until)
        with self._engine.connect() as connection:
            return list(connection.scalars(query))


def _columns(article: NewArticle) -> dict[str, Any]:
    return {
        "id": article.id,
        "title": article.title,
        "source": article.source,
        "url": article.url,
        "published": article.published,
        "published_at": dates.parse(article.published) if article.published else None,
        "text": article.text,
        "text_hash": text_hash(article.text),
        "author": article.author,
        "dated_by": article.dated_by,
        "language": article.language,
    }


def _passage_rows(article: NewArticle, version: int, change: int) -> list[dict[str, Any]]:
    return [
        {
            "article_id": article.id,
            "version": version,
            "start": start,
            "end": end,
            "vector": vector.astype(np.float16).tobytes(),
            "change": change,
        }
        for (start, end), vector in zip(article.spans, article.vectors, strict=True)
    ]
