"""The record's tables."""

from __future__ import annotations

import sqlalchemy as sql

FORMAT = "1"

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
