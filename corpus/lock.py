"""The writer's lock: a file beside the record, or, where machines share a PostgreSQL, an advisory lock in it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import sqlalchemy as sql
from filelock import FileLock, Timeout
from sqlalchemy.engine import Connection, Engine

from corpus.errors import AssistantError

_POLL = 0.05  # seconds between two tries
# A machine that vanished (a process that was killed is noticed at once) holds the lock no longer than a minute.
_KEEPALIVE = {"tcp_keepalives_idle": 30, "tcp_keepalives_interval": 10, "tcp_keepalives_count": 3}


class Lock(Protocol):
    """Held by one at a time; whoever holds it may take it again, and gives it back as often. Gone with its process."""

    def acquire(self, timeout: float) -> bool:
        """Whether it could be had within so many seconds."""

    def release(self) -> None:
        """Give it back."""


@contextlib.contextmanager
def holding(lock: Lock, timeout: float) -> Iterator[bool]:
    """Hold a lock if it can be had within `timeout` seconds; whether it is held."""
    held = lock.acquire(timeout)
    try:
        yield held
    finally:
        if held:
            lock.release()


def lock_file(path: Path) -> Lock:
    """A lock among the processes that see this file."""
    return _Locked(path)


def of_record(engine: Engine, corpus_id: str, home: Path) -> Lock:
    """The lock over a record: as far as the database reaches, the lock does."""
    if engine.dialect.name == "postgresql":
        return _Advisory(engine, corpus_id)
    database = engine.url.database if engine.dialect.name == "sqlite" else None
    return _Locked((Path(database).parent if database else home) / "lock")


class _Locked:
    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path, thread_local=False)

    def acquire(self, timeout: float) -> bool:
        try:
            self._lock.acquire(timeout=timeout)
        except Timeout:
            return False
        return True

    def release(self) -> None:
        self._lock.release()


class _Advisory:
    """Held by a connection of its own, outside of any transaction, so PostgreSQL lets go of it when that ends."""

    def __init__(self, engine: Engine, corpus_id: str) -> None:
        self._engine = engine
        self._key = int.from_bytes(sha256(corpus_id.encode()).digest()[:8], "big", signed=True)
        self._guard = threading.Lock()
        self._held = 0
        self._connection: Connection | None = None

    def acquire(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while not self._try():
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL)
        return True

    def _try(self) -> bool:
        with self._guard:
            if self._held == 0:
                self._connection = self._locked()
            self._held += self._connection is not None
            return self._connection is not None

    def _locked(self) -> Connection | None:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        got = False
        try:
            got = bool(connection.scalar(sql.select(sql.func.pg_try_advisory_lock(self._key))))
            for name, value in _KEEPALIVE.items() if got else ():
                connection.execute(sql.text(f"SET {name} = {value}"))
        finally:
            if not got:
                connection.close()
        return connection if got else None

    def release(self) -> None:
        with self._guard:
            self._held -= 1
            if self._held or self._connection is None:
                return
            connection, self._connection = self._connection, None
            with connection, contextlib.suppress(AssistantError):  # broken meanwhile: then the lock is gone already
                connection.execute(sql.select(sql.func.pg_advisory_unlock(self._key)))
