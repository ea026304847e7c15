"""The Evaluate tab in a real browser."""

from __future__ import annotations

import re
import tempfile
import threading
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant import Answer, Settings
from corpus.errors import AssistantError
from tests.browser import ARTICLE, NARROW, SECONDS, Opener, Scripted, ask, finished, said, serving

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
