"""Looking for indispensable words first changes nothing of what is found."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.factors import Rules, factors, folded
from corpus.instructions import patterns
from corpus.text import sentences

SENTENCES = [
    text[start:end]
    for line in (Path(__file__).parents[1] / "evals" / "injections.jsonl").read_text("utf-8").splitlines()
    for text in [json.loads(line)["text"]]
    for start, end in sentences(text)
]


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        (r"\bignore (?:all|the) (?:previous )?rules?\b", [{"ignore "}, {"all", "the"}, {" "}, {"rule"}]),
        (r"(?:a|b)+c[de]", [{"a", "b"}, {"c"}, {"d", "e"}]),
        (r"[^x]y?(?!no)Straße", [{"strasse"}]),
        (r"(?:ab|\w+)", []),
        (r"(?:忘记|规则)", [{"忘记", "规则"}]),
    ],
)
def test_factors_are_what_a_match_holds(pattern: str, needed: list[set[str]]) -> None:
    rare = [strings for strings in needed if min(len(each.encode()) for each in strings) >= 3]
    assert [set(strings) for strings in factors(pattern)] == rare


def test_the_rules_find_what_a_plain_search_finds() -> None:
    every = re.compile("|".join(f"(?:{pattern})" for pattern in patterns()), re.IGNORECASE)
    found = [every.search(sentence) is not None for sentence in SENTENCES]
    rules = Rules(patterns())
    assert [rules.match(sentence) for sentence in SENTENCES] == found
    assert len(set(found)) == 2


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_a_rule_matches_is_looked_at(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(patterns()))
    text = data.draw(st.from_regex(re.compile(pattern, re.IGNORECASE)))
    assert Rules([pattern]).match(text)


def test_characters_that_are_one_to_a_regular_expression_fold_alike() -> None:
    letters = {letter for pattern in patterns() for letter in pattern if letter.isalpha()}
    cased = [c for c in map(chr, range(sys.maxunicode + 1)) if c.lower() != c or c.upper() != c]
    there = "".join(cased)
    for letter in letters:
        assert {folded(same) for same in re.findall(letter, there, re.IGNORECASE)} <= {folded(letter)}
