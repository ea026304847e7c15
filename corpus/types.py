"""Articles and passages. All offsets are in characters (Python `str` indices) of the article's text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """One version of an article, as stored. `published` is an ISO date, or an ISO time with its zone.

    `dated_by` says what told that date: metadata, json-ld, feed, url, dateline, or created (the day its file was made).
    `language` is an ISO 639 code. Both are None in a corpus of an older format until the article is ingested again.
    """

    id: str
    version: int
    title: str
    source: str | None
    url: str | None
    published: str | None
    text: str
    author: str | None = None
    dated_by: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """Another article that carries the same text as a passage."""

    article_id: str
    source: str | None
    url: str | None
    published: str | None


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of whole sentences: `text == article.text[start:end]`. A higher score is better."""

    article_id: str
    version: int
    title: str
    source: str | None
    url: str | None
    published: str | None
    start: int
    end: int
    text: str
    score: float = 0.0
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which articles count (seconds since 1970): not after `as_of`, dated `since` to `until`, of one outlet."""

    since: float | None = None
    until: float | None = None
    as_of: float | None = None
    source: str | None = None
