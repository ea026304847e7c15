"""What ingest remembers between runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.ledger import Page
from corpus.record import Record
from tests.test_record import new


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    record = Record(f"sqlite:///{tmp_path / 'record.sqlite'}")
    yield record
    record.close()


def test_where_articles_came_from(record: Record) -> None:
    ids = ["file:///news/a.txt", "file:///news/b.jsonl#L1", "c", "https://example.com/d", "file:///newspaper/e.txt"]
    record.write([new(key, "The talks went on.") for key in ids])
    pairs = [("file:///news/c.jsonl", "c"), ("file:///old/c.jsonl", "c"), ("file:///news/d.html", ids[3])]
    record.ledger.came([*pairs, ("file:///news/a.txt", "file:///news/a.txt"), ("file:///news/x.html", "gone")])
    record.ledger.came(pairs)
    assert record.ledger.articles_from("file:///news/c.jsonl") == ["c"]
    assert record.ledger.articles_from("https://example.com/d") == ["https://example.com/d"]
    assert record.ledger.articles_from("file:///news/x.html") == []
    assert record.ledger.origins_under("file:///news/") == {
        "file:///news/a.txt": {"file:///news/a.txt"},
        "file:///news/b.jsonl#L1": {"file:///news/b.jsonl"},
        "c": {"file:///news/c.jsonl", "file:///old/c.jsonl"},
        "https://example.com/d": {"https://example.com/d", "file:///news/d.html"},
    }
    assert record.ledger.origins_under("file:///News/") == {}
    record.remove("c")
    assert record.ledger.articles_from("file:///news/c.jsonl") == []


def test_failures_stay_until_they_succeed(record: Record) -> None:
    record.ledger.failed("file:///news", {"file:///news/a.pdf": "It is damaged.", "file:///news/b.pdf": "It is empty."})
    record.ledger.failed("file:///news", {"file:///news/a.pdf": "It is locked."})
    first, second = record.ledger.failures()
    assert (first.reason, first.tries, second.tries) == ("It is locked.", 2, 1) and first.since <= second.since
    record.ledger.succeeded(["file:///news/a.pdf", "file:///news/c.pdf"])
    assert [failure.uri for failure in record.ledger.failures()] == ["file:///news/b.pdf"]


def test_pages(record: Record) -> None:
    page = Page("https://example.com/", etag='"1"', checked=1.5)
    record.ledger.visited([page])
    assert record.ledger.page(page.url) == page
    record.ledger.visited([Page(page.url, modified="Mon, 07 Apr 2025 09:00:00 GMT")])
    found = record.ledger.page(page.url)
    assert found and found.etag is None and found.modified
    assert record.ledger.page("https://example.com/other") is None
