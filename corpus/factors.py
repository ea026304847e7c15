"""What a text must hold for a regular expression to match it, so that most texts need not be searched at all.

Python's `re` tries a long expression at every character. Looking for its indispensable words first takes a hundredth of
the time, and cannot change what is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any

# Python's own parser of regular expressions; public until 3.10 (`sre_parse`).
_parser: Any = import_module("re._parser")
# What is less rare stands in nearly every text (`_rarity`).
_LEAST = 3

Strings = frozenset[str]


def folded(text: str) -> str:
    """The text with characters made one that `re.IGNORECASE` takes for one."""
    return text.replace("İ", "i").replace("ı", "i").casefold()


def factors(pattern: str) -> list[Strings]:
    """Whatever `pattern` matches, case ignored, holds, once `folded`, a string of each of these sets.

    Empty when nothing can be said. Raises `re.error` for what is no regular expression.
    """
    return [each for each in _of(_parser.parse(pattern, re.IGNORECASE)) if _rarity(each) >= _LEAST]


def _of(parsed: Iterable[tuple[Any, Any]]) -> Iterator[Strings]:
    run = ""
    for operation, value in _flat(parsed):
        name = str(operation)
        if name == "LITERAL":
            run += folded(chr(value))
            continue
        if name in ("AT", "ASSERT", "ASSERT_NOT"):  # they take up no text
            continue
        if run:
            yield frozenset([run])
        run = ""
        if name == "BRANCH":
            yield _either(max(_of(branch), key=_rarity, default=frozenset()) for branch in value[1])
        elif name == "IN":
            yield _either(next(_of([each]), frozenset()) for each in value)
        elif name.endswith("_REPEAT") and value[0] > 0:
            yield from _of(value[2])
    if run:
        yield frozenset([run])


def _flat(parsed: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
    """The operations with groups opened: "a(bc)" is "abc"."""
    for operation, value in parsed:
        if str(operation) == "SUBPATTERN":
            yield from _flat(value[3])
        else:
            yield operation, value


def _either(branches: Iterable[Strings]) -> Strings:
    """What must be there where one of the branches is; empty when a branch needs nothing."""
    chosen = list(branches)
    return frozenset().union(*chosen) if all(chosen) else frozenset()


def _rarity(strings: Strings) -> int:
    """Of the commonest string: its bytes (two Chinese characters are a word), and more for a sign that news lacks."""
    return min((len(each.encode()) + 2 * (not each.isalnum() and each.strip() == each) for each in strings), default=0)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


class Rules:
    """Regular expressions, any of which is enough; case does not count."""

    def __init__(self, patterns: Sequence[str]) -> None:
        needed = [(pattern, sorted(factors(pattern), key=len)) for pattern in patterns]
        self._always = [pattern for pattern, sets in needed if not sets]
        self._rules = [(pattern, sets[0], sets[1:]) for pattern, sets in needed if sets]
        self._strings = frozenset().union(*(first for _, first, _ in self._rules))

    def match(self, text: str) -> bool:
        """Whether any of them is found in the text."""
        looked_at = folded(text)
        there = {string for string in self._strings if string in looked_at}
        left = [
            pattern
            for pattern, first, others in self._rules
            if not there.isdisjoint(first) and all(any(each in looked_at for each in strings) for strings in others)
        ]
        return any(_compiled(pattern).search(text) for pattern in (*self._always, *left))
