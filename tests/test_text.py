"""Text at the door, its sentences, and what is no sentence of an article."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.text import is_boilerplate, is_label, normalise, sentences
from tests.texts import odd_text


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@settings(deadline=None)
@given(st.text(st.characters()))
def test_a_normalised_text_can_be_stored_and_loses_nothing_else(text: str) -> None:
    result = normalise(text)
    result.encode("utf-8")
    assert "\r\n" not in result or "\r\r\n" in text or "\r\ufeff" in text or "\r\x00" in text
    assert normalise("A\r\nB\x00\ufeff\ud800") == "A\nB\ufffd"


@settings(deadline=None)
@given(odd_text().map(normalise))
def test_sentences_are_in_order_and_leave_out_only_space_and_list_marks(text: str) -> None:
    spans = sentences(text)
    assert all(start < end for start, end in spans)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    between = "".join(text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2))
    assert not any(character.isalnum() for character in between)


def test_abbreviations_and_quotations_do_not_end_a_sentence() -> None:
    text = "U.S. President Joe Biden met Mr. Smith. “We agreed,” he said. It cost $1.5 billion."
    assert split(text) == [
        "U.S. President Joe Biden met Mr. Smith.",
        "“We agreed,” he said.",
        "It cost $1.5 billion.",
    ]


def test_a_line_is_a_paragraph_but_a_wrapped_line_is_not() -> None:
    assert split("Prices rise\nThe bank said so.\n- First point\n- Second point") == [
        "Prices rise",
        "The bank said so.",
        "First point",
        "Second point",
    ]
    wrapped = (
        "The central bank raised its rate on Thursday to the highest level\n"
        "in ten years, saying that prices were rising faster than it had\n"
        "expected.\n\nMarkets fell."
    )
    assert [" ".join(sentence.split()) for sentence in split(wrapped)] == [
        "The central bank raised its rate on Thursday to the highest level in ten years, saying that prices were "
        "rising faster than it had expected.",
        "Markets fell.",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "For latest Business and Finance News subscribe to Globalfinserve, Click here",
        "#NYSE #USMARKETS #DOW #SP500",
        "Sign up for our newsletter to get the day's stories.",
        "***",
        "© 2024 Example News. All rights reserved.",
    ],
)
def test_furniture_of_the_page_is_no_evidence(line: str) -> None:
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        "The minister said that the talks would go on.",
        "Meta changed its privacy policy on Monday after regulators in four countries said that the company had "
        "shared the messages of children with advertisers for years.",
        "Prices rose 6.2%.",
    ],
)
def test_news_is_evidence(line: str) -> None:
    assert not is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    ["New York CNN —", "(CNN) -", "Key Takeaways:", "Rob Gronkowski", "“Sprite”", "CNN", "Prices rose"],
)
def test_what_only_names_what_stands_beside_it_is_a_label(line: str) -> None:
    assert is_label(line)


@pytest.mark.parametrize(
    "line",
    [
        "It rained.",
        "“Resign!”",
        "Winner: Adele Adkins",
        "The minister named three people who would lead the talks in April:",
    ],
)
def test_what_says_something_is_no_label(line: str) -> None:
    assert not is_label(line)
