"""Short answers, such as "6.2%" or "Rishi Sunak", and when two of them say the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corpus.words import content_words, stems

FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Said:
    """What a short answer says: its figures, and the stems of its words."""

    figures: frozenset[str]
    words: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Said:
        """What `text` says."""
        figures = (figure.replace(",", "").rstrip(".") for figure in FIGURE.findall(text))
        return cls(frozenset(figures), stems(" ".join(content_words(text))))

    def same(self, other: Said) -> bool:
        """Whether both have the same figures; without figures, the words of one must be among the other's."""
        if self.figures or other.figures:
            return self.figures == other.figures
        return bool(self.words and other.words) and (self.words <= other.words or other.words <= self.words)
