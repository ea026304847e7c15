"""A sentence against the text that it cites."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import verify
from tests.texts import odd_text

TEXT = (
    "Markets responded positively. The Topix surged as much as 6.7%, and the Nikkei 225 climbed 6.2% in morning "
    "trading. Prime Minister Shigeru Ishiba chaired a meeting in Tokyo. The fund lost $1.5 billion in 2024."
)


@pytest.mark.parametrize(
    "sentence",
    [
        "The Nikkei 225 climbed 6.2% in morning trading.",
        "The Nikkei 225 climbed 6.2 percent.",
        "Ishiba chaired a meeting in Tokyo.",
        "The fund lost $1.5bn in 2024.",
    ],
)
def test_what_the_text_says_is_supported(sentence: str) -> None:
    found = verify(sentence, [TEXT])
    assert (found.verdict, found.reasons) == ("supported", ())


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("The Nikkei 225 climbed 6.8% in morning trading.", "6.8%"),
        ("The fund lost $1.5 million in 2024.", "$1.5 million"),
        ("The fund lost $1.5 billion in 2023.", "2023"),
    ],
)
def test_a_number_that_is_not_there_is_unsupported_with_the_reason(sentence: str, reason: str) -> None:
    found = verify(sentence, [TEXT])
    assert found.verdict == "unsupported" and any(reason in each for each in found.reasons)


def test_a_name_that_is_not_there_is_not_fully_supported() -> None:
    found = verify("Prime Minister Fumio Kishida chaired a meeting in Tokyo.", [TEXT])
    assert found.verdict != "supported" and any("Kishida" in reason for reason in found.reasons)


def test_a_sentence_about_something_else_is_unsupported() -> None:
    assert verify("Whales migrate every spring along that coast.", [TEXT]).verdict == "unsupported"


def test_a_name_in_the_question_needs_no_support() -> None:
    sentence = "The Bank chaired a meeting in Tokyo."
    assert verify(sentence, [TEXT], question="What did the Bank do?").reasons == ()


def test_the_best_evidence_is_found_among_several() -> None:
    found = verify("The Nikkei 225 climbed 6.2%.", ["Nothing here.", TEXT, "The Nikkei fell."])
    assert found.evidence_index == 1 and found.quote == TEXT[found.start : found.end]
    assert found.quote.startswith("The Topix surged") and found.quote.endswith("trading.")


def test_without_evidence_nothing_is_supported() -> None:
    found = verify("The Nikkei 225 climbed 6.2%.", [])
    assert (found.verdict, found.score, found.evidence_index, found.quote) == ("unsupported", 0.0, None, "")


@settings(max_examples=60, deadline=None)
@given(sentence=st.one_of(odd_text(), st.text()), evidence=st.lists(odd_text(), max_size=3))
def test_the_quote_is_a_span_of_the_evidence_whatever_is_said(sentence: str, evidence: list[str]) -> None:
    found = verify(sentence, evidence)
    assert 0 <= found.score <= 1
    if found.evidence_index is None:
        assert found.quote == ""
    else:
        assert found.quote == evidence[found.evidence_index][found.start : found.end]
