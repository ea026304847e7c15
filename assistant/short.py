"""Short answers, such as "6.2%" or "Rishi Sunak", and when two of them say the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.words import content_words, stems

FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Said:
    """What a short answer says: its figures, and the stems of its other words."""

    figures: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Said:
        """What `text` says."""
        figures = (figure.replace(",", "").rstrip(".") for figure in FIGURE.findall(text))
        words = stems(" ".join(content_words(text)))
        return cls(frozenset(figures), frozenset(word for word in words if not word.isnumeric()))

    def same(self, other: Said) -> bool:
        """Whether both have the same figures, and the words of one are among the other's."""
        if self.figures != other.figures or not (self.figures or (self.words and other.words)):
            return False
        return self.words <= other.words or other.words <= self.words

    def within(self, other: Said) -> bool:
        """Whether the other says all of this."""
        return bool(self.figures or self.words) and self.figures <= other.figures and self.words <= other.words
