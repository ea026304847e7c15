"""A real Ray cluster on this machine: the corpus is the one that a run without Ray makes, though a worker is killed."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assistant import Settings
from corpus import embedder
from corpus.store import Corpus
from ingest import ingest
from tests.cheap import CheapEmbedder

ROOT = Path(__file__).parents[1]
# A cluster takes half a minute to start and stop.
pytestmark = pytest.mark.soak


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cluster of several workers; the folder where they leave their numbers."""
    import ray

    seen = tmp_path / "seen"
    seen.mkdir()
    monkeypatch.setattr(embedder, "shared", lambda name: CheapEmbedder())
    variables = {"PYTHONPATH": str(ROOT), "SEEN": str(seen)}
    ray.init(
        num_cpus=3, include_dashboard=False, logging_level="error", log_to_driver=False,
        object_store_memory=100_000_000,
        runtime_env={"env_vars": variables, "worker_process_setup_hook": "tests.cheap.slowly"},
    )  # fmt: skip
    yield seen
    ray.shutdown()


def folder(root: Path) -> Path:
    """Files of several kinds, one text twice, one id twice, and two that cannot be read."""
    root.mkdir()
    for number in range(6):
        lines = [
            {"id": f"t{number}-{n}", "text": f"In town{number}-{n} the mayor spoke of bridge{n}. " * 40}
            for n in range(60)
        ]
        (root / f"{number}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (root / "a.txt").write_text("The talks went on until Friday night, said the minister.")
    (root / "b.txt").write_text("The talks went on until Friday night, said the minister.")
    (root / "c.jsonl").write_text('{"id": "t0-0", "text": "Another text under the same id."}\nno json\n')
    (root / "d.txt").write_text(" ")
    return root


def contents(settings: Settings) -> tuple[Any, ...]:
    """All that a corpus holds, and what was noted of what failed."""
    with closing(Corpus(settings)) as corpus:
        assert corpus.check(repair=False) == []
        entries = corpus.record.added(0, corpus.record.change(), limit=10**6)
        passages = sorted((e.passage.article_id, e.passage.start, e.passage.text, e.vector.tobytes()) for e in entries)
        failures = [(failure.uri, failure.reason) for failure in corpus.record.ledger.failures()]
        return list(corpus.record.versions()), passages, failures


def test_the_corpus_is_the_same_though_a_worker_is_killed(tmp_path: Path, cluster: Path) -> None:
    articles = folder(tmp_path / "articles")
    ours, theirs = Settings(home=tmp_path / "ours"), Settings(home=tmp_path / "theirs")
    local = ingest([str(articles)], ours)
    killed: list[int] = []

    def kill() -> None:
        while len(pids := list(cluster.iterdir())) < 2:
            time.sleep(0.02)
        killed.append(int(pids[0].name))
        os.kill(killed[0], signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()
    remote = ingest([str(articles)], theirs, engine="ray")
    assert killed and len(list(cluster.iterdir())) >= 2
    assert (remote.added, remote.changed, remote.unchanged) == (local.added, local.changed, local.unchanged)
    assert remote.skipped == local.skipped and len(local.skipped) == 2
    assert contents(theirs) == contents(ours)
    again = ingest([str(articles)], theirs, engine="ray")  # what is known is not embedded again
    assert (again.added, again.changed, len(again.unchanged)) == ([], ["t0-0", "t0-0"], len(local.unchanged) + 360)
    assert again.passages < 10
