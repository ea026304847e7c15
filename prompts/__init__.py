"""The prompts, one file each, and their loader."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Prompt:
    """`system` and `user` are templates with {names} to fill; `id` is the file's name and the start of its sha256."""

    id: str
    system: str
    user: str


@cache
def load(name: str) -> Prompt:
    """The prompt in `NAME.txt`: the system message, a line of dashes, the user message."""
    text = files("prompts").joinpath(f"{name}.txt").read_text("utf-8")
    system, user = text.split("\n---\n")
    return Prompt(f"{name}@{hashlib.sha256(text.encode()).hexdigest()[:8]}", system.strip(), user.strip())
