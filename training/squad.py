"""SQuAD-format files: paragraphs, their questions, and a cut of their titles that training never sees."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.text import normalise

# One title in so many is held out; of a file with a single title, one paragraph in so many.
_HELD_OUT = 12


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text and where it is from. `file` is the set's name, `title` "" where the set gives none that says anything."""

    file: str
    title: str
    text: str
    held_out: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a paragraph and its answers as spans of the paragraph's text; none: not answered there."""

    id: str
    question: str
    paragraph: int
    answers: tuple[tuple[int, int], ...]


def read(paths: Iterable[Path], held_out: Iterable[str] = ()) -> tuple[list[Paragraph], list[Asked]]:
    """All paragraphs and questions. Titles named in `held_out` are held out, and of the other files a share."""
    named = frozenset(held_out)
    paragraphs: list[Paragraph] = []
    questions: list[Asked] = []
    for path in paths:
        name = path.name.split(".")[0]
        with gzip.open(path, "rt", encoding="utf-8") as file:
            documents = json.load(file)["data"]
        chosen = {document["title"] for document in documents} & named
        for document in documents:
            # A review's or a comment's number is no title.
            title = "" if len(documents) == 1 or any(c.isdigit() for c in document["title"]) else document["title"]
            for paragraph in document["paragraphs"]:
                text = paragraph["context"]
                if normalise(text) != text:
                    continue  # its offsets would be off
                key = document["title"] if len(documents) > 1 else text
                out = document["title"] in chosen if chosen else _bucket(key) == 0
                paragraphs.append(Paragraph(name, title.replace("_", " "), text, out))
                questions += _questions(paragraph["qas"], len(paragraphs) - 1, text)
    return paragraphs, questions


def _questions(asked: Iterable[dict[str, object]], paragraph: int, text: str) -> Iterator[Asked]:
    for each in asked:
        spans = set()
        for answer in each.get("answers") or ():  # type: ignore[attr-defined]
            start, words = answer["answer_start"], answer["text"]
            if text[start : start + len(words)] == words and words.strip():
                spans.add((start, start + len(words)))
        if spans or each.get("is_impossible"):
            yield Asked(str(each["id"]), " ".join(str(each["question"]).split()), paragraph, tuple(sorted(spans)))


def _bucket(key: str) -> int:
    return hashlib.sha256(key.encode()).digest()[0] % _HELD_OUT
