"""When two short answers say the same."""

from __future__ import annotations

import pytest

from assistant.short import Said


@pytest.mark.parametrize(
    ("one", "other"), [("Rishi Sunak", "Sunak"), ("6.2%", "6.2 percent"), ("1,200 people", "1200"), ("Taxes", "a tax")]
)
def test_the_same(one: str, other: str) -> None:
    assert Said.of(one).same(Said.of(other))
    assert Said.of(other).same(Said.of(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("6.2%", "6.8%"),
        ("Rishi Sunak", "Liz Truss"),
        ("Tuesday", "12 June"),
        ("12 people", "12 June"),
        ("", "Sunak"),
        ("…", "…"),
    ],
)
def test_not_the_same(one: str, other: str) -> None:
    assert not Said.of(one).same(Said.of(other))
