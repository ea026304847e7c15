"""What is installed: the built wheel, outside the checkout, with its prompts and weights."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, in a folder of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_answers_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(installed), "HF_HUB_OFFLINE": "1"}

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
        )
        return done.stdout

    where = run("-c", "import assistant, prompts; print(assistant.__file__); print(prompts.load('answer').id)")
    assert where.startswith(str(installed)) and "answer@" in where
    run("-m", "ingest", str(ROOT / "seeds"))
    answer = json.loads(run("-m", "assistant", "ask", "How much did the Nikkei 225 climb?", "--json"))
    assert "6.2%" in answer["citations"][0]["quote"]


def test_the_wheel_holds_our_rooms_and_nothing_else(installed: Path) -> None:
    rooms = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert rooms == {"assistant", "corpus", "evals", "ingest", "prompts"}
    (points,) = installed.glob("*.dist-info/entry_points.txt")
    assert "assistant = assistant.cli:main" in points.read_text() and "ingest = ingest.cli:main" in points.read_text()
