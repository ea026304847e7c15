"""The record: versions, removals, and the feed that the indexes follow."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sql

from corpus.dates import parse
from corpus.errors import AssistantError
from corpus.ledger import Page
from corpus.record import NewArticle, Record
from corpus.types import Bounds
from tests.servers import free_port


def new(article_id: str, text: str, published: str | None = None) -> NewArticle:
    spans = ((0, len(text) // 2), (len(text) // 2, len(text)))
    return NewArticle(
        article_id, f"On {article_id}", "Herald", None, published, text, spans, np.eye(2, 4, dtype=np.float32)
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'record.sqlite'}"
    return str(request.getfixturevalue("postgresql").database())


@pytest.fixture
def record(url: str) -> Iterator[Record]:
    record = Record(url)
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


def test_a_record_of_another_format_is_refused(record: Record, url: str) -> None:
    record.remember({"format": "99"})
    with pytest.raises(AssistantError, match="format 99"):
        Record(url)


@pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)
def test_processes_that_come_first_at_once_make_one_record(url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        records = list(pool.map(Record, [url] * 6))
    assert len({record.corpus_id for record in records}) == 1 and records[0].corpus_id
    for record in records:
        record.close()


def test_writers_at_once_take_turns_and_each_gets_a_change_of_its_own(record: Record) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: record.write([new(f"a{n % 3}", f"Edition {n} says this and that.")]), range(24)))
    assert record.change() == 24 and record.counts() == (3, 6)
    assert [article.version for article in record.versions()] == [*range(1, 9)] * 3
    assert len(record.gone(0, 24)) == 42


_HOLDS = """
import sys, time
from pathlib import Path
from corpus.record import Record
lock = Record(sys.argv[1]).lock(Path(sys.argv[2]))
print(lock.acquire(0), flush=True)
time.sleep(60)
"""


def test_the_lock_is_held_by_one_and_gone_with_its_process(record: Record, url: str, tmp_path: Path) -> None:
    mine, yours = record.lock(tmp_path), Record(url)
    theirs = yours.lock(tmp_path)
    assert mine.acquire(0) and mine.acquire(0) and not theirs.acquire(0.1)
    mine.release()
    assert not theirs.acquire(0)
    mine.release()
    assert theirs.acquire(0)
    theirs.release()
    yours.close()
    holder = subprocess.Popen([sys.executable, "-c", _HOLDS, url, tmp_path], stdout=subprocess.PIPE, text=True)
    assert holder.stdout and holder.stdout.readline() == "True\n" and not mine.acquire(0)
    holder.kill()
    holder.communicate()
    assert mine.acquire(5)
    mine.release()


def test_keys_of_any_length_are_no_trouble(record: Record) -> None:
    words = "".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(60))  # which no database can make shorter
    long = f"file:///{words}"
    record.write([new(words[:500], "A text under a long id.")])
    record.ledger.came([(long, words[:500]), (long[:1500], words[:500])])
    record.ledger.failed("file:///folder", {long: "It is long.", long[:1500]: "It is long, too."})
    record.ledger.visited([Page(long), Page(long[:1500])])
    assert [failure.uri for failure in record.ledger.failures()] == [long[:1500]]
    assert record.ledger.articles_from(long[:1500]) == [words[:500]]
    assert record.ledger.page(long[:1500]) and record.ledger.page(long) is None


def test_a_record_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    (tmp_path / "record.sqlite").write_bytes(b"this is no database, and it is long enough to be sure of that" * 100)
    with pytest.raises(AssistantError, match="cannot be used"):
        Record(f"sqlite:///{tmp_path / 'record.sqlite'}")
    for url in ("nonsense", f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none"):
        with pytest.raises(AssistantError, match="ASSISTANT_DATABASE_URL"):
            Record(url)


def test_a_commit_that_fails_leaves_nothing_behind(record: Record) -> None:
    record.write([new("a", "Prices rose 5% in May.")])
    change = record.change()
    broken = NewArticle("b", "B", None, None, "not a date", "Text.", ((0, 5),), np.eye(1, 4, dtype=np.float32))
    with pytest.raises(ValueError):
        record.write([new("a", "Prices fell."), broken])
    current = record.article("a")
    assert current and current.text == "Prices rose 5% in May." and record.change() == change
    assert record.article("b") is None


def test_an_older_format_is_brought_up_to_date(record: Record, url: str) -> None:
    record.write([new("a", "Prices rose 5% in May.")])
    old = sql.create_engine(url)
    with old.begin() as connection:  # as format 1 was
        for column in ("author", "dated_by", "language"):
            connection.execute(sql.text(f"ALTER TABLE articles DROP COLUMN {column}"))
        for table in ("origins", "failures", "pages"):
            connection.execute(sql.text(f"DROP TABLE {table}"))
        connection.execute(sql.text("UPDATE info SET value = '1' WHERE key = 'format'"))
    old.dispose()
    record.close()
    for _ in range(2):
        found = Record(url)
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
