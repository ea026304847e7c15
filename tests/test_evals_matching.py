"""When a text holds an answer, strictly and sensibly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.matching import canonical, exact_match, holds, holds_strictly, normalise, token_f1


def test_normalise_does_what_the_squad_script_does() -> None:
    assert normalise("The  U.S. “Squid-Game”, a show!") == "us squidgame show"


def test_exact_match_and_f1_by_hand() -> None:
    assert exact_match("The cat.", ["dog", "cat"]) and not exact_match("cats", ["cat"])
    # Two of three words said are among the two expected: precision 2/3, recall 1.
    assert token_f1("big black cat", ["black cat"]) == pytest.approx(0.8)
    assert token_f1("dog", ["cat"]) == 0.0 == token_f1("", ["cat"])


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("6.2%", "It rose 6.2 percent."),
        ("6.2 per cent", "It rose 6.2%."),
        ("1,400", "some 1400 jobs"),
        ("4.00%", "a rate of 4%"),
        ("$5 million", "a deal worth US$5m"),
        ("1.2 billion crowns", "paid 1,200,000,000 crowns"),
        ("£3bn", "3 billion pounds"),
        ("Rishi Sunak", "Mr Sunak said so."),
        ("Rishi Sunak", "It was over on Friday. Sunak's party lost."),
        ("Rishi Sunak", "Rishi Sunak"),
        ("The U.S.", "made in the US"),
        ("“Squid Game”", 'a new "Squid Game" season'),
    ],
)
def test_the_same_said_otherwise_is_held(answer: str, text: str) -> None:
    assert holds(text, [answer])


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("25%", "It costs 25 cents."),
        ("900", "1,900 jobs"),
        ("900", "900.5"),
        ("5 million", "5 billion"),
        ("6.2%", "62 of them"),
        ("South Korea", "North Korea"),
        ("South Korea", "Korea"),
        ("Rishi Sunak", "Akshata Sunak"),
        ("Buffalo Bills", "He paid his bills."),
        ("Deborah Times", "The Times Square"),
        ("Anna Berg", "a Berg-Smith and a Smith-Berg"),
        ("New York", "the Duke of York"),
        ("Squid Game", "the Game"),
        ("cat", "concatenate"),
        ("the", "the"),
    ],
)
def test_something_else_is_not_held(answer: str, text: str) -> None:
    assert not holds(text, [answer])


def test_strictly_a_surname_is_not_the_name() -> None:
    assert not holds_strictly("Mr Sunak said so.", ["Rishi Sunak"])


def test_figures_have_one_spelling() -> None:
    assert canonical("$1.2bn") == canonical("1.2 billion dollars") == ["1200000000", "dollars"]
    assert canonical("007 and 0.50") == ["7", "and", "0.5"]


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_a_text_holds_what_it_was_made_of(before: str, answer: str, after: str) -> None:
    words = canonical(answer)
    text = f"{before} . {' '.join(words)} . {after}"
    assert holds(text, [" ".join(words)]) == bool(canonical(" ".join(words)))
