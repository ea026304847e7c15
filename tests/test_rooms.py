"""Who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = {
    "corpus": {"corpus"},
    "prompts": {"prompts"},
    "ingest": {"ingest", "corpus"},
    "assistant": {"assistant", "corpus", "prompts"},
    "evals": {"evals", "assistant", "ingest"},
}
# The page and the command line also take articles in and evaluate.
ALSO = {"assistant/page": {"ingest", "evals"}, "assistant/cli.py": {"ingest", "evals"}}
ROOMS = {*ALLOWED, "training", "tests"}


def imports(path: Path) -> set[str]:
    """The top-level names that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


FILES = [path.relative_to(ROOT).as_posix() for room in ALLOWED for path in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("file", FILES)
def test_each_room_imports_only_what_it_may(file: str) -> None:
    allowed = ALLOWED[file.split("/")[0]].union(*(more for place, more in ALSO.items() if file.startswith(place)))
    assert imports(ROOT / file) & ROOMS <= allowed


@pytest.mark.parametrize(("library", "home"), [("chromadb", "corpus/vectors.py"), ("gradio", "assistant/page/")])
def test_a_library_with_one_home_is_imported_nowhere_else(library: str, home: str) -> None:
    users = [file for file in FILES if library in imports(ROOT / file)]
    assert users and all(file.startswith(home) for file in users)


def test_langchain_stays_out_of_the_corpus() -> None:
    users = [file for file in FILES if any(name.startswith("langchain") for name in imports(ROOT / file))]
    assert users and not [file for file in users if file.startswith("corpus/")]
