"""Hostile strings in a real browser, wherever untrusted words come from: none runs, none loads, each is read as text.

Requests to elsewhere, dialogs, errors and what the content security policy stops are counted by `opened`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from assistant import Answer, Article, Assistant, Citation, Note, Passage, Sentence, Settings
from assistant.page import add as page_add
from assistant.page.library_html import PAGE
from assistant.page.markup import shortened
from corpus.text import normalise
from ingest import Report, ingest
from ingest.load import Skipped
from tests.browser import SECONDS, Opener, Scripted, ask, finished, serving
from tests.hostile import STRINGS

STATIC = Path(__file__).parents[1] / "assistant/page/static"
# What none of these strings may become. (The page's own pictures are SVG, and it has fields of its own.)
FORBIDDEN = "img, script, iframe, object, embed, math, style, link, meta, base, form, video, marquee, template, b, xmp"
CHAT = Article("id", 1, STRINGS[0], STRINGS[3], "javascript:window.ran=1", None, "\n\n".join(map(normalise, STRINGS)))


def read(text: str | None) -> str:
    """As a browser gives it back: line ends are one character, and spaces at the ends do not count."""
    return re.sub(r"\r\n?", "\n", text or "").strip()


def unharmed(page: Page) -> None:
    assert page.evaluate("[window.ran, {}.ran, Object.prototype.value, document.cookie]") == [None, None, None, ""]
    ours = ":is(.turns, .welcome, .article, ol.added, #library table, #library dialog)"
    assert page.locator(f"{ours} :is({FORBIDDEN}, [style], [onerror], [onload], [srcdoc], [src], [ping])").count() == 0
    assert page.locator(f"{ours} a:not([href^='http://'], [href^='https://'])").count() == 0


def test_there_are_many_and_they_differ() -> None:
    assert len(set(STRINGS)) == len(STRINGS) >= 60


def answering(question: str) -> Iterator[Answer]:
    """At last, each string is a sentence, a quote, a title, an outlet, a link, a date, a reason, a note."""
    if question != "And all?":
        yield Answer(question, question, "", (), (), (), False, 1.0, (), "scripted", None, "2025-04-08")
        return
    said = [normalise(string) for string in STRINGS]
    starts = [CHAT.text.index(string) for string in said]
    cited = tuple(
        Citation(n, "id", 1, text, text, text, text, start, start + len(text), text)
        for n, (start, text) in enumerate(zip(starts, said, strict=True), 1)
    )
    yield Answer(
        question, said[0], " ".join(f"{text} [{n}]" for n, text in enumerate(said, 1)),
        tuple(Sentence(text, (n,), "partly", 0.5, (text,)) for n, text in enumerate(said, 1)), cited,
        tuple(Passage("id", 1, text, text, text, text, 0, 9, text) for text in said),
        False, 1.0, tuple(Note(text, text) for text in said), said[1], None, said[2], short_answer=said[0],
    )  # fmt: skip


def test_what_a_model_says_and_a_person_asks(opened: Opener) -> None:
    with serving(Scripted(answering, CHAT)) as address, opened(address) as page:
        shown = []
        parts = [string for string in STRINGS if len(string) < 1_000]
        for turn, first in enumerate(range(0, len(parts), 12), 1):  # a question is shown to 2,000 characters
            ask(page, "\n".join(parts[first : first + 12]))
            finished(page, turn)
            shown.append(read(page.locator(".question").last.text_content()))
        for string in parts:
            assert any(read(normalise(string)) in each for each in shown), string
        ask(page, "And all?")
        finished(page, turn + 1)
        last = page.locator(".turn").last
        for kind in (".doubtful", ".notes li", ".source .quote", ".source .origin"):
            told = last.locator(kind).all_text_contents()
            assert len(told) == len(STRINGS)
            for shown_here, string in zip(told, STRINGS, strict=True):
                assert read(normalise(string)) in read(shown_here)
        unharmed(page)
        for place in range(0, len(STRINGS), 9):
            last.locator(".source").nth(place).click()
            expect(page.locator("#panel .article")).to_have_count(1)
            page.wait_for_function("text => document.querySelector('#panel mark')?.textContent.includes(text)",
                                   arg=normalise(STRINGS[place])[:40].strip())  # fmt: skip
            unharmed(page)
        assert read(page.locator("#panel .text").text_content()) == read(CHAT.text)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Each string is the id, title, outlet, address and text of an article."""
    folder = tmp_path_factory.mktemp("hostile")
    articles = [
        {"id": f"{number} {re.sub('[^ -~]', '', string)[:400]}", "title": string, "source": string, "url": string,
         "author": string, "text": f"{string}\n\nArticle {number}."}
        for number, string in enumerate(STRINGS)
    ]  # fmt: skip
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, articles)))
    settings = Settings(home=folder / "corpus")
    report = ingest([str(folder / "a.jsonl")], settings)
    assert len(report.added) == len(STRINGS) and not report.skipped
    with Assistant(settings) as assistant:
        yield assistant


