"""Articles and passages. All offsets are in characters (Python `str` indices) of the article's text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """One version of an article, as stored. `published` is an ISO date, or an ISO time with its zone."""

    id: str
    version: int
    title: str
    source: str | None
    url: str | None
    published: str | None
    text: str


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
