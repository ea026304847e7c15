"""The page in a real browser, over the real engine; a scripted one only where a moment or a failure must be held."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Dialog, Page, Response, expect, sync_playwright

from assistant import Answer, Article, Assistant, Citation, Sentence, Settings
from assistant.app import application, serve
from corpus.errors import AssistantError
from ingest import ingest

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"]  # fmt: skip
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SECONDS = 30_000  # milliseconds to wait for what takes models


class Scripted:
    """An assistant that says what it is told, when it is told, and remembers what it was asked."""

    def __init__(self, says: Callable[[str], Iterator[Answer]], *articles: Article) -> None:
        self.asked: list[tuple[str, list[dict[str, str]]]] = []
        self._says, self._articles = says, articles

    def articles(self) -> list[Article]:
        return list(self._articles)

    def article(self, article_id: str, version: int | None = None) -> Article:
        return next(article for article in self._articles if article.id == article_id)

    def stream(self, question: str, *, history: list[dict[str, str]]) -> Iterator[Answer]:
        self.asked.append((question, history))
        return self._says(question)


ARTICLE = Article("id", 1, "A title", "An outlet", None, None, "It rained. It stopped.")


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
def serving(assistant: Any) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application(assistant), log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def seed_page(seed_assistant: Assistant) -> Iterator[str]:
    with serving(seed_assistant) as address:
        yield address


Opener = Callable[..., AbstractContextManager[Page]]


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

        page.on("request", lambda request: outside.append(request.url) if not _is_ours(request.url) else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", refuse)
        page.goto(address)
        page.locator(".welcome").wait_for()
        yield page
        context.close()
        assert (outside, wrong) == ([], [])

    return open_page


def _is_ours(url: str) -> bool:
    return urlsplit(url).hostname == "127.0.0.1" or urlsplit(url).scheme in ("data", "blob")


def ask(page: Page, question: str) -> None:
    page.get_by_role("textbox", name="Question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()


def finished(page: Page, turns: int = 1) -> None:
    expect(page.locator(".turn[aria-busy=false]")).to_have_count(turns, timeout=SECONDS)


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


def test_a_cited_sentence_opens_its_article_at_the_quote(seed_page: str, opened: Opener) -> None:
    with opened(seed_page) as page:
        ask(page, "How much did the Nikkei 225 climb?")
        finished(page)
        assert "6.2%" in page.locator(".said").inner_text()
        expect(page.locator(".foot")).to_contain_text("As of ")
        chip = page.locator(".chip").first
        chip.click()
        quote = marked_in_view(page)
        assert "6.2%" in quote and quote in page.locator(".source .quote").first.inner_text()
        seed = next((Path(__file__).parents[1] / "seeds").iterdir()).read_text("utf-8")
        assert page.locator("#panel .text").text_content() == seed.replace("\r\n", "\n")
        # Beside the chat: what was asked stays readable, and another citation opens in the same place.
        left = page.locator("#panel .article").bounding_box()
        said_box = page.locator(".said").bounding_box()
        assert left and said_box and said_box["x"] + said_box["width"] <= left["x"]
        page.keyboard.press("Escape")
        expect(page.locator("#panel .article")).to_have_count(0)
        expect(chip).to_be_focused()
        page.keyboard.press("Enter")
        assert marked_in_view(page) == quote


def test_on_a_narrow_screen_the_article_lies_over_the_chat_until_closed(seed_page: str, opened: Opener) -> None:
    with opened(seed_page, NARROW) as page:
        page.locator(".suggestion").first.click()
        finished(page)
        page.locator(".source").first.click()
        marked_in_view(page)
        box = page.locator("#panel .article").bounding_box()
        assert box and (box["x"], box["width"], box["height"]) == (0, NARROW["width"], NARROW["height"])
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
        page.get_by_role("button", name="Close the article").click()
        expect(page.locator("#panel .article")).to_have_count(0)
        expect(page.locator(".said")).to_be_visible()


def test_what_cannot_be_asked_is_told_in_the_chat(seed_page: str, opened: Opener) -> None:
    with opened(seed_page) as page:
        ask(page, " ")
        finished(page)
        expect(page.locator(".problem")).to_contain_text("The question is empty.")
        ask(page, "x" * 100_000)
        finished(page, 2)
        expect(page.locator(".problem").last).to_contain_text("100,000 characters")


HOSTILE = """<script>window.ran = 1</script> The mayor of Lund opened the bridge in Lund on Monday, officials said.
<img src=http://evil.example/a.png onerror="window.ran = 2"> ![pixel](http://evil.example/b.png) `${window.ran = 3}`
The mayor said: {{constructor.constructor('window.ran = 4')()}} <style>body { display: none }</style> $$x^2$$ **b**"""


def test_markup_in_an_article_does_nothing(
    settings: Settings, article_file: Callable[..., Path], opened: Opener
) -> None:
    tag = "<img src=http://evil.example/t.png onerror='window.ran = 5'>"
    path = article_file({
        "id": f"'\"><script>window.ran = 6</script> ü/{tag}", "title": f"Mayor opens bridge {tag}",
        "source": f"Lund {tag}", "url": "javascript:window.ran = 7", "text": HOSTILE,
    })  # fmt: skip
    ingest([str(path)], settings)
    with Assistant(settings) as assistant, serving(assistant) as address, opened(address) as page:
        ask(page, f"Who opened the bridge in Lund? {tag}")
        finished(page)
        page.locator(".source").first.click()
        marked_in_view(page)
        assert page.locator("#panel .text").text_content() == HOSTILE
        expect(page.locator("#panel h2")).to_have_text(f"Mayor opens bridge {tag}")
        expect(page.locator(".question")).to_contain_text(tag)
        assert page.locator("#panel a, #conversation a, #panel img, #conversation img").count() == 0
        assert page.evaluate("window.ran") is None


def test_an_empty_corpus_says_how_to_fill_it(settings: Settings, opened: Opener) -> None:
    with Assistant(settings) as assistant, serving(assistant) as address, opened(address) as page:
        expect(page.locator(".welcome")).to_contain_text("ingest FOLDER")
        ask(page, "Who leads the talks?")
        finished(page)
        expect(page.locator(".refused .notes")).to_contain_text("ingest FOLDER")


def test_sentences_appear_as_they_come_and_their_quotes_open_at_once(opened: Opener) -> None:
    gate = threading.Event()

    def says(question: str) -> Iterator[Answer]:
        yield said(question, "It rained.")
        assert gate.wait(20)
        yield said(question, "It rained.", "It stopped.")

    with serving(Scripted(says, ARTICLE)) as address, opened(address) as page:
        ask(page, "Did it rain?")
        expect(page.locator(".turn[aria-busy=true] .said")).to_have_text("It rained.1")
        page.locator(".chip").click()
        assert marked_in_view(page) == "It rained."
        gate.set()
        finished(page)
        expect(page.locator(".said")).to_have_text("It rained.1 It stopped.2")
        page.locator(".source").nth(1).click()
        expect(page.locator("#panel mark")).to_have_text("It stopped.")


def test_asking_while_an_answer_comes_keeps_the_words_and_a_new_chat_ends_it(opened: Opener) -> None:
    gate = threading.Event()

    def says(question: str) -> Iterator[Answer]:
        yield said(question, "It rained.")
        assert question == "And now?" or gate.wait(20)
        yield said(question, "It rained.", "It stopped.")

    assistant = Scripted(says, ARTICLE)
    with serving(assistant) as address, opened(address) as page:
        box = page.get_by_role("textbox", name="Question")
        ask(page, "Did it rain?")
        page.locator(".turn[aria-busy=true] .chip").wait_for()
        ask(page, "And now?")
        box.press("Enter")
        expect(page.locator(".turn")).to_have_count(1)
        expect(box).to_have_value("And now?")
        with page.expect_response("**/cancel"):
            page.get_by_role("button", name="New chat").click()
            page.locator(".welcome").wait_for()
            gate.set()
        for _ in range(50):  # until the old answer has ended, Ask does nothing
            if page.locator(".turn").count():
                break
            page.get_by_role("button", name="Ask", exact=True).click()
            page.wait_for_timeout(200)
        finished(page)
        expect(page.locator("#conversation .said")).to_have_text("It rained.1 It stopped.2")
        expect(page.locator(".problem")).to_have_count(0)
    assert [question for question, _ in assistant.asked] == ["Did it rain?", "And now?"]


def test_a_follow_up_knows_what_was_said_and_a_new_chat_does_not(opened: Opener) -> None:
    assistant = Scripted(lambda question: iter([said(question, "It rained.")]), ARTICLE)
    with serving(assistant) as address, opened(address) as page:
        ask(page, "Did it rain?")
        finished(page)
        ask(page, "And then?")
        finished(page, 2)
        page.wait_for_function("scrollY > 0")
        for each in ("tab", "textbox"):  # the bar and the composer stay in the window
            expect(page.get_by_role(each).first).to_be_in_viewport()
        page.get_by_role("button", name="New chat").click()
        page.locator(".welcome").wait_for()
        ask(page, "Where?")
        finished(page)
    turn = [{"role": "user", "content": "Did it rain?"}, {"role": "assistant", "content": "It rained. [1]"}]
    assert assistant.asked == [("Did it rain?", []), ("And then?", turn), ("Where?", [])]


def test_a_bug_is_told_without_its_traceback_and_the_page_goes_on(opened: Opener) -> None:
    def says(question: str) -> Iterator[Answer]:
        if question == "Break":
            raise RuntimeError("secret detail")
        yield said(question, "It rained.")

    with serving(Scripted(says, ARTICLE)) as address, opened(address) as page:
        ask(page, "Break")
        finished(page)
        expect(page.locator(".problem")).to_contain_text("not foreseen")
        assert "secret detail" not in page.content()
        ask(page, "Did it rain?")
        finished(page, 2)
        expect(page.locator(".said")).to_have_text("It rained.1")


TAG = "<img src=http://evil.example/q.png onerror='window.ran = 1'>"
QUESTIONS = f"""{{"question": "How much did the Nikkei 225 climb?", "answers": ["6.2%"], "tags": ["{TAG}"]}}
{{"question": "Who was first on the moon?", "answerable": false}}
{{"answers": ["6.2%"]}}"""


def evaluate(page: Page, questions: str) -> None:
    page.get_by_role("textbox", name="Question set").fill(questions)
    page.get_by_role("button", name="Run").click()


def test_a_pasted_set_is_asked_and_nothing_stays_but_its_report(
    seed_page: str, seed_settings: Settings, opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with opened(seed_page, NARROW) as page:
        page.get_by_role("tab", name="Evaluate").click()
        evaluate(page, QUESTIONS)
        frame = page.locator("#report iframe")
        frame.wait_for(timeout=SECONDS)
        assert frame.get_attribute("sandbox") == ""
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
        expect(frame).to_be_in_viewport(ratio=0.9)
        report = page.frame_locator("#report iframe")
        expect(report.locator("h1 + p")).to_contain_text("2 questions, 1 articles")
        expect(report.locator(".bad")).to_have_text("Left out: pasted.jsonl, line 3: question: Field required.")
        expect(report.get_by_role("row", name="contains the answer").first).to_contain_text("100.0%")
        expect(report.get_by_role("row", name=TAG)).to_have_count(1)
        expect(report.get_by_text("None.", exact=True)).to_be_visible()  # no failure: the second was declined
    assert list(tmp_path.iterdir()) == [] and not (seed_settings.home / "evals").exists()


def test_a_set_that_cannot_be_asked_is_told_by_line_and_field(seed_page: str, opened: Opener) -> None:
    with opened(seed_page) as page:
        page.get_by_role("tab", name="Evaluate").click()
        problem = page.locator("#report .problem")
        for questions, told in {
            '{"answers": ["x"]}': r"^What was pasted holds no question .* In line 1: question: Field required",
            "question,answers\n ,x": "In line 2: question: ",
            "Who?\n": "needs a first line of column names",
            " ": "^What was pasted holds no question that can be used",
            '{"question": "Who?"}\n' * 51: "51 questions, and at most 50",
        }.items():
            evaluate(page, questions)
            expect(problem).to_have_text(re.compile(told))


def test_a_running_evaluation_says_how_far_it_is_and_leaves_the_chat_free(opened: Opener) -> None:
    gate = threading.Event()

    class Held(Scripted):
        settings = Settings()

        def answer(self, question: str, *, as_of: None) -> Answer:
            assert question == "First?" or gate.wait(20)
            raise AssistantError("Not now.")

    assistant = Held(lambda question: iter([said(question, "It rained.")]), ARTICLE)
    with serving(assistant) as address, opened(address) as page:
        page.get_by_role("tab", name="Evaluate").click()
        evaluate(page, "question\nFirst?\nSecond?")
        expect(page.locator("#report .progress-text")).to_contain_text("1/2 questions", timeout=SECONDS)
        page.get_by_role("tab", name="Chat").click()
        ask(page, "Did it rain?")
        finished(page)
        gate.set()
        page.get_by_role("tab", name="Evaluate").click()
        expect(page.frame_locator("#report iframe").locator(".bad")).to_have_count(2, timeout=SECONDS)


def test_the_server_offers_no_other_door(seed_page: str, opened: Opener) -> None:
    with opened(seed_page) as page:

        def fetched(path: str, **options: Any) -> Response:
            return page.request.fetch(seed_page + path, **options)  # type: ignore[return-value]

        assert fetched("/gradio_api/info").json() == {"named_endpoints": {}, "unnamed_endpoints": {}}
        file = {"name": "x.txt", "mimeType": "text/plain", "buffer": b"words"}
        assert not fetched("/gradio_api/upload", method="POST", multipart={"files": file}).ok
        assert not fetched("/monitoring").ok and not fetched("/docs").ok
        assert page.evaluate("window.gradio_config.analytics_enabled") is False


def test_an_address_in_use_is_an_error_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AssistantError, match="--port"):
        serve(SimpleNamespace(), port=taken.getsockname()[1])  # type: ignore[arg-type]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_and_what_is_around_it_goes_on(stop: signal.Signals) -> None:
    code = "from assistant.app import serve; import types; serve(types.SimpleNamespace(articles=list), port=0)"
    server = subprocess.Popen(
        [sys.executable, "-c", f"{code}; print('on')"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert server.stderr is not None
    assert server.stderr.readline().startswith("The chat page is at http://127.0.0.1:")
    time.sleep(0.5)  # the line is printed before the server takes over the signals
    server.send_signal(stop)
    out, err = server.communicate(timeout=20)
    assert (server.returncode, out, err) == (0, "on\n", "")
