"""A chat model's window: how many tokens a text may take, and which passages fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from corpus.text import sentences
from corpus.types import Passage

# Without the model's own tokenizer, on the safe side of the worst that is likely, a small vocabulary made for English
# (SmolLM2's 49,152): it has 2.5 to 5 Latin letters and spaces to a token, of all else up to one token for each byte.
_LETTERS = 3
_PLAIN = re.compile(r"[A-Za-z\s]+")


def tokens(text: str) -> int:
    """How many tokens of a chat model the text is, rather too many: half as many again for English news."""
    rest = _PLAIN.sub("", text)
    return -(-(len(text) - len(rest)) // _LETTERS) + len(rest.encode())


def fitted(passages: Sequence[Passage], room: int, *, each: int) -> list[Passage]:
    """The first passages that take at most `room` tokens together, `each` of them on top for what stands around it.

    The last is cut behind a sentence where the whole does not fit. Passages come best first, so what is lost is worst.
    """
    chosen: list[Passage] = []
    for passage in passages:
        room -= each + tokens(f"{passage.title}{passage.source}{passage.published}")
        cut = _beginning(passage, room)
        if cut is None:
            return chosen
        chosen.append(cut)
        if cut is not passage:
            return chosen
        room -= tokens(passage.text)
    return chosen


def _beginning(passage: Passage, room: int) -> Passage | None:
    """The passage, or as many of its first sentences as fit; None when not even one does."""
    if tokens(passage.text) <= room:
        return passage
    ends = [end for _, end in sentences(passage.text) if tokens(passage.text[:end]) <= room]
    if not ends:
        return None
    return replace(passage, text=passage.text[: ends[-1]], end=passage.start + ends[-1])
