"""How long finding candidates takes as the corpus grows, stage by stage, and what it costs in memory and disk.

    python -m benchmarks.latency 10000 100000 1000000 [--work results/latency] [--queries 200]

Passages are synthetic: vectors of 384 dimensions in clusters, words as frequent as Zipf has it, days over two years,
outlets of unlike size. A corpus is kept in the work folder, and goes on being built where it was interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from contextlib import closing
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.reader import Reader
from assistant.retrieve import retrieve
from corpus import embedder
from corpus.dates import bound
from corpus.record import NewArticle
from corpus.settings import Settings
from corpus.store import Corpus
from corpus.types import Bounds

DIMENSION, CLUSTERS, WORDS, SHORT, OUTLETS, DAYS = 384, 2_000, 100_000, 3_000, 50, 730
PASSAGES, LENGTH = 4, 110  # of an article; words of a passage
TODAY = date(2025, 6, 30)
BATCH = 1_000  # articles of a commit
STAGES = ("embed", "dense", "words", "fetch", "fuse")


def bounds(since: int | None = None, source: str | None = None) -> Bounds:
    """What is asked for: always not after today; `since` so many days ago, of an outlet."""
    return Bounds(
        since=bound("since", TODAY - timedelta(since)) if since else None,
        as_of=bound("as_of", TODAY, end_of_day=True),
        source=source,
    )


CASES = {
    "no bounds": bounds(),
    "last year": bounds(since=365),
    "last month": bounds(since=30),
    "last week": bounds(since=7),
    "large outlet": bounds(source="Outlet 1"),
    "small outlet": bounds(source="Outlet 40"),
    "small outlet, last month": bounds(since=30, source="Outlet 40"),
}


class Synthetic:
    """The corpus' contents, always the same; also the embedder of the queries made here."""

    name, max_tokens, dimension = embedder.DEFAULT_MODEL, 256, DIMENSION

    def __init__(self) -> None:
        chance = np.random.default_rng(1)
        self._centres = chance.normal(size=(CLUSTERS, DIMENSION)).astype(np.float32)
        # As in English, a quarter of a text has seven letters and more.
        self._words = np.array([f"w{number:x}" if number < SHORT else f"word{number:x}" for number in range(WORDS)])
        self._weights = np.cumsum(1 / np.arange(1, WORDS + 1))
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def _vectors_of(self, chance: np.random.Generator, count: int) -> NDArray[np.float32]:
        centres = self._centres[chance.integers(CLUSTERS, size=count)]
        vectors = centres + chance.normal(scale=0.8, size=(count, DIMENSION)).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def _texts(self, chance: np.random.Generator, count: int, length: int, *, rare: bool = False) -> list[str]:
        least = self._weights[100] if rare else 0.0
        drawn = chance.uniform(least, self._weights[-1], size=(count, length))
        return [" ".join(row) for row in self._words[np.searchsorted(self._weights, drawn)]]

    def articles(self, start: int) -> list[NewArticle]:
        """A batch of articles, the first of which has that number."""
        chance = np.random.default_rng(start + 10)
        texts = self._texts(chance, BATCH * PASSAGES, LENGTH)
        vectors = self._vectors_of(chance, BATCH * PASSAGES)
        days = chance.integers(DAYS, size=BATCH)
        outlets = np.minimum(chance.zipf(1.4, size=BATCH), OUTLETS)
        made = []
        for n in range(BATCH):
            parts = [f"{text}. " for text in texts[n * PASSAGES : (n + 1) * PASSAGES]]
            edges = np.cumsum([0, *map(len, parts)]).tolist()
            made.append(
                NewArticle(
                    f"a{start + n}",
                    " ".join(texts[n * PASSAGES].split()[:8]),
                    f"Outlet {outlets[n]}",
                    None,
                    str(TODAY - timedelta(int(days[n]))),
                    "".join(parts),
                    tuple(pairwise(edges)),
                    vectors[n * PASSAGES : (n + 1) * PASSAGES],
                )
            )  # fmt: skip
        return made

    def queries(self, count: int) -> list[str]:
        """Queries of six words that are not the commonest."""
        chance = np.random.default_rng(2)
        texts = self._texts(chance, count, 6, rare=True)
        self._vectors = dict(zip(texts, self._vectors_of(chance, count), strict=True))
        return texts

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        return np.array([self._vectors[text] for text in texts])


