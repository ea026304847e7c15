"""Conversations to take away. Markdown is read back with a parser of Markdown."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from assistant.answers import Note, Sentence
from assistant.page import export
from assistant.page.turns import Turn
from corpus.text import normalise
from tests.browser import said
from tests.test_page_render import HOSTILE

RAIN = said("Did it rain?", "It rained.", "It stopped.")
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
LIVELY = [
    *HOSTILE, "[a](http://evil.test)", "<http://evil.test>", "[x]: http://evil.test", "**b** _i_ `c` ~~s~~", "# head",
    "1. one", "- one", "+ one", "> said", "===", "a | b\n--|--\n1 | 2", "    code", "```\nx", "&copy; &#60;", "\\*",
    "[^1]", "[^1]: note", "a\n\nb", "$x$", "___", "***",
]  # fmt: skip


def shown(markdown: str) -> tuple[str, set[str]]:
    """The text that a reader sees, and the kinds of tokens behind it."""
    tokens = [inline for token in PARSER.parse(markdown) for inline in (token, *(token.children or ()))]
    text = "".join(token.content for token in tokens if token.type in ("text", "text_special", "code_inline"))
    return text, {token.type for token in tokens}


@pytest.mark.parametrize("text", LIVELY)
def test_lively_text_is_shown_as_it_stands(text: str) -> None:
    assert shown(export.literal(text)) == (
        " ".join(normalise(text).split()),
        {"paragraph_open", "inline", "text", "paragraph_close"},
    )


@settings(max_examples=60)
@given(st.text() | st.text(alphabet="\\`*_{}[]<>#+-.!|~$&@:/ \n\t1a"))
def test_any_text_is_shown_as_it_stands(text: str) -> None:
    told, kinds = shown(export.literal(text))
    assert told == " ".join(normalise(text).split())
    assert kinds <= {"paragraph_open", "inline", "text", "paragraph_close"}


@pytest.mark.parametrize("text", ["http://evil.test/x", "see www.evil.test", "HTTPS://evil.test", "me@evil.test"])
def test_no_address_is_left_that_others_make_links_of(text: str) -> None:
    assert not re.search(r"(?i)(?<!\\)://|www\.|(?<!\\)@", export.literal(text))


def test_an_answer_has_its_citations_as_footnotes() -> None:
    first, second = RAIN.citations
    answer = replace(
        RAIN,
        citations=(replace(first, url="https://news.example/rain", published="2025-04-07T10:00:00+02:00"), second),
        notes=(Note("stale", "The newest is old."),),
    )
    assert export.answer_as_markdown(answer).split("\n\n") == [
        "It rained.[^1] It stopped.[^2]",
        "> Stale: The newest is old.",
        "*As of 8 April 2025, answered by scripted.*",
        "[^1]: “It rained.”, A title, An outlet, 7 April 2025, <https://news.example/rain>, "
        "characters 0 to 10 of id, version 1",
        "[^2]: “It stopped.”, A title, An outlet, undated, characters 11 to 22 of id, version 1\n",
    ]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x.test/<script>", "https://x.test/ y", "file:///x"])
def test_an_address_that_may_not_be_a_link_is_left_out(url: str) -> None:
    answer = replace(RAIN, citations=tuple(replace(each, url=url) for each in RAIN.citations))
    assert export.answer_as_markdown(answer) == export.answer_as_markdown(RAIN)


def test_a_doubtful_sentence_says_why() -> None:
    doubtful = Sentence("It rained.", (1,), "partly", 0.5, ("6% is *not* there",))
    answer = replace(RAIN, text="It rained. [1]", sentences=(doubtful,), citations=RAIN.citations[:1])
    assert export.answer_as_markdown(answer).startswith("It rained.[^1] *(partly supported: 6% is \\*not\\* there)*\n")


def test_footnotes_of_a_conversation_are_numbered_throughout() -> None:
    turns = [Turn("Did it rain?", RAIN), Turn("", problem="The question is empty."), Turn("# And?", RAIN)]
    made = export.as_markdown("A *wet* day", turns)
    assert re.findall(r"^\[\^(\d)\]:", made, re.M) == ["1", "2", "3", "4"]
    assert "It rained.[^3] It stopped.[^4]" in made and "\nThe question is empty.\n" in made
    assert re.findall(r"^#+ .*", made, re.M) == ["# A \\*wet\\* day", "## Did it rain?", "## ", "## \\# And?"]


def test_json_has_the_public_names() -> None:
    made = json.loads(export.as_json("A wet day", [Turn("Did it rain?", RAIN, done=True)]))
    assert made["title"] == "A wet day"
    assert made["turns"] == [
        {"question": "Did it rain?", "answer": json.loads(json.dumps(RAIN.as_dict())), "problem": None}
    ]
