"""Ingest: what is added, changed, unchanged and skipped, over every kind of bad input."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from assistant import Assistant, Settings
from ingest import ingest
from ingest.load import Skipped, load
from tests.conftest import SEEDS

Write = Callable[..., Path]


def test_twice_is_once(settings: Settings) -> None:
    first, second = ingest([str(SEEDS)], settings), ingest([str(SEEDS)], settings)
    assert (len(first.added), first.passages > 0, first.skipped) == (1, True, [])
    assert (second.added, second.changed, second.unchanged, second.passages) == ([], [], first.added, 0)


def test_the_seed_article_is_stored_letter_for_letter_with_its_headline(seed_assistant: Assistant) -> None:
    (listed,) = seed_assistant.articles()
    article = seed_assistant.article(listed.id)
    (file,) = SEEDS.iterdir()
    assert article.text == file.read_text("utf-8")
    assert article.title == "Japan Moves to Front of US Tariff Negotiation Queue Amid Industry Concerns"
    assert (article.published, article.source, article.url) == (None, None, None)
    assert article.id == file.resolve().as_uri()


def test_the_same_text_at_another_path_is_unchanged(settings: Settings, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("The talks between the ministers went on until Friday night.")
    report = ingest([str(tmp_path / "a.txt"), str(tmp_path / "b.txt")], settings)
    assert (len(report.added), len(report.unchanged)) == (1, 1)
    with Assistant(settings) as assistant:
        assert len(assistant.articles()) == 1


def test_a_changed_article_replaces_its_old_self_and_the_cited_version_stays_readable(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("The bridge at Ulm costs 3 million euros, the council said.")
    ingest([str(file)], settings)
    with Assistant(settings) as assistant:
        cited = assistant.answer("What does the bridge at Ulm cost?").citations[0]
        file.write_text("The bridge at Ulm costs 5 million euros, the council said.")
        report = ingest([str(file)], settings)
        assert (report.added, len(report.changed)) == ([], 1)
        assert "5 million" in assistant.answer("What does the bridge at Ulm cost?").text
        old = assistant.article(cited.article_id, version=cited.version)
        assert old.text[cited.start : cited.end] == cited.quote and "3 million" in old.text
        assert len(assistant.search("bridge at Ulm")) == 1


def test_changed_metadata_is_a_change(settings: Settings, article_file: Write) -> None:
    article = {"id": "a", "title": "Old", "text": "The bridge at Ulm was closed."}
    ingest([str(article_file(article))], settings)
    report = ingest([str(article_file({**article, "title": "New"}))], settings)
    assert report.changed == ["a"]
    with Assistant(settings) as assistant:
        assert assistant.search("bridge")[0].title == "New"


def test_one_id_twice_in_one_run_leaves_the_last(settings: Settings, article_file: Write) -> None:
    report = ingest([str(article_file({"id": "a", "text": "First."}, {"id": "a", "text": "Second."}))], settings)
    assert (report.added, report.changed) == (["a"], ["a"])
    with Assistant(settings) as assistant:
        assert assistant.article("a").text == "Second." and len(assistant.articles()) == 1


def test_what_cannot_be_read_is_skipped_with_the_reason_and_the_rest_is_read(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    german = "Die Brücke über die Donau wurde für den Verkehr geöffnet. Tausende fuhren schon früh hinüber. " * 3
    (folder / "good.txt").write_text("The talks went on until Friday night, said the minister.")
    (folder / "empty.txt").write_text(" \n")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 20)
    (folder / "latin.txt").write_bytes(german.encode("latin-1"))
    (folder / "lines.jsonl").write_text('{"text": "One line is good."}\n{"text": 5}\nnot json\n{"title": "no text"}\n')
    (folder / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x"}\n' * 1000)[:-20])
    (folder / "page.exe").write_text("MZ")
    with (folder / "huge.txt").open("wb") as huge:
        huge.truncate(200_000_000)
    missing = str(tmp_path / "missing.txt")
    report = ingest([str(folder), missing, "https://example.org/story"], settings)
    reasons = {Path(skipped.origin).name: skipped.reason for skipped in report.skipped}
    expected = {"empty.txt", "binary.txt", "page.exe", "huge.txt", "missing.txt", "story"}
    assert expected <= set(reasons)
    assert {"lines.jsonl:2", "lines.jsonl:3", "lines.jsonl:4"} <= set(reasons)
    assert any(name.startswith("cut.jsonl.gz") for name in reasons)
    assert all(len(reason) > 15 for reason in reasons.values())
    assert "text" in reasons["lines.jsonl:2"]
    with Assistant(settings) as assistant:
        texts = " ".join(assistant.article(listed.id).text for listed in assistant.articles())
    assert "Friday night" in texts and "Brücke" in texts and "One line is good." in texts


@pytest.fixture
def nobody() -> Iterator[None]:
    """Root may read everything: the test runs as nobody then."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


@pytest.fixture
def secret() -> Iterator[Path]:
    """A file in a folder that everybody may enter, which nobody may read."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "secret.txt"
        file.write_text("The talks went on until Friday night, said the minister.")
        file.chmod(0)
        yield file


def test_a_file_that_may_not_be_read_is_skipped(secret: Path, nobody: None) -> None:
    (skipped,) = load(str(secret))
    assert isinstance(skipped, Skipped) and "Permission denied" in skipped.reason


def test_a_folder_without_articles_says_so(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    report = ingest([str(tmp_path / "nothing")], settings)
    assert len(report.skipped) == 1 and not report.added
