"""Asks a question set, question by question, and saves what came of it. An interrupted run goes on where it stopped."""

from __future__ import annotations

import json
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from assistant import Assistant, AssistantError, Settings
from evals import figures, metrics, provenance
from evals.questions import Question, QuestionSet

Progress = Callable[[int, int], None]  # questions done, questions in all


def run(
    assistant: Assistant,
    questions: QuestionSet,
    settings: Settings,
    *,
    save: Path | None = None,
    workers: int = 1,
    seed: int = 0,
    progress: Progress = lambda done, total: None,
) -> dict[str, Any]:
    """The whole run as plain data: how it was made, the figures, what it cost, and one record per question.

    It is saved to `save`, or under `ASSISTANT_HOME`, named by its fingerprint; `run["saved"]` says where. Records are
    appended beside it as they come, so the same call after an interruption asks only what is missing. A question that
    raises `AssistantError` keeps the message as its `error`.
    """
    made = provenance.describe(assistant, questions, settings, seed)
    stem = f"{Path(questions.name).stem}-{made['fingerprint'][:12]}"
    save = save or settings.home / "evals" / f"{stem}.json"
    partial = save.with_name(save.name + ".partial.jsonl")
    started = perf_counter()
    try:
        save.parent.mkdir(parents=True, exist_ok=True)
        records = _records(assistant, questions.questions, partial, made["fingerprint"], workers, progress)
        asked = [record["answer"] for record in records if record["error"] is None]
        finished = made | {
            "models": sorted({answer["model"] for answer in asked}),
            "prompts": sorted({answer["prompt_id"] for answer in asked if answer["prompt_id"]}),
            "problems": list(questions.problems),
            "figures": figures.of_set(records, seed),
            "cost": _cost(records, workers, perf_counter() - started),
            "records": records,
            "saved": str(save),
        }
        written = save.with_name(save.name + ".new")
        written.write_text(json.dumps(finished, ensure_ascii=False, indent=1), encoding="utf-8")
        written.replace(save)
        partial.unlink(missing_ok=True)
    except OSError as error:
        raise AssistantError(f"The run cannot be saved to {save}: {error}. Give another place with --save.") from None
    return finished


def load(path: Path) -> dict[str, Any]:
    """A saved run. Raises `AssistantError` when the file is none."""
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AssistantError(f"{path} cannot be read as a saved run: {error}.") from None
    if not isinstance(saved, dict) or saved.get("format") != provenance.FORMAT or "records" not in saved:
        raise AssistantError(f"{path} is no run saved by this version. Make one with `assistant eval --save`.")
    return saved


def _records(
    assistant: Assistant,
    questions: Sequence[Question],
    partial: Path,
    fingerprint: str,
    workers: int,
    progress: Progress,
) -> list[dict[str, Any]]:
    done = {record["id"]: record for record in _resumed(partial, fingerprint)}
    if not done:
        partial.write_text(fingerprint + "\n", encoding="utf-8")
    progress(len(done), len(questions))
    with partial.open("a", encoding="utf-8") as log, ThreadPoolExecutor(workers) as pool:
        try:
            waiting = [pool.submit(ask, assistant, question) for question in questions if question.id not in done]
            for future in as_completed(waiting):
                record = future.result()
                done[record["id"]] = record
                # The line end goes first: whatever a kill left of the last line stays a line of its own.
                log.write("\n" + json.dumps(record, ensure_ascii=False))
                log.flush()
                progress(len(done), len(questions))
        finally:
            pool.shutdown(cancel_futures=True)
    return [done[question.id] for question in questions]


def _resumed(partial: Path, fingerprint: str) -> Iterator[dict[str, Any]]:
    if not partial.exists():
        return
    with partial.open(encoding="utf-8", errors="replace") as log:
        if log.readline().strip() != fingerprint:
            return
        for line in log:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if record["error"] is None:
                yield record


def ask(assistant: Assistant, question: Question) -> dict[str, Any]:
    """Asks one question and measures what came of it, as one record of a run."""
    known = question.model_dump(mode="json")
    try:
        answer = assistant.answer(question.question, as_of=question.as_of)
        ranked = assistant.search(question.question, k=provenance.DEPTH, as_of=question.as_of)
        texts = {
            (c.article_id, c.version): assistant.article(c.article_id, version=c.version).text for c in answer.citations
        }
    except AssistantError as error:
        return known | {"error": str(error), "scores": {}}
    outcome = metrics.Outcome(question, ranked, answer, texts)
    record = known | {
        "error": None,
        "scores": metrics.scores(outcome),
        "right": outcome.is_right,
        "refused": answer.refused,
        "confidence": answer.confidence,
        "cause": metrics.cause(outcome),
        "gold_rank": metrics.gold_rank(outcome),
        "answer_rank": metrics.answer_rank(outcome) if question.answers else None,
        "answer": answer.as_dict(),
        "seconds": dict(answer.timings),
    }
    as_saved: dict[str, Any] = json.loads(json.dumps(record))
    return as_saved


def _cost(records: Sequence[dict[str, Any]], workers: int, elapsed: float) -> dict[str, Any]:
    """Seconds by stage at p50, p95 and p99, a chat model's tokens, and this process's peak memory in bytes."""
    asked = [record for record in records if record["error"] is None]
    stages = dict.fromkeys(stage for record in asked for stage in record["seconds"])
    latency = {}
    for stage in stages:
        seconds = [record["seconds"][stage] for record in asked if stage in record["seconds"]]
        latency[stage] = dict(zip(("p50", "p95", "p99"), np.percentile(seconds, (50, 95, 99)).tolist(), strict=True))
    tokens = sum((Counter(record["answer"]["usage"]) for record in asked), Counter[str]())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {
        "latency": latency,
        "tokens": dict(tokens),
        "peak_memory": peak,
        "workers": workers,
        "elapsed": elapsed,
    }
