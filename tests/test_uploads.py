"""Files that lie somewhere only for now: what they are called, and that nothing remembers where they lay."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from assistant import Assistant, Settings
from corpus.store import Corpus
from ingest import Report, ingest
from tests import files

BODY = "The council of {} said on Monday that the bridge would open in spring, a year late."


def sent(folder: Path, name: str, data: bytes, settings: Settings, called: str | None = None) -> Report:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    report = ingest([str(path)], settings, uploads={str(path): called or name})
    path.unlink()
    return report


def test_an_upload_is_called_by_its_name_wherever_it_lay(settings: Settings, tmp_path: Path) -> None:
    first = sent(tmp_path / "x1", "notes of May.txt", BODY.format("Lund").encode(), settings)
    again = sent(tmp_path / "x2", "notes of May.txt", BODY.format("Lund").encode(), settings)
    other = sent(tmp_path / "x3", "notes of May.txt", BODY.format("Ulm").encode(), settings)
    named = sent(tmp_path / "x4", "tmp123", BODY.format("Bern").encode(), settings, "Bérn#1.md")
    assert first.added == again.unchanged == other.changed == ["upload:notes of May.txt"]
    assert named.added == ["upload:Bérn#1.md"]
    with Assistant(settings) as assistant:
        article = assistant.article("upload:notes of May.txt")
        assert (article.version, article.title, article.text) == (2, "notes of May", BODY.format("Ulm"))
    with closing(Corpus(settings)) as corpus:
        stored = repr([*corpus.record.versions(), *corpus.record.ledger.origins_under("")])
    assert "upload:notes" in stored and str(tmp_path) not in stored and "x1" not in stored


def test_what_an_upload_holds_keeps_its_own_names_and_failures_are_not_tried_again(
    settings: Settings, tmp_path: Path
) -> None:
    members = {"a.txt": BODY.format("Lund"), "b.exe": b"no text", "../c.txt": "Out of here."}
    report = sent(tmp_path / "x", "some.zip", files.archive(members), settings)
    assert report.added == ["upload:some.zip#a.txt"]
    assert [skipped.origin for skipped in report.skipped] == ["some.zip:b.exe", "some.zip:../c.txt"]
    assert sent(tmp_path / "x", "whole.pdf", b"no pdf", settings).skipped[0].origin == "whole.pdf"
    assert "not a kind" in sent(tmp_path / "x", "a.txt", b"x", settings, "a.exe").skipped[0].reason
    with closing(Corpus(settings)) as corpus:
        assert corpus.record.ledger.failures() == []


def test_whoever_is_told_how_far_it_is_can_end_it_and_what_came_is_kept(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text(BODY.format(f"Place{number}"))
    heard: list[int] = []

    def proceed(report: Report) -> bool:
        heard.append(len(report.added))
        return len(report.added) < 3

    report = ingest([str(folder)], settings, proceed=proceed)
    assert heard == [1, 2, 3] and len(report.added) == 3
    with Assistant(settings) as assistant:
        assert assistant.listing(sort="title", descending=False).total == 3
        assert assistant.search("bridge at Place2")[0].title == "2"
