"""What each step of reader mode is worth, on one corpus and question set: an ablation, and a curve of passages read.

    python -m benchmarks.ablation CORPUS_HOME QUESTIONS [--out results/ablation.json]

Over the questions whose answer stands in the articles: how early a passage with the answer's words comes (hit@k,
MRR@10), and how often the first sentence, or one of the three that would be quoted, holds them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch

import numpy as np
from tqdm import tqdm

from assistant import Passage, Settings, retrieve, spans
from assistant.choose import choose
from assistant.reader import Quote, Reader
from benchmarks.news import IN_POOL, prepared
from corpus import dates
from corpus.store import Corpus
from corpus.types import Bounds
from evals import matching
from evals.questions import Question

DEPTH = 50
READS = (1, 2, 4, 8, 12, 16, 24, 32)
_SENTENCES = 3


def ranks(passages: Sequence[Passage], question: Question) -> dict[str, float]:
    """hit@1, 5 and 20, and MRR@10, of the answer's words."""
    places = (rank for rank, p in enumerate(passages, 1) if matching.holds(p.text, question.answers))
    rank = next(places, DEPTH + 1)
    hits = {f"hit@{k}": float(rank <= k) for k in (1, 5, 20)}
    return hits | {"mrr@10": 1 / rank if rank <= 10 else 0.0}


def held(quotes: Sequence[Quote], question: Question) -> dict[str, float]:
    """Whether the first sentence, or one of those said, holds the answer; exact match and F1 of the short answer."""
    chosen = choose(quotes, _SENTENCES).quotes
    said = [matching.holds(quote.text, question.answers) for quote in chosen]
    return {
        "first": float(bool(said) and said[0]),
        "three": float(any(said)),
        "em": float(bool(chosen) and matching.exact_match(chosen[0].short, question.answers)),
        "f1": matching.token_f1(chosen[0].short, question.answers) if chosen else 0.0,
    }


class Steps:
    """One corpus, asked with more and more of what reader mode does."""

    def __init__(self, home: Path) -> None:
        self.corpus = Corpus(Settings(home=home, model="reader", chroma_url=None, database_url=None))
        self.reader = Reader(self.corpus)

    def of(self, question: Question) -> Iterator[tuple[str, dict[str, float]]]:
        """Each step's name and its figures for this question."""
        bounds = Bounds(as_of=dates.bound("as_of", question.as_of, end_of_day=True))
        as_of = date.fromisoformat(question.as_of[:10]) if question.as_of else dates.today()
        vector = self.corpus.embedder.embed([question.question])[0]
        for name, keys in (
            ("nearest vectors", self.corpus.dense(vector, 4 * DEPTH)),
            ("words (BM25)", self.corpus.words(question.question, DEPTH, bounds)),
        ):
            there = self.corpus.record.passages(keys, bounds)
            yield name, ranks([there[key] for key in keys if key in there][:DEPTH], question)
        with patch.multiple(retrieve, _RECENT=0.0, _PERIOD=0.0):
            found = retrieve.retrieve(self.corpus, question.question, k=DEPTH, bounds=bounds, as_of=as_of).passages
        yield "fused", ranks(found, question)
        found = retrieve.retrieve(self.corpus, question.question, k=DEPTH, bounds=bounds, as_of=as_of).passages
        yield "and days preferred", ranks(found, question)
        yield from self._read(question, found)

    def _read(self, question: Question, found: Sequence[Passage]) -> Iterator[tuple[str, dict[str, float]]]:
        reads = self.corpus.settings.reads
        read = self.reader.sentences(question.question, found[:reads])
        best = {id(p): max((e.mark.score for e in read if e.passage is p), default=-np.inf) for p in found[:reads]}
        by_span = sorted(found[:reads], key=lambda p: -best[id(p)])
        yield "ranked by the model's spans alone", ranks([*by_span, *found[reads:]], question)
        for count in READS:
            with patch.object(self.reader, "_known", type(self.reader._known)()):
                started = perf_counter()
                reading = self.reader.read(question.question, found[:count])
                seconds = perf_counter() - started
            figures = ranks([*reading.passages, *found[count:]], question) | held(reading.quotes, question)
            yield f"ranked by the reader, {count} read", figures | {"ms": 1000 * seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path, help="a corpus that is there, such as results/news-2023/ours")
    parser.add_argument("questions", type=Path)
    parser.add_argument("--out", type=Path, default=Path("results/ablation.json"))
    options = parser.parse_args()
    asked = [q for q in prepared(options.questions, None).questions if q.answers and IN_POOL in q.tags]
    spans.shared(spans.DEFAULT_MODEL).load()
    steps = Steps(options.home)
    figures: dict[str, list[dict[str, float]]] = {}
    for question in tqdm(asked, unit=" questions"):
        for name, values in steps.of(question):
            figures.setdefault(name, []).append(values)
    table = {name: _summary(values) for name, values in figures.items()}
    for name, values in table.items():
        print(f"{name:40}" + "".join(f"{key} {value:<8}" for key, value in values.items()))
    options.out.write_text(json.dumps({"questions": len(asked), "steps": table}, indent=1) + "\n", "utf-8")


def _summary(values: Sequence[dict[str, float]]) -> dict[str, Any]:
    means = {key: round(float(np.mean([each[key] for each in values])), 3) for key in values[0] if key != "ms"}
    if "ms" in values[0]:
        seconds = [each["ms"] for each in values]
        means |= {f"p{p} ms": round(float(np.percentile(seconds, p))) for p in (50, 95)}
    return means


if __name__ == "__main__":
    main()