def test_what_articles_say_of_themselves(corpus: Assistant, opened: Opener) -> None:
    with serving(corpus) as address, opened(address) as page:
        unharmed(page)  # the questions that are suggested
        page.get_by_role("tab", name="Library").click()
        shown: list[str] = []
        for first in range(0, len(STRINGS), PAGE):
            expect(page.locator(".pager span")).to_contain_text(f"{first + 1} to ")
            shown += map(read, page.locator("td.title").all_text_contents())
            for row in range(0, page.locator("td.title").count(), 8):
                page.locator("td.title button").nth(row).click()
                listed = corpus.listing(limit=1, offset=first + row).articles[0]
                number = listed.id.split()[0]
                page.wait_for_function(
                    "end => document.querySelector('#library-panel .text')?.textContent.endsWith(end)",
                    arg=f"\n\nArticle {number}.",
                )
                assert read(page.locator("#library-panel .text").text_content()) == read(corpus.article(listed.id).text)
                assert read(page.locator("#library-panel h2").text_content()) == read(listed.title)
                unharmed(page)
            page.keyboard.press("Escape")
            page.locator(".remove").first.click()
            expect(page.locator("dialog .which")).to_have_text(shown[first], use_inner_text=False)
            page.get_by_role("button", name="Keep it").click()
            if first + PAGE < len(STRINGS):
                page.get_by_role("button", name="Next").click()
        titles = [read(shortened(listed.title, 200)) for listed in corpus.articles()]
        assert shown == titles and len(titles) == len(STRINGS)
        unharmed(page)


def test_file_names_and_addresses(corpus: Assistant, opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(targets: list[str], settings: Settings, *, uploads: dict[str, str], proceed: object) -> Report:
        return Report(skipped=[Skipped("somewhere", f"It is called {uploads[targets[0]]}")])

    monkeypatch.setattr(page_add, "ingest", unreadable)
    monkeypatch.setattr(page_add, "_MOST", 200)
    names = [string.replace("\x00", "")[:1000] for string in STRINGS if "\ud800" not in string]
    with serving(corpus, max_upload=10) as address:
        # Turned away in the browser, by the name it knows; and sent, by the name it got.
        for size, some in ((11, names), (1, names[::3])):
            with opened(address) as page:
                page.get_by_role("tab", name="Library").click()
                files: list[Any] = [{"name": name, "mimeType": "", "buffer": b"x" * size} for name in some]
                page.locator("#add input[type=file]").set_input_files(files)
                told = page.locator(".added[aria-busy=false] > li")
                expect(told).to_have_count(len(some), timeout=SECONDS)
                unharmed(page)
                for shown, name in zip(page.locator(".added .name").all_text_contents(), some, strict=True):
                    assert size == 1 or read(shortened(normalise(name), 200)) == read(shown)
        with opened(address) as page:
            page.get_by_role("tab", name="Library").click()
            lines = [line for name in names for line in name.splitlines() if line.strip() and line[:4] != "http"]
            page.get_by_role("textbox", name="Addresses").fill("\n".join(lines))
            page.get_by_role("button", name="Add addresses").click()
            told = page.locator(".added[aria-busy=false] > li")
            expect(told).to_have_count(len(lines), timeout=SECONDS)
            for name in (STRINGS[0], STRINGS[3], "${window.ran=1}"):
                page.get_by_role("textbox", name="Search the library").fill(name)
                expect(page.locator("#library-table .pager")).to_be_visible()
            unharmed(page)


@pytest.mark.parametrize("path", sorted(STATIC.iterdir()), ids=lambda path: path.name)
def test_no_script_or_template_of_ours_makes_markup_of_words(path: Path) -> None:
    source = path.read_text("utf-8")
    # gr.HTML compiles a template in the browser: what it fills in would run, whatever is escaped in it.
    assert path.suffix != ".html" or not re.search(r"\$\{|\{\{", source)
    if path.suffix == ".js":
        writes = r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|Function\(|DOMParser|setHTML"
        assert not re.search(writes, source)
