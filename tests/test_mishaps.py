"""What happens to a corpus besides kills: the disk fills, several use it at once, the input is without end."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from assistant import Settings
from corpus import embedder
from corpus.store import Corpus
from corpus.types import Bounds
from tests import cheap

Write = Callable[..., Path]
ARTICLES = 240


@pytest.fixture(autouse=True)
def cheaply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder, "shared", lambda name: cheap.CheapEmbedder())


def towns(numbers: range) -> list[dict[str, object]]:
    return [{"id": f"t{n}", "text": f"In town{n} the mayor spoke of bridge{n}. " * 60} for n in numbers]


def whole(settings: Settings, count: int) -> None:
    """Every article is there once, in one version, and is found."""
    with closing(Corpus(settings)) as corpus:
        assert {f"t{count - 1}"} <= cheap.found(corpus, f"town{count - 1}")
        assert corpus.check(repair=False) == []
        versions = [(article.id, article.version) for article in corpus.record.versions()]
        assert sorted(versions) == sorted((f"t{n}", 1) for n in range(count))


@contextmanager
def small_disk(folder: Path, megabytes: float) -> Iterator[Callable[[], None]]:
    """A disk of that size at `folder`, and what makes it large. Needs root."""
    folder.mkdir()
    options = f"size={int(megabytes * 2**20)}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True, capture_output=True)
    try:
        yield lambda: bool(subprocess.run(["mount", "-o", "remount,size=100m", folder], check=True))
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fills(home: Path, file: Path, enlarge: Callable[[], None], *, largest: int = 0) -> int:
    """An ingest that runs out of room says so, and one with room completes it: how many articles the first stored."""
    code, report = cheap.Ingest(home, file, largest=largest).end()
    assert code == 1 and "has room" in report["error"]
    enlarge()
    code, report = cheap.Ingest(home, file).end()
    assert (code, report["changed"]) == (0, [])
    assert len(report["unchanged"]) + len(report["added"]) == ARTICLES
    whole(Settings(home=home), ARTICLES)
    return len(report["unchanged"])


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path, article_file: Write) -> None:
    file, stored = article_file(*towns(range(ARTICLES))), []
    for megabytes in (0.7, 2.5):  # at which one and then another of the three stores runs out
        home = tmp_path / str(megabytes)
        try:
            with small_disk(home, megabytes) as enlarge:
                stored.append(fills(home, file, enlarge))
        except (subprocess.CalledProcessError, FileNotFoundError):
            # Who may not mount one has a limit on the size of each file instead.
            stored.append(fills(home, file, lambda: None, largest=int(megabytes * 2**18)))
    assert max(stored) > 0


def test_two_ingests_at_once_both_succeed(tmp_path: Path, article_file: Write) -> None:
    files = article_file(*towns(range(120)), name="a.jsonl"), article_file(*towns(range(60, 180)), name="b.jsonl")
    ingests = [cheap.Ingest(tmp_path / "corpus", file) for file in files]
    codes, reports = zip(*(each.end() for each in ingests), strict=True)
    assert codes == (0, 0)
    assert sum(len(report["added"]) for report in reports) == 180
    assert sum(len(report["unchanged"]) for report in reports) == 60
    whole(Settings(home=tmp_path / "corpus"), 180)


def test_a_reader_finds_only_what_is_there_while_another_process_writes(tmp_path: Path, article_file: Write) -> None:
    settings = Settings(home=tmp_path / "corpus")
    with closing(Corpus(settings)) as corpus:
        writer = cheap.Ingest(settings.home, article_file(*towns(range(ARTICLES))))
        sizes = []
        while writer.process.is_alive():
            ids = corpus.dense(corpus.embedder.embed(["mayor"])[0], 20) + corpus.words("mayor", 20, Bounds())
            for passage in corpus.record.passages(ids, Bounds()).values():
                article = corpus.record.article(passage.article_id, passage.version)
                assert article and article.text[passage.start : passage.end] == passage.text
                sizes.append(corpus.record.counts()[0])
        code, report = writer.end()
        assert (code, len(report["added"])) == (0, ARTICLES)
        assert any(0 < size < ARTICLES for size in sizes)  # it did find some before the last was there
    whole(settings, ARTICLES)


def lines(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for n in range(count):
            text = f"The mayor of town{n} spoke of bridge{n % 97}, which is to be built in year{n % 31}."
            file.write(json.dumps({"id": f"t{n}", "text": text}) + "\n")
    return path


@pytest.mark.soak
def test_memory_does_not_grow_with_the_input(tmp_path: Path) -> None:
    """But for the vector index, which holds what is searched: 2 KB a passage with vectors of 384 numbers."""
    count = int(os.environ.get("SOAK_LINES", "50000"))
    sizes = (count // 5, count)
    few, many = (cheap.Ingest(tmp_path / str(n), lines(tmp_path / f"{n}.jsonl", n)) for n in sizes)
    (_, first), (_, second) = few.end(), many.end()
    assert (len(first["added"]), len(second["added"])) == (count // 5, count)
    results = Path(__file__).parents[1] / "results"
    results.mkdir(exist_ok=True)
    peaks = {"lines": sizes, "peak MiB": [few.peak, many.peak]}
    (results / "memory.json").write_text(json.dumps(peaks) + "\n")
    assert many.peak - few.peak < 2 * count / 2**10 + 64  # what the word index gathers before it writes
