"""What the page shows, read back from its HTML as a browser would."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Answer, Citation, Differing, Note, Sentence, Verdict
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
    assert page.all("chip")[0]["aria-label"] == "Citation 1: The Times, 7 April 2025, 1 day before"
    assert page.all("chip")[2]["aria-label"] == "Citation 2: Winter, undated"
    assert page.all("chip")[0]["data-checked"] == "Checked: supported"
    assert page.inside("quote") == "It rained.Snow fell."
    ids = [quote["id"] for quote in page.all("quote")]
    assert [chip["aria-describedby"] for chip in page.all("chip")] == [ids[0], ids[0], ids[1]]
    assert page.inside("title") == "WeatherWinter"
    assert page.inside("origin") == "The Times · 7 April 2025 · 1 day beforeundated"
    assert page.inside("asof") == "As of 8 April 2025 · newest source 7 April 2025, 1 day before"
    assert page.inside("foot") == "✓ All 2 sentences checked: supported by the quotes · answered by reader"


def test_bracketed_numbers_that_are_no_markers_stay() -> None:
    sentence = Sentence("See [7] there.", (1,), "supported", 1.0)
    page = shown(answer("They say: See [7] there. [1] More [2].", sentences=(sentence,)))
    assert page.inside("said") == "They say: See [7] there.1 More [2]."


@pytest.mark.parametrize(("verdict", "word"), [("partly", "partly supported"), ("unsupported", "not supported")])
def test_doubtful_sentences_say_so_and_why(verdict: Verdict, word: str) -> None:
    page = shown(answer(verdict=verdict))
    assert page.inside("verdict") == f"{word}: one reason"
    assert page.all("chip")[0]["data-checked"] == f"Checked: {word}"
    assert "0 of 1 sentences wholly supported" in page.inside("foot")
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
    assert page.inside("searched") == "Searched for: rain in April"
    assert not shown(answer()).all("searched")


def test_what_differs_stands_side_by_side_and_what_is_old_before_the_answer() -> None:
    sides = (Differing("62 houses", 2), Differing("40 houses", 1), Differing("cited nowhere", 9))
    notes = (Note("conflict", "long words", sides), Note("stale", "It is old."))
    cited = (citation(1), citation(2, source="The Post", published="2024-01-05"))
    page = shown(answer(notes=notes, citations=cited))
    assert page.inside("differing") == "62 housesThe Post · 5 January 2024 · 15 months before240 housesThe Times · " + (
        "7 April 2025 · 1 day before1"
    )
    assert "long words" not in page.text
    assert page.text.index("It is old.") < page.text.index("It rained.") < page.text.index("62 houses")


@pytest.mark.parametrize(
    ("published", "told"),
    [("2025-04-08T23:00:00Z", "the same day"), ("2025-04-07", "1 day before"), ("2025-03-01", "38 days before"),
     ("2024-04-08", "12 months before"), ("2020-04-08", "5 years before"), ("2025-04-09", ""), ("soon", ""),
     (None, "")],
)  # fmt: skip
def test_an_age_is_told_from_the_day_of_the_question(published: str | None, told: str) -> None:
    assert markup.age(published, "2025-04-08") == told


def test_bounds_that_an_answer_was_asked_within_are_told() -> None:
    turn = Turn(
        "?", answer(), done=True, bounds={"source": "The <Times>", "since": "2025-04-01", "until": "2025-04-08"}
    )
    told = Page(render.conversation([turn])).inside("asof")
    assert told.startswith("As of 8 April 2025 · only The <Times> · from 1 April 2025 · until 8 April 2025 · newest")


def test_what_is_being_done_is_told_until_it_is_done() -> None:
    def working(turn: Turn, articles: int = 2_014) -> str:
        return Page(render.conversation([turn], articles)).inside("working")

    growing = answer("", sentences=(), citations=(), passages=(passage(), passage()))
    assert working(Turn("Why?")) == "Searching 2,014 articles"
    assert working(Turn("Why?"), 1) == "Searching 1 article"
    assert working(Turn("Why?", replace(growing, stage="searching"))) == "Searching 2,014 articles"
    assert working(Turn("Why?", replace(growing, stage="reading"))) == "Reading 2 passages"
    assert working(Turn("Why?", replace(answer(), stage="writing"))) == "Writing and checking"
    assert working(Turn("Why?", replace(answer(), stage="checking"))) == "Checking"
    assert working(Turn("Why?", answer(), done=True)) == ""
    stopped = Page(render.conversation([Turn("Why?", replace(answer(), stage="writing"), done=True, stopped=True)]))
    assert (
        stopped.inside("stopped") == "Stopped. What is shown was checked." and stopped.inside("said") == "It rained.1"
    )


def test_only_the_last_question_can_be_asked_again_once_it_is_done() -> None:
    done = Turn("Why?", answer(), done=True)
    assert [b["data-event"] for b in Page(render.conversation([done, done])).all("button") if "data-turn" not in b] == [
        "retry", "edit",
    ]  # fmt: skip
    assert not Page(render.conversation([done, Turn("And?")])).all("again")


def test_a_turn_in_progress_a_failed_one_and_a_very_long_question() -> None:
    page = Page(render.conversation([Turn("Why?")]))
    assert page.inside("working") and page.all("turn")[0]["aria-busy"] == "true"
    page = Page(render.conversation([Turn("Why?", answer(), problem="It broke. Ask again.", done=True)]))
    assert page.inside("problem") == "It broke. Ask again." and page.inside("said") == "It rained.1"
    page = Page(render.conversation([Turn("x" * 100_000, problem="Too long.", done=True)]))
    assert len(page.text) < 3_000 and "Too long." in page.text
    assert "question" not in Page(render.conversation([Turn(" ", problem="Empty.", done=True)])).inside("turn")


def test_the_panel_leads_to_the_citations_before_and_after() -> None:
    one = Article("a", 1, "Weather", None, None, None, "It rained.")
    page = Page(article_page.panel(one, 0, 10, 1, article_page.Place(3, 1, (1, 2, 4))))
    assert [(b["aria-label"], b["data-turn"], b["data-marker"]) for b in page.all("button")[:2]] == [
        ("Previous citation", "3", "4"), ("Next citation", "3", "2"),
    ]  # fmt: skip
    assert page.inside("steps") == "‹1 of 3›"
    assert not Page(article_page.panel(one, 0, 10, 1, article_page.Place(3, 1, (1,)))).all("steps")


@pytest.mark.parametrize(
    ("url", "words", "found"),
    [
        ("https://a.test/n", "It rose 5%, he said", "https://a.test/n#:~:text=It%20rose%205%25%2C%20he%20said"),
        ("https://a.test/n", "well-known & “new”", "https://a.test/n#:~:text=well%2Dknown%20%26%20%E2%80%9Cnew%E2%80%9D"),
        ("https://a.test/n#part", "a\n b", "https://a.test/n#part:~:text=a%20b"),
        ("https://a.test/#:~:text=old", "new", "https://a.test/#:~:text=new"),
        ("https://a.test/", "one two three four-4 five, " + "word " * 30 + "six seven eight nine ten.",
         "https://a.test/#:~:text=one%20two%20three%20four%2D4%20five%2C,six%20seven%20eight%20nine%20ten."),
        ("https://a.test/", " ", "https://a.test/"),
    ],
)  # fmt: skip
def test_a_link_leads_to_the_words_themselves(url: str, words: str, found: str) -> None:
    assert article_page.deep(url, words) == found
    assert markup.is_web_address(found)


def test_the_panel_shows_the_whole_text_with_the_quote_marked() -> None:
    text = "A line that is long enough to be a paragraph: " + "word " * 20 + ".\nThe quote\nis here. End."
    start = text.index("The quote")
    article = Article("a", 1, "Weather", "The Times", "https://a.test/", None, text)
    page = Page(article_page.panel(article, start, start + len("The quote\nis here."), 7))
    assert page.inside("text") == text
    assert page.inside("mark") == "The quote\nis here."
    assert page.all("article")[0]["data-opening"] == "7"
    assert page.all("a")[0] == {
        "href": "https://a.test/#:~:text=The%20quote%20is%20here.", "target": "_blank",
        "rel": "noopener noreferrer nofollow",
    }  # fmt: skip


def test_of_a_very_long_article_what_surrounds_the_quote_is_shown() -> None:
    text = "a" * 1_000_000 + "QUOTE" + "b" * 1_000_000
    page = Page(article_page.panel(Article("a", 1, "T", None, None, None, text), 1_000_000, 1_000_005, 1))
    assert page.inside("mark") == "QUOTE" and len(page.text) < 210_000 and page.inside("cut")


def test_the_beginning_counts_the_articles_or_says_how_to_add_some() -> None:
    page = Page(render.welcome(2_014, ["Why <b>now</b>?"]))
    assert "2,014 articles" in page.text and page.all("suggestion")[0]["data-question"] == "Why <b>now</b>?"
    assert "1 article" in render.welcome(1, []) and "1 articles" not in render.welcome(1, [])
    assert Page(render.welcome(0, [])).inside("code").startswith("ingest FOLDER")
    assert "Library" in render.welcome(0, []) and "Library" not in render.welcome(0, [], changes=False)


@given(st.one_of(st.sampled_from(HOSTILE), st.text()))
def test_untrusted_text_is_shown_as_text_wherever_it_appears(words: str) -> None:
    cited = citation(1, words, title=words, source=words, url=words, published=words)
    one = Answer(
        words, words, f"{words} [1]", (Sentence(words, (1,), "partly", 1.0, (words,)),), (cited,),
        (passage(words, 9_999),), True, 1.0, (Note(words, words), Note(words, words, (Differing(words, 1),))), words,
        words, words,
    )  # fmt: skip
    article = Article(words, 1, words, words, words, words, words)
    parts = [
        render.conversation([Turn(words, one, words, done=True, bounds=dict.fromkeys(("since", "source"), words))]),
        article_page.panel(article, 0, len(words) // 2, 1, article_page.Place(0, 1, (1, 2))),
        article_page.closed_panel(words, 1),
        render.welcome(1, [words]),
    ]
    for page in map(Page, parts):
        assert {tag for tag, _ in page.elements} <= {
            "div", "article", "h2", "h3", "h4", "p", "span", "ul", "ol", "li", "button", "bdi", "aside", "header",
            "mark", "section", "a", "q", "strong", "svg", "use",
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
