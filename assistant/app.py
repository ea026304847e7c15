"""The page, chat and evaluation: a thin layer of Gradio over the public `Assistant`. Its markup is in `render.py`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from fastapi import FastAPI

from assistant import render, server
from assistant.answers import Answer, Citation
from assistant.render import Turn
from assistant.suggest import suggest
from corpus.errors import AssistantError
from corpus.types import Passage
from evals import pasted

if TYPE_CHECKING:
    from assistant import Assistant

# Answers under way at once. The models have a queue of their own, so more here would only hold memory while waiting.
_ANSWERING = 8
# Opening an article reads one record, and must not wait behind answers.
_OPENING = 16
# Questions that may wait. At a few seconds each, whoever comes later is better told so than kept.
_WAITING = 100
# The newest articles, from which suggested questions are taken.
_SUGGESTED_FROM = 4

_SCRIPT = Path(__file__).with_name("app.js").read_text(encoding="utf-8")
# In the head, because Gradio puts what is given as `css` under a prefix, which loses the rules for the page as a whole.
_HEAD = f"<style>{Path(__file__).with_name('app.css').read_text(encoding='utf-8')}</style>"
_THEME = gr.themes.Base(
    primary_hue="blue",
    neutral_hue="slate",
    text_size="md",
    font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"],
    font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
)

_UNFORESEEN = "Something went wrong that was not foreseen. Try again; what it was stands in the log of the server."
_EXAMPLES = """{"question": "Who leads the talks?", "answers": ["Anna Berg"]}

or

question,answers
Who leads the talks?,Anna Berg"""
# Gradio gives a function that has one among its defaults a tracker of its own for every call.
_PROGRESS = gr.Progress()
_SHOW_REPORT = "() => { document.querySelector('#report iframe')?.scrollIntoView({ behavior: 'smooth' }); }"
_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

_Turns = tuple[Turn, ...]


def serve(assistant: Assistant, *, host: str = "127.0.0.1", port: int = 7860) -> None:
    """Serves the page until the process is stopped (Ctrl-C or SIGTERM); port 0 takes a free one.

    Raises `AssistantError` when the address cannot be had.
    """
    server.run(application(assistant), host, port)


def application(assistant: Assistant) -> FastAPI:
    """The page as an ASGI application, with nothing around it that loads from elsewhere, records or takes in files."""
    app: FastAPI = gr.mount_gradio_app(
        FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
        build(assistant),
        path="/",
        theme=_THEME,
        head=_HEAD,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        max_file_size=0,
        show_error=False,
        mcp_server=False,
        ssr_mode=False,
        pwa=False,
    )
    return app


def build(assistant: Assistant) -> gr.Blocks:
    """The page's components and what happens between them. Its look comes with `application`."""
    do = _Handlers(assistant)
    page = gr.Blocks(title="News assistant", analytics_enabled=False, fill_width=True)
    with page:
        with gr.Row(elem_id="masthead"):
            gr.HTML("<h1>News assistant</h1>", apply_default_css=False)
            fresh = gr.Button("New chat", size="sm", scale=0, min_width=96, elem_id="fresh")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Chat", elem_id="chat-tab"):
                _chat(page, do, fresh)
            with gr.Tab("Evaluate", elem_id="evaluate-tab"):
                _evaluate(do)
    page.queue(max_size=_WAITING, default_concurrency_limit=_ANSWERING)
    return page


def _chat(page: gr.Blocks, do: _Handlers, fresh: gr.Button) -> None:
    turns = gr.State(())
    with gr.Column(elem_id="chat"):
        conversation = gr.HTML(elem_id="conversation", apply_default_css=False, js_on_load=_SCRIPT)
        with gr.Row(elem_id="composer"):
            box = gr.Textbox(
                placeholder="Ask the articles", label="Question", lines=1, max_lines=6,
                show_label=False, container=False, autofocus=True, scale=1,
            )  # fmt: skip
            send = gr.Button("Ask", variant="primary", scale=0, min_width=72)
    panel = gr.HTML(elem_id="panel", apply_default_css=False, js_on_load=_SCRIPT)

    asked = gr.on(
        [box.submit, send.click, conversation.example_select],
        do.ask, [box, turns], [box, turns, conversation],
        api_visibility="private", show_progress="minimal", show_progress_on=conversation,
    )  # fmt: skip
    asked.failure(do.apologise, turns, [turns, conversation], **_QUIET)
    conversation.select(do.open, turns, panel, concurrency_limit=_OPENING, **_QUIET)
    gr.on([page.load, fresh.click], do.start, None, [turns, conversation, panel], cancels=[asked], **_QUIET)


def _evaluate(do: _Handlers) -> None:
    with gr.Column(elem_id="evaluate"):
        gr.HTML(render.evaluation(pasted.MOST), apply_default_css=False)
        box = gr.Textbox(
            placeholder=_EXAMPLES, label="Question set", lines=6, max_lines=14, container=False, autoscroll=False
        )
        start = gr.Button("Run", variant="primary", scale=0, elem_id="run")
        report = gr.HTML(elem_id="report", apply_default_css=False)
    # One at a time, in a queue of its own: whoever chats must not wait behind a whole set.
    ran = start.click(
        do.evaluate, box, report, concurrency_limit=1, concurrency_id="evaluate", api_visibility="private"
    )
    ran.success(None, js=_SHOW_REPORT)
    ran.failure(do.regret, None, report, **_QUIET)


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
        turns = (*turns[:-1], Turn(turns[-1].question, turns[-1].answer, _UNFORESEEN, done=True))
        return turns, render.conversation(turns)

    def open(self, turns: _Turns, event: gr.EventData) -> str:
        opening = next(self._openings)
        try:
            span = _span(turns, _sent(event))
            article = self._assistant.article(span.article_id, version=span.version)
        except AssistantError as error:
            return render.closed_panel(str(error), opening)
        return render.panel(article, span.start, span.end, opening)

    def evaluate(self, text: str, progress: gr.Progress = _PROGRESS) -> str:
        try:
            return render.report(pasted.report(self._assistant, text, lambda *done: progress(done, unit="questions")))
        except AssistantError as error:
            return render.problem(str(error))

    def regret(self) -> str:
        return render.problem(_UNFORESEEN)


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
