"""The record: versions, removals, and the feed that the indexes follow."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpus.dates import parse
from corpus.errors import AssistantError
from corpus.record import NewArticle, Record
from corpus.types import Bounds


def new(article_id: str, text: str, published: str | None = None) -> NewArticle:
    spans = ((0, len(text) // 2), (len(text) // 2, len(text)))
    return NewArticle(
        article_id, f"On {article_id}", "Herald", None, published, text, spans, np.eye(2, 4, dtype=np.float32)
    )


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    record = Record(f"sqlite:///{tmp_path / 'record.sqlite'}")
    yield record
    record.close()


def test_a_changed_article_replaces_its_old_self_and_the_old_text_stays_readable(record: Record) -> None:
    record.write([new("a", "Prices rose 5% in May."), new("b", "The talks went on.")])
    record.write([new("a", "Prices rose 6% in May.")])
    current, old = record.article("a"), record.article("a", 1)
    assert current and old and (current.version, current.text) == (2, "Prices rose 6% in May.")
    assert old.text == "Prices rose 5% in May."
    assert record.counts() == (2, 4)
    assert "".join(passage.text for passage in record.passages_of("a")) == current.text
    assert [(a.id, a.version, a.passages) for a in record.catalogue.listing().articles] == [("a", 2, 2), ("b", 1, 2)]


def test_a_removed_article_is_gone_with_all_its_versions(record: Record) -> None:
    record.write([new("a", "Prices rose 5% in May.")])
    record.write([new("a", "Prices rose 6% in May.")])
    assert record.remove("a") and not record.remove("a")
    assert record.article("a") is None and record.article("a", 1) is None
    assert record.counts() == (0, 0) and record.passages_of("a") == []


def test_the_feed_tells_what_came_and_what_went(record: Record) -> None:
    record.write([new("a", "Prices rose 5% in May.")])
    first = record.change()
    before = [entry.id for entry in record.added(0, first, limit=10)]
    record.write([new("a", "Prices rose 6% in May.")])
    head = record.change()
    assert head > first
    assert record.gone(first, head) == before
    after = record.added(0, head, limit=10)
    assert [entry.passage.version for entry in after] == [2, 2] and not {entry.id for entry in after} & set(before)
    assert np.array_equal(after[0].vector, np.eye(2, 4)[0])


def test_a_chunk_of_the_feed_never_ends_within_a_commit(record: Record) -> None:
    record.write([new(f"a{n}", f"Article number {n} says this.") for n in range(5)])
    record.write([new("b", "Another one came later.")])
    chunk = record.added(0, record.change(), limit=3)
    assert len(chunk) == 10 and len({entry.change for entry in chunk}) == 1


def test_bounds_leave_undated_articles_out_and_as_of_does_not(record: Record) -> None:
    record.write([new("early", "It was in March.", "2025-03-01"), new("late", "It was May.", "2025-05-01T10:00:00Z")])
    record.write([new("undated", "It was sometime.")])
    ids = [entry.id for entry in record.added(0, record.change(), limit=100)]

    def within(**bounds: Any) -> set[str]:
        return {passage.article_id for passage in record.passages(ids, Bounds(**bounds)).values()}

    assert within() == {"early", "late", "undated"}
    assert within(as_of=parse("2025-04-01")) == {"early", "undated"}
    assert within(since=parse("2025-04-01")) == {"late"}
    assert within(until=parse("2025-04-01")) == {"early"}
    assert within(source="herald") == {"early", "late", "undated"} and within(source="Times") == set()


def test_a_record_of_another_format_is_refused(record: Record, tmp_path: Path) -> None:
    record.remember({"format": "99"})
    with pytest.raises(AssistantError, match="format 99"):
        Record(f"sqlite:///{tmp_path / 'record.sqlite'}")


def test_a_record_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    (tmp_path / "record.sqlite").write_bytes(b"this is no database, and it is long enough to be sure of that" * 100)
    with pytest.raises(AssistantError, match="cannot be opened"):
        Record(f"sqlite:///{tmp_path / 'record.sqlite'}")
    with pytest.raises(AssistantError, match="ASSISTANT_DATABASE_URL"):
        Record("nonsense")


def test_a_commit_that_fails_leaves_nothing_behind(record: Record) -> None:
    record.write([new("a", "Prices rose 5% in May.")])
    change = record.change()
    broken = NewArticle("b", "B", None, None, "not a date", "Text.", ((0, 5),), np.eye(1, 4, dtype=np.float32))
    with pytest.raises(ValueError):
        record.write([new("a", "Prices fell."), broken])
    current = record.article("a")
    assert current and current.text == "Prices rose 5% in May." and record.change() == change
    assert record.article("b") is None


def test_an_older_format_is_brought_up_to_date(record: Record, tmp_path: Path) -> None:
    record.write([new("a", "Prices rose 5% in May.")])
    with sqlite3.connect(tmp_path / "record.sqlite") as old:  # as format 1 was
        for column in ("author", "dated_by", "language"):
            old.execute(f"ALTER TABLE articles DROP COLUMN {column}")
        for table in ("origins", "failures", "pages"):
            old.execute(f"DROP TABLE {table}")
        old.execute("UPDATE info SET value = '1' WHERE key = 'format'")
    old.close()
    record.close()
    for _ in range(2):
        found = Record(f"sqlite:///{tmp_path / 'record.sqlite'}")
        article = found.article("a")
        assert article and (article.text, article.dated_by) == ("Prices rose 5% in May.", None)
        assert found.info("format") == "2" and found.ledger.failures() == []
        found.close()


def test_details_are_set_without_a_new_version(record: Record) -> None:
    record.write([new("a", "Prices rose 5% in May.")])
    record.write([new("a", "Prices rose 6% in May.")])
    change = record.change()
    record.annotate({"a": {"language": "en", "dated_by": "url"}})
    current, old = record.article("a"), record.article("a", 1)
    assert current and old and (current.version, current.language, old.language) == (2, "en", None)
    assert record.change() == change
    assert [(article.id, article.version) for article in record.versions()] == [("a", 1), ("a", 2)]
