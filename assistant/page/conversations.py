"""The conversations that the browser keeps: their list, opening one again, taking one away, and rating answers.

They lie in the browser's localStorage, an entry each, written by `conversations.js`: so they outlive the server, and
two tabs do not overwrite each other's. Gradio's own BrowserState holds one value, which the tabs would share, encrypts
it with a secret that it sends to every browser, and says nothing when there is no room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.page import export, feedback, render, saved
from assistant.page.chat import Talk
from assistant.page.markup import shortened
from assistant.page.parts import QUIET, sent, static, tell_begun
from assistant.page.turns import Turn, Turns
from corpus.errors import AssistantError

if TYPE_CHECKING:
    from assistant import Assistant

_LONGEST_TITLE, _LONGEST_NAME = 200, 40
_EXPORTS: dict[str, tuple[Callable[..., str], str, str]] = {
    "markdown": (export.as_markdown, "text/markdown", "md"),
    "json": (export.as_json, "application/json", "json"),
}


def build() -> gr.HTML:
    """The list beside the chat. What it shows the browser fills in; its value is the server's last message to it."""
    return gr.HTML(
        elem_id="conversations",
        apply_default_css=False,
        html_template=static("conversations.html"),
        js_on_load=static("conversations.js"),
    )


def wire(assistant: Assistant, listed: gr.HTML, talk: Talk) -> None:
    """What happens between the list and the chat."""
    do = _Handlers(assistant)
    shown = [talk.turns, talk.identity, talk.conversation, talk.panel, talk.editing]
    # Whatever changed what the chat shows: once it is whole, it is kept.
    talk.conversation.change(do.keep, [talk.turns, talk.identity], listed, **QUIET)
    tell_begun(listed.reopen(do.reopen, None, [*shown, listed], cancels=talk.answering, **QUIET))
    listed.export(do.export, None, listed, **QUIET)
    listed.rate(do.rate, talk.turns, [talk.turns, talk.conversation, listed], **QUIET)


class _Handlers:
    """What the events do. Each message to the browser has a number, since the same value twice would be no event."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._messages = count(1)

    def keep(self, turns: Turns, identity: str) -> Any:
        if turns and not turns[-1].done:
            return gr.skip()
        return self._message(id=identity, turns=saved.dumped(turns))

    def reopen(self, event: gr.EventData) -> tuple[Any, ...]:
        told = sent(event)
        try:
            turns = saved.loaded(str(told.get("turns")), self._text)
        except AssistantError as error:
            return *[gr.skip()] * 5, self._message(problem=str(error))
        return turns, str(told.get("id"))[:_LONGEST_NAME], render.conversation(turns), "", "", gr.skip()

    def export(self, event: gr.EventData) -> dict[str, Any]:
        told = sent(event)
        title = shortened(str(told.get("title")), _LONGEST_TITLE)
        try:
            turns = saved.loaded(str(told.get("turns")), self._text)
            made, kind, ending = _EXPORTS[str(told.get("as"))]
        except AssistantError as error:
            return self._message(problem=str(error))
        except KeyError:
            return self._message(problem="A conversation can be exported as Markdown and as JSON.")
        return self._message(file={"text": made(title, turns), "type": kind, "ending": ending})

    def rate(self, turns: Turns, event: gr.EventData) -> tuple[Any, ...]:
        told = sent(event)
        try:
            place = _place(turns, told.get("turn"))
            rated = self._rated(turns[place], told.get("rating"), str(told.get("comment") or ""))
        except AssistantError as error:
            return gr.skip(), gr.skip(), self._message(problem=str(error))
        turns = (*turns[:place], rated, *turns[place + 1 :])
        return turns, render.conversation(turns), self._message(told="Thank you. It is noted.")

    def _rated(self, turn: Turn, rating: object, comment: str) -> Turn:
        answer = turn.original or turn.answer
        if answer is None or (rating != "up" and rating != "down"):
            raise AssistantError("There is no answer there to rate.")
        if turn.rating:
            raise AssistantError("This answer was rated before.")
        feedback.write(self._assistant.settings.home, answer, rating, comment)
        return replace(turn, rating=rating)

    def _text(self, article_id: str, version: int) -> str | None:
        try:
            return self._assistant.article(article_id, version=version).text
        except AssistantError:
            return None

    def _message(self, **told: Any) -> dict[str, Any]:
        return {"number": next(self._messages), **told}


def _place(turns: Turns, said: object) -> int:
    if isinstance(said, int) and 0 <= said < len(turns):
        return said
    raise AssistantError("The server no longer knows this conversation. Open it again, and rate the answer there.")
