"""What people say of answers, written down so that it can be asked again."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import AssistantError
from assistant.page import feedback
from evals import questions
from tests.browser import said

RAIN = replace(
    said("And there?", "It rained.", "It stopped."), searched_for="Did it rain in Lund?", short_answer="rained"
)
REFUSED = replace(RAIN, refused=True, text="The articles do not say.", sentences=(), citations=(), short_answer="")


def test_what_is_written_down_is_a_question_set(tmp_path: Path) -> None:
    feedback.write(tmp_path, RAIN, "up", "  good\nquote ")
    feedback.write(tmp_path, RAIN, "down", "")
    feedback.write(tmp_path, REFUSED, "up", "\ud800")
    feedback.write(tmp_path, REFUSED, "down", "")
    read = questions.read(tmp_path / feedback.NAME)
    assert read.problems == ()
    liked, disliked, rightly, wrongly = read.questions
    assert (liked.question, liked.as_of) == ("Did it rain in Lund?", "2025-04-08")
    assert (liked.answerable, liked.answers, liked.gold_article_ids) == (True, ("rained",), ("id",))
    assert liked.tags == ("rated up",)
    assert (disliked.answerable, disliked.answers, disliked.gold_article_ids) == (None, (), ())
    assert (rightly.answerable, wrongly.answerable) == (False, None)
    carried = liked.model_extra or {}
    assert (carried["comment"], carried["asked"], carried["said"]) == ("good\nquote", "And there?", RAIN.text)
    assert [each["quote"] for each in carried["cited"]] == ["It rained.", "It stopped."]


def test_many_may_write_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: feedback.write(tmp_path, RAIN, "up", f"comment {n} " + "x" * 1_900), range(40)))
    lines = (tmp_path / feedback.NAME).read_text("utf-8").splitlines()
    assert len({json.loads(line)["comment"] for line in lines}) == len(lines) == 40


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / feedback.NAME).write_text('{"question": "cut o', "utf-8")
    feedback.write(tmp_path, RAIN, "up", "")
    read = questions.read(tmp_path / feedback.NAME)
    assert len(read.questions) == len(read.problems) == 1


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssistantError, match=r"2,001 characters; at most 2,000"):
        feedback.write(tmp_path, RAIN, "up", "x" * 2_001)
    monkeypatch.setattr(feedback, "_LARGEST", 100)
    with pytest.raises(AssistantError, match="file of feedback is full"):
        feedback.write(tmp_path, RAIN, "up", "")
    assert (tmp_path / feedback.NAME).stat().st_size == 0


def test_a_place_that_cannot_be_written_to_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / feedback.NAME).mkdir()
    with pytest.raises(AssistantError, match=r"could not be written down: Is a directory.*ASSISTANT_HOME\) writable"):
        feedback.write(tmp_path, RAIN, "up", "")
