"""`assistant eval`: asks a question set, prints the figures, and writes the report."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from assistant import Assistant, AssistantError, Settings
from evals import figures, questions, report
from evals.labels import LABELS, percent
from evals.run import Progress, load, run


def main(args: argparse.Namespace, settings: Settings) -> int:
    """0 when every question was asked, 1 when something could not be done (the rest is done all the same).

    `args` has the arguments of `evals.arguments` and `json`. Raises `AssistantError` when nothing could be done.
    """
    asked = questions.read(args.questions)
    before = load(args.compare) if args.compare else None
    for problem in asked.problems:
        print(problem, file=sys.stderr)
    bar = tqdm(total=len(asked.questions), unit=" questions", smoothing=0.1)
    with Assistant(settings) as assistant, bar:
        options = {"save": args.save, "workers": args.workers, "seed": args.seed}
        done = run(assistant, asked, settings, **options, progress=lambda count, total: bar.update(count - bar.n))
    _tell(done, before, as_json=args.json)
    if args.report:
        _write(args.report, report.page(done, before))
    failed = [record for record in done["records"] if record["error"] is not None]
    for record in failed:
        print(f"{record['id']} could not be asked to the end: {record['error']}", file=sys.stderr)
    return 1 if failed or done["problems"] else 0


def evaluate(
    assistant: Assistant,
    settings: Settings,
    path: Path,
    progress: Progress = lambda done, total: None,
    *,
    save: Path | None = None,
) -> tuple[dict[str, Any], str]:
    """For a page: asks the set at `path` and gives the run and its report as HTML. Raises `AssistantError`.

    The run is saved to `save`, or as `run` says.
    """
    done = run(assistant, questions.read(path), settings, save=save, progress=progress)
    return done, report.page(done)


def _write(path: Path, page: str) -> None:
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise AssistantError(f"The report cannot be written to {path}: {error}. Give another path.") from None


def _tell(done: Mapping[str, Any], before: Mapping[str, Any] | None, *, as_json: bool) -> None:
    found = figures.differences(before["records"], done["records"], done["seed"]) if before else {}
    if as_json:
        compared = {name: asdict(difference) for name, difference in found.items()}
        print(json.dumps({**done, "comparison": compared} if before else done))
        return
    for line in _table(done["figures"]["overall"]):
        print(line)
    for stage, seconds in done["cost"]["latency"].items():
        print(f"{stage:38}" + "".join(f"{1000 * value:9.1f} ms {name}" for name, value in seconds.items()))
    for name, d in found.items():
        verdict = "more than chance" if d.is_beyond_chance else "may be chance"
        print(f"{name:38}{percent(d.before):>8} → {percent(d.after):>7}  p {d.p:.3f}, {verdict}")
    print(f"saved to {done['saved']}")


def _table(overall: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    for group, names in LABELS.items():
        yield group
        for name, label in names.items():
            if name in overall:
                f = overall[name]
                interval = f"{percent(f['low'])} to {percent(f['high'])}"
                yield f"  {label:36}{percent(f['value']):>8}  {interval:>18}  of {f['count']:.0f}"
