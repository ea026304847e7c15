"""The gate: the project's own question set, in reader mode, against floors that only go up.

`python -m evals.gate` fails below a floor. `--update` raises the floors to just under what was measured; a floor is
lowered only with `--lower` as well. Floors leave a margin, so that a tie that falls otherwise elsewhere still passes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant import Assistant, AssistantError, Settings
from evals import questions, report
from evals.labels import LESS_IS_BETTER
from evals.questions import QuestionSet
from evals.run import run
from ingest import ingest

FOLDER = Path(__file__).parent
SEEDS = FOLDER.parent / "seeds"
BASELINE = FOLDER / "baseline.json"
GATED = (
    *("hit@1", "hit@5", "mrr@10", "ndcg@10", "passage_hit@1", "passage_hit@5", "contains", "contains_strict"),
    *("token_f1", "forbidden", "cited_sentences", "citations_with_answer", "exact_quotes", "wrong"),
    *("right_when_answered", "refusal_precision", "refusal_recall", "aurc"),
)
MARGIN = 0.02  # about two of the set's questions


def measure(home: Path, workers: int = 1) -> dict[str, Any]:
    """A run of the project's questions over its articles and the seeds, in a new corpus at `home`, by the reader."""
    # Every default is given, so that no setting of the environment is measured instead.
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    settings = Settings(**defaults | {"home": home})
    taken = ingest([str(FOLDER / "articles.jsonl"), str(SEEDS)], settings)
    if taken.skipped:
        raise AssistantError(f"The gate's articles could not all be read: {taken.skipped[0]}.")
    with Assistant(settings) as assistant:
        return run(assistant, own_questions(), settings, save=home / "gate.json", workers=workers)


def own_questions() -> QuestionSet:
    """The project's set. A seed's only id is its file's URI, which depends on the checkout: `seeds/NAME` becomes it."""
    asked = questions.read(FOLDER / "questions.jsonl")
    if asked.problems:
        raise AssistantError(" ".join(asked.problems))
    resolved = [
        q.model_copy(update={"gold_article_ids": tuple(map(_resolved, q.gold_article_ids))}) for q in asked.questions
    ]
    return QuestionSet(asked.name, tuple(resolved), ())


def _resolved(article_id: str) -> str:
    return (SEEDS.parent / article_id).resolve().as_uri() if article_id.startswith("seeds/") else article_id


def below(figures: Mapping[str, Mapping[str, float]], floors: Mapping[str, float]) -> list[str]:
    """A sentence for each figure that is worse than its floor (for wrong answers and such, its ceiling) or missing."""
    failures = []
    for name, floor in floors.items():
        value = figures[name]["value"] if name in figures else None
        if value is None:
            failures.append(f"{name} was not measured; its floor is {floor:.3f}.")
        elif _worse(name, value, floor):
            failures.append(
                f"{name} is {value:.3f}; {'at most' if name in LESS_IS_BETTER else 'at least'} {floor:.3f}."
            )
    return failures


def raised(figures: Mapping[str, Mapping[str, float]], floors: Mapping[str, float], *, lower: bool) -> dict[str, float]:
    """New floors a margin under what was measured. Without `lower`, none becomes easier than it was."""
    found = {}
    for name in filter(figures.__contains__, GATED):
        value = figures[name]["value"]
        margin = 0.0 if value in (0.0, 1.0) and name in ("exact_quotes", "forbidden") else MARGIN
        floor = round(value + margin if name in LESS_IS_BETTER else value - margin, 3)
        keep = name in floors and not lower and _worse(name, floor, floors[name])
        found[name] = floors[name] if keep else floor
    return found


def _worse(name: str, value: float, floor: float) -> bool:
    return value > floor if name in LESS_IS_BETTER else value < floor


def main(arguments: list[str] | None = None) -> int:
    """0 when no figure is below its floor, else 1."""
    parser = argparse.ArgumentParser(prog="python -m evals.gate", description=__doc__)
    parser.add_argument("--update", action="store_true", help="raise the floors to just under what is measured now")
    parser.add_argument("--lower", action="store_true", help="with --update: let floors go down as well")
    parser.add_argument("--report", type=Path, metavar="OUT.html", help="write the report of the run")
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args(arguments)
    if args.lower and not args.update:
        parser.error("--lower goes with --update.")
    floors: dict[str, float] = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    try:
        with tempfile.TemporaryDirectory() as home:
            done = measure(Path(home), args.workers)
    except AssistantError as error:
        print(error, file=sys.stderr)
        return 1
    overall = done["figures"]["overall"]
    if args.report:
        args.report.write_text(report.page(done), encoding="utf-8")
    for name in filter(overall.__contains__, GATED):
        print(f"{name:24}{overall[name]['value']:8.3f}   floor {floors.get(name, float('nan')):.3f}")
    failures = below(overall, floors)
    if args.update:
        BASELINE.write_text(json.dumps(raised(overall, floors, lower=args.lower), indent=1) + "\n", encoding="utf-8")
        failures = [] if args.lower else failures
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
