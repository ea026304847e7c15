"""The Chat tab: questions, their answers, and the article beside them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.events import Dependency

from assistant.answers import Citation
from assistant.page import article, render
from assistant.page.answering import partials
from assistant.page.options import Chosen, Options
from assistant.page.parts import QUIET, UNFORESEEN, sent, static, tell_begun
from assistant.page.suggest import suggest
from assistant.page.turns import Turn, Turns
from corpus.errors import AssistantError
from corpus.types import Passage

if TYPE_CHECKING:
    from assistant import Assistant

# Opening an article reads one record, and must not wait behind answers.
_OPENING = 16
# Steps of answers at once: more than answers, since a step goes on for a while when its answer has been stopped.
_STEPS = 32
# The newest articles, from which suggested questions are taken.
_SUGGESTED_FROM = 12
_BOUNDS = ("since", "until", "source", "as_of")


@dataclass(frozen=True, slots=True)
class Talk:
    """The parts of the chat that other parts of the page work with: its turns and their name, where they are shown, the
    article beside them, what is being edited, and the events that answer.
    """

    turns: gr.State
    identity: gr.State
    conversation: gr.HTML
    panel: gr.HTML
    editing: gr.HTML
    answering: list[Dependency]


def build(page: gr.Blocks, assistant: Assistant, fresh: gr.Button, options: Options, *, changes: bool) -> Talk:
    """The tab's components and what happens between them, in the Blocks that are being built.

    With `changes`, whoever finds no articles is sent to the Library to add some.
    """
    do = _Handlers(assistant, options, changes)
    turns, identity = gr.State(()), gr.State("")
    with gr.Column(elem_id="chat"):
        conversation = gr.HTML(elem_id="conversation", apply_default_css=False, js_on_load=static("chat.js"))
        with gr.Column(elem_id="composer", scale=0):
            editing = gr.HTML(elem_id="editing", apply_default_css=False, js_on_load=static("editing.js"))
            box = gr.Textbox(
                placeholder="Ask the articles", label="Question", lines=1, max_lines=6,
                show_label=False, container=False, autofocus=True,
            )  # fmt: skip
            with gr.Row(elem_id="tools"):
                filters = gr.HTML(
                    {}, html_template=static("filters.html"), js_on_load=static("filters.js"), elem_id="filters",
                    apply_default_css=False, outlets=[],
                )  # fmt: skip
                send = gr.Button("Ask", variant="primary", scale=0, min_width=72, elem_id="send")
                stop = gr.Button("Stop", scale=0, min_width=72, elem_id="stop")
    panel = gr.HTML(elem_id="panel", apply_default_css=False, js_on_load=static("article.js"))

    asked = gr.on(
        [box.submit, send.click, conversation.example_select, conversation.retry],
        do.ask, [box, turns, editing, filters, options.chosen], [box, turns, editing, conversation],
        api_visibility="private", show_progress="minimal", show_progress_on=conversation,
    )  # fmt: skip
    asked.failure(do.apologise, turns, [turns, conversation], **QUIET)
    gr.on([stop.click, conversation.stop], do.stop, None, None, queue=False, **QUIET)
    conversation.edit(do.edit, turns, [box, editing], **QUIET)
    editing.clear(lambda: ("", ""), None, [box, editing], **QUIET)
    gr.on([conversation.select, panel.select], do.open, turns, panel, concurrency_limit=_OPENING, **QUIET)
    begins = gr.on(
        [page.load, fresh.click], do.start, None, [turns, identity, conversation, panel, editing, filters],
        cancels=[asked], **QUIET,
    )  # fmt: skip
    tell_begun(begins)
    return Talk(turns, identity, conversation, panel, editing, [asked])


class _Handlers:
    """What the events of the page do. The browser is not trusted: it sends positions, and they are looked up here."""

    def __init__(self, assistant: Assistant, options: Options, changes: bool) -> None:
        self._assistant, self._options, self._changes = assistant, options, changes
        self._articles = 0  # as many as there were when the page was last opened
        self._openings = count(1)
        self._threads = ThreadPoolExecutor(_STEPS, thread_name_prefix="answering")
        self._stops: dict[str | None, asyncio.Event] = {}  # by session, of the answers under way

    def start(self) -> tuple[Turns, str, str, str, str, Any]:
        identity = secrets.token_hex(8)
        try:
            listing, outlets = self._assistant.listing(limit=_SUGGESTED_FROM), self._assistant.outlets()
            newest = [self._assistant.article(each.id) for each in listing.articles]
        except AssistantError as error:
            return (), identity, render.conversation([Turn("", problem=str(error), done=True)]), "", "", gr.skip()
        self._articles = listing.total
        welcome = render.welcome(listing.total, suggest(newest), changes=self._changes)
        return (), identity, welcome, "", "", gr.HTML(outlets=outlets)

    async def ask(
        self,
        typed: str,
        turns: Turns,
        editing: str,
        filters: object,
        chosen: Chosen,
        event: gr.EventData,
        request: gr.Request,
    ) -> AsyncIterator[tuple[Any, Turns, Any, str]]:
        told = sent(event)
        box, again = gr.skip(), told.get("event") == "retry" and turns
        if again:
            question, turns = turns[-1].question, turns[:-1]
        elif "question" in told:
            question = str(told["question"])
        else:
            question, box = typed, ""
            turns = turns[:-1] if editing else turns
        strip: Any = gr.skip() if again else ""
        stopped = self._stops[request.session_hash] = asyncio.Event()
        try:
            async for turn in self._answer(question, turns, _bounds(filters), chosen, stopped):
                yield box, (*turns, turn), strip, render.conversation((*turns, turn), self._articles)
                box = strip = gr.skip()  # the next question may be in the making
        finally:
            if self._stops.get(request.session_hash) is stopped:
                del self._stops[request.session_hash]

    async def _answer(
        self, question: str, before: Turns, bounds: dict[str, str], chosen: Chosen, stopped: asyncio.Event
    ) -> AsyncIterator[Turn]:
        turn = Turn(question, bounds=bounds)
        yield turn
        try:
            stream = self._options.assistant(chosen).stream(question, history=_history(before), **bounds)
            async for answer in partials(stream, stopped, self._threads):
                turn = replace(turn, answer=answer)
                yield turn
        except AssistantError as error:
            yield replace(turn, problem=str(error), done=True)
        else:
            yield replace(turn, stopped=turn.answer is None or turn.answer.stage is not None, done=True)

    async def stop(self, request: gr.Request) -> None:
        if stopped := self._stops.get(request.session_hash):
            stopped.set()

    def edit(self, turns: Turns) -> tuple[Any, Any]:
        return (turns[-1].question, render.editing()) if turns else (gr.skip(), gr.skip())

    def apologise(self, turns: Turns) -> tuple[Any, Any]:
        if not turns or turns[-1].done:  # an answer that a new chat has ended, which Gradio takes for a failure
            return gr.skip(), gr.skip()
        turns = (*turns[:-1], replace(turns[-1], problem=UNFORESEEN, done=True))
        return turns, render.conversation(turns)

    def open(self, turns: Turns, event: gr.EventData) -> str:
        opening = next(self._openings)
        try:
            span, place = _found(turns, sent(event))
            opened = self._assistant.article(span.article_id, version=span.version)
        except AssistantError as error:
            return article.closed_panel(str(error), opening)
        return article.panel(opened, span.start, span.end, opening, place)


def _bounds(filters: object) -> dict[str, str]:
    """The bounds that are set, as options of `Assistant.stream`."""
    known = filters if isinstance(filters, dict) else {}
    return {name: str(known[name]).strip() for name in _BOUNDS if str(known.get(name) or "").strip()}


def _found(turns: Turns, told: dict[str, Any]) -> tuple[Citation | Passage, article.Place | None]:
    """The citation or passage that a button stands for, and a citation's place among those of its answer."""
    try:
        turn = int(told["turn"])
        answer = turns[turn].answer
        if answer and "marker" in told:
            marker = int(told["marker"])
            markers = tuple(citation.marker for citation in answer.citations)
            return answer.citations[markers.index(marker)], article.Place(turn, marker, markers)
        if answer:
            return answer.passages[int(told["passage"])], None
    except (KeyError, ValueError, TypeError, IndexError):
        pass
    raise AssistantError("This conversation is no longer known to the server. Ask again, and open the citation there.")


def _history(turns: Turns) -> list[dict[str, str]]:
    messages = []
    for turn in turns:
        if turn.answer is None or not turn.answer.text:
            continue
        messages.append({"role": "user", "content": turn.question})
        messages.append({"role": "assistant", "content": turn.answer.text})
    return messages
