"""`assistant eval`, over the article that comes with the project."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from assistant import Assistant, AssistantError, Settings
from evals import command
from evals.arguments import add_arguments

LINES = """{"id": "topix", "question": "How much did the Topix surge?", "answers": ["6.7%"], "tags": ["figures"]}
{"id": "moon", "question": "Who was first on the moon?", "answerable": false}
"""


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    path.write_text(LINES, "utf-8")
    return path


def arguments(*words: object, as_json: bool = False) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return argparse.Namespace(**vars(parser.parse_args([str(word) for word in words])), json=as_json)


def test_json_is_the_whole_run_and_nothing_else(
    questions: Path, tmp_path: Path, seed_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    saved, page = tmp_path / "run.json", tmp_path / "out.html"
    args = arguments(questions, "--save", saved, "--report", page, "--workers", 2, as_json=True)
    assert command.main(args, seed_settings) == 0
    done = json.loads(capsys.readouterr().out)
    assert done["figures"]["overall"]["passage_hit@5"]["value"] == 1.0
    assert done == json.loads(saved.read_text("utf-8"))
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert command.main(arguments(questions, "--save", saved, "--compare", saved, as_json=True), seed_settings) == 0
    compared = json.loads(capsys.readouterr().out)["comparison"]
    assert {difference["difference"] for difference in compared.values()} == {0.0}


def test_without_json_the_figures_are_a_table(
    questions: Path, tmp_path: Path, seed_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    questions.write_text(LINES + "{}\n", "utf-8")
    assert command.main(arguments(questions, "--save", tmp_path / "run.json"), seed_settings) == 1
    shown = capsys.readouterr()
    assert "answer's words in the first 5 passages" in shown.out and "p95" in shown.out
    assert "questions.jsonl, line 3: question" in shown.err


@pytest.mark.parametrize("option", ["--compare", "--report", "--save"])
def test_a_place_that_cannot_be_used_is_an_error_for_people(
    questions: Path, tmp_path: Path, seed_settings: Settings, option: str
) -> None:
    words: list[object] = [questions, option, questions / "below" / "a-file"]
    if option != "--save":
        words += ["--save", tmp_path / "run.json"]
    with pytest.raises(AssistantError, match="a-file"):
        command.main(arguments(*words), seed_settings)


def test_no_workers_is_bad_usage(questions: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        arguments(questions, "--workers", 0)
    assert stopped.value.code == 2


def test_a_page_can_evaluate_a_small_set(questions: Path, seed_assistant: Assistant, tmp_path: Path) -> None:
    done, page = command.evaluate(seed_assistant, Settings(home=tmp_path), questions)
    assert done["questions"]["count"] == 2 and "Evaluation of questions.jsonl" in page
