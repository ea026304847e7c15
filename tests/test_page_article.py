"""A citation's card and the article beside the chat, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from assistant import Answer
from tests.browser import ARTICLE, NARROW, WIDE, Opener, Scripted, ask, finished, marked_in_view, said, serving

OUTLET = "An <b>outlet</b> ${boom()}"
LONG = " ".join(f"Day {day} was well-known, wet & long." for day in range(1, 60))
DATED = replace(
    ARTICLE,
    url="https://example.org/rain",
    published="2025-04-05",
    source=OUTLET,
    text=f"It rained.\n{LONG}\nIt stopped.",
)


def says(question: str) -> Iterator[Answer]:
    quotes = ("It rained.", "Day 3 was well-known, wet & long.", "It stopped.")
    starts = [DATED.text.index(quote) for quote in quotes]
    answer = said(question, "It rained.", "It rained.", "It stopped.")
    yield replace(
        answer,
        citations=tuple(
            replace(
                each,
                quote=quote,
                start=start,
                end=start + len(quote),
                url=DATED.url,
                source=OUTLET,
                published=DATED.published,
            )
            for each, quote, start in zip(answer.citations, quotes, starts, strict=True)
        ),
    )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(Scripted(says, DATED)) as address:
        yield address


def within_window(page: Page) -> bool:
    inside: bool = page.locator("#card").evaluate(
        "card => { const box = card.getBoundingClientRect();"
        " return box.left >= 0 && box.top >= 0 && box.right <= innerWidth && box.bottom <= innerHeight; }"
    )
    return inside


@pytest.mark.parametrize("viewport", [WIDE, NARROW])
def test_a_chip_shows_its_quote_to_pointer_and_keyboard(address: str, opened: Opener, viewport: dict[str, int]) -> None:
    with opened(address, viewport) as page:
        ask(page, "Did it rain?")
        finished(page)
        card, chips = page.locator("#card"), page.locator(".said .chip")
        expect(card).to_be_hidden()
        chips.nth(1).hover()
        expect(card).to_be_visible()
        assert card.locator("span").all_inner_texts() == [
            "A title", "Day 3 was well-known, wet & long.",
            f"{OUTLET} · 5 April 2025 · 3 days before", "Checked: supported",
        ]  # fmt: skip
        assert within_window(page)
        card.hover()  # it can be read in peace
        page.wait_for_timeout(300)
        expect(card).to_be_visible()
        page.mouse.move(0, 0)
        expect(card).to_be_hidden()
        chips.first.focus()
        page.keyboard.press("Tab")
        expect(chips.nth(1)).to_be_focused()
        expect(card).to_contain_text("Day 3")
        assert within_window(page)
        # Whoever hears the page is told the same by the chip itself.
        expect(chips.nth(1)).to_have_accessible_name(f"Citation 2: {OUTLET}, 5 April 2025, 3 days before")
        expect(chips.nth(1)).to_have_accessible_description("Day 3 was well-known, wet & long.")
        page.keyboard.press("Escape")
        expect(card).to_be_hidden()
        expect(chips.nth(1)).to_be_focused()


def test_the_panel_goes_from_citation_to_citation_by_keyboard(address: str, opened: Opener) -> None:
    with opened(address, NARROW) as page:
        ask(page, "Did it rain?")
        finished(page)
        chip = page.locator(".said .chip").nth(1)
        chip.focus()
        page.keyboard.press("Enter")
        assert marked_in_view(page) == "Day 3 was well-known, wet & long."
        expect(page.locator("#panel h2")).to_be_focused()
        expect(page.locator(".steps span")).to_have_text("2 of 3")
        link = page.get_by_role("link", name="Original")
        expect(link).to_have_attribute(
            "href", "https://example.org/rain#:~:text=Day%203%20was%20well%2Dknown%2C%20wet%20%26%20long."
        )
        # What the article covers cannot be reached, and is there again when it is closed.
        assert page.locator("#chat").evaluate("chat => chat.inert")
        following = page.get_by_role("button", name="Next citation")
        following.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".steps span")).to_have_text("3 of 3")
        expect(page.locator("#panel mark")).to_have_text("It stopped.")
        marked_in_view(page)
        expect(following).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".steps span")).to_have_text("1 of 3")
        expect(page.locator("#panel mark")).to_have_text("It rained.")
        page.get_by_role("button", name="Previous citation").click()
        expect(page.locator("#panel mark")).to_have_text("It stopped.")
        page.keyboard.press("Escape")
        expect(page.locator("#panel .article")).to_have_count(0)
        assert not page.locator("#chat").evaluate("chat => chat.inert")
        expect(chip).to_be_focused()
