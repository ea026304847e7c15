"""Answers questions over news articles, and every sentence of an answer can be checked."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.answers import Answer, Citation, Note, Sentence
    from assistant.engine import Assistant, answer
    from assistant.verification import Verification, verify
    from corpus.errors import AssistantError
    from corpus.settings import Settings
    from corpus.types import Article, Copy, Passage

__all__ = [
    "Answer",
    "Article",
    "Assistant",
    "AssistantError",
    "Citation",
    "Copy",
    "Note",
    "Passage",
    "Sentence",
    "Settings",
    "Verification",
    "answer",
    "verify",
]

_PLACES = {
    "assistant.answers": ("Answer", "Citation", "Note", "Sentence"),
    "assistant.engine": ("Assistant", "answer"),
    "assistant.verification": ("Verification", "verify"),
    "corpus.errors": ("AssistantError",),
    "corpus.settings": ("Settings",),
    "corpus.types": ("Article", "Copy", "Passage"),
}


def __getattr__(name: str) -> Any:
    """Imported when asked for: the record, the indexes and their company are not for `--help`."""
    for place, names in _PLACES.items():
        if name in names:
            return getattr(import_module(place), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
