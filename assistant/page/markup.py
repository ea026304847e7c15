"""Untrusted text as HTML: the one place where words of articles, models and users become markup, as plain text."""

from __future__ import annotations

import re
from datetime import date
from html import escape
from urllib.parse import urlsplit

from assistant.answers import Citation
from corpus.text import normalise
from corpus.types import Article, Passage

# Up to so many days an age is told in days, up to so many in months, beyond in years.
_DAYS, _MONTHS = 60, 700

_BREAK = re.compile(r"(?<!\n)\n(?!\n)")


def text(untrusted: str) -> str:
    """The text, safe between tags and inside quoted attributes."""
    return escape(normalise(untrusted))


def paragraphs(untrusted: str) -> str:
    """Text of which each line is a paragraph, with air between them that is no part of the text."""
    return _BREAK.sub('\n<span class="gap"></span>', text(untrusted))


def shortened(untrusted: str, limit: int) -> str:
    """At most `limit` characters, cut at a space where there is one; not escaped yet."""
    untrusted = untrusted.strip()
    if len(untrusted) <= limit:
        return untrusted
    return untrusted[:limit].rsplit(None, 1)[0] + " …"


def day(published: str | None) -> str:
    """An ISO date or time as a person writes the day; what is neither stays as it is. Not escaped yet."""
    if published is None:
        return "undated"
    try:
        found = date.fromisoformat(published[:10])
    except ValueError:
        return published
    return f"{found.day} {found:%B} {found.year}"


def age(published: str | None, as_of: str) -> str:
    """How long before the day of the question something was published; nothing when that cannot be told."""
    try:
        days = (date.fromisoformat(as_of[:10]) - date.fromisoformat((published or "")[:10])).days
    except ValueError:
        return ""
    if days < 0:
        return ""
    if days == 0:
        return "the same day"
    if days <= _DAYS:
        return f"{days} day{'s' if days > 1 else ''} before"
    if days <= _MONTHS:
        return f"{round(days / 30.44)} months before"
    return f"{round(days / 365.25)} years before"


def link(url: str | None, label: str) -> str:
    """A link that tells the other side nothing, or nothing at all when the URL may not become one."""
    if url is None or not is_web_address(url):
        return ""
    return f'<a href="{text(url)}" target="_blank" rel="noopener noreferrer nofollow">{text(label)}</a>'


def is_web_address(url: str) -> bool:
    """Whether a URL may become a link: http or https, with a host, and nothing that a browser would strip or guess."""
    if any(character.isspace() or not character.isprintable() for character in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def origin(item: Article | Citation | Passage) -> str:
    """Outlet and day."""
    outlet = f"<bdi>{text(item.source)}</bdi> · " if item.source else ""
    return outlet + text(day(item.published))


def problem(told: str) -> str:
    """What went wrong, in whole sentences."""
    return f'<p class="problem" role="alert">{text(told)}</p>'
