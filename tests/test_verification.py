"""A sentence against the text that it cites."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import verify
from assistant.verification.clefts import straightened
from tests.texts import odd_text

TEXT = (
    "Markets responded positively. The Topix surged as much as 6.7%, and the Nikkei 225 climbed 6.2% in morning "
    "trading. Prime Minister Shigeru Ishiba chaired a meeting in Tokyo. The fund lost $1.5 billion in 2024."
)
TALKS = (
    "Japan moves to the front of the line in tariff talks, led by Treasury Secretary Scott Bessent. Prime Minister "
    "Shigeru Ishiba reaffirmed the nation's opposition to the 24% blanket duty and an additional 25% levy. Japan has "
    "yet to confirm who will lead the negotiations. Minister Ryosei Akazawa denied reports suggesting he had been "
    "appointed, and Yoji Muto said no final decision had been made."
)
COURT = (
    "José Álvarez, 41, won the seat by 312 votes on Wednesday, the World Trade Organization said. “We will not appeal,”"
    " his rival Mary Okafor said. “The count was fair,” Álvarez added. Nearly 3,500 of twelve thousand ballots came by "
    "post. Dr. Okafor beat Peter Lund in the first round on June 14. She failed to win over the north."
)


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("The Nikkei 225 climbed 6.2% in morning trading.", TEXT),
        ("The Nikkei 225 climbed 6.2 percent.", TEXT),
        ("The Nikkei rose 6.2 per cent.", TEXT),
        ("Ishiba chaired a meeting in Tokyo.", TEXT),
        ("The fund lost $1.5bn in 2024.", TEXT),
        ("The fund lost 1,500 million dollars in 2024.", TEXT),
        ("The fund lost more than $1 billion in 2024.", TEXT),
        ("Alvarez, forty-one, won the seat by 312 votes.", COURT),
        ("José Álvarez won the seat on Wednesday, the WTO said.", COURT),
        ('"We will not appeal," Mary Okafor said.', COURT),
        ("Nearly 3500 of 12,000 ballots came by post.", COURT),
        ("Okafor didn't win over the north.", COURT),
        ("Peter Lund was beaten by Okafor in the first round.", COURT),
        ("Japan has not yet said who will lead the negotiations.", TALKS),
        ("Japan faces a 24% blanket duty and an additional 25% levy.", TALKS),
    ],
)
def test_what_the_text_says_is_supported(sentence: str, text: str) -> None:
    found = verify(sentence, [text])
    assert (found.verdict, found.reasons) == ("supported", ())


@pytest.mark.parametrize(
    ("sentence", "text", "reason"),
    [
        ("The Nikkei 225 climbed 6.8% in morning trading.", TEXT, "6.8% is not in the cited text; it says 6.2%"),
        ("The Nikkei rose 6.8%.", TEXT, "6.8% is not in the cited text; it says"),
        ("The Topix surged 6.2%.", TEXT, "6.2% belongs to something else in the cited text; here it says 6.7%"),
        ("The fund lost $1.5 million in 2024.", TEXT, "$1.5 million"),
        ("The fund lost £1.5 billion in 2024.", TEXT, "£1.5 billion"),
        ("The fund lost less than $1 billion in 2024.", TEXT, "$1 billion is not in the cited text"),
        ("The fund lost $1.5 billion in 2023.", TEXT, "2023 is not in the cited text; it says 2024"),
        ("Japan faces a 25% blanket duty and an additional 24% levy.", TALKS, "25% is not in the cited text; it says"),
        ("Álvarez won the seat by 312 votes on Thursday.", COURT, "Thursday is not in the cited text; it says Wed"),
        ("Okafor beat Peter Lund in the second round.", COURT, "second is not in the cited text; it says first"),
    ],
)  # fmt: skip
def test_a_number_or_date_that_is_not_there_is_unsupported(sentence: str, text: str, reason: str) -> None:
    found = verify(sentence, [text])
    assert found.verdict == "unsupported" and any(reason in each for each in found.reasons), found.reasons


@pytest.mark.parametrize(
    ("sentence", "fits"),
    [
        ("Álvarez won the seat by 312 votes on June 15, 2022.", True),
        ("Álvarez won the seat by 312 votes on Thursday, June 16.", False),
        ("Okafor beat Peter Lund in the first round on Tuesday, June 14, 2022.", True),
        ("Okafor beat Peter Lund in the first round on June 14, 2021.", False),
    ],
)
def test_days_count_from_the_date_of_the_text(sentence: str, fits: bool) -> None:
    found = verify(sentence, [COURT], published=["2022-06-16T08:00:00Z"])
    assert (found.verdict == "supported") is fits, found.reasons


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Prime Minister Fumio Kishida chaired a meeting in Tokyo.", "Fumio Kishida is not in the cited text"),
        ("Prime Minister Shigeru Ishiba chaired a meeting in Osaka.", "Osaka is not in the cited text; it says Tokyo"),
    ],
)
def test_a_name_that_is_not_there_is_unsupported(sentence: str, reason: str) -> None:
    found = verify(sentence, [TEXT])
    assert found.verdict == "unsupported" and any(reason in each for each in found.reasons), found.reasons


@pytest.mark.parametrize(
    ("sentence", "text", "reason"),
    [
        ("Peter Lund beat Dr. Okafor in the first round on June 14.", COURT, "the other way round"),
        ("Shigeru Ishiba said no final decision had been made.", TALKS, "the cited text says this of Yoji Muto"),
        ("Prime Minister Shigeru Ishiba is the leading figure", TALKS, "says nothing of “leading figure”"),
        ("The talks will be led by Shigeru Ishiba.", TALKS, "the cited text says this of"),
    ],
)
def test_a_name_in_anothers_place_is_unsupported(sentence: str, text: str, reason: str) -> None:
    found = verify(sentence, [text])
    assert found.verdict == "unsupported" and any(reason in each for each in found.reasons), found.reasons


@pytest.mark.parametrize(
    ("sentence", "text", "verdict"),
    [
        ("Scott Bessent leads Japan's talks.", "First in US talks, led by Scott Bessent, is Japan.", "unsupported"),
        ("Germany's parliament passed it.", "The French parliament passed it, and Germany was glad.", "unsupported"),
        ("Scott Bessent leads Japan's talks.", "The talks of Japan and the US are led by Scott Bessent.", "supported"),
        ("Germany's parliament passed it.", "The German parliament passed it.", "supported"),
        ("Tesla's shares fell 9%.", "Shares of Ford and of Tesla fell 9%.", "supported"),
        ("Apple's profit rose 5%.", "Apple said that, unlike at Dell, profit rose 5%.", "supported"),
    ],
)  # fmt: skip
def test_what_is_one_names_is_not_anothers(sentence: str, text: str, verdict: str) -> None:
    assert verify(sentence, [text]).verdict == verdict


@pytest.mark.parametrize(
    ("sentence", "text", "verdict"),
    [
        ("Donald Trump leads talks.", "Japan takes the lead in talks on tariffs set by Donald Trump.", "unsupported"),
        ("Scott Bessent leads the talks.", "The talks are led by Scott Bessent.", "supported"),
        ("Mary Okafor was hired in June.", "Acme hired Mary Okafor in June.", "supported"),
        ("Mary Okafor leads the inquiry.", "The inquiry has a new lead, Mary Okafor.", "supported"),
        ("Mary Okafor said profit rose.", "Profit rose, Mary Okafor said.", "supported"),
    ],
)  # fmt: skip
def test_who_did_it_is_who_did_it_in_the_text(sentence: str, text: str, verdict: str) -> None:
    assert verify(sentence, [text]).verdict == verdict


RECALL = (
    "Ford Motor Co. is recalling 2.9 million vehicles that may shift into unintended gears or roll away while parked. "
    "Toyota, which builds cars in Kentucky, said in May that it would look into its trucks."
)


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("The automaker that recalled 2.9 million vehicles is Ford.", "supported"),
        ("The automaker that recalled 2.9 million vehicles is Toyota.", "unsupported"),
        ("The automaker who is recalling 2.9 million vehicles is Toyota, a maker of trucks.", "unsupported"),
    ],
)
def test_who_did_it_may_be_told_the_other_way_round(sentence: str, verdict: str) -> None:
    assert verify(sentence, [RECALL]).verdict == verdict


@pytest.mark.parametrize(
    ("sentence", "plainly"),
    [
        ("The airline that bought Spirit is JetBlue.", "JetBlue bought Spirit."),
        ("the two countries which joined were the Netherlands and Malta", "the Netherlands and Malta joined."),
        ("A man who said it was raining is Bob Li, of Lund.", "Bob Li said it was raining."),
        ("The country that the president visited is Malta.", ""),
        ("The bill that passed is a law.", ""),
        ("JetBlue is the airline that bought Spirit.", ""),
        ("The airline that bought Spirit" + " is A" * 20_000 + "?", ""),  # took a minute
        ("", ""),
    ],
)  # fmt: skip
def test_what_is_turned_round_is_straightened(sentence: str, plainly: str) -> None:
    assert straightened(sentence) == plainly


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ('"We will not resign," Mary Okafor said.', "“We will not resign” does not stand in the cited text"),
        ('"We will not appeal," Álvarez said.', "says “"),
        ("“The count was fair,” Mary Okafor added.", "Álvarez"),
    ],
)  # fmt: skip
def test_quoted_words_stand_letter_for_letter_and_with_who_said_them(sentence: str, reason: str) -> None:
    found = verify(sentence, [COURT])
    assert found.verdict == "unsupported" and any(reason in each for each in found.reasons), found.reasons


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("Japan has confirmed who will lead the negotiations.", TALKS),
        ("Ryosei Akazawa had been appointed.", TALKS),
        ("Ryosei Akazawa confirmed reports suggesting he had been appointed.", TALKS),
        ("Yoji Muto said a final decision had been made.", TALKS),
        ("Ishiba did not chair a meeting in Tokyo.", TEXT),
        ("She managed to win over the north.", COURT),
        ("The fund gained $1.5 billion in 2024.", TEXT),
    ],
)
def test_a_denial_put_in_or_taken_out_is_unsupported(sentence: str, text: str) -> None:
    found = verify(sentence, [text])
    assert found.verdict == "unsupported" and found.reasons


def test_a_sentence_about_something_else_is_unsupported() -> None:
    assert verify("Whales migrate every spring along that coast.", [TEXT]).verdict == "unsupported"


def test_a_name_in_the_question_needs_no_support() -> None:
    sentence, text = "The Bank of Japan raised rates in March.", "The lender raised rates in March."
    assert verify(sentence, [text], question="What did the Bank of Japan do?").reasons == ()
    assert verify(sentence, [text]).verdict == "unsupported"


def test_a_name_in_the_question_does_not_take_anothers_place() -> None:
    found = verify("The Bank chaired a meeting in Tokyo.", [TEXT], question="What did the Bank do?")
    assert found.reasons == ("the cited text says this of Shigeru Ishiba, not of Bank",)


def test_the_best_evidence_is_found_among_several() -> None:
    found = verify("The Nikkei 225 climbed 6.2%.", ["Nothing here.", TEXT, "The Nikkei fell."])
    assert found.evidence_index == 1 and found.quote == TEXT[found.start : found.end]
    assert found.quote.startswith("The Topix surged") and found.quote.endswith("trading.")


def test_what_one_text_contradicts_another_may_bear_out() -> None:
    old, new = "The bank cut its rate to 3.5% in May.", "The bank cut its rate to 3.25% in May."
    found = verify("The bank cut its rate to 3.25% in May.", [old, new])
    assert (found.verdict, found.evidence_index) == ("supported", 1)


def test_without_evidence_nothing_is_supported() -> None:
    found = verify("The Nikkei 225 climbed 6.2%.", [])
    assert (found.verdict, found.score, found.evidence_index, found.quote) == ("unsupported", 0.0, None, "")


def test_what_is_too_long_for_a_sentence_is_not_vouched_for() -> None:
    text = "The fund lost money and " * 200
    assert verify(text, [text]).verdict == "unsupported"


@settings(max_examples=40, deadline=None)
@given(sentence=st.one_of(odd_text(), st.text()), evidence=st.lists(odd_text(), max_size=3))
def test_the_quote_is_a_span_of_the_evidence_whatever_is_said(sentence: str, evidence: list[str]) -> None:
    found = verify(sentence, evidence)
    assert 0 <= found.score <= 1
    if found.evidence_index is None:
        assert found.quote == ""
    else:
        assert found.quote == evidence[found.evidence_index][found.start : found.end]
