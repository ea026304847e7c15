"""Conversations that the browser keeps, in a real browser, over answers that are known."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Download, Page, expect

from assistant import Answer, Settings
from assistant.page import feedback
from evals import questions
from tests.browser import ARTICLE, NARROW, Opener, Scripted, ask, finished, marked_in_view, said, serving, stored

PREFIX = "news-assistant:conversation:"
HOSTILE = "<img src=http://evil.example/x onerror='window.ran = 1'> ![x](http://evil.example/y)"


def says(question: str) -> Iterator[Answer]:
    yield said(question, "It rained.", "It stopped.")


@pytest.fixture(scope="module")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Scripted:
    assistant = Scripted(says, ARTICLE)
    assistant.settings = Settings(home=tmp_path_factory.mktemp("home"), models=("openai:one", "openai:two"))
    return assistant


@pytest.fixture(scope="module")
def address(scripted: Scripted) -> Iterator[str]:
    with serving(scripted) as address:
        yield address


def titles(page: Page) -> list[str]:
    return page.locator("#conversations .open").all_inner_texts()


def kept(page: Page, count: int) -> None:
    expect(page.locator("#conversations .open")).to_have_count(count)


def do(page: Page, title: str, what: str) -> None:
    page.get_by_role("button", name=f"More: {title}").click()
    page.locator("#conversations .menu").get_by_role("button", name=what).click()


def opens(page: Page, title: str, turns: int) -> None:
    page.locator("#conversations .open", has_text=title).click()
    finished(page, turns)
    expect(page.locator("#conversations .open[aria-current=true]")).to_have_text(title)


def test_conversations_are_listed_and_one_goes_on_after_a_reload(
    scripted: Scripted, address: str, opened: Opener
) -> None:
    with opened(address) as page:
        expect(page.locator("#conversations .none")).to_be_visible()
        ask(page, "Did it rain?")
        finished(page)
        kept(page, 1)
        page.get_by_role("button", name="New chat").click()
        page.locator(".welcome").wait_for()
        ask(page, "Where?")
        finished(page)
        kept(page, 2)
        assert titles(page) == ["Where?", "Did it rain?"]
        opens(page, "Did it rain?", 1)
        assert titles(page) == ["Where?", "Did it rain?"]  # opened, not changed
        page.reload()
        finished(page)
        expect(page.locator(".question")).to_have_text("Did it rain?")
        ask(page, "And then?")
        finished(page, 2)
        history = [{"role": "user", "content": "Did it rain?"},
                   {"role": "assistant", "content": "It rained. [1] It stopped. [2]"}]  # fmt: skip
        assert scripted.asked[-1] == ("And then?", history)
        page.wait_for_function("document.querySelector('#conversations .open').textContent === 'Did it rain?'")
        page.locator(".chip").nth(1).click()
        assert marked_in_view(page) == "It stopped."


def test_conversations_outlive_the_server(opened: Opener) -> None:
    with serving(Scripted(says, ARTICLE)) as address, opened(address) as page:
        ask(page, "Did it rain?")
        finished(page)
        kept(page, 1)
        page.goto("about:blank")
        context = page.context
        state = context.storage_state()
        port = urlsplit(address).port
    assert port
    again = Scripted(says, ARTICLE)
    with serving(again, port=port) as address, opened(address) as page:
        [origin] = state["origins"]
        for entry in origin["localStorage"]:
            page.evaluate("entry => localStorage.setItem(entry.name, entry.value)", entry)
        page.reload()
        page.locator(".welcome").wait_for()
        opens(page, "Did it rain?", 1)
        ask(page, "And then?")
        finished(page, 2)
        page.locator(".chip").first.click()
        assert marked_in_view(page) == "It rained."
    assert [message["content"] for message in again.asked[0][1]][:1] == ["Did it rain?"]


def test_a_conversation_is_renamed_and_deleted_once_confirmed(address: str, opened: Opener) -> None:
    with opened(address) as page:
        ask(page, "Did it rain?")
        finished(page)
        kept(page, 1)
        do(page, "Did it rain?", "Rename")
        page.get_by_role("textbox", name="Name").fill(f"Rain {HOSTILE}")
        page.keyboard.press("Enter")
        expect(page.locator("#conversations .open")).to_have_text(f"Rain {HOSTILE}")
        expect(page.locator("#conversations .open")).to_be_focused()
        ask(page, "And then?")
        finished(page, 2)
        stored(page, 2)
        page.reload()
        finished(page, 2)
        assert titles(page) == [f"Rain {HOSTILE}"]
        do(page, "Rain", "Delete")
        page.get_by_role("button", name="Cancel").click()
        kept(page, 1)
        do(page, "Rain", "Delete")
        page.get_by_role("button", name="Delete", exact=True).last.click()
        kept(page, 0)
        expect(page.locator("#kept")).to_be_focused()
        page.locator(".welcome").wait_for()
        page.reload()
        page.locator(".welcome").wait_for()
        assert page.evaluate("[localStorage.length, window.ran]") == [0, None]


def test_opening_a_conversation_while_an_answer_comes_ends_it_and_changes_neither(opened: Opener) -> None:
    gate = threading.Event()

    def slowly(question: str) -> Iterator[Answer]:
        yield said(question, "It rained.")
        assert question != "Slowly?" or gate.wait(20)
        yield said(question, "It rained.", "It stopped.")

    with serving(Scripted(slowly, ARTICLE)) as address, opened(address) as page:
        ask(page, "Did it rain?")
        finished(page)
        kept(page, 1)
        page.get_by_role("button", name="New chat").click()
        page.locator(".welcome").wait_for()
        ask(page, "Slowly?")
        page.locator(".turn[aria-busy=true] .chip").wait_for()
        with page.expect_response("**/cancel"):
            opens(page, "Did it rain?", 1)
        gate.set()
        page.wait_for_timeout(500)
        expect(page.locator(".question")).to_have_text("Did it rain?")
        expect(page.locator(".problem")).to_have_count(0)
        assert titles(page) == ["Did it rain?"]


def test_two_tabs_do_not_overwrite_each_other(address: str, opened: Opener) -> None:
    with opened(address) as page:
        ask(page, "Did it rain?")
        finished(page)
        kept(page, 1)
        other = page.context.new_page()
        other.goto(address)
        other.locator(".welcome").wait_for()
        opens(other, "Did it rain?", 1)
        ask(other, "In Lund?")
        finished(other, 2)
        kept(other, 1)
        ask(page, "In Malmö?")
        finished(page, 2)
        for each in (page, other):
            kept(each, 2)
        found = page.evaluate(
            "Object.values(localStorage).map(text => JSON.parse(text).turns.map(turn => turn.question).join())"
        )
        assert sorted(found) == ["Did it rain?,In Lund?", "Did it rain?,In Malmö?"]
        ask(page, "And now?")
        finished(page, 3)
        stored(page, 3)
        kept(page, 2)


def test_where_there_is_no_room_the_oldest_go_and_it_is_said(address: str, opened: Opener) -> None:
    old = """([prefix, number, size]) => localStorage.setItem(prefix + number, JSON.stringify(
        { title: `Old ${number}`, changed: number, turns: [{ question: "x".repeat(size) }] }))"""
    with opened(address) as page:
        for number in (1, 2, 3):
            page.evaluate(old, [PREFIX, number, 1_500_000])
        ask(page, "Did it rain?")
        finished(page)
        expect(page.locator("#conversations .open")).to_have_text(["Did it rain?", "Old 3", "Old 2"])
        expect(page.locator("#conversations .told")).to_contain_text("oldest conversation was let go")
        # What others on this address have stored leaves no room at all.
        page.evaluate("localStorage.clear()")
        page.evaluate("try { for (let n = 0; ; n++) localStorage.setItem(`junk ${n}`, 'x'.repeat(9_999)) } catch {}")
        page.evaluate("try { for (let n = 0; ; n++) localStorage.setItem(`jot ${n}`, 'x') } catch {}")
        ask(page, "And then?")
        finished(page, 2)
        expect(page.locator("#conversations .told")).to_contain_text("no room to keep this conversation")


def spoilt(page: Page, address: str, change: Callable[[dict[str, object]], object]) -> None:
    """Changes what is kept of the one conversation there is, while the page is not there to keep it again."""
    page.goto(f"{address}/nothing")
    key = next(key for key in page.evaluate("Object.keys(localStorage)") if key.startswith(PREFIX))
    value = json.loads(page.evaluate("key => localStorage.getItem(key)", key))
    change(value["turns"][0])
    page.evaluate("([key, value]) => localStorage.setItem(key, value)", [key, json.dumps(value)])
    page.goto(address)


def test_what_was_changed_in_the_browser_is_not_believed(address: str, opened: Opener) -> None:
    def invent(turn: dict[str, object]) -> None:
        answer = json.loads(json.dumps(turn["answer"]).replace("It rained.", f"It snowed. {HOSTILE}".replace('"', "")))
        turn.update(question=HOSTILE, answer=answer)

    with opened(address) as page:
        ask(page, "Did it rain?")
        finished(page)
        kept(page, 1)
        spoilt(page, address, invent)
        finished(page)
        expect(page.locator(".verdict")).to_contain_text("not supported: citation 1 can no longer be checked")
        expect(page.locator(".chip")).to_have_count(1)  # of the sentence that nobody changed
        expect(page.locator(".notes")).to_contain_text(
            "Citation 1 can no longer be checked: its article does not say it"
        )
        expect(page.locator(".question")).to_have_text(HOSTILE)
        assert page.locator("#conversation :is(img, a)").count() == 0 and page.evaluate("window.ran") is None
        spoilt(page, address, lambda turn: turn.update(answer={"text": HOSTILE}))
        expect(page.locator(".toast")).to_contain_text("cannot be read as one that was kept here")
        expect(page.locator(".welcome")).to_be_visible()


def taken(page: Page, title: str, what: str) -> tuple[Download, str]:
    with page.expect_download() as download:
        do(page, title, what)
    return download.value, Path(download.value.path()).read_text("utf-8")


def test_a_conversation_is_taken_away_as_markdown_and_as_json(address: str, opened: Opener) -> None:
    with opened(address) as page:
        ask(page, "Did it rain?")
        finished(page)
        kept(page, 1)
        file, text = taken(page, "Did it rain?", "Export as Markdown")
        assert file.suggested_filename == "Did-it-rain.md" and file.url.startswith("blob:")
        assert text.startswith("# Did it rain?\n\n## Did it rain?\n\nIt rained.[^1] It stopped.[^2]\n")
        assert "[^2]: “It stopped.”, A title, An outlet, undated, characters 11 to 22 of id, version 1" in text
        file, text = taken(page, "Did it rain?", "Export as JSON")
        assert file.suggested_filename == "Did-it-rain.json"
        [turn] = json.loads(text)["turns"]
        assert turn["answer"] == json.loads(json.dumps(said("Did it rain?", "It rained.", "It stopped.").as_dict()))


def test_an_answer_is_copied_with_its_citations(address: str, opened: Opener) -> None:
    with opened(address) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        ask(page, "Did it rain?")
        finished(page)
        page.get_by_role("button", name="Copy").click()
        expect(page.locator(".toast")).to_contain_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("It rained.[^1] It stopped.[^2]\n") and "[^1]: “It rained.”, A title" in copied


def test_on_a_narrow_screen_the_list_is_behind_a_button(address: str, opened: Opener) -> None:
    with opened(address, NARROW) as page:
        toggle = page.get_by_role("button", name="Conversations")
        for question in ("Did it rain?", "Where?"):
            page.get_by_role("button", name="New chat").click()
            page.locator(".welcome").wait_for()
            ask(page, question)
            finished(page)
            expect(page.locator("#conversations .open").first).to_have_text(question)
        expect(page.locator("#kept")).not_to_be_visible()
        toggle.click()
        expect(page.locator("#kept")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#kept")).not_to_be_visible()
        expect(toggle).to_be_focused()
        page.keyboard.press("Enter")
        opens(page, "Did it rain?", 1)
        expect(page.locator("#kept")).not_to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


def test_an_answer_is_rated_with_a_comment_and_stays_so(scripted: Scripted, address: str, opened: Opener) -> None:
    with opened(address) as page:
        ask(page, "Did it rain?")
        finished(page)
        page.get_by_role("button", name="Bad answer").click()
        page.get_by_role("textbox", name="What is wrong with it?").fill("It snowed.")
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".toast")).to_contain_text("It is noted")
        expect(page.locator(".thumb.down")).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".thumb.up")).to_be_hidden()
        page.wait_for_function("Object.values(localStorage).some(text => JSON.parse(text).turns[0].rating)")
        page.reload()
        finished(page)
        expect(page.locator(".thumb.down")).to_be_disabled()
        ask(page, "And then?")
        finished(page, 2)
        page.locator(".thumb.up").last.click()
        page.get_by_role("button", name="Cancel").click()
        page.locator(".thumb.up").last.click()
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".thumb.up[aria-pressed=true]")).to_have_count(1)
    first, second = questions.read(scripted.settings.home / feedback.NAME).questions
    assert (first.question, (first.model_extra or {})["comment"]) == ("Did it rain?", "It snowed.")
    assert (second.question, second.gold_article_ids) == ("And then?", ("id",))


def test_a_rating_that_cannot_be_written_down_is_told(opened: Opener, tmp_path: Path) -> None:
    assistant = Scripted(says, ARTICLE)
    assistant.settings = Settings(home=tmp_path)
    (tmp_path / feedback.NAME).mkdir()
    with serving(assistant) as address, opened(address) as page:
        ask(page, "Did it rain?")
        finished(page)
        page.get_by_role("button", name="Good answer").click()
        page.get_by_role("button", name="Send").click()
        expect(page.locator(".toast")).to_contain_text("could not be written down: Is a directory")
        expect(page.locator(".thumb.up")).to_be_enabled()
