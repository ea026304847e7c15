"""Copies of one report at several outlets, and what is none."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.record import NewArticle, Record
from ingest.copies import keys, link, overlap, runs
from tests.test_record import new

_NOUNS = ("ministers", "talks", "duties", "steel", "geneva", "council", "prices")
WORDS = [f"{noun}{letter}" for noun in _NOUNS for letter in "abcdefgh"]


def report(seed: int, sentences: int = 20) -> str:
    """A text of its own, and the same for the same seed."""
    chance = random.Random(seed)
    return " ".join(" ".join(chance.choices(WORDS, k=12)).capitalize() + "." for _ in range(sentences))


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    record = Record(f"sqlite:///{tmp_path / 'record.sqlite'}")
    yield record
    record.close()


def store(record: Record, **texts: str) -> None:
    articles: list[NewArticle] = [new(key, text) for key, text in texts.items()]
    link(record, texts)
    record.write(articles)


def test_overlap_is_of_the_shorter_text() -> None:
    whole = runs("The ministers met in Geneva on Monday and agreed to cut the duties on steel.")
    part = runs("THE MINISTERS met, in Geneva on Monday")
    assert overlap(whole, part) == overlap(part, whole) == 1
    assert overlap(whole, runs("Prices rose in May by six per cent.")) == overlap(whole, runs("")) == 0


def test_keys_are_the_same_everywhere() -> None:
    assert keys(runs(report(1)))[:2] == keys(runs(report(1).upper()))[:2]
    assert not set(keys(runs(report(1)))) & set(keys(runs(report(2))))
    assert all(-(2**63) <= key < 2**63 for key in keys(runs(report(1))))


def test_copies_are_of_one_story(record: Record) -> None:
    wire = report(1)
    store(record, wire=wire, other=report(2), form="Prices rose. " * 3)
    store(
        record, cut=wire[: len(wire) * 3 // 4], added=f"Our reporter adds this line. {wire}", form2="Prices rose. " * 3
    )
    stories = record.copies.stories(["wire", "cut", "added", "other", "form", "form2", "missing"])
    assert stories == {"wire": "wire", "cut": "wire", "added": "wire"}


def test_copies_that_come_together(record: Record) -> None:
    store(record, a=report(1), b=report(1) + " And more was said.", c=report(3))
    assert set(record.copies.stories("abc").values()) == {"a"} and len(record.copies.stories("abc")) == 2


def test_what_changes_or_goes_is_no_copy_any_more(record: Record) -> None:
    store(record, a=report(1), b=report(1))
    store(record, b=report(2))
    assert "b" not in record.copies.stories("ab")
    store(record, b="Withdrawn.")
    store(record, b=report(2))
    store(record, c=report(2))
    assert record.copies.stories("bc") == {"b": "b", "c": "b"}
    record.remove("b")
    store(record, d=report(2))
    assert record.copies.stories("bcd") == {"c": "b", "d": "b"}


def test_what_was_linked_and_never_written_does_no_harm(record: Record) -> None:
    link(record, {"lost": report(1)})  # killed here
    store(record, a=report(1))
    assert record.copies.stories("a") == {}
    store(record, lost=report(1))
    assert record.copies.stories(["a", "lost"]) == {"a": "a", "lost": "a"}
