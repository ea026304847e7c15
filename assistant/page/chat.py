"""The Chat tab: questions, their answers, and the article beside them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.answers import Answer, Citation
from assistant.page import article, render
from assistant.page.parts import QUIET, UNFORESEEN, static
from assistant.page.suggest import suggest
from assistant.page.turns import Turn
from corpus.errors import AssistantError
from corpus.types import Passage

if TYPE_CHECKING:
    from assistant import Assistant

# Opening an article reads one record, and must not wait behind answers.
_OPENING = 16
# The newest articles, from which suggested questions are taken.
_SUGGESTED_FROM = 4

_Turns = tuple[Turn, ...]


def build(page: gr.Blocks, assistant: Assistant, fresh: gr.Button) -> None:
    """The tab's components and what happens between them, in the Blocks that are being built."""
    do = _Handlers(assistant)
    turns = gr.State(())
    with gr.Column(elem_id="chat"):
        conversation = gr.HTML(elem_id="conversation", apply_default_css=False, js_on_load=static("chat.js"))
        with gr.Row(elem_id="composer"):
            box = gr.Textbox(
                placeholder="Ask the articles", label="Question", lines=1, max_lines=6,
                show_label=False, container=False, autofocus=True, scale=1,
            )  # fmt: skip
            send = gr.Button("Ask", variant="primary", scale=0, min_width=72)
    panel = gr.HTML(elem_id="panel", apply_default_css=False, js_on_load=static("article.js"))

    asked = gr.on(
        [box.submit, send.click, conversation.example_select],
        do.ask, [box, turns], [box, turns, conversation],
        api_visibility="private", show_progress="minimal", show_progress_on=conversation,
    )  # fmt: skip
    asked.failure(do.apologise, turns, [turns, conversation], **QUIET)
    conversation.select(do.open, turns, panel, concurrency_limit=_OPENING, **QUIET)
    gr.on([page.load, fresh.click], do.start, None, [turns, conversation, panel], cancels=[asked], **QUIET)


class _Handlers:
    """What the events of the page do. The browser is not trusted: it sends positions, and they are looked up here."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._openings = count(1)

    def start(self) -> tuple[_Turns, str, str]:
        try:
            listed = self._assistant.articles()
            newest = [self._assistant.article(each.id) for each in listed[:_SUGGESTED_FROM]]
        except AssistantError as error:
            return (), render.conversation([Turn("", problem=str(error), done=True)]), ""
        return (), render.welcome(len(listed), suggest(newest)), ""

    def ask(self, typed: str, turns: _Turns, event: gr.EventData) -> Iterator[tuple[Any, _Turns, str]]:
        suggested = _sent(event).get("question")
        box = gr.skip() if suggested else ""
        for turn in self._answer(str(suggested or typed), turns):
            yield box, (*turns, turn), render.conversation((*turns, turn))
            box = gr.skip()  # the next question may be in the making

    def _answer(self, question: str, turns: _Turns) -> Iterator[Turn]:
        yield Turn(question)
        answer: Answer | None = None
        try:
            for answer in self._assistant.stream(question, history=_history(turns)):
                yield Turn(question, answer)
        except AssistantError as error:
            yield Turn(question, answer, problem=str(error), done=True)
        else:
            yield Turn(question, answer, done=True)

    def apologise(self, turns: _Turns) -> tuple[Any, Any]:
        if not turns or turns[-1].done:  # an answer that a new chat has ended, which Gradio takes for a failure
            return gr.skip(), gr.skip()
        turns = (*turns[:-1], Turn(turns[-1].question, turns[-1].answer, UNFORESEEN, done=True))
        return turns, render.conversation(turns)

    def open(self, turns: _Turns, event: gr.EventData) -> str:
        opening = next(self._openings)
        try:
            span = _span(turns, _sent(event))
            opened = self._assistant.article(span.article_id, version=span.version)
        except AssistantError as error:
            return article.closed_panel(str(error), opening)
        return article.panel(opened, span.start, span.end, opening)


def _sent(event: gr.EventData) -> dict[str, Any]:
    data = event._data
    return data if isinstance(data, dict) else {}


def _span(turns: _Turns, sent: dict[str, Any]) -> Citation | Passage:
    """The citation or passage that a button stands for."""
    try:
        answer = turns[int(sent["turn"])].answer
        if answer and "marker" in sent:
            return next(citation for citation in answer.citations if citation.marker == int(sent["marker"]))
        if answer:
            return answer.passages[int(sent["passage"])]
    except (KeyError, ValueError, TypeError, IndexError, StopIteration):
        pass
    raise AssistantError("This conversation is no longer known to the server. Ask again, and open the citation there.")


def _history(turns: _Turns) -> list[dict[str, str]]:
    messages = []
    for turn in turns:
        if turn.answer is None:
            continue
        messages.append({"role": "user", "content": turn.question})
        messages.append({"role": "assistant", "content": turn.answer.text})
    return messages
