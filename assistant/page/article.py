"""An article as HTML, with a quote marked."""

from __future__ import annotations

from assistant.page.markup import link, origin, paragraphs, problem, text
from corpus.types import Article

# An article may be a book: the browser gets what a person can read of it, no more.
_ARTICLE = 100_000  # characters on each side of the quote
# Lines of a text that breaks them at one width are shorter; where one is longer, a line is a paragraph.
_WRAPPED = 100


def panel(article: Article, start: int, end: int, opening: int) -> str:
    """The article with its characters from `start` to `end` marked. `opening` tells one opening from the next."""
    body = article.text
    first, last = max(0, start - _ARTICLE), min(len(body), end + _ARTICLE)
    shown = paragraphs if any(len(line) > _WRAPPED for line in body.split("\n")) else text
    source = link(article.url, "Original")
    return _panel(
        article.title,
        origin(article) + (f" · {source}" if source else ""),
        ('<p class="cut">The beginning is not shown.</p>' if first else "")
        + f"{shown(body[first:start])}<mark>{shown(body[start:end])}</mark>{shown(body[end:last])}"
        + ('<p class="cut">The rest is not shown.</p>' if last < len(body) else ""),
        opening,
    )


def closed_panel(told: str, opening: int) -> str:
    """The panel when an article cannot be shown, and why."""
    return _panel("The article cannot be shown", "", problem(told), opening)


def _panel(title: str, origin: str, body: str, opening: int) -> str:
    return (
        f'<aside class="article" aria-label="Article" data-opening="{opening}"><header>'
        f'<div class="about"><h2 tabindex="-1" dir="auto">{text(title)}</h2><p class="origin">{origin}</p></div>'
        '<button type="button" class="close" data-event="close" aria-label="Close the article">✕</button></header>'
        f'<div class="text" tabindex="0" role="region" aria-label="Text of the article" dir="auto">{body}</div></aside>'
    )
