"""The Library tab in a real browser, over the real ingest."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from assistant import Assistant, Settings
from assistant.page import add as page_add
from assistant.page import library_html, uploads
from ingest import Report, ingest
from ingest.web import connect
from tests import files, web_server
from tests.browser import ARTICLE, NARROW, SECONDS, Opener, Scripted, ask, finished, said, serving

BODY = "The council of {} said on Monday that the new bridge would open in spring, a year late and twice as dear."


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Assistant, str]]:
    """A corpus of 120 articles and the page over it. What one test adds, no other counts on."""
    folder = tmp_path_factory.mktemp("library")
    articles = [
        {"id": f"a{n:03}", "title": f"Bridge {n:03} opens", "source": f"Outlet {n % 7}" if n % 5 else None,
         "published": f"2025-{n % 12 + 1:02}-{n % 28 + 1:02}" if n % 9 else None, "text": f"Bridge {n} opened."}
        for n in range(120)
    ]  # fmt: skip
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, articles)))
    settings = Settings(home=folder / "corpus", fetch_delay=0.0)
    ingest([str(folder / "a.jsonl")], settings)
    with Assistant(settings) as assistant, serving(assistant, max_upload=200_000) as address:
        yield assistant, address


def open_library(page: Page) -> None:
    page.get_by_role("tab", name="Library").click()
    page.locator("#library .pager").wait_for()


def titles(page: Page) -> list[str]:
    return page.locator("td.title").all_inner_texts()


def add(page: Page, *paths: dict[str, object]) -> list[str]:
    before = page.locator(".added > li").count()
    page.locator("#add input[type=file]").set_input_files(list(paths))  # type: ignore[arg-type]
    expect(page.locator(".added[aria-busy=false] > li")).to_have_count(before + len(paths), timeout=SECONDS)
    return page.locator(".added > li").all_inner_texts()[: len(paths)]


def file(name: str, data: bytes | str) -> dict[str, object]:
    return {"name": name, "mimeType": "text/plain", "buffer": data if isinstance(data, bytes) else data.encode()}


def test_the_table_is_sorted_searched_and_turned_without_the_rest_being_sent(
    library: tuple[Assistant, str], opened: Opener
) -> None:
    with opened(library[1]) as page:
        open_library(page)
        expect(page.locator("#library tbody tr")).to_have_count(library_html.PAGE)
        expect(page.locator("th.published")).to_have_attribute("aria-sort", "descending")
        page.get_by_role("button", name="Title", exact=True).click()
        expect(page.locator("th.title")).to_have_attribute("aria-sort", "ascending")
        assert titles(page)[:2] == ["Bridge 000 opens", "Bridge 001 opens"]
        page.get_by_role("button", name="Next").click()
        expect(page.locator(".pager span")).to_contain_text("51 to 100 of 12")
        assert titles(page)[0] == "Bridge 050 opens"
        page.get_by_role("button", name="Title", exact=True).click()
        expect(page.locator("th.title")).to_have_attribute("aria-sort", "descending")
        page.get_by_role("textbox", name="Search the library").press_sequentially("outlet 3 01")
        expect(page.locator("td.source").first).to_have_text("Outlet 3")
        expect(page.locator("td.title").last).to_contain_text("01")
        page.get_by_role("textbox", name="Search the library").fill("nowhere")
        expect(page.locator("#library .empty")).to_contain_text("No article has these words")


def test_files_become_articles_each_with_its_result_and_the_chat_knows_them_at_once(
    library: tuple[Assistant, str], opened: Opener
) -> None:
    notes, before = BODY.format("Hindelang"), set(uploads.folder().rglob("*"))
    with opened(library[1]) as page:
        open_library(page)
        told = add(
            page, file("notes of May.txt", notes), file("same.txt", notes), file("broken.pdf", b"no pdf"),
            file("two.jsonl", "\n".join(f'{{"text": "{BODY.format(place)}"}}' for place in ("Ahaus", "Bocholt"))),
            file("picture.png", b"\x89PNG"), file("large.txt", b"x" * 200_001), file("bomb.docx", bomb()),
        )  # fmt: skip
        outcomes = dict(line.split("\n")[0].rsplit(" ", 1) for line in told)
        assert outcomes == {
            "notes of May.txt": "added", "same.txt": "unchanged", "broken.pdf": "skipped", "two.jsonl 2": "added",
            "picture.png": "skipped", "large.txt": "skipped", "bomb.docx": "skipped",
        }  # fmt: skip
        for place, why in {2: "damaged", 4: "not a kind", 5: "0.2 MB", 6: "ZIP bomb"}.items():
            assert why in told[place]
        assert not any(each.is_file() for each in set(uploads.folder().rglob("*")) - before)
        assert library[0].article("upload:notes of May.txt").text == notes
        expect(page.locator("td.title").filter(has_text="notes of May")).to_have_count(0)  # undated: not on this page
        page.get_by_role("textbox", name="Search the library").fill("notes of may")
        expect(page.locator("td.title")).to_have_text(["notes of May"])
        page.get_by_role("tab", name="Chat").click()
        ask(page, "When will the bridge of Hindelang open?")
        finished(page)
        expect(page.locator(".source").first).to_contain_text("Hindelang")


def bomb() -> bytes:
    return files.archive({"word/document.xml": b"0" * 80_000_000})


def test_addresses_are_fetched_but_not_from_this_machine(
    library: tuple[Assistant, str], opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever serves the page may ingest from their own network; whoever visits it may not.
    monkeypatch.setattr(library[0], "settings", library[0].settings.model_copy(update={"fetch_private": True}))
    with opened(library[1]) as page:
        open_library(page)
        page.get_by_role("textbox", name="Addresses").fill(
            "http://127.0.0.1:9/a\nhttp://[::1]/\n\njavascript:alert(1)\n"
        )
        page.get_by_role("button", name="Add addresses").click()
        expect(page.locator(".added[aria-busy=false] > li")).to_have_count(3, timeout=SECONDS)
        expect(page.get_by_role("textbox", name="Addresses")).to_have_value("")
        told = page.locator(".added > li").all_inner_texts()
        assert "private network" in told[0] and "private network" in told[1] and "It is no address" in told[2]


def test_an_article_is_opened_beside_the_table_and_removed_when_confirmed(
    library: tuple[Assistant, str], opened: Opener
) -> None:
    with opened(library[1]) as page, opened(library[1], NARROW) as other:
        for each in (page, other):
            open_library(each)
            each.get_by_role("textbox", name="Search the library").fill("bridge 007")
            expect(each.locator("td.title")).to_have_count(1)
        page.get_by_role("button", name="Bridge 007 opens", exact=True).click()
        expect(page.locator("#library-panel .text")).to_have_text("Bridge 7 opened.")
        left, table = page.locator("#library-panel .article").bounding_box(), page.locator("table").bounding_box()
        assert left and table and table["x"] + table["width"] <= left["x"]
        page.keyboard.press("Escape")
        expect(page.get_by_role("button", name="Bridge 007 opens", exact=True)).to_be_focused()
        page.get_by_role("button", name="Remove Bridge 007 opens").click()
        expect(page.get_by_role("dialog")).to_contain_text("Bridge 007 opens")
        page.get_by_role("button", name="Keep it").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.get_by_role("button", name="Remove Bridge 007 opens").press("Enter")
        page.get_by_role("button", name="Remove", exact=True).press("Enter")
        expect(page.locator("#library .status")).to_have_text("Removed “Bridge 007 opens”.")
        expect(page.locator("td.title")).to_have_count(0)
        # The other visitor's list is of before.
        assert other.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
        other.get_by_role("button", name="Bridge 007 opens", exact=True).click()
        expect(other.locator("#library-panel .problem")).to_contain_text("There is no article 'a007'")
        other.get_by_role("button", name="Close the article").click()
        other.get_by_role("button", name="Remove Bridge 007 opens").click()
        other.get_by_role("button", name="Remove", exact=True).click()
        expect(other.locator("#library .status")).to_contain_text("There is no article 'a007'")


def test_a_citation_of_what_was_removed_says_so(library: tuple[Assistant, str], opened: Opener) -> None:
    with opened(library[1]) as page:
        open_library(page)
        add(page, file("gone.txt", BODY.format("Vaduz")))
        page.get_by_role("tab", name="Chat").click()
        ask(page, "When will the bridge of Vaduz open?")
        finished(page)
        library[0].remove("upload:gone.txt")
        page.locator(".source", has_text="Vaduz").first.click()
        expect(page.locator("#panel .problem")).to_contain_text("There is no article 'upload:gone.txt")


def test_an_ingest_says_how_far_it_is_and_can_be_stopped(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def slow(targets: list[str], settings: Settings, *, uploads: object, proceed: Callable[[Report], bool]) -> Report:
        report = Report(added=["a"])
        while proceed(report):
            asked.set()
            threading.Event().wait(0.05)
        return report

    monkeypatch.setattr(page_add, "ingest", slow)
    assistant = Scripted(lambda question: iter([said(question, "It rained.")]), ARTICLE)
    assistant.settings = Settings()  # type: ignore[attr-defined]
    with serving(assistant) as address, opened(address) as page:
        page.get_by_role("tab", name="Library").click()
        page.locator("#add input[type=file]").set_input_files([file("a.txt", "a"), file("b.txt", "b")])  # type: ignore[list-item]
        expect(page.locator("[data-state=working]")).to_contain_text("a.txt added", timeout=SECONDS)
        expect(page.locator("[data-state=waiting]")).to_contain_text("b.txt")
        assert asked.is_set()
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.locator(".added[aria-busy=false]")).to_contain_text("Stopped.", timeout=SECONDS)
        page.wait_for_timeout(500)
        expect(page.locator(".added")).not_to_contain_text("not foreseen")
        expect(page.get_by_role("button", name="Stop", exact=True)).to_be_hidden()


def test_where_nothing_may_be_changed_one_can_only_look(library: tuple[Assistant, str], opened: Opener) -> None:
    with serving(library[0], changes=False) as address, opened(address) as page:
        open_library(page)
        assert page.locator("#add, .remove, #library dialog").count() == 0
        page.locator("td.title button").first.click()
        expect(page.locator("#library-panel .text")).to_contain_text("opened")


def test_an_address_is_taken_up_to_a_bound(
    library: tuple[Assistant, str], opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "is_public", lambda _: True)
    monkeypatch.setattr(page_add, "_ARTICLES", 2)
    with web_server.serving() as server, opened(library[1]) as page:
        locations = ""
        for place in ("Kiel", "Worms", "Mainz"):
            server.answers[f"/{place}"] = web_server.page(f"A bridge for {place}", BODY.format(place))
            locations += f"<url><loc>{server.url}/{place}</loc></url>"
        server.answers["/map.xml"] = lambda handler: handler.give(f"<urlset>{locations}</urlset>", kind="text/xml")
        open_library(page)
        page.get_by_role("textbox", name="Addresses").fill(f"{server.url}/map.xml")
        page.get_by_role("button", name="Add addresses").click()
        told = page.locator(".added[aria-busy=false] > li")
        expect(told).to_contain_text("2 added", timeout=SECONDS)
        expect(told).to_contain_text("These are the first 2 of that address.")
        assert server.asked["/Mainz"] == 0
