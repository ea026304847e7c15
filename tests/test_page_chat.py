"""The chat in a real browser, over the real engine; a scripted one only where a moment or a failure must be held."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from assistant import Answer, Assistant, AssistantError, Note, Settings
from ingest import ingest
from tests.browser import ARTICLE, NARROW, PASSAGE, Opener, Scripted, ask, finished, marked_in_view, said, serving


def test_a_cited_sentence_opens_its_article_at_the_quote(seed_page: str, opened: Opener) -> None:
    with opened(seed_page) as page:
        ask(page, "How much did the Nikkei 225 climb?")
        finished(page)
        assert "6.2%" in page.locator(".said").inner_text()
        expect(page.locator(".asof")).to_contain_text("As of ")
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
        box.fill("And now?")
        box.press("Enter")
        expect(page.locator(".turn")).to_have_count(1)
        expect(box).to_have_value("And now?")
        page.get_by_role("button", name="New chat").click()
        page.get_by_role("button", name="Ask", exact=True).click()  # at once: it waits for the new chat
        finished(page)
        gate.set()
        expect(page.locator("#conversation .said")).to_have_text("It rained.1 It stopped.2")
        expect(page.locator(".problem")).to_have_count(0)
    assert [question for question, _ in assistant.asked] == ["Did it rain?", "And now?"]


@pytest.mark.parametrize("how", ["Enter", "Ask", "suggestion"])
def test_what_is_asked_before_a_new_chat_has_begun_is_answered_in_it(how: str, opened: Opener) -> None:
    assistant = Scripted(lambda question: iter([said(question, "It rained.")]), ARTICLE)
    with serving(assistant) as address, opened(address) as page:
        ask(page, "Did it rain?")
        finished(page)
        page.get_by_role("button", name="New chat").click()
        page.locator(".welcome").wait_for()
        suggestion = page.locator(".suggestion").first
        asked = suggestion.inner_text() if how == "suggestion" else "And now?"
        assistant.hold.clear()
        page.get_by_role("button", name="New chat").click()
        if how == "suggestion":
            suggestion.click()
        else:
            page.get_by_role("textbox", name="Question").fill(asked)
            page.keyboard.press("Enter") if how == "Enter" else page.get_by_role("button", name=how, exact=True).click()
        page.wait_for_timeout(300)
        assert len(assistant.asked) == 1
        assistant.hold.set()
        finished(page)
        expect(page.locator(".question")).to_have_text(asked)
    assert [question for question, _ in assistant.asked] == ["Did it rain?", asked]


def test_what_is_being_done_is_told_and_an_answer_can_be_stopped_retried_and_asked_otherwise(opened: Opener) -> None:
    stages = threading.Semaphore(0)
    ended = threading.Event()

    def says(question: str) -> Iterator[Answer]:
        growing = said(question)
        try:
            yield replace(growing, stage="searching")
            assert stages.acquire(timeout=20)
            yield replace(growing, stage="reading", passages=(PASSAGE, PASSAGE))
            assert stages.acquire(timeout=20)
            while question == "Did it rain?":  # a model that says one sentence, and then goes on for ever
                yield replace(said(question, "It rained."), stage="writing")
                time.sleep(0.01)
            yield said(question, "It rained.", "It stopped.")
        finally:
            ended.set()

    assistant = Scripted(says, ARTICLE)
    with serving(assistant) as address, opened(address) as page:
        box, working = page.get_by_role("textbox", name="Question"), page.locator(".working")
        box.fill("Did it rain?")
        box.press("Enter")
        expect(working).to_have_text("Searching 1 article")
        stages.release()
        expect(working).to_have_text("Reading 2 passages")
        stages.release()
        expect(working).to_have_text("Writing and checking")
        expect(page.locator(".said")).to_have_text("It rained.1")
        box.fill("The next")  # the composer stays usable
        page.get_by_role("button", name="Stop").click()
        finished(page)
        assert ended.wait(10)
        expect(page.locator(".stopped")).to_have_text("Stopped. What is shown was checked.")
        expect(page.locator(".said")).to_have_text("It rained.1")
        expect(box).to_have_value("The next")

        page.get_by_role("button", name="Try again").click()
        expect(working).to_have_text("Searching 1 article")
        page.keyboard.press("Escape")
        finished(page)
        expect(page.locator(".stopped")).to_have_text("Stopped.")
        expect(page.locator(".said")).to_have_count(0)
        stages.release(4)

        edit = page.get_by_role("button", name="Edit question")
        edit.click()
        expect(box).to_have_value("Did it rain?")
        expect(box).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#editing")).not_to_contain_text("Editing")
        expect(box).to_have_value("")
        edit.click()
        expect(page.locator("#editing")).to_contain_text("its answer will be replaced")
        box.fill("Did it stop?")
        box.press("Enter")
        expect(page.locator(".said")).to_have_text("It rained.1 It stopped.2")
        expect(page.locator(".question")).to_have_text("Did it stop?")
        expect(page.locator("#editing")).not_to_contain_text("Editing")
        expect(page.locator(".stopped")).to_have_count(0)
    assert assistant.asked == [("Did it rain?", []), ("Did it rain?", []), ("Did it stop?", [])]


def test_leaving_the_page_ends_the_work_behind_it(opened: Opener) -> None:
    ended = threading.Event()

    def says(question: str) -> Iterator[Answer]:
        try:
            for number in range(100_000):
                yield replace(said(question, "It rained."), stage="writing", notes=(Note("n", str(number)),))
                time.sleep(0.05)
        finally:
            ended.set()

    with serving(Scripted(says, ARTICLE)) as address:
        with opened(address) as page:
            ask(page, "Did it rain?")
            page.locator(".chip").wait_for()
        assert ended.wait(20)


def test_filters_go_with_the_question_and_are_seen(opened: Opener) -> None:
    def says(question: str) -> Iterator[Answer]:
        if question == "Wrong":
            raise AssistantError("since lies after until. Exchange them.")
        yield said(question, "It rained.")

    assistant = Scripted(says, ARTICLE, replace(ARTICLE, source="Ö <b>& Co</b> ${1}"), replace(ARTICLE, source=None))
    with serving(assistant) as address, opened(address, NARROW) as page:
        filters = page.locator("#filters")
        expect(filters.get_by_label("Outlet")).to_be_hidden()
        page.locator("#filters summary").press("Enter")
        assert filters.locator("option").evaluate_all("all => all.map((each) => each.value)") == [
            "An outlet", "Ö <b>& Co</b> ${1}",
        ]  # fmt: skip
        filters.get_by_label("From").fill("2025-04-01")
        filters.get_by_label("As of").fill("2025-04-08")
        filters.get_by_label("Outlet").press_sequentially("An outlet")
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
        ask(page, "Did it rain?")
        finished(page)
        expect(page.locator(".asof")).to_have_text(
            "As of 8 April 2025 · only An outlet · from 1 April 2025 · sources undated"
        )
        expect(filters.get_by_label("Outlet")).to_be_hidden()  # folded again, and what is set still stands there
        expect(filters.locator(".set")).to_have_text("from 2025-04-01 · only An outlet · as of 2025-04-08")
        ask(page, "Wrong")
        finished(page, 2)
        expect(page.locator(".problem")).to_have_text("since lies after until. Exchange them.")
        page.locator("#filters summary").click()
        filters.get_by_role("button", name="Clear").click()
        expect(filters.locator(".set")).to_have_text("")
        ask(page, "Did it rain?")
        finished(page, 3)
    set_ones = {"since": "2025-04-01", "as_of": "2025-04-08", "source": "An outlet"}
    assert assistant.bounds == [set_ones, set_ones, {}]


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
