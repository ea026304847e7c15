"""What axe finds in the chat, in each state that it can be in, light and dark: nothing serious."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from assistant import Answer, Note, Sentence
from assistant.answers import Differing
from tests.browser import ARTICLE, NARROW, PASSAGE, WIDE, Scripted, ask, finished, said, serving

waiting = threading.Event()


def says(question: str) -> Iterator[Answer]:
    answer = said(question, "It rained.", "It stopped.")
    if question == "Growing":
        yield replace(said(question, "It rained."), stage="writing")
        waiting.wait(60)
    if question == "Refused":
        answer = replace(said(question, "It rained."), refused=True, passages=(PASSAGE, replace(PASSAGE, start=30)))
    if question == "Doubtful":
        first = Sentence("It rained.", (1,), "partly", 0.5, ("a reason",))
        answer = replace(answer, sentences=(first, answer.sentences[1]), searched_for="Something else")
    if question == "Conflict":
        notes = (Note("conflict", "", (Differing("It rained", 1), Differing("It stopped", 2))), Note("stale", "Old."))
        answer = replace(answer, notes=notes)
    yield answer


def welcome(page: Page) -> None:
    page.locator(".welcome").wait_for()


def growing(page: Page) -> None:
    ask(page, "Growing")
    page.locator(".turn[aria-busy=true] .chip").wait_for()


def answered(question: str) -> Callable[[Page], None]:
    def state(page: Page) -> None:
        ask(page, question)
        finished(page)

    return state


def hovered(page: Page) -> None:
    answered("Doubtful")(page)
    page.locator(".said .chip").first.hover()
    page.locator("#card:visible").wait_for()


def opened(page: Page) -> None:
    answered("Conflict")(page)
    page.locator(".said .chip").first.click()
    page.locator("#panel mark").wait_for()


def editing_with_filters(page: Page) -> None:
    answered("Wrong")(page)
    page.get_by_role("button", name="Edit question").click()
    page.locator("#editing button").wait_for()
    page.locator("#filters summary").click()
    page.locator("#filters").get_by_label("Outlet").fill("An outlet")


def listed(page: Page) -> None:
    answered("Wrong")(page)
    page.locator("#conversations .open").first.wait_for(state="attached")
    if page.locator("#conversations .toggle").is_visible():
        page.locator("#conversations .toggle").click()
    page.locator("#conversations .more").first.click()


def rating(page: Page) -> None:
    answered("Why?")(page)
    page.get_by_role("button", name="Bad answer").click()


def settings(page: Page) -> None:
    if page.locator("#conversations .toggle").is_visible():
        page.locator("#conversations .toggle").click()
    page.get_by_role("button", name="Settings").click()
    page.locator("#options h2").wait_for()


def library(page: Page) -> None:
    page.get_by_role("tab", name="Library").click()
    page.locator("#library-table [data-row]").first.wait_for()


def library_article(page: Page) -> None:
    library(page)
    page.locator("#library-table [data-row]").first.click()
    page.locator("#library-panel .article").wait_for()


STATES = [
    welcome, growing, answered("Refused"), hovered, opened, editing_with_filters, listed, rating, settings, library,
    library_article,
]  # fmt: skip


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(Scripted(says, ARTICLE)) as address:
        yield address
        waiting.set()


@pytest.mark.parametrize(
    ("scheme", "viewport"),
    [pytest.param("light", WIDE, marks=pytest.mark.soak), ("dark", NARROW)],
    ids=["wide", "narrow"],
)
def test_axe_finds_nothing_serious(browser: Browser, address: str, scheme: str, viewport: dict[str, int]) -> None:
    context = browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    for state in STATES:
        page.get_by_role("tab", name="Chat").click()
        if page.locator(".turn").count():
            page.get_by_role("button", name="New chat").click()
        welcome(page)
        state(page)
        assert serious(page) == [], state
        for _ in range(2):  # a menu, and the list that it is in
            page.keyboard.press("Escape")
    page.evaluate("document.body.append(new Image())")
    assert serious(page) == [("image-alt", "<img>")]  # it does look
    context.close()


def serious(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]
