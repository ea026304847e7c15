"""The record's database: opened, made ready, and its errors put into sentences."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sql
from sqlalchemy.engine import Connection, Engine, ExceptionContext

from corpus.errors import AssistantError
from corpus.schema import ADDED, FORMAT, info, migrate, tables

_SETTING_UP = 7_310_442_991  # the advisory lock of whoever makes the tables; any number that others are unlikely to use
_CONNECT_SECONDS = 10


def engine(url: str) -> Engine:
    """Connections to a database. Whatever ails it, whenever that shows, is an `AssistantError`."""
    try:
        made = sql.engine.make_url(url)
        if made.get_backend_name() == "postgresql":
            # A connection that the server dropped (it was restarted) is noticed when it is taken from the pool.
            arguments = {"connect_timeout": _CONNECT_SECONDS} if "connect_timeout" not in made.query else {}
            found = sql.create_engine(made, pool_pre_ping=True, connect_args=arguments)
        else:
            found = sql.create_engine(made)
    except (sql.exc.ArgumentError, ImportError) as error:
        raise AssistantError(
            f"ASSISTANT_DATABASE_URL cannot be used ({error}). Write it as SQLAlchemy does, for example "
            "postgresql+psycopg://user@host/name, and install the driver: pip install 'news-assistant[postgresql]'"
        ) from error
    if found.dialect.name == "sqlite":
        sql.event.listen(found, "connect", _configure_sqlite)
    sql.event.listen(found, "handle_error", lambda context: _told(found, context), retval=True)
    return found


def _configure_sqlite(connection: Any, _: object) -> None:
    # SQLite's own knows ASCII alone, where other databases and Python know every alphabet.
    connection.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)
    # WAL lets readers read while one writes; FULL makes a commit survive a power cut too.
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _told(database: Engine, context: ExceptionContext) -> BaseException | None:
    """What the machine or its user can do something about, in a sentence; anything else is a bug, and stays one."""
    kind = type(context.sqlalchemy_exception)
    if kind not in (sql.exc.OperationalError, sql.exc.InterfaceError, sql.exc.DatabaseError):
        return None
    reason = " ".join(str(context.original_exception).split()).rstrip(".")
    return AssistantError(
        f"The record at {database.url.render_as_string()} cannot be used: {reason}. "
        "What was stored is safe. Check that the place (ASSISTANT_HOME, ASSISTANT_DATABASE_URL) is there, has room and "
        "can be written, then try again."
    )


def prepare(database: Engine) -> None:
    """Make the tables that a new or older record lacks. Raises `AssistantError` for one of an unknown format."""
    if not _is_ready(database):
        with database.begin() as connection:
            # Of two processes that come first at once, one makes the tables and the other finds them made.
            if database.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            elif database.dialect.name == "postgresql":
                connection.execute(sql.select(sql.func.pg_advisory_xact_lock(_SETTING_UP)))
            tables.create_all(connection)
            _initialise(connection)


def _is_ready(database: Engine) -> bool:
    with database.connect() as connection:
        if set(tables.tables) - set(sql.inspect(connection).get_table_names()):
            return False
        return connection.scalar(sql.select(info.c.value).where(info.c.key == "format")) == FORMAT


def _initialise(connection: Connection) -> None:
    found = connection.scalar(sql.select(info.c.value).where(info.c.key == "format"))
    if found is None:
        values = {"format": FORMAT, "corpus_id": uuid.uuid4().hex, "change": "0"}
        connection.execute(sql.insert(info), [{"key": key, "value": value} for key, value in values.items()])
    elif found in ADDED:
        migrate(connection)
    elif found != FORMAT:
        raise AssistantError(
            f"This corpus has format {found}, and this version of the assistant reads format {FORMAT}. "
            "Use the version that made it, or ingest the articles into a new ASSISTANT_HOME."
        )
