"""Twenty askers, five minutes: part of `make soak`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant import Settings
from ingest import ingest

ROOT = Path(__file__).parents[1]
TOWNS = [start + end for start in ("Ash", "Birk", "Elm", "Hag", "Lin") for end in ("by", "ford", "ham", "stad", "wick")]


def write(folder: Path) -> tuple[Path, Path]:
    """Articles of some length about towns, and questions that they answer."""
    articles, asked = folder / "articles.jsonl", folder / "questions.jsonl"
    with articles.open("w", encoding="utf-8") as lines:
        for number in range(400):
            town, year = TOWNS[number % len(TOWNS)], 1990 + number // len(TOWNS)
            text = " ".join(
                f"In {year} the council of {town} spent {100 + 7 * number + n} crowns on bridge number {n}, which the "
                f"mayor of {town} opened in person." for n in range(40)
            )  # fmt: skip
            lines.write(json.dumps({"id": f"a{number}", "title": f"{town} in {year}", "text": text}) + "\n")
    asked.write_text(
        "".join(json.dumps({"question": f"How much did {town} spend on bridge number 3?"}) + "\n" for town in TOWNS)
    )
    return articles, asked


@pytest.mark.soak
def test_twenty_askers_are_served_for_five_minutes_without_errors_or_growth(tmp_path: Path) -> None:
    articles, asked = write(tmp_path)
    home, saved = tmp_path / "corpus", ROOT / "results" / "askers.json"
    ingest([str(articles)], Settings(home=home))
    seconds = os.environ.get("SOAK_SECONDS", "300")
    command = [sys.executable, "-m", "benchmarks.askers", str(home), str(asked), "--seconds", seconds]
    subprocess.run([*command, "--save", str(saved)], check=True, cwd=ROOT)
    figures = json.loads(saved.read_text("utf-8"))
    assert figures["errors"] == [] and figures["answers"] > 20
    assert figures["seconds"]["all"]["p95"] <= 8
    assert figures["memory_growth"] is None or figures["memory_growth"] < 0.05
