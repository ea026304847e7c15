"""The record's tables."""

from __future__ import annotations

import sqlalchemy as sql
from sqlalchemy.engine import Connection

FORMAT = "2"
# Format 2 added what told an article's date, its author and language, and the ledger of what was ingested.
ADDED = {"1": ("author", "dated_by", "language")}

tables = sql.MetaData()
info = sql.Table("info", tables, sql.Column("key", sql.Text, primary_key=True), sql.Column("value", sql.Text))
articles = sql.Table(
    "articles",
    tables,
    sql.Column("id", sql.Text, primary_key=True),
    sql.Column("version", sql.Integer, primary_key=True),
    sql.Column("current", sql.Boolean, nullable=False),
    sql.Column("title", sql.Text, nullable=False),
    sql.Column("source", sql.Text),
    sql.Column("url", sql.Text),
    sql.Column("published", sql.Text),
    sql.Column("published_at", sql.Float),  # seconds since 1970
    sql.Column("text", sql.Text, nullable=False),
    sql.Column("text_hash", sql.Text, nullable=False, index=True),
    sql.Column("author", sql.Text),
    sql.Column("dated_by", sql.Text),
    sql.Column("language", sql.Text),
)
passages = sql.Table(
    "passages",
    tables,
    sql.Column("id", sql.Integer, primary_key=True),
    sql.Column("article_id", sql.Text, nullable=False, index=True),
    sql.Column("version", sql.Integer, nullable=False),
    sql.Column("start", sql.Integer, nullable=False),
    sql.Column("end", sql.Integer, nullable=False),
    sql.Column("vector", sql.LargeBinary, nullable=False),  # float16: a lost index is rebuilt without embedding again
    sql.Column("change", sql.Integer, nullable=False, index=True),
    sqlite_autoincrement=True,  # an id is never given twice, so a stale index can be recognised
)
gone = sql.Table(
    "gone",
    tables,
    sql.Column("passage_id", sql.Integer, primary_key=True, autoincrement=False),
    sql.Column("change", sql.Integer, nullable=False, index=True),
)

# The ledger: where articles came from, which failed, and what is known of addresses. No index follows it.
origins = sql.Table(
    "origins",
    tables,
    sql.Column("uri", sql.Text, primary_key=True),
    sql.Column("article_id", sql.Text, primary_key=True, index=True),
)
failures = sql.Table(
    "failures",
    tables,
    sql.Column("uri", sql.Text, primary_key=True),
    sql.Column("target", sql.Text, nullable=False),  # what was to be ingested: a file, folder, feed
    sql.Column("reason", sql.Text, nullable=False),
    sql.Column("since", sql.Text, nullable=False),  # an ISO time
    sql.Column("tries", sql.Integer, nullable=False),
)
pages = sql.Table(
    "pages",
    tables,
    sql.Column("url", sql.Text, primary_key=True),
    sql.Column("etag", sql.Text),
    sql.Column("modified", sql.Text),  # the server's Last-Modified, as it came
    sql.Column("stamp", sql.Text),  # what a feed or sitemap said of its last change
    sql.Column("checked", sql.Float, nullable=False),  # seconds since 1970
)
# Copies of one text: each article's story, and by which keys articles like it are found (`ingest.copies`). Keys of
# articles that changed or went stay behind and lead nowhere: to find them again would take an index as large.
copies = sql.Table(
    "copies",
    tables,
    sql.Column("number", sql.Integer, primary_key=True),
    sql.Column("article_id", sql.Text, nullable=False, index=True),
    sql.Column("story", sql.Text),
    sqlite_autoincrement=True,
)
bands = sql.Table(
    "bands",
    tables,
    sql.Column("key", sql.BigInteger, primary_key=True, autoincrement=False),
    sql.Column("number", sql.Integer, primary_key=True, autoincrement=False),
)


def migrate(connection: Connection) -> None:
    """Give the tables of an older format the columns they lack, in one transaction; a second process finds it done."""
    key = info.c.key == "format"
    connection.execute(sql.update(info).where(key).values(value=info.c.value))  # whoever holds the row migrates
    there = {column["name"] for column in sql.inspect(connection).get_columns("articles")}
    for name in [name for name in ADDED["1"] if name not in there]:
        connection.execute(sql.text(f"ALTER TABLE articles ADD COLUMN {name} TEXT"))
    connection.execute(sql.update(info).where(key).values(value=FORMAT))
