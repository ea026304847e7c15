"""Ingest killed without warning: the next start makes all whole. Three kills in `make test`, many in `make soak`."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assistant import Assistant, Settings
from ingest import ingest

ROOT = Path(__file__).parents[1]
ARTICLES = 120


def write(path: Path, version: int) -> None:
    """Every article is of its version throughout: a mixture would show."""
    lines = []
    for number in range(ARTICLES):
        text = " ".join(
            f"Article {number}, edition {version}, sentence {n}, tells of town {number}." for n in range(30)
        )
        lines.append(json.dumps({"id": f"a{number}", "title": f"Town {number}", "text": text}) + "\n")
    path.write_text("".join(lines), "utf-8")


def kill_ingest(file: Path, home: Path, after: float) -> bool:
    """Whether the ingest was still running when it was killed, `after` seconds from its first commit."""
    environment = {**os.environ, "ASSISTANT_HOME": str(home), "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "ingest", str(file)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    record = home / "record.sqlite-wal"
    before = record.stat().st_mtime_ns if record.exists() else 0
    while process.poll() is None and (not record.exists() or record.stat().st_mtime_ns == before):
        time.sleep(0.005)
    time.sleep(after)
    running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return running


def check_whole(settings: Settings, file: Path, version: int) -> None:
    """After a kill: each article is wholly of one edition, findable, and the ingest run again completes them."""
    with Assistant(settings) as assistant:
        found = assistant.search("which town does article 5 tell of?")
        assert all(p.text == assistant.article(p.article_id, p.version).text[p.start : p.end] for p in found)
        assert assistant.check() == []
        for listed in assistant.articles():
            text, passages = assistant.article(listed.id).text, assistant._corpus.record.passages_of(listed.id)
            assert "".join(passage.text for passage in passages) == text
            assert len({word for word in text.split() if word.startswith("edition")}) == 1
    ingest([str(file)], settings)
    with Assistant(settings) as assistant:
        assert assistant.check() == [] and len(assistant.articles()) == ARTICLES
        assert all(f"edition {version}," in assistant.article(f"a{n}").text for n in range(0, ARTICLES, 7))
        hits = assistant.search("town 5", k=50)
        assert hits and all(f"edition {version}," in passage.text for passage in hits)


def kills(count: int, tmp_path: Path) -> int:
    """How many of `count` kills struck while ingest ran."""
    chance, settings, file = random.Random(7), Settings(home=tmp_path / "corpus"), tmp_path / "articles.jsonl"
    struck = 0
    for version in range(count):
        write(file, version)
        struck += kill_ingest(file, settings.home, after=chance.uniform(0, 3.0))
        check_whole(settings, file, version)
    return struck


def test_a_killed_ingest_loses_nothing(tmp_path: Path) -> None:
    assert kills(2, tmp_path) >= 1


@pytest.mark.soak
def test_a_killed_ingest_loses_nothing_many_times(tmp_path: Path) -> None:
    count = int(os.environ.get("SOAK_KILLS", "40"))
    struck = kills(count, tmp_path)
    results = ROOT / "results"
    results.mkdir(exist_ok=True)
    (results / "kills.json").write_text(json.dumps({"kills": count, "while_running": struck}) + "\n")
    assert struck > count // 2
