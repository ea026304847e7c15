"""How passages should be cut and embedded: corpora of several designs over a part of a news set, compared.

    python -m benchmarks.passages FOLDER [--articles 600] [--work results/passages]

The part holds every article that the questions' answers stand in, and others drawn by chance. Over the questions whose
answer's words stand in them: how early a passage with those words comes (hit@k, MRR@10), by the nearest vectors alone
and by all of retrieval, and the same for the article, which does not depend on how long passages are.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from assistant import Passage, Settings
from assistant.retrieve import retrieve
from benchmarks.news import prepared
from corpus import dates
from corpus.store import Corpus
from corpus.types import Bounds
from evals import matching
from evals.questions import Question
from ingest import ingest

SEED = 20220708
DEPTH = 50
# Tokens of a passage, and whether title and date are embedded with it.
DESIGNS = {
    "200 tokens, title and date": (200, True),
    "200 tokens, nothing else": (200, False),
    "100 tokens, title and date": (100, True),
    "50 tokens, title and date": (50, True),
}


def part(folder: Path, asked: Sequence[Question], count: int, out: Path) -> Path:
    """A file of the articles with the answers, and of others."""
    with gzip.open(folder / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = [json.loads(line) for line in lines]
    needed = {gold for question in asked for gold in _gold(question)}
    others = [article for article in articles if article["id"] not in needed]
    random.Random(SEED).shuffle(others)
    chosen = [article for article in articles if article["id"] in needed]
    chosen += others[: max(0, count - len(chosen))]
    path = out / "articles.jsonl"
    path.write_text("".join(json.dumps(article) + "\n" for article in chosen), "utf-8")
    return path


def _gold(question: Question) -> set[str]:
    return {*question.gold_article_ids, *(question.model_dump().get("answer_article_ids") or ())}


def corpus(articles: Path, tokens: int, titled: bool, home: Path) -> Corpus:
    """A corpus of one design; what is there already is kept."""
    settings = Settings(home=home, passage_tokens=tokens, model="reader", chroma_url=None, database_url=None)
    bare = patch("ingest.prepare.header", lambda title, published, count_tokens: "")
    with nullcontext() if titled else bare:
        ingest([str(articles)], settings, progress=True)
    return Corpus(settings)


def figures(there: Corpus, asked: Sequence[Question]) -> dict[str, dict[str, float]]:
    """Means over the questions, by way of searching and by what is looked for."""
    rows: dict[str, list[dict[str, float]]] = {}
    for question in asked:
        for way, passages in _ways(there, question):
            holding = [matching.holds(passage.text, question.answers) for passage in passages]
            rows.setdefault(f"{way}, passages", []).append(_ranks(holding))
            gold = [passage.article_id in _gold(question) for passage in passages]
            rows.setdefault(f"{way}, articles", []).append(_ranks(gold))
    return {
        name: {key: round(float(np.mean([row[key] for row in found])), 3) for key in found[0]}
        for name, found in rows.items()
    }


def _ways(there: Corpus, question: Question) -> Iterator[tuple[str, list[Passage]]]:
    bounds = Bounds(as_of=dates.bound("as_of", question.as_of, end_of_day=True))
    near = there.dense(there.embedder.embed([question.question])[0], 4 * DEPTH)
    known = there.record.passages(near, bounds)
    yield "vectors", [known[key] for key in near if key in known][:DEPTH]
    as_of = date.fromisoformat(question.as_of[:10]) if question.as_of else dates.today()
    yield "all", retrieve(there, question.question, k=DEPTH, bounds=bounds, as_of=as_of).passages


def _ranks(hits: Sequence[bool]) -> dict[str, float]:
    rank = next((rank for rank, hit in enumerate(hits, 1) if hit), DEPTH + 1)
    return {f"hit@{k}": float(rank <= k) for k in (1, 5, 20)} | {"mrr@10": 1 / rank if rank <= 10 else 0.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=600)
    parser.add_argument("--work", type=Path, default=Path("results/passages"))
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    asked = [q for q in prepared(options.folder / "questions.jsonl", None).questions if q.answers and _gold(q)]
    articles = part(options.folder, asked, options.articles, options.work)
    table: dict[str, Any] = {}
    for number, (name, (tokens, titled)) in enumerate(DESIGNS.items()):
        there = corpus(articles, tokens, titled, options.work / str(number))
        table[name] = figures(there, asked)
        print(name, json.dumps(table[name]), flush=True)
        there.close()
    (options.work / "passages.json").write_text(json.dumps(table, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
