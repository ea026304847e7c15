"""What a chat model writes that is no sentence."""

from __future__ import annotations

import pytest

from assistant import whole


@pytest.mark.parametrize(
    "text",
    [
        "Ms. Okafor was hired in June.",
        "Lund is 17.",
        "The answer is that the fund lost $1.5bn.",
        "It fell by 6%.",
        "Der Fonds verlor 2024 Geld.",
        "The Dodgers hired her: she had won twice.",
        "基金在2024年亏损。",
    ],
)
def test_a_sentence_can_be_checked(text: str) -> None:
    assert whole.fault(text) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Mary Okafor", "no whole sentence"),
        ("The Dodgers.", "no whole sentence"),
        ("The answer is: 18%.", "no whole sentence"),
        ("The answer to this question is Mary Okafor.", "no whole sentence"),
        ("", "no whole sentence"),
        ("Have your baby items been recalled?", "a question"),
        ("The five best:", "leads to"),
        ("New York CNN Business —", "leads to"),
        ("What to do next · example.org · 2022-08-15", "heading"),
        ("What to do next… · outlet unknown · undated", "heading"),
    ],
)
def test_a_fragment_says_nothing_of_anything(text: str, why: str) -> None:
    assert why in whole.fault(text)
