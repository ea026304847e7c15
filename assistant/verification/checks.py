"""What the checks of a claim share: a fault that was found, and all that could bear the claim out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assistant.verification.alignment import Alignment
from assistant.verification.items import Item, Said

AROUND = 4  # items to each side that say what a number or a name belongs to


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of a claim. A `grave` one makes it unsupported, any other leaves it partly supported."""

    reason: str
    grave: bool = True


@dataclass(frozen=True, slots=True)
class Ground:
    """All that was given to bear a claim out: every sentence, the question's items, and the text's date.

    `firm`: the claim was plainly taken from the sentence that it is aligned with, so what differs there is wrong.
    """

    sentences: Sequence[Said]
    question: Sequence[Item]
    published: date | None
    firm: bool


def together(aligned: Alignment, group: Sequence[int], at: int) -> bool:
    """Whether items that were moved were moved with what stands around them."""
    near = [i for i in range(group[0] - 2, group[-1] + 3) if i not in group and 0 <= i < len(aligned.claim)]
    content = [i for i in near if aligned.claim[i].content]
    held = [i for i in content if i in aligned.moved and abs(aligned.pairs[i] - at) <= AROUND]
    return 2 * len(held) >= len(content) > 0
