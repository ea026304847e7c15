"""What can be done with an answer, as buttons below it: copy it, rate it. `conversations.js` does it."""

from __future__ import annotations

from assistant.page.export import answer_as_markdown
from assistant.page.markup import text
from assistant.page.turns import Turn

_LABELS = {"up": "Good answer", "down": "Bad answer"}


def actions(number: int, turn: Turn) -> str:
    """The buttons; the text to copy is in its button, since browsers let a page copy only in the moment of a click."""
    if turn.answer is None or not turn.answer.text:
        return ""
    copied = text(answer_as_markdown(turn.answer))
    thumbs = "".join(_thumb(number, turn, rating, label) for rating, label in _LABELS.items())
    return (
        '<div class="actions" role="group" aria-label="This answer">'
        f'<button type="button" class="copy" data-turn="{number}" data-copy="{copied}">Copy</button>{thumbs}</div>'
    )


def _thumb(number: int, turn: Turn, rating: str, label: str) -> str:
    pressed = str(turn.rating == rating).lower()
    rated = " disabled" if turn.rating else ""
    return (
        f'<button type="button" class="thumb {rating}" data-rate="{rating}" data-turn="{number}" aria-label="{label}" '
        f'title="{label}" aria-pressed="{pressed}"{rated}>'
        '<svg aria-hidden="true"><use href="#thumb"></use></svg></button>'
    )
