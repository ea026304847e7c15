"""A real Ray cluster on this machine: the corpus is the one that a run without Ray makes, though a worker is killed;
pages answer meanwhile.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from assistant import Settings
from corpus import embedder
from corpus.store import Corpus
from ingest import ingest
from tests.browser import ROOT, answered, chat, environment
from tests.cheap import CheapEmbedder
from tests.servers import PostgreSQL

# A cluster takes half a minute to start and stop.
pytestmark = pytest.mark.soak


@contextmanager
def started(**environment: Any) -> Iterator[str]:
    """A cluster of several workers: its address."""
    import ray

    context = ray.init(
        num_cpus=3, include_dashboard=False, logging_level="error", log_to_driver=False,
        object_store_memory=100_000_000, runtime_env=environment,
    )  # fmt: skip
    try:
        yield context.address_info["address"]
    finally:
        ray.shutdown()


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cluster that embeds cheaply and takes its time; the folder where its workers leave their numbers."""
    seen = tmp_path / "seen"
    seen.mkdir()
    monkeypatch.setattr(embedder, "shared", lambda name: CheapEmbedder())
    variables = {"PYTHONPATH": str(ROOT), "SEEN": str(seen)}
    with started(env_vars=variables, worker_process_setup_hook="tests.cheap.slowly"):
        yield seen


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


BRIDGES = 1_200
TOWNS = [first + second for first in ("Bel", "Kar", "Mol", "Tor", "Ves") for second in ("burg", "hof", "mund")]


def opened(number: int) -> str:
    """What the article about a bridge says."""
    return f"The mayor of {TOWNS[number % len(TOWNS)]} opened bridge number {number} on Monday"


def bridges(root: Path) -> Path:
    """Files of a hundred articles each."""
    root.mkdir()
    for start in range(0, BRIDGES, 100):
        lines = [
            {"id": f"b{n}", "title": f"Bridge {n}", "text": f"{opened(n)} and called it the longest of the province."}
            for n in range(start, start + 100)
        ]
        (root / f"{start:04}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return root


@contextmanager
def ingesting(target: Path, settings: Settings, cluster: str, report: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`ingest TARGET --engine ray --json > REPORT` in a process of its own; it must end well."""
    command = [sys.executable, "-m", "ingest", str(target), "--engine", "ray", "--json"]
    joining = environment(settings) | {"RAY_ADDRESS": cluster}
    with report.open("w") as said, report.with_suffix(".err").open("w") as told:
        run = subprocess.Popen(command, env=joining, stdout=said, stderr=told)
    yield run
    assert run.wait(60) == 0, report.with_suffix(".err").read_text()


def workers() -> list[int]:
    """The processes of this machine that embed for Ray."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            named = path.read_bytes()
        except OSError:  # it has ended
            continue
        found += [int(path.parent.name)] if named.startswith(b"ray::") and b"_Worker" in named else []
    return found


def test_two_pages_answer_from_one_server_and_one_database_while_ray_ingests(
    browser: Browser, postgresql: PostgreSQL, chroma_url: str, tmp_path: Path
) -> None:
    """With the real models, and a worker killed meanwhile: what is stored is found, and all of it in the end."""
    shared = {"chroma_url": chroma_url, "database_url": postgresql.database()}
    first, second, writer = (Settings(home=tmp_path / name, **shared) for name in ("first", "second", "writer"))
    report = tmp_path / "report"
    seen: list[tuple[int, bool]] = []  # articles stored when a question was asked, and whether it was answered
    with (
        started(env_vars={"PYTHONPATH": str(ROOT)}) as cluster,
        chat(first) as one, chat(second) as two, closing(Corpus(writer)) as corpus,
    ):  # fmt: skip
        pages = [browser.new_page(), browser.new_page()]
        for page, address in zip(pages, (one, two), strict=True):
            page.goto(address)
        with ingesting(bridges(tmp_path / "articles"), writer, cluster, report) as run:
            while not corpus.record.counts()[0]:
                assert run.poll() is None, report.with_suffix(".err").read_text()
                time.sleep(0.1)
            killed = workers()[0]
            os.kill(killed, signal.SIGKILL)
            while run.poll() is None:
                for page in pages:
                    stored = corpus.record.counts()[0]
                    seen.append((stored, opened(7) in answered(page, "Who opened bridge number 7?")))
        assert len(json.loads(report.read_text())["added"]) == BRIDGES == corpus.record.counts()[0]
        for page in pages:
            assert opened(BRIDGES - 1) in answered(page, f"Who opened bridge number {BRIDGES - 1}?")
            expect(page.locator(".problem")).to_have_count(0)
        assert corpus.check(repair=False) == []
    during = {stored for stored, _ in seen if stored < BRIDGES}
    results = ROOT / "results"
    results.mkdir(exist_ok=True)
    figures = {"answers": len(seen), "found": sum(found for _, found in seen), "articles stored": sorted(during)}
    (results / "ray.json").write_text(json.dumps(figures) + "\n")
    assert len(during) > 1, seen
    assert all(found for _, found in seen[4:]), seen  # the first may be asked before an index has taken it in
