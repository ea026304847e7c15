"""Ingest: what is added, changed, unchanged and skipped, over every kind of bad input."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from assistant import Assistant, Settings
from corpus.embedder import Embedder
from corpus.errors import AssistantError
from corpus.export import export
from corpus.store import Corpus
from corpus.types import Article
from ingest import ingest
from ingest.load import Skipped, load
from ingest.pipeline import forget
from tests import files
from tests.conftest import SEEDS
from tests.texts import ODD_TEXTS

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


def test_batches_of_any_size_make_the_same_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one article is compared with may be waiting, being embedded, or stored."""
    source = tmp_path / "in"
    source.mkdir()
    for number, topic in enumerate(["bridge", "ferry", "bridge", "harbour", "school", "bridge", "ferry"]):
        (source / f"{number}.txt").write_text(f"The {topic} of Ulm will be closed on Monday, the council said.")
    lines = [{"id": f"a{n % 3}", "text": f"Article {n} tells of the {n % 4} trains that were late."} for n in range(9)]
    (source / "x.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    made = []
    for size in (1, 3, 256):
        monkeypatch.setattr("ingest.pipeline._BATCH", size)
        settings = Settings(home=tmp_path / str(size))
        report = ingest([str(source)], settings)
        with closing(Corpus(settings)) as corpus:
            versions = [(v.id, v.version, v.text) for v in corpus.record.versions()]
            vectors = [(e.passage.text, e.vector.tolist()) for e in corpus.record.added(0, 10**9, limit=10**6)]
        made.append((report.added, report.changed, report.unchanged, versions, vectors))
    assert made[0] == made[1] == made[2]
    assert len(made[0][0]) == 4 + 3 and len(made[0][1]) == 6 and len(made[0][2]) == 3


def test_what_goes_wrong_while_embedding_ends_the_run_and_loses_nothing(
    settings: Settings, article_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = article_file(*({"id": str(n), "text": f"Train {n} was late on Monday."} for n in range(6)))
    monkeypatch.setattr("ingest.pipeline._BATCH", 2)
    embed = Embedder.embed

    def failing(self: Embedder, texts: list[str]) -> object:
        if any("Train 3" in text for text in texts):
            raise MemoryError
        return embed(self, texts)

    with monkeypatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr(Embedder, "embed", failing)
        ingest([str(path)], settings)
    again = ingest([str(path)], settings)
    assert (again.unchanged, again.added) == (["0", "1"], ["2", "3", "4", "5"])


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
    report = ingest([str(folder), missing, "http://127.0.0.1:9/story"], settings)
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


def test_articles_whose_files_are_gone_are_removed_when_asked(settings: Settings, tmp_path: Path) -> None:
    folder, other = tmp_path / "news", tmp_path / "newspaper"
    for place in (folder, other):
        place.mkdir()
    sentence = "The talks of the {} went on until Friday night, said the minister."
    texts = {"kept.txt": "first day", "moved.txt": "second day", "gone.txt": "third day", "lines.jsonl": "x"}
    for name, day in texts.items():
        (folder / name).write_text(sentence.format(day))
    lines = [{"id": name, "text": sentence.format(name)} for name in ("here", "both")]
    (folder / "lines.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (other / "copy.jsonl").write_text(json.dumps(lines[1]) + "\n")
    (other / "gone.txt").write_text(sentence.format("fourth day"))
    ingest([str(folder), str(other)], settings)
    for path in (folder / "gone.txt", folder / "lines.jsonl", other / "gone.txt"):
        path.unlink()
    (folder / "moved.txt").rename(folder / "to.txt")
    asked: list[list[str]] = []
    report = ingest([str(folder)], settings, prune=True, agree=lambda ids: bool(asked.append(ids)))
    gone = sorted([(folder / "gone.txt").as_uri(), "here"])
    assert (asked, report.pruned) == ([gone], [])
    assert ingest([str(folder)], settings, prune=True).pruned == gone
    with Assistant(settings) as assistant:
        left = {listed.id for listed in assistant.articles()}
        assert left == {
            (folder / "kept.txt").as_uri(),
            (folder / "moved.txt").as_uri(),
            "both",
            (other / "gone.txt").as_uri(),
        }
        assert not [p for p in assistant.search("third day", k=50) if p.article_id in gone]


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_that_is_away_prunes_nothing(settings: Settings, tmp_path: Path, there: bool) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "a.txt").write_text("The talks went on until Friday night, said the minister.")
    ingest([str(folder)], settings)
    (folder / "a.txt").unlink()
    if not there:
        folder.rmdir()
    with pytest.raises(AssistantError, match="disk may be away"):
        ingest([str(folder)], settings, prune=True)
    with Assistant(settings) as assistant:
        assert len(assistant.articles()) == 1


def test_what_failed_is_reported_until_it_succeeds_or_is_gone(settings: Settings, tmp_path: Path) -> None:
    folder, other = tmp_path / "news", tmp_path / "other.txt"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"%PDF-1.4 and no more")
    (folder / "b.txt").write_text("")
    (folder / "c.txt").write_text("")
    other.write_text("The talks went on until Friday night, said the minister.")
    assert len(ingest([str(folder)], settings).skipped) == 3
    failing = ingest([str(other)], settings).failing
    assert [Path(failure.uri).name for failure in failing] == ["a.pdf", "b.txt", "c.txt"]
    assert "damaged" in failing[0].reason
    (folder / "a.pdf").write_bytes(files.pdf())
    (folder / "b.txt").unlink()
    again = ingest([str(folder)], settings)
    assert len(again.added) == 1 and [Path(s.origin).name for s in again.skipped] == ["c.txt"]
    (failure,) = ingest([str(other)], settings).failing
    assert failure.uri == (folder / "c.txt").as_uri() and failure.tries == 2
    assert forget([str(folder / "c.txt"), str(other)], settings) == [failure.uri]
    assert ingest([str(other)], settings).failing == []


def test_the_whole_corpus_goes_out_and_comes_in(settings: Settings, tmp_path: Path, article_file: Write) -> None:
    odd = [{"id": f"odd {name}", "title": name, "text": text[:300]} for name, text in ODD_TEXTS.items()]
    odd += [{"id": "cr", "text": "One line.\r\r\nAnother line.\u2028And more."}, {"id": "a", "text": "The old text."}]
    ingest([str(article_file(*odd)), str(SEEDS)], settings)
    full = {"id": "a", "title": "A", "source": "The Example", "url": "https://example.com/a", "text": "The new text."}
    dated = {
        **full,
        "published": "2025-04-07T09:00:00+02:00",
        "author": "Jane Doe",
        "language": "de-AT",
        "dated_by": "url",
    }
    ingest([str(article_file(dated))], settings)
    out, back = tmp_path / "out.jsonl.gz", Settings(home=tmp_path / "back")

    def everything(of: Settings) -> list[Article]:
        with closing(Corpus(of)) as corpus:
            return list(corpus.record.versions())

    def write(of: Settings) -> int:
        with closing(Corpus(of)) as corpus:
            return export(corpus.record, out)

    before = everything(settings)
    assert write(settings) == len(before) == len(odd) + 2
    report = ingest([str(out)], back)
    assert not report.skipped and everything(back) == before
    assert before[1].dated_by == "url" and before[1].language == "de" and before[1].version == 2
    data = out.read_bytes()
    write(back)
    assert gzip.decompress(out.read_bytes()) == gzip.decompress(data)
    again = ingest([str(out)], back)  # old versions do not come back as new ones
    assert (again.added, again.changed, again.passages) == ([], [], 0)
    assert everything(back) == before


def test_an_export_that_cannot_be_written_says_so(settings: Settings, tmp_path: Path) -> None:
    with closing(Corpus(settings)) as corpus:
        with pytest.raises(AssistantError, match="cannot be written"):
            export(corpus.record, tmp_path / "missing" / "a.jsonl")
        with pytest.raises(AssistantError, match="does not end in"):
            export(corpus.record, tmp_path / "a.txt")


def test_details_that_an_older_ingest_did_not_know_are_filled_in(settings: Settings, article_file: Write) -> None:
    path = str(article_file({"id": "a", "published": "2025-04-07", "text": "The talks went on until Friday night."}))
    ingest([path], settings)
    with closing(Corpus(settings)) as corpus:
        corpus.record.annotate({"a": {"language": None, "dated_by": None}})
    report = ingest([path], settings)
    assert report.unchanged == ["a"]
    with Assistant(settings) as assistant:
        article = assistant.article("a")
    assert (article.version, article.language, article.dated_by) == (1, "en", "metadata")


def test_copies_of_a_wire_report_are_linked(settings: Settings, article_file: Write) -> None:
    wire = " ".join(f"Minister {n} told reporter {n + 1} that town {n} would keep its bridge." for n in range(12))
    outlets = {"Herald": wire, "Times": f"{wire} Our correspondent adds that it rained.", "Post": "It rained all day."}
    articles = [{"id": name, "source": name, "text": text} for name, text in outlets.items()]
    assert len(ingest([str(article_file(*articles))], settings).added) == 3
    with closing(Corpus(settings)) as corpus:
        assert corpus.record.copies.stories(outlets) == {"Herald": "Herald", "Times": "Herald"}
