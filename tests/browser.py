"""The page served and looked at: what tests in a real browser share. The fixtures are in `conftest.py`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from playwright.sync_api import Page, expect

from assistant import Answer, Article, Citation, Passage, Sentence, Settings
from assistant.page.app import application
from assistant.page.serving import Serving
from corpus.catalogue import Listed, Listing

ROOT = Path(__file__).parents[1]
Opener = Callable[..., AbstractContextManager[Page]]
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]  # fmt: skip
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SECONDS = 30_000  # milliseconds to wait for what takes models


class Scripted:
    """An assistant that says what it is told, when it is told, and remembers what it was asked.

    It lists its articles while `hold` is set.
    """

    def __init__(self, says: Callable[[str], Iterator[Answer]], *articles: Article) -> None:
        self.asked: list[tuple[str, list[dict[str, str]]]] = []
        self.asked_with: list[Settings] = []
        self.bounds: list[dict[str, str]] = []
        self.settings = Settings()
        self.hold = threading.Event()
        self.hold.set()
        self._says, self._articles = says, articles

    def count(self) -> int:
        return len(self._articles)

    def articles(self) -> list[Article]:
        return list(self._articles)

    def outlets(self) -> list[str]:
        return sorted({article.source for article in self._articles if article.source})

    def listing(self, search: str = "", **_: object) -> Listing:
        assert self.hold.wait(20)
        found = [article for article in self._articles if search in article.title]
        return Listing(tuple(Listed(a.id, 1, a.title, a.source, a.url, a.published, 1) for a in found), len(found))

    def article(self, article_id: str, version: int | None = None) -> Article:
        return next(article for article in self._articles if article.id == article_id)

    def with_settings(self, **changes: Any) -> Scripted:
        other = copy(self)
        other.settings = Settings(**(self.settings.model_dump() | changes))
        return other

    def stream(
        self, question: str, *, history: Sequence[dict[str, str]] = (), **bounds: str | None
    ) -> Iterator[Answer]:
        self.asked.append((question, list(history)))
        self.asked_with.append(self.settings)
        self.bounds.append({name: value for name, value in bounds.items() if value})
        return self._says(question)


ARTICLE = Article("id", 1, "A title", "An outlet", None, None, "It rained. It stopped.")
PASSAGE = Passage("id", 1, "A title", "An outlet", None, None, 0, 22, ARTICLE.text)


def said(question: str, *quotes: str) -> Answer:
    """An answer of quotes from ARTICLE."""
    starts = [ARTICLE.text.index(quote) for quote in quotes]
    return Answer(
        question, question, " ".join(f"{quote} [{n}]" for n, quote in enumerate(quotes, 1)),
        tuple(Sentence(quote, (n,), "supported", 1.0) for n, quote in enumerate(quotes, 1)),
        tuple(
            Citation(n, "id", 1, "A title", "An outlet", None, None, start, start + len(quote), quote)
            for n, (start, quote) in enumerate(zip(starts, quotes, strict=True), 1)
        ),
        (), False, 1.0, (), "scripted", None, "2025-04-08",
    )  # fmt: skip


@contextmanager
def serving(assistant: Any, options: Serving | None = None, port: int = 0, **flags: Any) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", port))
    app = application(assistant, options or Serving(**flags))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
    assert not thread.is_alive()


def environment(settings: Settings) -> dict[str, str]:
    """What a process of its own needs to use that corpus, on shared servers, and the code in this folder."""
    values = {"HOME": settings.home, "CHROMA_URL": settings.chroma_url, "DATABASE_URL": settings.database_url}
    return {**os.environ, "PYTHONPATH": str(ROOT)} | {f"ASSISTANT_{name}": str(each) for name, each in values.items()}


@contextmanager
def chat(settings: Settings) -> Iterator[str]:
    """An `assistant chat` of its own: its address."""
    command = [sys.executable, "-m", "assistant", "chat", "--port", "0"]
    page = subprocess.Popen(command, env=environment(settings), stderr=subprocess.PIPE, text=True)
    try:
        assert page.stderr is not None
        line = next(line for line in page.stderr if line.startswith("The chat page is at "))
        yield line.split()[5]
    finally:
        page.terminate()
        page.communicate(timeout=20)


def is_ours(url: str) -> bool:
    return urlsplit(url).hostname == "127.0.0.1" or urlsplit(url).scheme in ("data", "blob")


def ask(page: Page, question: str) -> None:
    page.get_by_role("textbox", name="Question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()


def finished(page: Page, turns: int = 1) -> None:
    expect(page.locator(".turn[aria-busy=false]")).to_have_count(turns, timeout=SECONDS)


def answered(page: Page, question: str) -> str:
    """The answer to a question in a chat of its own."""
    if page.locator(".turn").count():
        page.get_by_role("button", name="New chat").click()
        expect(page.locator(".turn")).to_have_count(0, timeout=SECONDS)
    page.locator(".welcome").wait_for(timeout=SECONDS)
    ask(page, question)
    finished(page)
    return page.locator(".turn").inner_text()


def stored(page: Page, turns: int) -> None:
    """Waits until a conversation of so many turns is in the browser's store."""
    page.wait_for_function(
        "count => Object.values(localStorage).some(text => JSON.parse(text).turns.length === count)", arg=turns
    )


def marked_in_view(page: Page) -> str:
    """The highlighted words, once they stand inside the panel's own window."""
    page.locator("#panel mark").wait_for()
    page.wait_for_function(
        """() => {
            const box = (selector) => document.querySelector(selector).getBoundingClientRect();
            const [mark, text] = [box("#panel mark"), box("#panel .text")];
            return mark.top >= text.top && mark.bottom <= text.bottom && mark.right <= innerWidth && mark.left >= 0;
        }"""
    )
    return page.locator("#panel mark").inner_text()
