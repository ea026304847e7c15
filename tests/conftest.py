"""One corpus with the project's own article, made once with the real parts, out of reach of the environment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

os.environ["HF_HUB_OFFLINE"] = "1"
for name in [name for name in os.environ if name.startswith("ASSISTANT_")]:
    del os.environ[name]

from assistant import Assistant, Settings  # noqa: E402
from ingest import ingest  # noqa: E402
from tests.browser import CHROMIUM, WIDE, Opener, is_ours, serving  # noqa: E402
from tests.servers import PostgreSQL, chroma_server  # noqa: E402

SEEDS = Path(__file__).parents[1] / "seeds"


@pytest.fixture(scope="session")
def seed_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A corpus that holds the article in seeds/. Not to be written to."""
    settings = Settings(home=tmp_path_factory.mktemp("seed-corpus"))
    report = ingest([str(SEEDS)], settings)
    assert len(report.added) == 1 and not report.skipped
    return settings


@pytest.fixture(scope="session")
def seed_assistant(seed_settings: Settings) -> Iterator[Assistant]:
    """An open assistant over that corpus."""
    with Assistant(seed_settings) as assistant:
        yield assistant


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A running PostgreSQL, started when the first test wants it."""
    server = PostgreSQL()
    yield server
    server.close()


@pytest.fixture(scope="session")
def chroma_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running Chroma server. It holds one corpus: that of the test which wrote to it last."""
    with chroma_server(tmp_path_factory.mktemp("chroma-server")) as url:
        yield url


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An empty corpus of the test's own."""
    return Settings(home=tmp_path / "corpus")


@pytest.fixture
def article_file(tmp_path: Path) -> Callable[..., Path]:
    """Write articles as JSON lines: `article_file({"id": …, "text": …}, …)`."""
    import json

    def write(*articles: dict[str, object], name: str = "articles.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(article) + "\n" for article in articles), "utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def seed_page(seed_assistant: Assistant) -> Iterator[str]:
    with serving(seed_assistant) as address:
        yield address


@pytest.fixture
def opened(browser: Browser) -> Opener:
    """Opens a page; when it is closed, nothing may have gone wrong in it and nothing asked for from elsewhere."""

    @contextmanager
    def open_page(address: str, viewport: dict[str, int] = WIDE) -> Iterator[Page]:
        context = browser.new_context(viewport=viewport, reduced_motion="reduce")  # type: ignore[arg-type]
        page = context.new_page()
        outside: list[str] = []
        wrong: list[str] = []

        def refuse(dialog: Dialog) -> None:
            wrong.append(dialog.message)
            dialog.dismiss()

        page.on("request", lambda request: outside.append(request.url) if not is_ours(request.url) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", refuse)
        # What the content security policy kept from running or loading; it is said nowhere else.
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        page.goto(address)
        page.locator(".welcome").wait_for()
        yield page
        context.close()
        assert (outside, wrong) == ([], [])

    return open_page
