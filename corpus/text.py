"""Text at the door, and where its sentences are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from corpus.instructions import is_instruction

Span = tuple[int, int]

_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
# "- item", "* item", "• item", "## heading": the mark is layout, no part of what is said.
_LIST_MARK = re.compile(r"(?:[-*•‣▪–]|#{1,6})\s+")
# A mail-wrapped text breaks its lines at one width; a web text has one line a paragraph. Figures from RFC 2646 habits.
_WRAP_MAX, _WRAP_MEAN = 100, 50


def normalise(text: str) -> str:
    """Done to every text once, before it is stored: BOM and NUL removed, lone surrogates replaced, CRLF to LF."""
    text = text.replace("\ufeff", "").replace("\x00", "").replace("\r\n", "\n")
    return _SURROGATE.sub("\ufffd", text)


def sentences(text: str) -> list[Span]:
    """The spans of the sentences, in order and disjoint; outside them there is only white space and list marks."""
    return [span for paragraph in _paragraphs(text) for span in _sentences_of(text, *paragraph)]


def _paragraphs(text: str) -> Iterator[Span]:
    breaks = _BLANK_LINE if _is_wrapped(text) else re.compile(r"\n")
    start = 0
    for match in breaks.finditer(text):
        yield start, match.start()
        start = match.end()
    yield start, len(text)


def _is_wrapped(text: str) -> bool:
    inner = [line for block in _BLANK_LINE.split(text) for line in block.strip().split("\n")[:-1]]
    if not inner or max(map(len, inner)) > _WRAP_MAX:
        return False
    return sum(map(len, inner)) / len(inner) >= _WRAP_MEAN


def _sentences_of(text: str, start: int, end: int) -> Iterator[Span]:
    paragraph = text[start:end]
    mark = _LIST_MARK.match(paragraph.lstrip())
    if mark:
        skipped = len(paragraph) - len(paragraph.lstrip()) + mark.end()
        start, paragraph = start + skipped, paragraph[skipped:]
    if not paragraph.strip():
        return
    for boundary in get_sentence_boundaries("en", paragraph):
        piece = paragraph[boundary["start_index"] : boundary["end_index"]]
        left = len(piece) - len(piece.lstrip())
        if piece.strip():
            first = start + boundary["start_index"] + left
            yield first, first + len(piece.strip())


# A line that sells, shares or files the page rather than tells news.
_BOILERPLATE = re.compile(
    r"\b(?:subscribe (?:to|now|here|today)|sign up (?:for|to|here|now)|click here|read more:|follow us"
    r"|all rights reserved|our newsletter|download (?:our|the) app|terms of (?:use|service)|privacy policy"
    r"|cookie policy|share this (?:article|story)|support our journalism|advertisement)\b",
    re.IGNORECASE,
)
_HASHTAG = re.compile(r"[#@]\w+")
_WORD = re.compile(r"\w+")


def is_boilerplate(sentence: str) -> bool:
    """Whether a sentence is furniture of the page (a call to subscribe, hashtags, no words), or meant for an assistant
    that reads it (`is_instruction`), and so no evidence.

    A short line that asks for something is furniture; a long sentence that happens to mention a privacy policy is news.
    """
    words = _WORD.findall(sentence)
    if not any(character.isalpha() for character in sentence):
        return True
    if 2 * len(_HASHTAG.findall(sentence)) >= len(words):
        return True
    return (len(words) <= 25 and _BOILERPLATE.search(sentence) is not None) or is_instruction(sentence)


# How a line ends that leads to what stands behind it, and one that is no sentence; and how many words such lines have.
_LEADS_ON, _UNENDED = re.compile(r"[-–—:]$"), re.compile(r"[^\W_][\"'’”)\]]*$")
_LED_WORDS, _UNENDED_WORDS = 8, 2


def is_label(sentence: str) -> bool:
    """Whether it names what stands beside it and says nothing: "New York CNN —", "Key points:", a name at a picture."""
    words, line = len(_WORD.findall(sentence)), sentence.rstrip()
    if words <= _UNENDED_WORDS:
        return bool(_UNENDED.search(line) or _LEADS_ON.search(line))
    return words <= _LED_WORDS and bool(_LEADS_ON.search(line))
