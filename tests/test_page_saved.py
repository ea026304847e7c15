"""Conversations as the browser keeps them: there and back, whatever comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import Answer, Assistant, AssistantError
from assistant.page import render, saved
from assistant.page.turns import Turn
from tests.answers_by_hand import answered, passage
from tests.browser import ARTICLE, said

RAIN = said("Did it rain?", "It rained.", "It stopped.")


def text_of(article_id: str, version: int) -> str | None:
    return ARTICLE.text if (article_id, version) == ("id", 1) else None


def again(turns: tuple[Turn, ...], text_of: saved.TextOf = text_of) -> tuple[Turn, ...]:
    return saved.loaded(json.dumps(saved.dumped(turns)), text_of)


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    """What is kept of a turn with RAIN, once something has been at it."""
    [kept] = saved.dumped([Turn("Did it rain?", RAIN, done=True)])
    change(kept)
    return json.dumps([kept])


def test_what_was_kept_comes_back_as_it_was() -> None:
    turns = (
        Turn("Did it rain?", RAIN, done=True, rating="up"),
        Turn("", problem="The question is empty.", done=True),
        Turn("When?", RAIN, done=True, stopped=True, bounds={"since": "2025-01-01"}),
        Turn("And then?", replace(RAIN, text="", sentences=(), citations=()), problem="It failed.", done=True),
    )
    assert again(turns) == turns
    assert again(again(turns)) == turns


def test_a_real_answer_and_a_real_refusal_come_back(seed_assistant: Assistant) -> None:
    def text(article_id: str, version: int) -> str:
        return seed_assistant.article(article_id, version).text

    for question in ("How much did the Nikkei 225 climb?", "Who won the cup of Lund in 1931?"):
        answer = seed_assistant.answer(question)
        [turn] = again((Turn(question, answer, done=True),), text)
        assert turn.answer and turn.original is None
        assert replace(turn.answer, passages=()) == replace(answer, passages=())
        shown = render.conversation([Turn(question, answer, done=True)])
        assert render.conversation([turn]) == shown  # the nearest passages of a refusal with it


def test_only_passages_that_are_shown_are_kept() -> None:
    evidence = [passage(f"a{number}", "Some text.") for number in range(8)]
    told = answered(("a", "It rained."), passages=evidence)
    refused = answered(refused=True, passages=evidence)
    [first, second] = saved.dumped([Turn("?", told, done=True), Turn("?", refused, done=True)])
    assert first["answer"]["passages"] == []
    assert [each["article_id"] for each in second["answer"]["passages"]] == ["a0", "a1", "a2", "a3"]


def test_a_citation_whose_article_is_gone_is_none_any_more() -> None:
    [turn] = again((Turn("Did it rain?", RAIN, done=True),), lambda *_: None)
    assert turn.answer and turn.answer.citations == () and turn.answer.text == "It rained. It stopped."
    for sentence in turn.answer.sentences:
        assert (sentence.verdict, sentence.markers) == ("unsupported", ())
        assert "no longer in the corpus" in sentence.reasons[0]
    assert [note.kind for note in turn.answer.notes] == ["gone", "gone"]
    assert "“It rained.” (A title, An outlet)" in turn.answer.notes[0].text
    shown = render.conversation([turn])
    assert 'data-event="select"' not in shown and shown.count('class="verdict"') == 2


def test_a_citation_that_does_not_stand_where_it_says_is_taken_out_alone() -> None:
    def move(kept: dict[str, Any]) -> None:
        kept["answer"]["citations"][0]["start"] += 1

    [turn] = saved.loaded(changed(move), text_of)
    assert turn.answer and turn.answer.text == "It rained. It stopped. [2]"
    assert [citation.marker for citation in turn.answer.citations] == [2]
    assert [sentence.verdict for sentence in turn.answer.sentences] == ["unsupported", "supported"]
    assert "does not say it there" in turn.answer.notes[0].text


def test_what_is_found_untrue_once_is_not_lost_when_it_is_kept_again() -> None:
    turns = (Turn("Did it rain?", RAIN, done=True),)
    away = again(turns, lambda *_: None)
    assert again(away) == turns


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: kept.pop("question"),
        lambda kept: kept.update(rating="sideways"),
        lambda kept: kept["answer"].update(confidence="1.0"),
        lambda kept: kept["answer"].update(text="It snowed. [1] It stopped. [2]"),
        lambda kept: kept["answer"].update(text=kept["answer"]["text"] + " [3]"),
        lambda kept: kept["answer"]["citations"].pop(),
        lambda kept: kept["answer"]["citations"][1].update(marker=1),
        lambda kept: kept["answer"]["sentences"][0].update(markers=[2, 2, 9]),
        lambda kept: kept["answer"]["sentences"][0].update(verdict="<script>"),
        lambda kept: kept["answer"]["sentences"].reverse(),
        lambda kept: kept["answer"].update(
            notes=[{"kind": "conflict", "text": "?", "differing": [{"text": "?", "marker": 9}]}]
        ),
    ],
)
def test_what_cannot_have_been_kept_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(AssistantError, match="Delete it, and ask anew"):
        saved.loaded(changed(change), text_of)


@pytest.mark.parametrize("text", ["", "null", "[1]", "{}", '[{"question": "\\ud800"}]', "[" * 100_000, "x" * 2_000_001])
def test_what_is_no_conversation_is_refused(text: str) -> None:
    with pytest.raises(AssistantError, match="Delete it, and ask anew"):
        saved.loaded(text, text_of)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.text(), st.text(), st.text(), st.text()), max_size=3))
def test_whatever_words_are_in_it_they_come_back_and_are_shown_as_text(words: list[tuple[str, str, str, str]]) -> None:
    turns = tuple(
        Turn(question, _titled(title, outlet), problem=told, done=True) for question, title, outlet, told in words
    )
    for turn in again(turns):
        shown = render.conversation([turn])
        assert "<script" not in shown.casefold() and "<img" not in shown.casefold()


def _titled(title: str, outlet: str) -> Answer:
    clean = title.encode("utf-8", "replace").decode()
    source = outlet.encode("utf-8", "replace").decode()
    return replace(RAIN, citations=tuple(replace(each, title=clean, source=source) for each in RAIN.citations))


def test_of_a_conversation_that_is_too_long_the_newest_turns_are_kept() -> None:
    turns = [Turn(f"{number} {'x' * 600_000}", done=True) for number in range(5)]
    kept = saved.dumped(turns)
    assert [each["question"][0] for each in kept] == ["2", "3", "4"]
    assert len(saved.loaded(json.dumps(kept), text_of)) == 3
