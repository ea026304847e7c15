"""The Evaluate tab: a pasted question set, and its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr

from assistant.page.markup import problem, text
from assistant.page.parts import QUIET, UNFORESEEN
from corpus.errors import AssistantError
from evals import pasted

if TYPE_CHECKING:
    from assistant import Assistant

_EXAMPLES = """{"question": "Who leads the talks?", "answers": ["Anna Berg"]}

or

question,answers
Who leads the talks?,Anna Berg"""
# Gradio gives a function that has one among its defaults a tracker of its own for every call.
_PROGRESS = gr.Progress()
_SHOW_REPORT = "() => { document.querySelector('#report iframe')?.scrollIntoView({ behavior: 'smooth' }); }"


def build(assistant: Assistant) -> None:
    """The tab's components and what happens between them, in the Blocks that are being built."""

    def evaluate(typed: str, progress: gr.Progress = _PROGRESS) -> str:
        try:
            return _report(pasted.report(assistant, typed, lambda *done: progress(done, unit="questions")))
        except AssistantError as error:
            return problem(str(error))

    with gr.Column(elem_id="evaluate"):
        gr.HTML(_about(pasted.MOST), apply_default_css=False)
        box = gr.Textbox(
            placeholder=_EXAMPLES, label="Question set", lines=6, max_lines=14, container=False, autoscroll=False
        )
        start = gr.Button("Run", variant="primary", scale=0, elem_id="run")
        report = gr.HTML(elem_id="report", apply_default_css=False)
    # One at a time, in a queue of its own: whoever chats must not wait behind a whole set.
    ran = start.click(evaluate, box, report, concurrency_limit=1, concurrency_id="evaluate", api_visibility="private")
    ran.success(None, js=_SHOW_REPORT)
    ran.failure(lambda: problem(UNFORESEEN), None, report, **QUIET)


def _about(most: int) -> str:
    """What the evaluation is, and what it takes."""
    return (
        '<section class="evaluation"><h2>Evaluate with your own questions</h2>'
        "<p>Paste questions with their answers, as lines of JSON or as CSV. "
        f"At most {most} are asked here; the command <code>assistant eval</code> takes any number.</p></section>"
    )


def _report(page: str) -> str:
    """An evaluation's report, a whole HTML document. It may run nothing and reach nothing of the page around it."""
    return f'<iframe title="Report of the evaluation" sandbox="" srcdoc="{text(page)}"></iframe>'
