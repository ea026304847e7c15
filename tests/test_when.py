"""Time words become days, against the day a question is asked on."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.when import is_current, period, without

AS_OF = date(2023, 5, 18)  # a Thursday

CASES = {
    "What happened today?": ("2023-05-18", "2023-05-18"),
    "Who resigned yesterday?": ("2023-05-17", "2023-05-17"),
    "Which bank failed this week?": ("2023-05-15", "2023-05-18"),
    "Which bank failed last week?": ("2023-05-08", "2023-05-14"),
    "Which storm hit over the past week?": ("2023-05-11", "2023-05-18"),
    "How many were laid off last month?": ("2023-04-01", "2023-04-30"),
    "What did the bank decide this month?": ("2023-05-01", "2023-05-18"),
    "What did the bank decide last year?": ("2022-01-01", "2022-12-31"),
    "What was sold in the last three months?": ("2023-02-18", "2023-05-18"),
    "What was sold in the last 10 days?": ("2023-05-08", "2023-05-18"),
    "What did the minister say on Wednesday?": ("2023-05-17", "2023-05-17"),
    "What did the minister say on Thursday?": ("2023-05-18", "2023-05-18"),
    "What did the minister say last Thursday?": ("2023-05-11", "2023-05-11"),
    "Who won the vote in 2022?": ("2022-01-01", "2022-12-31"),
    "Who won the vote in June 2022?": ("2022-06-01", "2022-06-30"),
    "What opened in March?": ("2023-03-01", "2023-03-31"),
    "What opened in November?": ("2022-11-01", "2022-11-30"),
    "What happened on March 3?": ("2023-03-03", "2023-03-03"),
    "What happened on 3 March 2021?": ("2021-03-03", "2021-03-03"),
    "What happened on December 24th?": ("2022-12-24", "2022-12-24"),
    "Who led the talks before May?": (None, "2023-04-30"),
    "Who has led the talks since January 2023?": ("2023-01-01", None),
    "Who led the talks until Monday?": (None, "2023-05-14"),
    "What was agreed between March and April 2023?": ("2023-03-01", "2023-04-30"),
    "What fell last summer?": ("2022-06-01", "2022-08-31"),
    "What did they do last weekend?": ("2023-05-13", "2023-05-14"),
    "Who left two weeks ago?": ("2023-05-01", "2023-05-07"),
}


@pytest.mark.parametrize("question", CASES)
def test_time_words(question: str) -> None:
    found = period(question, AS_OF)
    assert found is not None
    assert (found.since and str(found.since), found.until and str(found.until)) == CASES[question]


@pytest.mark.parametrize(
    "question",
    [
        "Who may lead the talks?",
        "Who will march in the parade?",
        "Who leads Japan's talks?",
        "What did Theresa May say?",
        "How many seconds did the record fall by?",
        "Who won the 2024 World Series?",
        "Which song by The Weeknd was first?",
        "What is the weekday of the show?",
        "Is it over for 300 workers?",
    ],
)
def test_no_time_is_read_into_other_words(question: str) -> None:
    assert period(question, AS_OF) is None


@pytest.mark.parametrize("question", ["Who currently leads the party?", "What is the latest death toll?"])
def test_questions_about_now(question: str) -> None:
    assert is_current(question)
    assert not is_current("Who led the party in 1990?")


def test_time_words_are_left_out_of_what_is_searched_for() -> None:
    question = "Which bank failed last week?"
    assert without(question, period(question, AS_OF)) == "Which bank failed ?"
    assert without("last week?", period("last week?", AS_OF)) == "last week?"


@given(st.text(max_size=80), st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_no_text_is_too_odd(text: str, as_of: date) -> None:
    found = period(text, as_of)
    assert found is None or found.since is None or found.until is None or found.since <= found.until


@given(
    st.sampled_from(
        ["in {m} {y}", "since {m}", "before {d} {m} {y}", "{n} {u}s ago", "in the last {n} {u}s", "on {d} {m}"]
    ),
    st.fixed_dictionaries(
        {
            "m": st.sampled_from(["February", "May", "december"]),
            "y": st.integers(1900, 2099),
            "d": st.integers(0, 40),
            "n": st.integers(0, 999),
            "u": st.sampled_from(["day", "week", "month", "year"]),
        }
    ),
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
)
def test_no_date_is_too_odd(form: str, parts: dict[str, object], as_of: date) -> None:
    period(f"What happened {form.format(**parts)}?", as_of)
