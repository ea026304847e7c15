"""Answers questions over news articles, and every sentence of an answer can be checked."""

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
