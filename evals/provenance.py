"""All that a run's answers depend on, written down, with a fingerprint: two runs are the same or they are not."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import platform
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant import Assistant, Settings
from evals.questions import QuestionSet

FORMAT = 1
DEPTH = 60  # passages searched for the ranks: enough for 20 distinct articles
_OURS = ("assistant", "corpus", "ingest", "prompts", "evals")
_LIBRARIES = ("chromadb", "langchain", "numpy", "openvino", "sentence-transformers", "tantivy", "tokenizers", "torch")
_PASSWORD = re.compile(r"(?<=://)[^/@]*(?=@)")


def describe(assistant: Assistant, questions: QuestionSet, settings: Settings, seed: int) -> dict[str, Any]:
    """What was asked, of which corpus, with which settings, libraries and code; `fingerprint` is a digest of all of it.

    Where the corpus lies and passwords in addresses are left out.
    """
    values = settings.model_dump(mode="json", exclude={"home", "models"})
    made: dict[str, Any] = {
        "format": FORMAT,
        "questions": {"name": questions.name, "count": len(questions.questions), "sha256": questions.fingerprint},
        "settings": {k: _PASSWORD.sub("…", v) if isinstance(v, str) else v for k, v in values.items()},
        "corpus": _corpus_fingerprint(assistant),
        "versions": versions(),
        "seed": seed,
        "depth": DEPTH,
        # A question without a day is asked today.
        "today": datetime.now(UTC).date().isoformat() if any(q.as_of is None for q in questions.questions) else None,
    }
    fingerprint = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()
    return made | {"fingerprint": fingerprint, "made": datetime.now(UTC).isoformat(timespec="seconds")}


def _corpus_fingerprint(assistant: Assistant) -> dict[str, Any]:
    digest, count = hashlib.sha256(), 0
    for listed in sorted(assistant.articles(), key=lambda article: article.id):
        article = assistant.article(listed.id)
        kept = (article.id, article.title, article.source, article.published, article.text)
        digest.update(json.dumps(kept).encode())
        count += 1
    return {"articles": count, "sha256": digest.hexdigest()}


def versions() -> dict[str, str]:
    """Of Python and the libraries, and a digest of our own code, prompts and weights: they too decide what is said."""
    digest = hashlib.sha256()
    for name in _OURS:
        spec = importlib.util.find_spec(name)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            files = sorted(p for p in Path(folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts)
            for file in files:
                digest.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    found = {"python": platform.python_version(), "code": digest.hexdigest()[:16]}
    for library in _LIBRARIES:
        if importlib.util.find_spec(library.replace("-", "_")):
            found[library] = importlib.metadata.version(library)
    return found
