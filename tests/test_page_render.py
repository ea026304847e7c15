"""What the page shows, read back from its HTML as a browser would."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Answer, Citation, Note, Sentence, Verdict
from assistant.page import article as article_page
from assistant.page import evaluate, markup, render
from assistant.page.turns import Turn
from corpus.text import normalise
from corpus.types import Article, Passage

HOSTILE = [
    "<script>boom()</script>",
    '<img src="http://evil.test/x.png" onerror="boom()">',
    "![x](http://evil.test/x.png)",
    '"><svg onload=boom()>',
    "' onmouseover='boom()",
    "</textarea></style></script><iframe src=//evil.test>",
    "${boom()} {{constructor.constructor('boom()')()}}",
    "&lt;b&gt; &amp; $$x$$",
    "\u202egnp.exe",
]


class Page(HTMLParser):
    """The elements and the text of some HTML; `inside` collects the text of the elements that have a class or tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[tuple[str, str]] = []
        self._texts: list[tuple[tuple[tuple[str, str], ...], str]] = []
        self.feed(html)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.elements.append((tag, found))
        self._open.append((tag, found.get("class", "")))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        self._texts.append((tuple(self._open), data))

    def inside(self, name: str) -> str:
        return "".join(
            data for above, data in self._texts if any(name == tag or name in classes.split() for tag, classes in above)
        )

    def all(self, name: str) -> list[dict[str, str]]:
        return [found for tag, found in self.elements if tag == name or name in found.get("class", "").split()]


def citation(marker: int = 1, quote: str = "It rained.", **changes: object) -> Citation:
    values: dict[str, object] = {
        "marker": marker, "article_id": "a", "version": 1, "title": "Weather", "source": "The Times", "url": None,
        "published": "2025-04-07", "start": 0, "end": len(quote), "quote": quote,
    }  # fmt: skip
    return Citation(**(values | changes))  # type: ignore[arg-type]


def passage(text: str = "It rained.", start: int = 0, article_id: str = "a") -> Passage:
    return Passage(article_id, 1, "Weather", "The Times", None, None, start, start + len(text), text)


def answer(text: str = "It rained. [1]", verdict: Verdict = "supported", **changes: object) -> Answer:
    values: dict[str, object] = {
        "question": "Did it rain?", "searched_for": "Did it rain?", "text": text,
        "sentences": (Sentence("It rained.", (1,), verdict, 0.9, ("one reason",)),), "citations": (citation(),),
        "passages": (), "refused": False, "confidence": 0.9, "notes": (), "model": "reader", "prompt_id": None,
        "as_of": "2025-04-08",
    }  # fmt: skip
    return Answer(**(values | changes))  # type: ignore[arg-type]


def shown(answer: Answer) -> Page:
    return Page(render.conversation([Turn(answer.question, answer, done=True)]))


def test_each_sentence_is_followed_by_its_chips_and_each_citation_is_listed() -> None:
    sentences = (Sentence("It rained.", (1,), "supported", 1.0), Sentence("It snowed, too.", (1, 2), "supported", 1.0))
    cited = (citation(1), citation(2, "Snow fell.", source=None, published=None, title="Winter"))
    page = shown(answer("It rained. [1] It snowed, too. [1][2]", sentences=sentences, citations=cited))
    assert page.inside("said") == "It rained.1 It snowed, too.12"
    assert [chip["data-marker"] for chip in page.all("chip")] == ["1", "1", "2"]
    assert [chip["data-turn"] for chip in page.all("chip")] == ["0", "0", "0"]
    assert page.all("chip")[0]["aria-label"] == "Citation 1: The Times, 7 April 2025"
    assert page.all("chip")[2]["aria-label"] == "Citation 2: Winter, undated"
    assert page.inside("quote") == "It rained.Snow fell."
    assert page.inside("origin") == "The Times · 7 April 2025 · Weatherundated · Winter"
    assert "As of 8 April 2025" in page.inside("foot")


def test_bracketed_numbers_that_are_no_markers_stay() -> None:
    sentence = Sentence("See [7] there.", (1,), "supported", 1.0)
    page = shown(answer("They say: See [7] there. [1] More [2].", sentences=(sentence,)))
    assert page.inside("said") == "They say: See [7] there.1 More [2]."


@pytest.mark.parametrize(("verdict", "word"), [("partly", "partly supported"), ("unsupported", "not supported")])
def test_doubtful_sentences_say_so_and_why(verdict: Verdict, word: str) -> None:
    page = shown(answer(verdict=verdict))
    assert page.inside("verdict") == word
    assert page.all("verdict")[0]["title"] == "one reason"
    assert not shown(answer()).all("verdict")


def test_a_refusal_looks_like_one_and_shows_what_comes_nearest_once() -> None:
    near = (passage("It rained. Then it shone."), passage("It was cold.", 99), passage("Other.", article_id="b"))
    page = shown(answer("The articles do not say. The nearest they say: It rained. [1]", refused=True, passages=near))
    assert page.inside("badge") == "No answer in the articles"
    assert page.inside("said") == "The articles do not say. The nearest they say: It rained.1"
    assert page.inside("quote") == "It rained.It was cold.Other."
    assert [card.get("data-passage") for card in page.all("source")] == [None, "1", "2"]
    assert not shown(answer(passages=near)).all("badge")


