"""A part of what there is, sorted and searched by the database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from corpus.catalogue import Sort
from corpus.record import NewArticle, Record


def new(key: str, title: str, source: str | None, published: str | None, passages: int = 1) -> NewArticle:
    text = "word " * passages
    spans = tuple((5 * n, 5 * n + 5) for n in range(passages))
    return NewArticle(key, title, source, None, published, text, spans, np.zeros((passages, 3), np.float32))


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    record = Record(f"sqlite:///{tmp_path / 'record.sqlite'}")
    record.write([
        new("a", "élan vital", "Écho", "2025-04-07", 3), new("b", "Bridge opens", "Times", "2025-04-01", 2),
        new("c", "100% of votes", None, None), new("upload:notes.txt", "Zebra_s", "Times", "2024-12-24T09:00:00+00:00"),
    ])  # fmt: skip
    record.write([new("b", "Bridge opens again", "Times", "2025-04-01", 2)])  # only what is current is listed
    yield record
    record.close()


def ids(record: Record, search: str = "", **part: object) -> list[str]:
    return [listed.id for listed in record.catalogue.listing(search, **part).articles]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sort", "up", "down"),
    [
        ("published", ["upload:notes.txt", "b", "a", "c"], ["a", "b", "upload:notes.txt", "c"]),
        ("title", ["c", "b", "upload:notes.txt", "a"], ["a", "upload:notes.txt", "b", "c"]),
        ("source", ["b", "upload:notes.txt", "a", "c"], ["a", "b", "upload:notes.txt", "c"]),
        ("passages", ["c", "upload:notes.txt", "b", "a"], ["a", "b", "c", "upload:notes.txt"]),
    ],
)
def test_each_column_sorts_both_ways_and_what_is_not_known_comes_last(
    record: Record, sort: Sort, up: list[str], down: list[str]
) -> None:
    assert ids(record, sort=sort, descending=False) == up
    assert ids(record, sort=sort) == down


def test_every_word_must_be_found_in_whatever_case_and_stands_for_itself(record: Record) -> None:
    assert ids(record, "times  BRIDGE") == ["b"]
    assert ids(record, "ÉLAN") == ["a"] and ids(record, "écho") == ["a"]
    assert ids(record, "2025-04") == ["a", "b"]
    assert ids(record, "%") == ["c"] and ids(record, "_") == ["upload:notes.txt"]
    assert ids(record, "upload: notes") == ["upload:notes.txt"]
    assert ids(record, "nowhere") == [] and ids(record, "bridge nowhere") == []


def test_pages_follow_one_another_and_know_how_many_there_are(record: Record) -> None:
    pages = [record.catalogue.listing(limit=3, offset=offset) for offset in (0, 3, 6)]
    assert [len(page.articles) for page in pages] == [3, 1, 0] and {page.total for page in pages} == {4}
    assert [listed.id for page in pages for listed in page.articles] == ids(record)
    assert record.catalogue.listing("times", limit=1).total == 2
    first = pages[0].articles[0]
    assert (first.version, first.passages, first.title) == (1, 3, "élan vital")


def test_outlets_are_those_with_most_articles_by_name(record: Record) -> None:
    assert record.catalogue.outlets(10) == ["Times", "Écho"]
    assert record.catalogue.outlets(1) == ["Times"]
    assert record.catalogue.outlets(0) == []
