"""What an answer says about its own evidence, over a corpus with agreeing, differing and old articles."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from assistant import Answer, Assistant, Settings
from ingest import ingest
from tests.model_server import environment, scripted

ARTICLES = [
    {
        "id": "first", "source": "Harbour Post", "published": "2025-03-01",
        "text": "The storm destroyed 40 houses in Port Ellis, the mayor said on Saturday.",
    },
    {
        "id": "later", "source": "Northern Wire", "published": "2025-03-04",
        "text": "The storm destroyed 62 houses in Port Ellis, officials said after a count on Tuesday.",
    },
    {
        "id": "coach", "source": "Harbour Post", "published": "2025-02-01",
        "text": "Ida Falk is the coach of Ellis Rovers. She took the job in January.",
    },
    {
        "id": "coach-too", "source": "Sports Daily", "published": "2025-02-02",
        "text": "Ellis Rovers trained on Sunday under their new coach, Ida Falk, who was hired in January.",
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("remarks")
    (folder / "a.jsonl").write_text("".join(json.dumps(article) + "\n" for article in ARTICLES))
    settings = Settings(home=folder / "corpus")
    ingest([str(folder / "a.jsonl")], settings)
    with Assistant(settings) as assistant:
        yield assistant


def told(answer: Answer, kind: str) -> str:
    return " ".join(note.text for note in answer.notes if note.kind == kind)


def test_figures_that_differ_are_shown_side_by_side_newest_first(assistant: Assistant) -> None:
    answer = assistant.answer("How many houses did the storm destroy in Port Ellis?", as_of="2025-03-05")
    assert "40 houses" in answer.text and "62 houses" in answer.text
    note = told(answer, "conflict")
    assert note.index("62") < note.index("Northern Wire, 2025-03-04") < note.index("40") < note.index("2025-03-01")
    each = next(note.differing for note in answer.notes if note.kind == "conflict")
    assert ["62" in each[0].text, "40" in each[1].text] == [True, True]
    for said in each:
        assert said.text in next(c.quote for c in answer.citations if c.marker == said.marker)


def test_what_is_later_than_the_day_of_the_question_does_not_differ(assistant: Assistant) -> None:
    answer = assistant.answer("How many houses did the storm destroy in Port Ellis?", as_of="2025-03-02")
    assert "62" not in answer.text and not told(answer, "conflict")


def test_outlets_that_agree_are_named(assistant: Assistant) -> None:
    answer = assistant.answer("Who is the coach of Ellis Rovers?", as_of="2025-02-03")
    assert answer.short_answer and "Ida Falk" in answer.short_answer
    note = told(answer, "agreement")
    assert note.startswith("2 outlets say so") and "Harbour Post" in note and "Sports Daily" in note


def test_an_old_answer_to_a_question_about_now_says_so(assistant: Assistant) -> None:
    now = "Who is currently the coach of Ellis Rovers?"
    assert "days before 2025-06-01" in told(assistant.answer(now, as_of="2025-06-01"), "stale")
    assert not told(assistant.answer(now, as_of="2025-02-03"), "stale")
    assert not told(assistant.answer("Who is the coach of Ellis Rovers?", as_of="2025-06-01"), "stale")


def test_the_short_answer_stands_in_the_first_sentence(assistant: Assistant) -> None:
    answer = assistant.answer("Who is the coach of Ellis Rovers?", as_of="2025-02-03")
    assert answer.short_answer in answer.sentences[0].text
    assert assistant.answer("What is the capital of Mongolia?", as_of="2025-02-03").short_answer == ""


def generated(assistant: Assistant, said: str, question: str, as_of: str = "2025-03-05") -> Answer:
    """The answer with a chat model that says so, over the same articles."""
    with scripted() as model, pytest.MonkeyPatch.context() as patch:
        for name, value in environment(model.url).items():
            patch.setenv(name, value)
        model.say(said)
        asker = assistant.with_settings(model="openai:scripted", repair=False, model_retries=0)
        return asker.answer(question, as_of=as_of)


HOUSES = "How many houses did the storm destroy in Port Ellis?"


def test_what_a_chat_model_left_out_is_quoted_when_it_differs(assistant: Assistant) -> None:
    [wanted] = [p for p in assistant.search(HOUSES, as_of="2025-03-05") if "40 houses" in p.text][:1]
    order = [p.text for p in assistant.answer(HOUSES, as_of="2025-03-05").passages].index(wanted.text) + 1
    answer = generated(assistant, f"The storm destroyed 40 houses in Port Ellis [{order}].", HOUSES)
    assert answer.model == "openai:scripted"
    assert [("40" in s.text, "62" in s.text, s.verdict) for s in answer.sentences] == [
        (True, False, "supported"),
        (False, True, "supported"),
    ]
    [note] = [note for note in answer.notes if note.kind == "conflict"]
    assert note.text.index("62") < note.text.index("Northern Wire, 2025-03-04") < note.text.index("Harbour Post")
    for each in note.differing:
        assert each.text in answer.citations[each.marker - 1].quote


def test_a_chat_model_that_says_both_is_quoted_no_more(assistant: Assistant) -> None:
    texts = [p.text for p in assistant.answer(HOUSES, as_of="2025-03-05").passages]
    first, then = (next(n for n, text in enumerate(texts, 1) if figure in text) for figure in ("40 h", "62 h"))
    said = f"The storm destroyed 40 houses in Port Ellis [{first}]. It destroyed 62 houses in Port Ellis [{then}]."
    answer = generated(assistant, said, HOUSES)
    assert len(answer.sentences) == 2
    assert "62" in told(answer, "conflict") and "40" in told(answer, "conflict")


def test_a_chat_model_that_speaks_of_something_else_is_not_contradicted(assistant: Assistant) -> None:
    texts = [p.text for p in assistant.answer(HOUSES, as_of="2025-03-05").passages]
    marker = next(n for n, text in enumerate(texts, 1) if "62 h" in text)
    answer = generated(assistant, f"Officials said so after a count on Tuesday [{marker}].", HOUSES)
    assert len(answer.sentences) == 1 and not told(answer, "conflict")


def test_a_chat_models_old_answer_to_a_question_about_now_says_so(assistant: Assistant) -> None:
    now = "Who is currently the coach of Ellis Rovers?"
    answer = generated(assistant, "Ida Falk is the coach of Ellis Rovers [1].", now, as_of="2025-06-01")
    assert answer.model == "openai:scripted" and "days before 2025-06-01" in told(answer, "stale")
