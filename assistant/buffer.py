"""A chat model's words, as they come, in whole sentences with the markers that belong to each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.text import Span, sentences

# "[1]", "[1, 2]", "[passage 1]", "【1】": how models point at passages.
_MARK = r"[\[【](?:(?:passages?|sources?)\s+)?(\d+(?:\s*[,;–-]\s*\d+)*)(?:†[^\]】]*)?[\]】]"
MARKERS = re.compile(rf"\s*{_MARK}", re.IGNORECASE)
# "… said. [2]": markers that stand behind a full stop belong to the sentence before it.
_TRAILING = re.compile(rf"([.!?][\"'”’)]*)((?:[^\S\n]*{_MARK})+)\.?", re.IGNORECASE)
_ONLY_MARKERS = re.compile(rf"(?:\s*{_MARK})+[.\s]*", re.IGNORECASE)
_MARKER_BEGUN = re.compile(rf"(?:\s*{_MARK})*\s*[\[【][^\]】]*", re.IGNORECASE)
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)|</think>", re.DOTALL)
# Bold type anywhere; where a line starts, the mark of a heading, a quotation or a list, or of evidence, copied.
_LAYOUT = re.compile(r"\*\*|__|^[^\S\n]*(?:#{1,6}|[>|*•-]|\d{1,2}[.)])[^\S\n]+", re.MULTILINE)
_WORD = re.compile(r"\S*\s|\S+")


@dataclass
class SentenceBuffer:
    """Collects a model's words and gives them back as whole sentences, each with the markers that belong to it.

    What it gives depends on the text alone, not on the portions it came in: it looks at each white space, once. A
    sentence is given when a word that is no marker has come behind it and no quotation mark or bracket is open, or its
    line has ended. Joined, what was given is the text without thoughts, layout and white space: nothing is lost or
    given twice. Only that a sentence ends where it would with all of the text known is not promised.
    """

    _text: str = ""
    _given: int = 0  # characters of the plain text

    def feed(self, words: str) -> list[str]:
        """The sentences that are complete now."""
        given = []
        for word in _WORD.findall(words):
            self._text += word
            # Thoughts can be long, and nothing is said until they end.
            thinking = self._text.rfind("<think>") > self._text.rfind("</think>")
            if word[-1].isspace() and not thinking:
                given += self._give(finished=False)
        return given

    def finish(self) -> list[str]:
        """The rest."""
        return self._give(finished=True)

    def _give(self, *, finished: bool) -> list[str]:
        text = _plain(self._text)[self._given :]
        spans = _with_markers(text)
        count = len(spans) if finished else _complete(text, spans)
        self._given += spans[count][0] if count < len(spans) else len(text) if finished else 0
        return [text[start:end] for start, end in spans[:count]]


def without_thoughts(text: str) -> str:
    """What a model says, without what it thinks aloud first."""
    return _THOUGHTS.sub("", text)


def _plain(text: str) -> str:
    text = _LAYOUT.sub("", without_thoughts(text))
    # A model's lines are paragraphs or items of a list, never wrapped.
    return _TRAILING.sub(r"\2\1", text).replace("\n", "\n\n")


def _with_markers(text: str) -> list[Span]:
    """The sentences, each with the markers that stand alone behind it."""
    spans: list[Span] = []
    for start, end in sentences(text):
        if spans and _ONLY_MARKERS.fullmatch(text[start:end]):
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def _complete(text: str, spans: Sequence[Span]) -> int:
    """How many of the sentences more words will not change, so far as one can know."""
    line = text.rfind("\n")
    for index, (_, end) in enumerate(spans[:-1]):
        if end > line and _is_open(text[:end], text[end:]):
            return index
    begun = bool(spans) and _MARKER_BEGUN.fullmatch(text[spans[-1][0] : spans[-1][1]]) is not None
    return max(len(spans) - 1 - begun, 0)


def _is_open(before: str, after: str) -> bool:
    pairs = any(before.count(left) > (before + after).count(right) for left, right in ("“”", "()"))
    return pairs or (before.count('"') % 2 == 1 and '"' not in after)