def build(corpus: Corpus, passages: int, synthetic: Synthetic) -> dict[str, float]:
    """Passages a second of the record and of both indexes, for what was not there yet."""
    there, started = corpus.record.counts()[0], perf_counter()
    for start in range(there, passages // PASSAGES, BATCH):
        with corpus.writing():
            corpus.write(synthetic.articles(start))
        print(f"\r{(start + BATCH) * PASSAGES:,} passages in the record", end="", file=sys.stderr)
    seconds = {"record": perf_counter() - started}
    for name, follower in (("vectors", corpus._vectors), ("words", corpus._words)):
        started = perf_counter()
        follower.update(0)
        seconds[name] = perf_counter() - started
    print(file=sys.stderr)
    added = corpus.record.counts()[1] - there * PASSAGES
    return {name: round(added / each) for name, each in seconds.items()} if added else {}


def measure(corpus: Corpus, synthetic: Synthetic, count: int) -> dict[str, Any]:
    """Milliseconds of each stage, for each case: the median, and the 95th percentile of all together."""
    queries, result = synthetic.queries(count), {}
    for name, case in CASES.items():
        for query in queries[:5]:
            retrieve(corpus, query, k=12, bounds=case, as_of=TODAY)
        timings, found = [], 0
        for query in queries:
            answer = retrieve(corpus, query, k=12, bounds=case, as_of=TODAY)
            timings.append([1000 * answer.timings[stage] for stage in STAGES])
            found += len(answer.passages)
        table = np.array(timings)
        result[name] = dict(zip(STAGES, np.median(table, axis=0).round(2).tolist(), strict=True))
        total = table.sum(axis=1)
        result[name] |= {"all": round(float(np.median(total)), 2), "p95": round(float(np.percentile(total, 95)), 2)}
        result[name]["passages"] = found / count
    return result


def models(count: int) -> dict[str, float]:
    """Milliseconds to embed a question and to rank twelve passages of news length; no corpus' size changes them."""
    settings = Settings(home=Path("results/latency/models"))
    text = "The ministers agreed on Monday to lower the duties on steel from 25% to 10% by the end of the year. " * 6
    with closing(Corpus(settings)) as corpus:
        reader = Reader(corpus)
        from corpus.types import Passage

        read = [Passage(f"a{n}", 1, f"Talks {n}", None, None, None, 0, len(text), text, 1.0) for n in range(12)]
        seconds: dict[str, list[float]] = {"embed": [], "rank 12 passages": []}
        for number in range(count):
            started = perf_counter()
            corpus.embedder.embed([f"Who agreed to lower duty number {number} on steel?"])
            seconds["embed"].append(perf_counter() - started)
            if number % 5 == 0:
                started = perf_counter()
                reader.read(f"Who agreed to lower duty number {number}?", read)
                seconds["rank 12 passages"].append(perf_counter() - started)
    return {name: round(1000 * float(np.median(each[1:])), 1) for name, each in seconds.items()}


def megabytes(folder: Path) -> int:
    """What a file, or all in a folder, takes on disk."""
    return round(int(subprocess.run(["du", "-sk", folder], capture_output=True, check=True).stdout.split()[0]) / 1024)


def resident() -> int:
    """Megabytes of memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


def one(passages: int, work: Path, count: int) -> dict[str, Any]:
    """Everything about a corpus of one size."""
    synthetic = Synthetic()
    embedder.shared = lambda name: synthetic  # type: ignore
    settings = Settings(home=work / str(passages))
    with closing(Corpus(settings)) as corpus:
        speeds = build(corpus, passages, synthetic)
    with closing(Corpus(settings)) as corpus:
        before, started = resident(), perf_counter()
        retrieve(corpus, synthetic.queries(1)[0], k=12, bounds=bounds(), as_of=TODAY)
        opened = perf_counter() - started
        cases = measure(corpus, synthetic, count)
        disk = {name: megabytes(settings.home / name) for name in ("record.sqlite", "chroma", "words")}
        memory = {"before": before, "after": resident()}
    return {"passages": passages, "per second": speeds, "first query, s": round(opened, 2), "MB of disk": disk,
            "MB of memory": memory, "ms": cases}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int)
    parser.add_argument("--work", type=Path, default=Path("results/latency"))
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--models", action="store_true", help="also what the models take")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    if args.models:
        print(json.dumps(models(args.queries)))
    for size in args.sizes:
        found = one(size, args.work, args.queries)
        (args.work / f"{size}.json").write_text(json.dumps(found, indent=1) + "\n")
        cases = found.pop("ms")
        print(json.dumps(found))
        print(f"{'ms, median':28}" + "".join(f"{name:>9}" for name in (*STAGES, "all", "p95", "passages")))
        for name, case in cases.items():
            print(f"{name:28}" + "".join(f"{value:>9.1f}" for value in case.values()))


if __name__ == "__main__":
    main()