def test_notes_and_what_was_searched_for_are_shown() -> None:
    page = shown(answer(notes=(Note("fallback", "The model did not answer."),), searched_for="rain in April"))
    assert page.inside("notes") == "fallback The model did not answer."
    assert page.inside("foot") == "As of 8 April 2025 · answered by reader · searched for “rain in April”"


def test_a_turn_in_progress_a_failed_one_and_a_very_long_question() -> None:
    page = Page(render.conversation([Turn("Why?")]))
    assert page.inside("working") and page.all("turn")[0]["aria-busy"] == "true"
    page = Page(render.conversation([Turn("Why?", answer(), problem="It broke. Ask again.", done=True)]))
    assert page.inside("problem") == "It broke. Ask again." and page.inside("said") == "It rained.1"
    page = Page(render.conversation([Turn("x" * 100_000, problem="Too long.", done=True)]))
    assert len(page.text) < 3_000 and "Too long." in page.text
    assert "question" not in Page(render.conversation([Turn(" ", problem="Empty.", done=True)])).inside("turn")


def test_the_panel_shows_the_whole_text_with_the_quote_marked() -> None:
    text = "A line that is long enough to be a paragraph: " + "word " * 20 + ".\nThe quote\nis here. End."
    start = text.index("The quote")
    article = Article("a", 1, "Weather", "The Times", "https://a.test/", None, text)
    page = Page(article_page.panel(article, start, start + len("The quote\nis here."), 7))
    assert page.inside("text") == text
    assert page.inside("mark") == "The quote\nis here."
    assert page.all("article")[0]["data-opening"] == "7"
    assert page.all("a")[0] == {"href": "https://a.test/", "target": "_blank", "rel": "noopener noreferrer nofollow"}


def test_of_a_very_long_article_what_surrounds_the_quote_is_shown() -> None:
    text = "a" * 1_000_000 + "QUOTE" + "b" * 1_000_000
    page = Page(article_page.panel(Article("a", 1, "T", None, None, None, text), 1_000_000, 1_000_005, 1))
    assert page.inside("mark") == "QUOTE" and len(page.text) < 210_000 and page.inside("cut")


def test_the_beginning_counts_the_articles_or_says_how_to_add_some() -> None:
    page = Page(render.welcome(2_014, ["Why <b>now</b>?"]))
    assert "2,014 articles" in page.text and page.all("suggestion")[0]["data-question"] == "Why <b>now</b>?"
    assert "1 article" in render.welcome(1, []) and "1 articles" not in render.welcome(1, [])
    assert Page(render.welcome(0, [])).inside("code").startswith("ingest FOLDER")


@given(st.one_of(st.sampled_from(HOSTILE), st.text()))
def test_untrusted_text_is_shown_as_text_wherever_it_appears(words: str) -> None:
    cited = citation(1, words, title=words, source=words, url=words, published=words)
    one = Answer(
        words, words, f"{words} [1]", (Sentence(words, (1,), "partly", 1.0, (words,)),), (cited,),
        (passage(words, 9_999),), True, 1.0, (Note(words, words),), words, words, words,
    )  # fmt: skip
    article = Article(words, 1, words, words, words, words, words)
    parts = [
        render.conversation([Turn(words, one, problem=words, done=True)]),
        article_page.panel(article, 0, len(words) // 2, 1),
        article_page.closed_panel(words, 1),
        render.welcome(1, [words]),
    ]
    for page in map(Page, parts):
        assert {tag for tag, _ in page.elements} <= {
            "div", "article", "h2", "h3", "h4", "p", "span", "ul", "ol", "li", "button", "bdi", "aside", "header",
            "mark", "section", "a",
        }  # fmt: skip
        names = {name for _, found in page.elements for name in found}
        assert not {name for name in names if name.startswith(("on", "src", "style"))}
        assert all(markup.is_web_address(link["href"]) for link in page.all("a"))
    assert normalise(words) in Page(parts[2]).text
    report = Page(evaluate._report(words))
    assert [tag for tag, _ in report.elements] == ["iframe"]
    assert report.all("iframe")[0] | {"title": ""} == {"title": "", "sandbox": "", "srcdoc": normalise(words)}


@pytest.mark.parametrize("url", ["https://a.test/x?y=1&z=%22", "http://a.test", "HTTPS://a.test/ü"])
def test_web_addresses_become_links(url: str) -> None:
    assert markup.is_web_address(url)


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//a.test", "https:", "https:///x", "", "ftp://a.test",
     "java\nscript:alert(1)", " https://a.test", "https://a.test/\u202e", "http://[", "https://a.test/ b"],
)  # fmt: skip
def test_anything_else_does_not(url: str) -> None:
    assert not markup.is_web_address(url) and markup.link(url, "Original") == ""
