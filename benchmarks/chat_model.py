"""What verification does to a chat model that makes things up: what it said, what was released, and who was right.

    python -m benchmarks.chat_model FOLDER HOME --model llamacpp:FILE.gguf [--limit 100] [--out results/chat_model.json]

FOLDER holds `questions.jsonl`, HOME the corpus of its articles. Every sentence is saved with its verdict and what it
cites, to be read by a person; `--sample N` prints N of those that were released, drawn by chance, with their quotes.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tqdm import tqdm

from assistant import Answer, Assistant, Settings, llamacpp
from assistant.buffer import MARKERS, SentenceBuffer
from assistant.chain import is_refusal
from benchmarks.heard import Heard
from benchmarks.intervals import line
from evals import matching, questions
from evals.metrics import said_text
from evals.questions import Question

SEED = 20220708


def asked(assistant: Assistant, heard: Heard, question: Question) -> dict[str, Any]:
    """One question: the model's first words, and what became of them."""
    heard.said.clear()
    answer = assistant.answer(question.question, as_of=question.as_of)
    raw = heard.said[0] if heard.said else ""
    buffer = SentenceBuffer()
    generated = [MARKERS.sub("", each).strip() for each in (*buffer.feed(raw), *buffer.finish())]
    by_model = answer.model != "reader"
    return {
        "question": question.question,
        "answers": question.answers,
        "raw": raw,
        "generated": [each for each in generated if any(map(str.isalpha, each))],
        "answered before": bool(raw) and not any(map(is_refusal, generated)),
        "right before": matching.holds(raw, question.answers),
        "released": [_sentence(answer, number) for number in range(len(answer.sentences))] if by_model else [],
        "answered after": not answer.refused,
        "right after": not answer.refused and matching.holds(said_text(answer), question.answers),
        "seconds": answer.timings,
    }


def _sentence(answer: Answer, number: int) -> dict[str, Any]:
    sentence = answer.sentences[number]
    quotes = [citation.quote for citation in answer.citations if citation.marker in sentence.markers]
    return {"text": sentence.text, "verdict": sentence.verdict, "score": sentence.score, "quotes": quotes}


def report(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The counts, with Wilson intervals."""
    generated, released = (sum(len(row[key]) for row in rows) for key in ("generated", "released"))
    yield f"{len(rows)} questions: {generated} sentences generated, {released} released"
    for when in ("before", "after"):
        wrong = [row[f"answered {when}"] and not row[f"right {when}"] for row in rows]
        yield line(f"wrong {when} verification, of all", wrong)
        yield line(f"right {when} verification, of all", [row[f"right {when}"] for row in rows])
    own = [row for row in rows if row["released"]]
    yield line("answered in the model's own words, of all", [bool(row["released"]) for row in rows])
    yield line("right, of those", [row["right after"] for row in own])


def sample(rows: Sequence[dict[str, Any]], size: int) -> Iterator[str]:
    """Released sentences and their quotes, to be read."""
    released = [(row["question"], sentence) for row in rows for sentence in row["released"]]
    for question, sentence in random.Random(SEED).sample(released, min(size, len(released))):
        yield f"? {question}\n- {sentence['text']} ({sentence['verdict']}, {sentence['score']:.2f})"
        yield from (f"    “{quote}”" for quote in sentence["quotes"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("home", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--passages", type=int, default=4, help="in the prompt: a small model is slow to read many")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("results/chat_model.json"))
    args = parser.parse_args()
    chosen = questions.read(args.folder / "questions.jsonl").questions[: args.limit]
    settings = Settings(home=args.home, model=args.model, top_k=args.passages, chroma_url=None, database_url=None)
    heard = Heard()
    with ExitStack() as stack:
        if args.model.startswith(llamacpp.PREFIX):
            path = llamacpp.path_of(args.model)
            llamacpp.hold(path)
            stack.callback(llamacpp.let_go, path)
        assistant = stack.enter_context(Assistant(settings, callbacks=[heard]))
        rows = [asked(assistant, heard, question) for question in tqdm(chosen)]
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print("\n".join([*report(rows), *sample(rows, args.sample)]))


if __name__ == "__main__":
    main()
