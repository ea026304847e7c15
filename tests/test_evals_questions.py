"""Reading question sets: three formats, and lines that are broken."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from assistant import AssistantError
from evals.questions import read


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_line_of_the_contract_is_read_and_other_keys_are_carried_through(tmp_path: Path) -> None:
    line = {"id": "a", "question": "Who?", "answers": ["Ann"], "as_of": "2024-05-01", "choices": ["Ann", "Bo"]}
    (question,) = read(write(tmp_path / "q.jsonl", json.dumps(line) + "\n\n")).questions
    assert question.answers == ("Ann",) and question.answerable is None
    assert question.model_dump()["choices"] == ["Ann", "Bo"]


def test_a_broken_line_names_file_line_and_field_and_the_rest_is_read(tmp_path: Path) -> None:
    lines = [
        '{"question": "Good?"}',
        '{"answers": ["no question"]}',
        "not json",
        '{"question": "When?", "as_of": "last week"}',
        '{"question": "Whole?", "answers": [""]}',
        '["question"]',
        '{"id": "q1", "question": "Twice?"}',
        '{"question": "Half?", "extra": "\\ud800"}',
        '{"question": "Good too?"}',
    ]
    asked = read(write(tmp_path / "set.jsonl", "\n".join(lines)))
    assert [question.question for question in asked.questions] == ["Good?", "Good too?"]
    expected = {2: "question", 3: "JSON", 4: "as_of", 5: "answers", 6: "the line", 7: "id", 8: "surrogate"}
    assert len(asked.problems) == len(expected)
    for problem, (line, field) in zip(asked.problems, expected.items(), strict=True):
        assert problem.startswith(f"set.jsonl, line {line}: ") and field in problem


def test_squad_json_is_read_gzipped_with_what_cannot_be_answered(tmp_path: Path) -> None:
    asked = [
        {"id": "1", "question": "Who?", "answers": [{"text": "Ann"}, {"text": "Ann"}], "is_impossible": False},
        {"id": "2", "question": "Why?", "answers": [], "is_impossible": True},
        {"id": "3", "question": "How?", "answers": "so"},
        {"id": "4", "answers": []},
    ]
    text = json.dumps({"data": [{"title": "t", "paragraphs": [{"context": "c", "qas": asked}]}]})
    path = tmp_path / "dev.json.gz"
    path.write_bytes(gzip.compress(text.encode()))
    found = read(path)
    assert [(q.id, q.answers, q.answerable) for q in found.questions] == [("1", ("Ann",), True), ("2", (), False)]
    assert [p.split(": ")[:2] for p in found.problems] == [
        ["dev.json.gz, data[0].paragraphs[0].qas[2]", "answers"],
        ["dev.json.gz, data[0].paragraphs[0].qas[3]", "question"],
    ]


def test_csv_columns_are_found_by_name_and_several_answers_are_parted_by_a_bar(tmp_path: Path) -> None:
    text = '\ufeffquestion,answers,answerable\n"Who, then?",Ann|Anna,\nWhy?,,false\nWhat?,x,maybe\na,b,c,d\n'
    found = read(write(tmp_path / "q.csv", text))
    assert [(q.question, q.answers, q.answerable) for q in found.questions] == [
        ("Who, then?", ("Ann", "Anna"), None),
        ("Why?", (), False),
    ]
    assert "line 4: answerable" in found.problems[0] and "line 5: the line has more cells" in found.problems[1]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("q.txt", b'{"question": "Who?"}'),
        ("q.jsonl", b""),
        ("q.jsonl", b"\xff\xfe\x00"),
        ("q.jsonl", b'{"question": "  "}'),
        ("q.json", b'{"questions": []}'),
        ("q.json", b"[" * 100_000),
        ("q.csv", b"frage,antwort\nWer?,Ann\n"),
        ("q.jsonl.gz", b"not gzip"),
    ],
)
def test_a_set_without_one_usable_question_is_an_error_for_people(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(AssistantError):
        read(tmp_path / name)


def test_a_missing_file_is_an_error_for_people(tmp_path: Path) -> None:
    with pytest.raises(AssistantError, match=r"gone\.jsonl cannot be read"):
        read(tmp_path / "gone.jsonl")


def test_the_fingerprint_changes_with_any_question(tmp_path: Path) -> None:
    first = read(write(tmp_path / "a.jsonl", '{"question": "Who?"}'))
    again = read(write(tmp_path / "b.jsonl", '{"question": "Who?"}\n'))
    other = read(write(tmp_path / "c.jsonl", '{"question": "Who?", "as_of": "2024-01-01"}'))
    assert first.fingerprint == again.fingerprint != other.fingerprint
