"""What is known about an article besides its text: title, outlet, link. Taken where stated, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import yaml

from corpus.text import is_boilerplate, sentences
from ingest.dateline import stated_date, wire_agency

TITLE_MAX, _OPENING_MAX = 300, 100  # characters
_HEAD_CHARACTERS = 4000  # in which a headline is looked for
_HEADLINE_WORDS = range(3, 26)
_FRONT_MATTER = re.compile(r"\s*---[^\S\n]*\n(.{0,65536}?)\n(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL)
# The names that front matter and tables give to what they state.
FIELD_NAMES = {
    "id": ("id",),
    "title": ("title", "headline"),
    "source": ("source", "outlet", "publisher", "sitename", "site_name"),
    "url": ("url", "canonical_url", "canonical", "link"),
    "author": ("author", "byline"),
    "language": ("language", "lang"),
    "published": ("published", "date", "published_at", "publish_date", "pubdate", "datepublished"),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Given:
    """An article as a file states it, normalised; what is None is left to be found in the text.

    `dated_by` says where `published` was found (see `ingest.published`), `created` when the file was made, for want of
    anything better; `version` is set in what was exported from a corpus.
    """

    text: str
    id: str | None = None
    title: str | None = None
    source: str | None = None
    url: str | None = None
    author: str | None = None
    published: str | None = None
    dated_by: str | None = None
    created: str | None = None
    language: str | None = None
    version: int | None = None


def one_line(text: str) -> str:
    """`text` as a title can be shown: one line, no control characters, at most `TITLE_MAX` characters."""
    line = " ".join(_CONTROL.sub(" ", text).split())
    return line if len(line) <= TITLE_MAX else line[: TITLE_MAX - 1].rstrip() + "…"


def front_matter(text: str) -> Given:
    """Splits YAML front matter from the body; a text without it, or with a broken one, is all body."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return Given(text)
    try:
        # The base loader leaves every value a string; the safe one makes dates of dates and a number of `title: 1984`.
        values = yaml.load(match[1], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return Given(text)
    if not isinstance(values, dict):
        return Given(text)
    stated = {key.lower(): value for key, value in values.items() if isinstance(key, str)}
    found: dict[str, Any] = {}
    for field, keys in FIELD_NAMES.items():
        candidates = (stated.get(key) for key in keys)
        value = next((value for value in candidates if isinstance(value, str) and value.strip()), None)
        if value:
            found[field] = value.strip()
    # Web clippers write the page's address as its source.
    if "://" in found.get("source", ""):
        found.setdefault("url", found.pop("source"))
    found["published"] = stated_date(found.get("published", "")) or ""
    return replace(Given(text[match.end() :]), **{field: value for field, value in found.items() if value})


# Titles

_BYLINE = re.compile(
    r"By [A-Z]|Story by |Special (?:for|to) |(?:The )?Associated Press$|.*\bwire reports$"
    r"|(?i:(?:published|posted|(?:last )?updated|written|reporting)(?::| on | at | by | \d))"
)
_LIST_NUMBER = re.compile(r"\d{1,3}[.)]\s")
_HEADING = re.compile(r"#{1,6}")
_NAMES = re.compile(
    r"(?:[A-Z][\w.'\u2019-]*,? )+and [A-Z][\w.'\u2019-]*(?:,? [A-Z][\w.'\u2019-]*)*"
)  # "Jane Doe and John Roe"
_LEAD_IN = (":", "-", "\u2013", "\u2014")  # "Key Takeaways:", "LONDON —"
_SENTENCE_END = (".", "!", ";", ",", "…", '."', ".”", ".\u2019", ".)")


def headline(text: str) -> str | None:
    """The headline of a text: its first heading, else the line above its first paragraph that reads like a title.

    None when the text begins with its first paragraph. A question may be a headline; a list item, a line that ends in
    a colon ("Key Takeaways:"), a byline and a date are none.
    """
    top = text[:_HEAD_CHARACTERS]
    for start, end in sentences(top):
        mark = top[top.rfind("\n", 0, start) + 1 : start].strip()
        line, rest = one_line(top[start:end]), top[end:].partition("\n")[0].strip()
        if _HEADING.fullmatch(mark):
            return one_line(f"{line} {rest}").strip("#*_ ") or None
        if mark or _LIST_NUMBER.match(top, start):
            continue
        if rest:  # the first of several sentences opens a paragraph
            return None
        words = len(line.split())
        if words < _HEADLINE_WORDS.start or line.endswith(_LEAD_IN) or _is_furniture(line):
            continue
        if words not in _HEADLINE_WORDS or line.endswith(_SENTENCE_END):
            return None
        return line.strip("*_ ")
    return None


def opening(text: str) -> str:
    """The first words of a text, for an article that has no title."""
    line = one_line(text[:_HEAD_CHARACTERS])
    return line if len(line) <= _OPENING_MAX else line[: _OPENING_MAX - 1].rsplit(" ", 1)[0] + "…"


def _is_furniture(line: str) -> bool:
    known = _BYLINE.match(line) or _NAMES.fullmatch(line) or stated_date(line)
    return bool(known) or is_boilerplate(line)


# Links

# Parameters that say how a reader came, none that says what is read. A list of names and not courlan's patterns, which
# also drop `?12345`, `?gallery=3` and `?eid=3`: two articles under one address would become one.
_TRACKING = re.compile(
    r"utm_\w+|at_(?:medium|campaign|custom\d)|(?:fb|g|d|y|tt|tw|ms|wb|gb)cl(?:id|kid|src)|gbraid|wbraid|igshid?|mc_[ce]id"
    r"|_hs(?:enc|mi)|mkt_tok|ref_(?:src|url)|cmpid|ocid|smid|ns_(?:campaign|mchannel|source)",
    re.IGNORECASE,
)


def canonical_url(url: str) -> str | None:
    """The link without tracking parameters, fragment and user name, host in lower case; None unless http or https."""
    url = url.strip()
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https") or not parts.hostname:
        return None
    host = parts.netloc.rpartition("@")[2].lower().removesuffix(":80" if scheme == "http" else ":443")
    query = "&".join(pair for pair in parts.query.split("&") if not _TRACKING.fullmatch(pair.partition("=")[0]))
    # "#!/story/1" and "#/story/1" are the addresses of pages; any other fragment is a place on the page.
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    return urlunsplit((scheme, host, parts.path or "/", query, fragment))


def outlet(source: str | None, url: str | None, text: str) -> str | None:
    """Who published it: the name given, else the link's host, else the wire agency of the dateline."""
    stated = canonical_url(source) if source and "://" in source else None
    if source and not stated and one_line(source):
        return one_line(source)
    link = stated or url
    if link:
        return (urlsplit(link).hostname or "").removeprefix("www.") or None
    return wire_agency(text)
