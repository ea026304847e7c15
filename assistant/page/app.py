"""The page as a whole: its tabs, its look, and the application that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gradio as gr
from fastapi import FastAPI

from assistant.page import chat, conversations, evaluate, library, options, server, uploads
from assistant.page.parts import static
from assistant.page.policy import Policy

if TYPE_CHECKING:
    from assistant import Assistant

# Answers under way at once. The models have a queue of their own, so more here would only hold memory while waiting.
_ANSWERING = 8
# Questions that may wait. At a few seconds each, whoever comes later is better told so than kept.
_WAITING = 100
MAX_UPLOAD = 20 * 2**20  # bytes of one file
# In the head, because Gradio puts what is given as `css` under a prefix, which loses the rules for the page as a whole.
_STYLES = (
    "page.css", "chat.css", "article.css", "conversations.css", "options.css", "evaluate.css", "library.css",
)  # fmt: skip
_HEAD = f"<style>{''.join(map(static, _STYLES))}</style>"
_THEME = gr.themes.Base(
    primary_hue="blue",
    neutral_hue="slate",
    text_size="md",
    font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"],
    font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
)


def serve(
    assistant: Assistant,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    changes: bool | None = None,
    max_upload: int = MAX_UPLOAD,
) -> None:
    """Serves the page until the process is stopped (Ctrl-C or SIGTERM); port 0 takes a free one.

    `changes` says whether visitors may add and remove articles, with files of up to `max_upload` bytes; by default
    they may where only this machine reaches the page. Raises `AssistantError` when the address cannot be had.
    """
    if changes is None:
        changes = host in ("127.0.0.1", "::1", "localhost")
    server.run(application(assistant, changes=changes, max_upload=max_upload), host, port)


def application(assistant: Assistant, *, changes: bool = True, max_upload: int = MAX_UPLOAD) -> FastAPI:
    """The page as an ASGI application, with nothing around it that loads from elsewhere or records.

    With `changes`, visitors may add and remove articles; an uploaded file has at most `max_upload` bytes.
    """
    max_upload = max_upload if changes else 0
    uploads.folder()
    outer = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    outer.add_middleware(Policy, max_upload=max_upload)
    app: FastAPI = gr.mount_gradio_app(
        outer,
        build(assistant, changes=changes, max_upload=max_upload),
        path="/",
        theme=_THEME,
        head=_HEAD,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        max_file_size=max_upload,
        show_error=False,
        mcp_server=False,
        ssr_mode=False,
        pwa=False,
    )
    return app


def build(assistant: Assistant, *, changes: bool, max_upload: int) -> gr.Blocks:
    """The page's components and what happens between them. Its look comes with `application`."""
    page = uploads.Blocks(title="News assistant", analytics_enabled=False, fill_width=True)
    with page:
        with gr.Row(elem_id="masthead"):
            gr.HTML("<h1>News assistant</h1>", apply_default_css=False)
            fresh = gr.Button("New chat", size="sm", scale=0, min_width=96, elem_id="fresh")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Chat", elem_id="chat-tab"):
                listed, choices = conversations.build(), options.Options(assistant)
                conversations.wire(assistant, listed, chat.build(page, assistant, fresh, choices))
            with gr.Tab("Library", elem_id="library-tab") as tab:
                library.build(assistant, tab, changes=changes, max_upload=max_upload)
            with gr.Tab("Evaluate", elem_id="evaluate-tab"):
                evaluate.build(assistant)
    page.queue(max_size=_WAITING, default_concurrency_limit=_ANSWERING)
    return page
