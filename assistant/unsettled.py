"""Sentences that say that what is asked is not settled: "the ministry has yet to confirm who will lead the talks".

A model that marks spans cannot mark what is not there, and would rather take a name from the next sentence. But that a
thing is not known, where an article says so of just that thing, is the answer.
"""

from __future__ import annotations

import re

from corpus.words import content_words, stems

_NOT_YET = re.compile(
    r"\b(?:yet to|un(?:clear|known|decided|certain|confirmed|resolved)|remains? (?:to be seen|open)"
    r"|no (?:final )?decision|(?:declined|refused) to (?:say|name|confirm|comment|disclose|identify|specify)"
    r"|(?:not|never|n[’']t)(?: \w+)? (?:know|clear|confirm|decide|determine|disclose|name|announce|identif|establish"
    r"|settle|choose|chosen|reveal|specif)\w*|(?:did|has|have|had|would|could) not (?:said?|say|tell|told))\b",
    re.IGNORECASE,
)
_ASKING = frozenset({"who", "whom", "whose", "which", "what", "when", "where", "why", "how"})
# Of the question's words: with fewer, something else is not settled.
_LEAST = 0.5


def unsettled(question: str, sentence: str) -> float:
    """How far (0 to 1) a sentence says that what the question asks is not known; the share of its words that it has."""
    if not _NOT_YET.search(sentence):
        return 0.0
    asked = [stems(word) for word in content_words(question) if word.lower() not in _ASKING]
    there = stems(sentence)
    share = sum(each <= there for each in asked) / max(1, len(asked))
    return share if share >= _LEAST else 0.0
