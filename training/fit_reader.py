"""Fits the reader's few weights (assistant/weights/scoring.json) on development sets of dated news questions.

    python -m training.fit_reader results/news-2023/ours DATA/news-2023/questions.jsonl

Two logistic regressions. A sentence's score: out of the model's logits and the logarithm of its passage's score, with
the sentences that hold an answer's words as the positives. And the confidence: out of the best score's logits, with the
questions as the positives of which what would be said holds an answer; those without one in the articles count too.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from assistant import reader as reading
from assistant.choose import choose
from assistant.reader import Reader, Weights, features, judged
from assistant.retrieve import retrieve
from corpus import dates
from corpus.settings import Settings
from corpus.store import Corpus
from corpus.types import Bounds, Passage
from evals import matching, questions
from evals.questions import Question

_RIDGE = 1.0
_STEPS = 50
Floats = NDArray[np.float64]


def fit(x: Floats, y: Floats) -> Floats:
    """Bias and weights of a logistic regression, by Newton's method with a small ridge."""
    x = np.column_stack([np.ones(len(x)), x])
    weights = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-(x @ weights)))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + _RIDGE * np.eye(x.shape[1])
        weights += np.linalg.solve(hessian, x.T @ (y - p) - _RIDGE * weights)
    return weights


def found(corpus: Corpus, question: Question) -> list[Passage]:
    """The passages that the reader would read."""
    bounds = Bounds(as_of=dates.bound("as_of", question.as_of, end_of_day=True))
    as_of = date.fromisoformat(question.as_of[:10]) if question.as_of else dates.today()
    return retrieve(corpus, question.question, k=corpus.settings.reads, bounds=bounds, as_of=as_of).passages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path, help="a corpus of the set's articles")
    parser.add_argument("questions", type=Path)
    parser.add_argument("--limit", type=int, help="only so many questions")
    parser.add_argument("--out", type=Path, default=Path("assistant/weights/scoring.json"))
    options = parser.parse_args()
    asked = questions.read(options.questions).questions[: options.limit]
    corpus = Corpus(Settings(home=options.home, model="reader", chroma_url=None, database_url=None))
    reader = Reader(corpus)
    read = [reader.sentences(q.question, found(corpus, q)) for q in tqdm(asked, unit=" questions")]
    most = corpus.settings.max_sentences
    corpus.close()
    answered = [(q, each) for q, each in zip(asked, read, strict=True) if q.answers]
    labels = [float(matching.holds(sentence.text, q.answers)) for q, each in answered for sentence in each]
    rows = np.concatenate([features(each) for _, each in answered])
    bias, span, rank = (round(float(weight), 4) for weight in fit(rows, np.asarray(labels)))
    best, right = [], []
    with patch.object(reading, "weights", lambda: Weights(bias, span, rank, 0.0, 1.0)):
        for question, each in zip(asked, read, strict=True):
            if quotes := judged(question.question, each):
                said = " ".join(quote.text for quote in choose(quotes, most).quotes)
                best.append(np.log(quotes[0].score / (1 - quotes[0].score)))
                right.append(float(matching.holds(said, question.answers)))
    confidence_bias, slope = (round(float(w), 4) for w in fit(np.asarray(best)[:, None], np.asarray(right)))
    fitted = Weights(bias, span, rank, confidence_bias, slope)
    options.out.write_text(json.dumps(asdict(fitted), indent=1) + "\n", "utf-8")
    print(json.dumps(asdict(fitted)))


if __name__ == "__main__":
    main()
