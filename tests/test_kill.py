"""Ingest killed without warning: the next start makes all whole. A few kills in `make test`, 200 in `make soak`.

Half of them are aimed at the moments when Chroma writes its files; how near each came is measured by their times.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from assistant import Settings
from corpus import embedder
from corpus.store import Corpus
from ingest import ingest
from tests import cheap

ROOT = Path(__file__).parents[1]
ARTICLES = 60
NEAR = 0.1  # seconds


def write(path: Path, version: int) -> None:
    """Every article is of its version throughout: a mixture would show."""
    lines = []
    for number in range(ARTICLES):
        text = " ".join(f"Article {number}, edition {version}, sentence {n}, tells of town{number}." for n in range(60))
        lines.append(json.dumps({"id": f"a{number}", "title": f"Town {number}", "text": text}) + "\n")
    path.write_text("".join(lines), "utf-8")


def newest(folder: Path) -> float:
    """When a file in it was written last, in seconds since 1970."""
    times = [0.0]
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                times.append((Path(path) / name).stat().st_mtime)
            except FileNotFoundError:  # the writer has replaced it
                continue
    return max(times)


def kill_ingest(file: Path, home: Path, *, after: float, aimed: bool) -> tuple[bool, float]:
    """Kill an ingest `after` seconds from its first commit, or from one of Chroma's writes after that.

    Whether it was still running, and how many seconds before the kill Chroma had written.
    """
    log = home / "record.sqlite-wal"
    before = log.stat().st_mtime if log.exists() else 0.0
    process = cheap.Ingest(home, file).process
    while process.is_alive() and (not log.exists() or log.stat().st_mtime <= before):
        time.sleep(0.002)
    began = time.time()
    if aimed:
        time.sleep(after * 10)
        seen = newest(home / "chroma")
        while process.is_alive() and newest(home / "chroma") == seen:
            time.sleep(0.002)
    time.sleep(after)
    running = process.is_alive()
    process.kill()
    killed = time.time()
    process.join()
    written = newest(home / "chroma")
    return running, killed - written if written > began else float("inf")


def check_whole(settings: Settings, file: Path, version: int) -> None:
    """After a kill: nothing missing, doubled or half there at the next start; the ingest run again completes it."""
    with closing(Corpus(settings)) as corpus:
        assert "a5" in cheap.found(corpus, "town5.") or corpus.record.article("a5") is None
        assert corpus.check(repair=False) == []
        listed = corpus.record.catalogue.listing().articles
        assert version == 0 or len(listed) == ARTICLES
        assert len({article.id for article in listed}) == len(listed)
        for each in listed:
            article, passages = corpus.record.article(each.id), corpus.record.passages_of(each.id)
            assert article and "".join(passage.text for passage in passages) == article.text
            assert article.text.count(f"edition {version},") in (0, 60)
            assert article.text.count(f"edition {version - 1},") in (0, 60)
    ingest([str(file)], settings)
    with closing(Corpus(settings)) as corpus:
        assert corpus.check(repair=False) == []
        versions = list(corpus.record.versions())
        assert [article.version for article in versions] == [*range(1, version + 2)] * ARTICLES
        assert sum(article.text.count(f"edition {version},") for article in versions) == 60 * ARTICLES
        assert "a5" in cheap.found(corpus, "town5.")


@pytest.fixture
def cheaply(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(embedder, "shared", lambda name: cheap.CheapEmbedder())
    monkeypatch.setattr("corpus.vectors._SYNC_THRESHOLD", 100)
    yield


def kills(count: int, tmp_path: Path, seed: int) -> dict[str, int]:
    """How many of `count` kills struck while ingest ran, and how many of those within 0.1 s of a write of Chroma's."""
    chance, settings, file = random.Random(seed), Settings(home=tmp_path / "corpus"), tmp_path / "articles.jsonl"
    struck = near = 0
    for number in range(count):
        file.parent.mkdir(parents=True, exist_ok=True)
        write(file, number)
        aimed = number % 2 == 0
        running, since = kill_ingest(file, settings.home, after=chance.uniform(0, 0.08 if aimed else 1.5), aimed=aimed)
        struck += running
        near += running and since <= NEAR
        check_whole(settings, file, number)
    return {"kills": count, "while running": struck, "within 0.1 s of a write of Chroma's": near}


def test_a_killed_ingest_loses_nothing(tmp_path: Path, cheaply: None) -> None:
    counts = kills(3, tmp_path, seed=1)
    assert counts["while running"] >= 1


@pytest.mark.soak
def test_a_killed_ingest_loses_nothing_many_times(tmp_path: Path, cheaply: None) -> None:
    count, each = int(os.environ.get("SOAK_KILLS", "200")), 20
    total: dict[str, int] = {}
    started = time.monotonic()
    for seed, start in enumerate(range(0, count, each)):  # a corpus of many versions would only be slow
        found = kills(min(each, count - start), tmp_path / str(seed), seed)
        total = {name: total.get(name, 0) + value for name, value in found.items()}
        results = ROOT / "results"
        results.mkdir(exist_ok=True)
        (results / "kills.json").write_text(
            json.dumps(total | {"seconds": round(time.monotonic() - started)}, indent=1) + "\n"
        )
    assert total["while running"] > count // 2
    assert total["within 0.1 s of a write of Chroma's"] >= count // 4
