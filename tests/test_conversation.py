from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from assistant import Assistant, Settings
from assistant.anaphora import PERSONAL
from assistant.conversation import Message, accepted, standalone
from tests.model_server import Reply, ScriptedModel, environment, scripted

TALKS = [
    {"role": "user", "content": "who leads Japan's talks?"},
    {
        "role": "assistant",
        "content": "Japan has yet to confirm who will lead the trade negotiations. [1] Economy Minister "
        "Ryosei Akazawa denied reports suggesting he had been appointed. [2]",
    },
]
NIKKEI = [
    {"role": "user", "content": "How much did the Nikkei 225 climb in morning trading?"},
    {"role": "assistant", "content": "The Nikkei 225 climbed 6.2% in morning trading. [1]"},
]
BAND = [
    {"role": "user", "content": "When did Anna Berg join the Halden Quartet?"},
    {"role": "assistant", "content": "Anna Berg joined the Halden Quartet in 2011. [1]"},
    {"role": "user", "content": "Why did she leave?"},
    {"role": "assistant", "content": "She wanted to teach, she told the Oslo Herald. [1]"},
]


@pytest.mark.parametrize(
    ("question", "history", "holds"),
    [
        ("and who denied it?", TALKS, ["who denied it?", "Japan"]),
        ("Was he appointed?", TALKS, ["Ryosei Akazawa"]),
        ("What is his ministry?", TALKS, ["Ryosei Akazawa’s ministry"]),
        ("what about the Topix?", NIKKEI, ["Topix", "climb", "morning"]),
        ("Why?", NIKKEI, ["Nikkei 225", "climb"]),
        ("By how much did it climb?", NIKKEI, ["Nikkei 225"]),
        ("Where does she live now?", BAND, ["Anna Berg"]),
        ("Did she say anything else?", BAND, ["Anna Berg"]),
    ],
)
def test_a_follow_up_gets_what_it_lacks(question: str, history: list[Message], holds: list[str]) -> None:
    rewritten = standalone(question, history)
    assert all(words in rewritten for words in holds), rewritten


def test_another_subject_takes_the_place_of_the_first() -> None:
    assert "Nikkei" not in standalone("what about the Topix?", NIKKEI)


@pytest.mark.parametrize(
    "question",
    [
        "Which company said it would cut its prices in March?",
        "What did Anna Berg say about the strike in Lyon?",
        "How much does it cost to cross the bridge at Ulmen?",
        "Before he won this week, how often had Ricky Stenhouse raced at Daytona?",
        "A ferry ran aground off Harwich on Monday. Where was it going?",
        "Who won the mayoral election in Halden?",
        "Which actress announced her retirement this week?",
        "Is there a ceasefire in the valley of Karsk?",
    ],
)
@pytest.mark.parametrize("history", [[], TALKS, BAND])
def test_a_question_that_stands_alone_is_left_as_it_is(question: str, history: list[Message]) -> None:
    assert standalone(question, history) == question


def test_without_a_history_nothing_is_changed() -> None:
    assert standalone("and who denied it?", []) == "and who denied it?"


@given(
    st.text(max_size=60) | st.sampled_from(["Why?", "and he?", "What about it?", "the the"]),
    st.lists(
        st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "?"]), "content": st.text()}), max_size=6
    ),
)
@budget(max_examples=100, deadline=None)
def test_whatever_was_said_the_question_stays_in_it(question: str, history: list[Message]) -> None:
    there = set(re.findall(r"\w+", standalone(question, history)))
    assert {word for word in re.findall(r"\w+", question) if not PERSONAL.fullmatch(word)} <= there


@pytest.mark.parametrize(
    ("rewrite", "may"),
    [
        ("Who denied that Japan had confirmed who leads its talks?", True),
        ("Who denied it to Shintaro Isbellina?", False),
        ("Who denied it in 1987?", False),
        ("Ryosei Akazawa.", False),
        ("Who\ndenied it?", False),
        ("", False),
        ("Who denied " + "it " * 200, False),
    ],
)
def test_a_models_rewrite_may_bring_nothing_new(rewrite: str, may: bool) -> None:
    assert accepted(rewrite, "and who denied it?", TALKS) is may


# With the whole assistant


def test_the_reader_searches_for_the_question_that_stands_alone(seed_assistant: Assistant) -> None:
    answer = seed_assistant.answer("and who denied it?", history=TALKS)
    assert answer.question == "and who denied it?"
    assert answer.searched_for == standalone("and who denied it?", TALKS) != answer.question
    assert any("Akazawa denied" in passage.text for passage in answer.passages)
    alone = seed_assistant.answer("How much did the Nikkei 225 climb?", history=TALKS)
    assert alone.searched_for == alone.question


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedModel]:
    with scripted() as server:
        for name, value in environment(server.url).items():
            monkeypatch.setenv(name, value)
        yield server


LEADER = "Japan has yet to confirm who will lead the trade negotiations"


@pytest.mark.parametrize(
    ("said", "used"),
    [
        ("Who denied that he leads Japan's talks?", True),
        ("<think>Hm.</think>\n“Who denied that he leads Japan's talks?”", True),
        ("Shintaro Isbellina denied it.", False),
    ],
)
def test_a_chat_model_rewrites_and_is_checked(
    seed_settings: Settings, model: ScriptedModel, said: str, used: bool
) -> None:
    model.replies = [Reply([said]), Reply([f"{LEADER} [1]."])]
    changes = {"model": "openai:scripted", "model_retries": 0, "model_timeout": 20.0}
    with Assistant(seed_settings.model_copy(update=changes)) as assistant:
        answer = assistant.answer("and who denied it?", history=TALKS)
    expected = "Who denied that he leads Japan's talks?" if used else standalone("and who denied it?", TALKS)
    assert answer.searched_for == expected
    asked = model.requests[0]["messages"][1]["content"]
    assert "user: who leads Japan's talks?" in asked and asked.endswith("The last question: and who denied it?")
    assert f"Question: {expected}" in model.requests[1]["messages"][1]["content"]
    assert answer.usage["input_tokens"] > 0


def test_when_the_model_fails_the_rewrite_does_without_it(seed_settings: Settings, model: ScriptedModel) -> None:
    model.replies = [Reply(status=500, body={}), Reply([f"{LEADER} [1]."])]
    changes = {"model": "openai:scripted", "model_retries": 0, "model_timeout": 20.0}
    with Assistant(seed_settings.model_copy(update=changes)) as assistant:
        answer = assistant.answer("and who denied it?", history=TALKS)
    assert answer.searched_for == standalone("and who denied it?", TALKS)
    assert answer.model == "openai:scripted" and not any(note.kind == "fallback" for note in answer.notes)
