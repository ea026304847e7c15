"""Question sets: the contract's `.jsonl`, SQuAD-format JSON, and CSV, each also gzipped. What comes in is untrusted."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StrictBool, StringConstraints, ValidationError, field_validator
from pydantic_core import PydanticSerializationError

from assistant import AssistantError

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Row = tuple[str, object]  # where it stands ("line 3"), and the question as raw data or as the error that was met

_LIST_COLUMNS = ("answers", "gold_article_ids", "tags", "forbidden")


class Question(BaseModel):
    """A question with what is known about its answer; keys not named here are carried through.

    `answers` are alternatives. `answerable` None means: not said (taken as answerable when answers or gold are given).
    `tags` group figures; `forbidden` are words that a right answer never holds; `expected_note` is the kind of a note
    that the answer should carry (say, "conflict").
    """

    model_config = ConfigDict(extra="allow", frozen=True, coerce_numbers_to_str=True)

    id: str = ""
    question: Words
    answers: tuple[Words, ...] = ()
    as_of: str | None = None
    gold_article_ids: tuple[Words, ...] = ()
    answerable: StrictBool | None = None
    tags: tuple[Words, ...] = ()
    forbidden: tuple[Words, ...] = ()
    expected_note: str | None = None

    @field_validator("as_of")
    @classmethod
    def _is_a_day(cls, value: str | None) -> str | None:
        if value is not None:
            datetime.fromisoformat(value)
        return value


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions that could be read, and a sentence for each one that could not, naming file, line and field."""

    name: str
    questions: tuple[Question, ...]
    problems: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the questions in order, with everything that was carried through."""
        return hashlib.sha256("\n".join(q.model_dump_json() for q in self.questions).encode()).hexdigest()


def read(path: Path) -> QuestionSet:
    """Reads a question set by its file name's ending. Raises `AssistantError` when nothing in it is usable."""
    name = path.name.lower().removesuffix(".gz")
    readers = {".jsonl": _json_lines, ".json": _squad, ".csv": _csv}
    reader = readers.get(Path(name).suffix)
    if reader is None:
        raise AssistantError(f"{path} is no question set by its name. Give a .jsonl, a SQuAD-format .json, or a .csv.")
    questions: dict[str, Question] = {}
    problems: list[str] = []
    for number, (place, row) in enumerate(reader(_text(path)), start=1):
        problem = row if isinstance(row, str) else _add(row, number, questions)
        if problem:
            problems.append(f"{path.name}, {place}: {problem}")
    if not questions:
        raise AssistantError(
            f"{path} holds no question that can be used. {problems[0] if problems else 'There is none in it.'} "
            'The least a line of .jsonl can be is {"question": "..."}.'
        )
    return QuestionSet(path.name, tuple(questions.values()), tuple(problems))


def _add(row: object, number: int, questions: dict[str, Question]) -> str | None:
    try:
        question = Question.model_validate(row)
        question.model_dump_json()
    except PydanticSerializationError:
        return "the line holds half of a character (a lone surrogate), so it cannot be written down again."
    except ValidationError as error:
        return (
            "; ".join(
                f"{'.'.join(map(str, e['loc'])) or 'the line'}: {e['msg'].replace('tuple', 'list')}"
                for e in error.errors()
            )
            + "."
        )
    question = question.model_copy(update={"id": question.id or f"q{number}"})
    if question.id in questions:
        return f"id: {question.id!r} is already the id of an earlier question."
    questions[question.id] = question
    return None


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (OSError, EOFError) as error:
        raise AssistantError(f"{path} cannot be read: {error}. Check the path and the file.") from None
    except UnicodeDecodeError:
        raise AssistantError(f"{path} is not UTF-8 text. Save it as UTF-8.") from None


def _json_lines(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except (ValueError, RecursionError) as error:
                yield f"line {number}", f"the line is not JSON ({error})."


def _squad(text: str) -> Iterator[Row]:
    """SQuAD 1.1 and 2.0: data → paragraphs → qas, each with `question`, `answers[].text` and maybe `is_impossible`."""
    try:
        groups = json.loads(text)["data"]
    except (ValueError, RecursionError, KeyError, TypeError):
        raise AssistantError('A .json question set must be SQuAD-format: {"data": [{"paragraphs": [...]}]}.') from None
    for place, raw in _squad_questions(groups):
        try:
            answers = list(dict.fromkeys(answer["text"] for answer in raw.get("answers") or ()))
            row = {"id": raw.get("id", ""), "question": raw.get("question"), "answers": answers}
            yield place, row | ({"answerable": not raw["is_impossible"]} if "is_impossible" in raw else {})
        except (AttributeError, KeyError, TypeError):
            yield place, "answers: must be a list of objects with a text."


def _squad_questions(groups: Any) -> Iterator[tuple[str, Any]]:
    for g, group in enumerate(groups if isinstance(groups, list) else ()):
        paragraphs = group.get("paragraphs") if isinstance(group, dict) else None
        for p, paragraph in enumerate(paragraphs if isinstance(paragraphs, list) else ()):
            asked = paragraph.get("qas") if isinstance(paragraph, dict) else None
            for q, raw in enumerate(asked if isinstance(asked, list) else ()):
                yield f"data[{g}].paragraphs[{p}].qas[{q}]", raw


def _csv(text: str) -> Iterator[Row]:
    """Columns by name: `question` and, if wanted, the other fields; several answers in a cell are parted by `|`."""
    rows = csv.DictReader(io.StringIO(text), strict=True)
    try:
        if "question" not in (rows.fieldnames or ()):
            raise AssistantError("A .csv question set needs a first line of column names, one of them `question`.")
        for row in rows:
            yield f"line {rows.line_num}", _from_cells(row)
    except csv.Error as error:
        yield f"line {rows.line_num}", f"the line is not CSV ({error}); the rest of the file is not read."


def _from_cells(row: dict[str | None, Any]) -> object:
    if None in row:
        return "the line has more cells than there are columns; put a cell that holds commas in double quotes."
    cells: dict[str, Any] = {str(name): value for name, value in row.items() if value}
    for name in _LIST_COLUMNS:
        if name in cells:
            cells[name] = cells[name].split("|")
    if "answerable" in cells:
        cells["answerable"] = {"true": True, "false": False}.get(cells["answerable"].lower(), cells["answerable"])
    return cells
