"""Fits the reader's weights (assistant/reader.json): logistic regression on sentences that retrieval brings up.

Every question is asked of a corpus that holds all the paragraphs of the given SQuAD-format files, as a user's would be:
the sentences of the passages found are the examples, hard negatives included, and those holding the answer's words are
the positives. Questions whose answer is not in the corpus contribute negatives only.

    python -m training.fit_reader new_wiki.json.gz squad2_part.json.gz --questions 1500 --out assistant/reader.json
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.reader import ASKS_WEIGHT, FEATURES, Reader, evidence
from assistant.retrieve import retrieve
from corpus.record import NewArticle
from corpus.settings import Settings
from corpus.store import Corpus
from corpus.text import normalise
from corpus.types import Bounds
from ingest.passages import cut, header

SEED = 20250408
_RIDGE = 1.0
_STEPS = 50


def paragraphs(path: Path) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Title, text and questions of each paragraph of a SQuAD-format file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for document in json.load(file)["data"]:
            for paragraph in document["paragraphs"]:
                yield document["title"].replace("_", " "), normalise(paragraph["context"]), paragraph["qas"]


def build(corpus: Corpus, paths: list[Path]) -> list[tuple[str, list[str]]]:
    """Store every paragraph as an article; return each question with its answers (none: unanswerable)."""
    questions: list[tuple[str, list[str]]] = []
    embedder = corpus.embedder
    waiting: list[tuple[str, str, str, list[tuple[int, int]]]] = []
    for number, (title, text, asked) in enumerate(item for path in paths for item in paragraphs(path)):
        head = header(title, None, embedder.count_tokens)
        spans = cut(text, head, embedder.count_tokens, passage_tokens=200, max_tokens=embedder.max_tokens)
        waiting.append((f"paragraph-{number}", title, text, spans))
        questions += [(each["question"], sorted({a["text"] for a in each["answers"]})) for each in asked]
    flat = [f"{title}\n{text[start:end]}" for _, title, text, spans in waiting for start, end in spans]
    vectors = embedder.embed(flat)
    first, articles = 0, []
    for key, title, text, spans in waiting:
        part = vectors[first : first + len(spans)]
        articles.append(NewArticle(key, title, None, None, None, text, tuple(spans), part))
        first += len(spans)
    with corpus.writing():
        corpus.write(articles)
    return questions


def examples(
    corpus: Corpus, questions: list[tuple[str, list[str]]]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Features (n, len(FEATURES)), labels (n,) and the number of the question of each sentence (n,)."""
    reader, rows, labels, groups = Reader(corpus), [], [], []
    for number, (question, answers) in enumerate(questions):
        passages = retrieve(corpus, question, k=corpus.settings.top_k, bounds=Bounds()).passages
        found = [(passage, span) for passage in passages for span in evidence(passage)]
        rows.append(reader.features(question, passages))
        labels += [float(any(a in p.text[start:end] for a in answers)) for p, (start, end) in found]
        groups += [number] * len(found)
    return np.concatenate(rows), np.asarray(labels), np.asarray(groups)


def fit(
    features: NDArray[np.float64], labels: NDArray[np.float64], offset: NDArray[np.float64] | float = 0.0
) -> NDArray[np.float64]:
    """Bias and weights, by Newton's method with a small ridge. `offset` is what fixed weights contribute."""
    x = np.column_stack([np.ones(len(features)), features])
    weights = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-(x @ weights + offset)))
        gradient = x.T @ (labels - p) - _RIDGE * weights
        hessian = (x * (p * (1 - p))[:, None]).T @ x + _RIDGE * np.eye(x.shape[1])
        weights += np.linalg.solve(hessian, gradient)
    return weights


def calibrate(
    scores: NDArray[np.float64], labels: NDArray[np.float64], groups: NDArray[np.int64]
) -> tuple[float, float]:
    """Bias and slope (Platt scaling) that turn a question's best score into the chance that one of three is right."""
    best, right = [], []
    for number in np.unique(groups):
        order = np.argsort(-scores[groups == number])[:3]
        best.append(scores[groups == number][order[0]])
        right.append(float(labels[groups == number][order].any()))
    bias, slope = fit(np.asarray(best)[:, None], np.asarray(right))
    return float(bias), float(slope)


def report(scores: NDArray[np.float64], labels: NDArray[np.float64], groups: NDArray[np.int64]) -> dict[str, float]:
    """Where an answer is within reach: how often the first sentence, or one of three, holds it; AUROC of reach."""
    first, three, best, reachable = [], [], [], []
    for number in np.unique(groups):
        mine = groups == number
        held = labels[mine][np.argsort(-scores[mine])]
        best.append(scores[mine].max())
        reachable.append(bool(held.any()))
        if held.any():
            first.append(held[0])
            three.append(held[:3].max())
    yes, no = np.asarray(best)[np.asarray(reachable)], np.asarray(best)[~np.asarray(reachable)]
    auroc = float((yes[:, None] > no[None, :]).mean()) if len(no) else float("nan")
    figures = {"first": np.mean(first), "three": np.mean(three), "auroc": auroc, "reachable": np.mean(reachable)}
    return {name: round(float(value), 3) for name, value in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--questions", type=int, default=1500)
    parser.add_argument("--out", type=Path, default=Path("assistant/reader.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        corpus = Corpus(Settings(home=Path(home), chroma_url=None, database_url=None))
        questions = build(corpus, options.paths)
        random.Random(SEED).shuffle(questions)
        x, y, groups = examples(corpus, questions[: options.questions])
        corpus.close()
    held_out = groups % 5 == 0
    fixed = FEATURES.index("asks")
    free = [index for index in range(len(FEATURES)) if index != fixed]
    fitted_weights = fit(x[~held_out][:, free], y[~held_out], ASKS_WEIGHT * x[~held_out][:, fixed])
    weights = np.insert(fitted_weights, fixed + 1, ASKS_WEIGHT)
    scores = weights[0] + x @ weights[1:]
    bias, slope = calibrate(scores[~held_out], y[~held_out], groups[~held_out])
    figures = report(scores[held_out], y[held_out], groups[held_out])
    print(json.dumps(figures))
    fitted = {
        "bias": round(float(weights[0]), 4),
        "weights": {name: round(float(value), 4) for name, value in zip(FEATURES, weights[1:], strict=True)},
        "calibration": [round(slope, 4), round(bias, 4)],
        "held_out": figures,
    }
    options.out.write_text(json.dumps(fitted, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
