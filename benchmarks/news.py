"""Ours and the LangChain tutorial pipeline on the same articles and questions, measured by the same code.

    python -m benchmarks.news FOLDER [--work results/NAME] [--workers N] [--limit N]

FOLDER holds `articles.jsonl[.gz]` and `questions.jsonl`. Runs and corpora are kept in the work folder, so that an
interrupted benchmark goes on; the table goes to standard output. A question whose `answer_article_ids` is there and
empty, and which has no gold article, counts as one the articles do not answer: a match of strings, and so a hint.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from tqdm import tqdm

from assistant import Assistant, Settings
from benchmarks.langchain_peer import LangChainPeer
from evals import figures, metrics, questions, report
from evals.labels import LABELS, percent
from evals.provenance import DEPTH
from evals.questions import Question, QuestionSet
from evals.run import run
from ingest import ingest

IN_POOL, NOT_IN_POOL = "words in the articles", "words not in the articles"


def prepared(path: Path, limit: int | None) -> QuestionSet:
    """The questions, tagged by whether the set says that its articles hold the answer's words."""
    asked = questions.read(path)
    return QuestionSet(asked.name, tuple(map(_tagged, asked.questions))[:limit], asked.problems)


def _tagged(question: Question) -> Question:
    holding = question.model_dump().get("answer_article_ids")
    if holding is None:
        return question
    if holding or question.gold_article_ids:
        return question.model_copy(update={"tags": (*question.tags, IN_POOL)})
    return question.model_copy(update={"tags": (*question.tags, NOT_IN_POOL), "answerable": False})


def ours(articles: Path, asked: QuestionSet, work: Path, workers: int) -> dict[str, Any]:
    """A run in reader mode over a corpus kept in the work folder."""
    settings = Settings(home=work / "ours", model="reader", chroma_url=None, database_url=None)
    taken = ingest([str(articles)], settings, progress=True)
    print(f"ours: {len(taken.added)} articles taken in within {taken.seconds:.0f} s")
    bar = tqdm(total=len(asked.questions), desc="ours", unit=" questions")
    with Assistant(settings) as assistant, bar:
        return run(
            assistant,
            asked,
            settings,
            save=work / "ours.json",
            workers=workers,
            progress=lambda done, total: bar.update(done - bar.n),
        )


def peer(articles: Path, asked: QuestionSet, work: Path) -> dict[str, Any]:
    """The peer's records and figures, in the shape of a run."""
    started = perf_counter()
    ranker = LangChainPeer(work / "langchain")
    ranker.take(_lines(articles))
    print(f"peer: articles taken in within {perf_counter() - started:.0f} s")
    records = []
    for question in tqdm(asked.questions, desc="peer", unit=" questions"):
        started = perf_counter()
        ranked = ranker.search(question.question, DEPTH)
        seconds = {"total": perf_counter() - started}
        scores = metrics.scores(metrics.Outcome(question, ranked))
        judged = {"error": None, "scores": scores, "right": None, "refused": False, "confidence": 0.0}
        records.append(question.model_dump(mode="json") | judged | {"seconds": seconds})
    return {"records": records, "figures": figures.of_set(records, seed=0)}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def table(own: Mapping[str, Any], other: Mapping[str, Any], tag: str | None) -> Iterator[str]:
    """A line per measure: ours with its interval, the peer's, and whether the difference is more than chance."""
    mine, theirs = ([r for r in one["records"] if not tag or tag in r["tags"]] for one in (own, other))
    values = own["figures"]["tags"].get(tag, {}) if tag else own["figures"]["overall"]
    peers = other["figures"]["tags"].get(tag, {}) if tag else other["figures"]["overall"]
    differences = figures.differences(theirs, mine, seed=0)
    yield f"\n{tag or 'all questions'} ({len(mine)})"
    yield f"{'measure':42}{'ours':>8}  {'95% interval':>18}{'peer':>9}{'difference':>12}{'p':>8}"
    for name, label in ((name, label) for names in LABELS.values() for name, label in names.items()):
        if name not in values:
            continue
        f = values[name]
        line = f"{label:42}{percent(f['value']):>8}  {percent(f['low']) + ' to ' + percent(f['high']):>18}"
        if name in peers:
            d = differences[name]
            line += f"{percent(peers[name]['value']):>9}{100 * d.difference:>+12.1f}{d.p:>8.3f}"
        yield line


def latency(done: Mapping[str, Any]) -> str:
    """p50, p95 and p99 of the whole answer (the peer: of its search), in milliseconds."""
    seconds = [record["seconds"]["total"] for record in done["records"] if record["error"] is None]
    return " / ".join(f"{1000 * value:.0f}" for value in np.percentile(seconds, (50, 95, 99)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--work", type=Path, help="where corpora and runs are kept (default: results/NAME)")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--limit", type=int, help="only the first so many questions")
    args = parser.parse_args()
    work: Path = args.work or Path("results") / args.folder.name
    work.mkdir(parents=True, exist_ok=True)
    asked = prepared(args.folder / "questions.jsonl", args.limit)
    articles = next(args.folder.glob("articles.jsonl*"))
    own = ours(articles, asked, work, args.workers)
    other = peer(articles, asked, work)
    (work / "langchain.json").write_text(json.dumps(other, ensure_ascii=False), encoding="utf-8")
    (work / "ours.html").write_text(report.page(own), encoding="utf-8")
    for tag in (None, *own["figures"]["tags"]):
        print("\n".join(table(own, other, tag)))
    print(f"\nlatency p50 / p95 / p99, ms: ours, whole answer {latency(own)}; peer, search alone {latency(other)}")


if __name__ == "__main__":
    main()
