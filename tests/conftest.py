"""One corpus with the project's own article, made once with the real parts, out of reach of the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"
for name in [name for name in os.environ if name.startswith("ASSISTANT_")]:
    del os.environ[name]

from assistant import Assistant, Settings  # noqa: E402
from ingest import ingest  # noqa: E402

SEEDS = Path(__file__).parents[1] / "seeds"


@pytest.fixture(scope="session")
def seed_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A corpus that holds the article in seeds/. Not to be written to."""
    settings = Settings(home=tmp_path_factory.mktemp("seed-corpus"))
    report = ingest([str(SEEDS)], settings)
    assert len(report.added) == 1 and not report.skipped
    return settings


@pytest.fixture(scope="session")
def seed_assistant(seed_settings: Settings) -> Iterator[Assistant]:
    """An open assistant over that corpus."""
    with Assistant(seed_settings) as assistant:
        yield assistant


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An empty corpus of the test's own."""
    return Settings(home=tmp_path / "corpus")


@pytest.fixture
def article_file(tmp_path: Path) -> Callable[..., Path]:
    """Write articles as JSON lines: `article_file({"id": …, "text": …}, …)`."""
    import json

    def write(*articles: dict[str, object], name: str = "articles.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(article) + "\n" for article in articles), "utf-8")
        return path

    return write
