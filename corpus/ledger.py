"""What ingest remembers between runs: where each article came from, what failed, and what is known of addresses.

No answer depends on it. It is kept in the record, so that every machine that ingests shares it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import sqlalchemy as sql
from sqlalchemy.engine import Connection, Engine

from corpus.schema import articles, failures, origins, pages

_BATCH = 500  # values in one statement
# Bytes of a key: PostgreSQL takes at most 2,704. What is longer (none has been seen) is not noted.
_LONGEST = 2_600


@dataclass(frozen=True, slots=True)
class Failure:
    """A file or address that could not be taken when `target` was ingested last, since when, and how often."""

    uri: str
    target: str
    reason: str
    since: str
    tries: int


@dataclass(frozen=True, slots=True)
class Page:
    """What a server said of an address when it was last looked at (`checked`, seconds since 1970)."""

    url: str
    etag: str | None = None
    modified: str | None = None
    stamp: str | None = None
    checked: float = 0.0


class Ledger:
    """One record's ledger. Each call is a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # Where articles came from

    def came(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Remember that a file or address holds an article: pairs of its URI and the article's id."""
        # An id that is made of the URI says so itself.
        telling = {(uri, key) for uri, key in pairs if uri and not _is_of(key, uri) and _fits(uri + key)}
        by_uri: dict[str, list[str]] = defaultdict(list)
        for uri, key in telling:
            by_uri[uri].append(key)
        with self._engine.begin() as connection:
            for uri, keys in by_uri.items():
                for some in _batched(keys):
                    self._came(connection, uri, some)

    def _came(self, connection: Connection, uri: str, keys: Sequence[str]) -> None:
        known = sql.select(origins.c.article_id).where(origins.c.uri == uri, origins.c.article_id.in_(keys))
        new = set(keys) - set(connection.scalars(known))
        if new:
            connection.execute(sql.insert(origins), [{"uri": uri, "article_id": key} for key in sorted(new)])

    def articles_from(self, uri: str) -> list[str]:
        """The ids of the current articles that came from a file or address."""
        theirs = sql.select(origins.c.article_id).where(origins.c.uri == uri)
        query = sql.select(articles.c.id).where(
            articles.c.current, sql.or_(articles.c.id.in_(theirs), articles.c.id == uri)
        )
        with self._engine.connect() as connection:
            return sorted(connection.scalars(query))

    def origins_under(self, prefix: str) -> dict[str, set[str]]:
        """The current articles of which at least one origin begins with `prefix`, each with all its origins."""
        theirs = sql.select(origins.c.article_id).where(origins.c.uri.startswith(prefix, autoescape=True))
        own = articles.c.id.startswith(prefix, autoescape=True)
        query = sql.select(articles.c.id).where(articles.c.current, sql.or_(articles.c.id.in_(theirs), own))
        with self._engine.connect() as connection:
            found = {key: {key.partition("#")[0]} if "://" in key else set() for key in connection.scalars(query)}
            for some in _batched(sorted(found)):
                rows = connection.execute(sql.select(origins).where(origins.c.article_id.in_(some)))
                for uri, key in rows:
                    found[key].add(uri)
        # SQLite's LIKE takes "News" for "news".
        return {key: uris for key, uris in found.items() if any(uri.startswith(prefix) for uri in uris)}

    # What failed

    def failed(self, target: str, reasons: Mapping[str, str]) -> None:
        """Remember, for each URI, why it could not be taken when `target` was ingested."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._engine.begin() as connection:
            for uri, reason in ((uri, reason) for uri, reason in reasons.items() if _fits(uri)):
                again = sql.update(failures).where(failures.c.uri == uri)
                values = {"target": target, "reason": reason}
                if not connection.execute(again.values(**values, tries=failures.c.tries + 1)).rowcount:
                    connection.execute(sql.insert(failures).values(uri=uri, since=now, tries=1, **values))

    def succeeded(self, uris: Iterable[str]) -> None:
        """Forget that these ever failed."""
        with self._engine.begin() as connection:
            for some in _batched(sorted(uris)):
                connection.execute(sql.delete(failures).where(failures.c.uri.in_(some)))

    def failures(self) -> list[Failure]:
        """All that failed and has not been taken since, in the order of their URIs."""
        with self._engine.connect() as connection:
            return [Failure(*row) for row in connection.execute(sql.select(failures).order_by(failures.c.uri))]

    # Addresses

    def page(self, url: str) -> Page | None:
        """What is known of an address."""
        with self._engine.connect() as connection:
            row = connection.execute(sql.select(pages).where(pages.c.url == url)).first()
        return Page(*row) if row else None

    def visited(self, seen: Iterable[Page]) -> None:
        """Remember what servers said. Only of pages whose articles are stored, or a crash between would lose them."""
        latest = {page.url: asdict(page) for page in seen if _fits(page.url)}
        with self._engine.begin() as connection:
            for some in _batched(sorted(latest)):
                connection.execute(sql.delete(pages).where(pages.c.url.in_(some)))
                connection.execute(sql.insert(pages), [latest[url] for url in some])


def _fits(key: str) -> bool:
    return len(key.encode()) <= _LONGEST


def _is_of(key: str, uri: str) -> bool:
    return key == uri or key.startswith(f"{uri}#")


def _batched(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))
