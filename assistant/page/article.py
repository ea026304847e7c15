"""An article as HTML, with a quote marked."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from assistant.page.markup import link, origin, paragraphs, problem, text
from corpus.types import Article

# An article may be a book: the browser gets what a person can read of it, no more.
_ARTICLE = 100_000  # characters on each side of the quote
# Lines of a text that breaks them at one width are shorter; where one is longer, a line is a paragraph.
_WRAPPED = 100
# A browser finds a text only within one paragraph; of a longer one it is told the words at both ends.
_EXACT = 120  # characters
_ENDS = 5  # words


@dataclass(frozen=True, slots=True)
class Place:
    """Which citation of which turn is open, by its place among the turn's `markers`."""

    turn: int
    marker: int
    markers: tuple[int, ...]


def panel(article: Article, start: int, end: int, opening: int, place: Place | None = None) -> str:
    """The article with its characters from `start` to `end` marked. `opening` tells one opening from the next."""
    body = article.text
    first, last = max(0, start - _ARTICLE), min(len(body), end + _ARTICLE)
    shown = paragraphs if any(len(line) > _WRAPPED for line in body.split("\n")) else text
    source = link(article.url and deep(article.url, body[start:end]), "Original, at the quote")
    return _panel(
        article.title,
        origin(article) + (f" · {source}" if source else ""),
        ('<p class="cut">The beginning is not shown.</p>' if first else "")
        + f"{shown(body[first:start])}<mark>{shown(body[start:end])}</mark>{shown(body[end:last])}"
        + ('<p class="cut">The rest is not shown.</p>' if last < len(body) else ""),
        opening,
        _steps(place) if place and len(place.markers) > 1 else "",
    )


def deep(url: str, words: str) -> str:
    """The URL with a text fragment, by which a browser opens the page at these words.

    https://wicg.github.io/scroll-to-text-fragment/
    """
    said = words.split()
    if not said:
        return url
    exact = " ".join(said)
    if len(exact) > _EXACT and len(said) > 2 * _ENDS:
        found = f"{_encoded(' '.join(said[:_ENDS]))},{_encoded(' '.join(said[-_ENDS:]))}"
    else:
        found = _encoded(exact)
    page = url.split(":~:")[0]
    return f"{page}{'' if '#' in page else '#'}:~:text={found}"


def _encoded(words: str) -> str:
    # A hyphen would mean that what comes before or after the text is given, too; Python leaves it as it is.
    return quote(words, safe="").replace("-", "%2D")


def _steps(place: Place) -> str:
    """Buttons to the citations before and after, round and round."""
    at, count = place.markers.index(place.marker), len(place.markers)

    def button(label: str, sign: str, by: int) -> str:
        marker = place.markers[(at + by) % count]
        return (
            f'<button type="button" data-event="select" data-turn="{place.turn}" data-marker="{marker}" '
            f'aria-label="{label} citation">{sign}</button>'
        )

    return (
        f'<p class="steps">{button("Previous", "‹", -1)}<span role="status" aria-label="Citation {at + 1} of {count}">'
        f"{at + 1} of {count}</span>{button('Next', '›', 1)}</p>"
    )


def closed_panel(told: str, opening: int) -> str:
    """The panel when an article cannot be shown, and why."""
    return _panel("The article cannot be shown", "", problem(told), opening)


def _panel(title: str, origin: str, body: str, opening: int, steps: str = "") -> str:
    return (
        f'<aside class="article" aria-label="Article" data-opening="{opening}"><header>'
        f'<div class="about"><h2 tabindex="-1" dir="auto">{text(title)}</h2><p class="origin">{origin}</p></div>'
        f'<div class="tools">{steps}<button type="button" class="close" data-event="close" '
        'aria-label="Close the article">✕</button></div></header>'
        f'<div class="text" tabindex="0" role="region" aria-label="Text of the article" dir="auto">{body}</div></aside>'
    )
