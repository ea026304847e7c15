"""The reader's model, the real one: where answers stand, and that it knows when they do not."""

from __future__ import annotations

from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import AssistantError
from assistant.spans import DEFAULT_MODEL, Marked, SpanModel, shared
from corpus.text import sentences

TEXT = (
    "The harbour bridge was closed on Monday after a crack was found. Engineer Maria Lund said repairs would cost "
    "4.5 million crowns. The ferry will run every ten minutes until then."
)
HEADING = "Bridge closed"


def mark(question: str, text: str = TEXT) -> list[Marked]:
    return shared(DEFAULT_MODEL).mark(question, [text], [HEADING], [sentences(text)])[0]


@pytest.mark.parametrize(
    ("question", "answer", "place"),
    [
        ("When was the bridge closed?", "Monday", 0),
        ("How much will the repairs cost?", "4.5 million crowns", 1),
        ("Who spoke about the repairs?", "Maria Lund", 1),
        ("How often does the ferry run?", "ten minutes", 2),
    ],
)
def test_the_answer_is_marked_where_it_stands(question: str, answer: str, place: int) -> None:
    marks = mark(question)
    best = max(marks, key=lambda each: each.score)
    assert marks.index(best) == place
    assert answer in TEXT[best.start : best.end]
    assert best.score > 0


def test_each_mark_lies_within_its_sentence() -> None:
    for (start, end), each in zip(sentences(TEXT), mark("Why was it closed?"), strict=True):
        assert start <= each.start < each.end <= end


def test_a_text_about_something_else_scores_below_one_that_answers() -> None:
    other = "The national team won its third match in a row. The crowd of 30,000 sang until midnight."
    question = "How much will the repairs cost?"
    assert max(m.score for m in mark(question, other)) < 0 < max(m.score for m in mark(question))


def test_what_is_cut_off_is_said_to_be_unread() -> None:
    text = "A word. " * 600
    marks = mark("When was the bridge closed?", text)
    assert marks[-1].score == float("-inf")
    assert marks[0].score > float("-inf")


def test_askers_at_once_get_their_own_answers() -> None:
    questions = ["When was the bridge closed?", "How much will the repairs cost?", "How often does the ferry run?"] * 3
    alone = [mark(question) for question in questions]
    found: dict[int, list[Marked]] = {}

    def ask(number: int) -> None:
        found[number] = mark(questions[number])

    threads = [Thread(target=ask, args=(number,)) for number in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Batches are put together otherwise, so the scores agree only as well as bfloat16 does.
    places = [[(each.start, each.end) for each in found[number]] for number in range(len(questions))]
    best = [max(range(len(marks)), key=lambda i: marks[i].score) for marks in alone]
    assert [p[b] for p, b in zip(places, best, strict=True)] == [
        (marks[b].start, marks[b].end) for marks, b in zip(alone, best, strict=True)
    ]


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=60), st.text(max_size=200))
def test_no_text_is_too_odd(question: str, text: str) -> None:
    for (start, end), each in zip(sentences(text), mark(question, text), strict=True):
        assert start <= each.start <= each.end <= end


def test_a_model_that_is_not_there_is_an_error_with_the_way_out() -> None:
    with pytest.raises(AssistantError, match="ASSISTANT_READER_MODEL"):
        SpanModel("nobody/no-such-model").load()
