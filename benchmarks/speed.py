"""How fast articles are taken in, beside the plain LangChain pipeline, and how fast commands and answers are.

    python -m benchmarks.speed FOLDER [--articles N] [--rounds N] [--questions N] [--corpus HOME] [--out FILE]

FOLDER is as for `benchmarks.news`; the first N articles that no question is about join those that are. Ours and the
peer take turns, round by round, each in a process of its own with its models loaded before the clock starts, so that
what else the machine does meets both; CPU seconds are given beside wall seconds for the same reason. Answers are asked
for in the corpus at HOME, which is not written to (default: the last round's). The result is saved with machine facts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np

from benchmarks.langchain_peer import LangChainPeer, plain
from evals import metrics, questions
from evals.provenance import DEPTH, versions
from evals.questions import Question

Figures = dict[str, float]


def chosen(folder: Path, asked: list[Question], count: int) -> Iterator[str]:
    """Lines of articles: all gold ones, and the first others, `count` in all."""
    gold = {key for question in asked for key in question.gold_article_ids}
    others = count
    path = next(folder.glob("articles.jsonl*"))
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        kept = list(lines)
    others -= sum(json.loads(line)["id"] in gold for line in kept)
    for line in kept:
        if json.loads(line)["id"] in gold:
            yield line
        elif others > 0:
            others -= 1
            yield line


def take_in(who: str, articles: Path, home: Path) -> Figures:
    """One intake, in this process. Peak memory includes the models."""
    if who == "ours":
        from assistant import Settings
        from corpus import embedder
        from ingest import ingest

        settings = Settings(home=home, model="reader", chroma_url=None, database_url=None)
        embedder.shared(settings.embedding_model).embed(["The models are loaded."])
        began, worked = perf_counter(), process_time()
        passages = ingest([str(articles)], settings).passages
    else:
        embed = plain()
        embed(["The models are loaded."])
        began, worked = perf_counter(), process_time()
        peer = LangChainPeer(home, embed)
        peer.take(map(json.loads, articles.open(encoding="utf-8")))
        passages = peer.count()
    seconds, cpu = perf_counter() - began, process_time() - worked
    disk = sum(file.stat().st_size for file in home.rglob("*") if file.is_file())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": cpu, "passages": passages, "disk_mb": disk / 1e6, "peak_mb": memory}


def hits(who: str, home: Path, asked: list[Question]) -> Figures:
    """Rank metrics over gold articles, by the same code; ours bounded by the day that the question is asked on."""
    from assistant import Assistant, Settings

    if who == "ours":
        with Assistant(Settings(home=home, model="reader", chroma_url=None, database_url=None)) as assistant:
            ranked = [assistant.search(q.question, DEPTH, as_of=q.as_of) for q in asked]
    else:
        peer = LangChainPeer(home)
        ranked = [peer.search(q.question, DEPTH) for q in asked]
    scored = [metrics.scores(metrics.Outcome(q, found)) for q, found in zip(asked, ranked, strict=True)]
    names = ("hit@1", "hit@5", "mrr@10", "ndcg@10")
    return {name: float(np.mean([s[name] for s in scored if name in s])) for name in names} | {"asked": len(asked)}


def answers(home: Path, asked: list[Question]) -> Figures:
    """Milliseconds of whole answers by the reader, models loaded; each stage's median; nothing is asked twice."""
    from assistant import Assistant, Settings

    found = []
    with Assistant(Settings(home=home, model="reader", chroma_url=None, database_url=None)) as assistant:
        assistant.answer("What is new?", as_of=date.today())
        worked = process_time()
        for question in asked:
            found.append(assistant.answer(question.question, as_of=question.as_of).timings)
        worked = process_time() - worked
    totals = [1000 * each["total"] for each in found]
    stages = {f"{name} p50": 1000 * median(each[name] for each in found) for name in found[0] if name != "total"}
    return {"p50": float(np.percentile(totals, 50)), "p95": float(np.percentile(totals, 95)), **stages} | {
        "cpu per answer": 1000 * worked / len(asked),
    }


def starts(home: Path, rounds: int) -> dict[str, Figures]:
    """Wall and CPU seconds of commands in a new process: the median, and the best."""
    commands = {
        "assistant --help": ["assistant", "--help"],
        "ingest --help": ["ingest", "--help"],
        "assistant ask": ["assistant", "ask", "What was announced this week?"],
    }
    return {name: _timed(command, home, rounds) for name, command in commands.items()}


def _timed(command: list[str], home: Path, rounds: int) -> Figures:
    walls, cpus = [], []
    for _ in range(rounds):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
        environment = {**os.environ, "ASSISTANT_HOME": str(home)}
        subprocess.run([sys.executable, "-m", *command], env=environment, check=True, capture_output=True)
        walls.append(perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {"wall": median(walls), "wall_best": min(walls), "cpu": median(cpus), "cpu_best": min(cpus)}


def machine() -> dict[str, Any]:
    """Where this ran, and how busy it was."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "cpu": names[0].partition(": ")[2] if names else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load": os.getloadavg(),
        "platform": platform.platform(),
        "versions": versions(),
    }


def _apart(*arguments: object) -> Any:
    """A piece of this benchmark in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.speed", *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _table(rounds: dict[str, list[Figures]], count: int) -> dict[str, Figures]:
    table = {}
    for who, done in rounds.items():
        table[who] = {
            "articles/s": count / median(each["seconds"] for each in done),
            "passages/s": median(each["passages"] / each["seconds"] for each in done),
            "articles/CPU s": count / median(each["cpu"] for each in done),
            **{name: done[-1][name] for name in ("passages", "peak_mb", "disk_mb")},
        }
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--out", type=Path, default=Path("results/speed.json"))
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(take_in(args.one[0], args.folder, Path(args.one[1]))))
        return
    asked = list(questions.read(args.folder / "questions.jsonl").questions)[: args.questions]
    found: dict[str, Any] = {"machine": machine(), "articles": args.articles}
    with tempfile.TemporaryDirectory() as work:
        articles = Path(work) / "articles.jsonl"
        articles.write_text("".join(chosen(args.folder, asked, args.articles)), "utf-8")
        count = len(articles.read_text("utf-8").splitlines())
        rounds: dict[str, list[Figures]] = {"ours": [], "langchain": []}
        for number in range(args.rounds):
            for who, done in rounds.items():
                done.append(_apart(articles, "--one", who, Path(work) / f"{who}{number}"))
                print(who, done[-1], file=sys.stderr)
        homes = {who: Path(work) / f"{who}{args.rounds - 1}" for who in rounds}
        found["rounds"], found["intake"] = rounds, _table(rounds, count)
        found["ratios"] = [theirs["seconds"] / mine["seconds"] for mine, theirs in zip(*rounds.values(), strict=True)]
        found["ranks"] = {who: hits(who, home, asked) for who, home in homes.items()}
        found["starts"] = starts(homes["ours"], args.rounds + 2)
        found["answers"] = answers(args.corpus or homes["ours"], asked)
    found["load after"] = os.getloadavg()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps({name: found[name] for name in ("intake", "ratios", "ranks", "starts", "answers")}, indent=1))


if __name__ == "__main__":
    main()
