"""What several parts of the page share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import Dependency
from starlette.responses import JSONResponse

UNFORESEEN = "Something went wrong that was not foreseen. Try again; what it was stands in the log of the server."
# For events that are no door for programs, and over before a progress bar could be read.
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def static(name: str) -> str:
    """The text of a file in `static/`."""
    return (Path(__file__).parent / "static" / name).read_text(encoding="utf-8")


def tell_begun(event: Dependency) -> None:
    """Tell `chat.js`, once the event is over, that the chat shows what it is to show, so that questions are taken."""
    for over in (event.then, event.failure):
        over(None, js="() => { document.dispatchEvent(new Event('begun')); }")


def sent(event: gr.EventData) -> dict[str, Any]:
    """What the browser sent with an event: whatever it likes."""
    data = event._data
    return data if isinstance(data, dict) else {}


def refusal(
    status: int, message: str, code: str | None = None, *, kind: str = "invalid_request_error", **headers: str
) -> JSONResponse:
    """An error for a program, in the shape that OpenAI's clients read."""
    error = {"message": message, "type": kind, "param": None, "code": code}
    return JSONResponse({"error": error}, status_code=status, headers=headers)
