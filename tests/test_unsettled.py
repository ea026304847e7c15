"""What is not settled is known by a denial and by the question's own words."""

from __future__ import annotations

import pytest

from assistant.unsettled import unsettled


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who will lead the trade talks?", "The ministry has yet to confirm who will lead the trade talks."),
        ("What caused the fire at the mill?", "Police said it was not clear what caused the fire at the mill."),
        ("How much does a ticket to space cost?", "The firm has not disclosed how much its tickets to space cost."),
        ("When will the bridge open?", "No decision has been made on when the bridge will open."),
        ("Who is the new coach of Rovers?", "Rovers declined to name their new coach."),
    ],
)
def test_what_says_that_it_is_not_known(question: str, sentence: str) -> None:
    assert unsettled(question, sentence) >= 0.5


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Who will lead the trade talks?", "Anna Berg will lead the trade talks."),
        ("Who will lead the trade talks?", "The cause of the fire was not known on Saturday."),
        ("Who will lead the trade talks?", ""),
        ("", "It is not known."),
    ],
)
def test_what_does_not(question: str, sentence: str) -> None:
    assert unsettled(question, sentence) == 0.0
