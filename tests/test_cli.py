"""The two commands, as programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant import Settings
from assistant.cli import main

ROOT = Path(__file__).parents[1]


def run(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ASSISTANT_HOME": str(home), "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    return subprocess.run([sys.executable, "-m", *command], env=environment, capture_output=True, text=True, cwd=home)


@pytest.fixture(autouse=True)
def at_the_seed(seed_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_HOME", str(seed_settings.home))


def test_ask_answers_with_quotes_and_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "How much did the Nikkei 225 climb?"]) == 0
    out = capsys.readouterr().out
    assert "6.2%" in out and "[1] Japan Moves to Front" in out and "undated" in out


def test_ask_declines_and_exits_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "Who won the 2024 World Series?", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["refused"] is True


def test_json_is_one_document_on_every_verb(seed_settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    def json_of(*arguments: str) -> object:
        assert main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    (article,) = json_of("articles")  # type: ignore[misc]
    shown = json_of("show", article["id"])
    assert shown["text"].startswith("Key Takeaways:")  # type: ignore[index]
    found = json_of("search", "Nikkei", "-k", "2")
    assert len(found) == 2 and {"article_id", "start", "end", "text", "score", "copies"} <= set(found[0])  # type: ignore
    assert json_of("check") == {"problems": [], "repaired": False}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "nothing"], "no article 'nothing'"),
        (["remove", "nothing"], "no article 'nothing'"),
        (["ask", ""], "empty"),
        (["ask", "x" * 100_000], "at most 2,000"),
        (["ask", "who?", "--model", "gpt-9"], "PROVIDER:MODEL"),
        (["ask", "who?", "--since", "soon"], "not a date"),
        (["search", "talks", "-k", "0"], "at least one"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_exit_1(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert message in captured.err and "Traceback" not in captured.err and captured.out == ""
    assert main([*arguments, "--json"]) == 1
    assert message in json.loads(capsys.readouterr().out)["error"]


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["ask"], ["search", "x", "-k", "many"]])
def test_bad_usage_is_exit_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


def test_a_setting_that_cannot_be_used_names_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSISTANT_TOP_K", "many")
    assert main(["articles"]) == 1
    assert "ASSISTANT_TOP_K" in capsys.readouterr().err


def test_ingest_as_a_program_reports_in_json_and_exits_1_when_something_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The talks went on until Friday night, said the minister.")
    done = run(tmp_path, "ingest", "a.txt", "missing.txt", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1 and len(report["added"]) == 1
    assert report["skipped"][0]["origin"] == "missing.txt" and "missing.txt" in done.stderr
    assert "Traceback" not in done.stderr
    listed = run(tmp_path, "assistant", "articles", "--json")
    assert listed.returncode == 0 and json.loads(listed.stdout)[0]["id"] == (tmp_path / "a.txt").as_uri()


def test_export_writes_what_ingest_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "all.jsonl"
    assert main(["export", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"file": str(file), "articles": 1}
    (line,) = file.read_text("utf-8").splitlines()
    assert json.loads(line)["text"].startswith("Key Takeaways:")
    assert main(["export", str(tmp_path / "all.txt")]) == 1 and "Name it so" in capsys.readouterr().err
