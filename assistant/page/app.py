"""The page as a whole: its tabs, its look, and the application that serves it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import gradio as gr
from fastapi import FastAPI

from assistant.page import chat, conversations, evaluate, health, library, server, signin, uploads
from assistant.page.auth import Sessions
from assistant.page.guard import Guard, is_this_machine
from assistant.page.options import Options
from assistant.page.parts import static
from assistant.page.policy import Policy
from assistant.page.programs import endpoints, mcp_server, openai_api
from assistant.page.programs.line import Line
from assistant.page.serving import Serving

if TYPE_CHECKING:
    from assistant import Assistant

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
# Visits whose conversation the server remembers, at about 90 KiB each; the browser keeps conversations for itself.
_SESSIONS = 1_000
_SIGN_OUT = '<form method="post" action="logout"><button>Sign out</button></form>'


def serve(assistant: Assistant, *, host: str = "127.0.0.1", port: int = 7860, options: Serving | None = None) -> None:
    """Serves the page until the process is stopped (Ctrl-C or SIGTERM); port 0 takes a free one.

    Without `options`, visitors may add and remove articles where only this machine reaches the page. Raises
    `AssistantError` when the address cannot be had.
    """
    # Before anything else sets up a log of its own kind.
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    server.run(application(assistant, options or Serving(changes=is_this_machine(host))), host, port)


def application(assistant: Assistant, options: Serving | None = None) -> FastAPI:
    """The page and the doors for programs as an ASGI application, with one gate before it all.

    Nothing in it loads from elsewhere or records.
    """
    options = options or Serving()
    uploads.folder()
    max_upload = options.max_upload if options.changes else 0
    sessions, line = Sessions(), Line(options.concurrency, options.waiting)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Policy, max_upload=max_upload)
    app.add_middleware(Guard, options=options, sessions=sessions)
    app.include_router(health.router(assistant, private=options.users is not None))
    app.include_router(openai_api.router(assistant, line))
    mcp_server.mount(app, assistant, line)
    if options.users:
        app.include_router(signin.router(options.users, sessions, options.root_path))
    gr.mount_gradio_app(
        app,
        build(assistant, options),
        path="/",
        root_path=options.root_path or None,
        app_kwargs={"exception_handlers": endpoints.REFUSALS},
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


def build(assistant: Assistant, options: Serving) -> gr.Blocks:
    """The page's components and what happens between them. Its look comes with `application`."""
    page = uploads.Blocks(title="News assistant", analytics_enabled=False, fill_width=True)
    with page:
        with gr.Column(visible=False):  # first: of two functions of one name, the first has it
            endpoints.build(page, assistant, allow_ingest=options.allow_ingest)
        with gr.Row(elem_id="masthead"):
            gr.HTML("<h1>News assistant</h1>", apply_default_css=False)
            fresh = gr.Button("New chat", size="sm", scale=0, min_width=96, elem_id="fresh")
            if options.users:
                gr.HTML(_SIGN_OUT, apply_default_css=False, elem_id="sign-out")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab("Chat", elem_id="chat-tab"):
                listed, choices = conversations.build(), Options(assistant)
                talk = chat.build(page, assistant, fresh, choices, changes=options.changes)
                conversations.wire(assistant, listed, talk)
            with gr.Tab("Library", elem_id="library-tab") as tab:
                library.build(assistant, tab, changes=options.changes, max_upload=options.max_upload)
            with gr.Tab("Evaluate", elem_id="evaluate-tab"):
                evaluate.build(assistant)
    # Not `api_open`: whatever works on an answer must stand in line.
    page.state_session_capacity = _SESSIONS
    page.queue(max_size=options.waiting, default_concurrency_limit=options.concurrency, api_open=False)
    return page
