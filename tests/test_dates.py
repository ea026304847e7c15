"""Dates on one line of time."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from corpus import dates
from corpus.errors import AssistantError


def test_a_day_runs_from_its_first_moment_to_its_last() -> None:
    assert dates.parse("2025-04-08", end_of_day=True) - dates.parse("2025-04-08") == pytest.approx(86_400, abs=0.001)
    assert dates.parse(date(2025, 4, 8)) == dates.parse("2025-04-08T00:00:00+00:00")


def test_zones_are_respected_and_a_bare_time_is_utc() -> None:
    assert dates.parse("2025-04-08T01:00:00+09:00") == dates.parse("2025-04-07T16:00:00Z")
    assert dates.parse(datetime(2025, 4, 8, 12)) == dates.parse("2025-04-08T12:00:00Z")


@pytest.mark.parametrize("value", ["yesterday", "2025-13-01", "08/04/2025", "2025-04-08T99:00"])
def test_nonsense_is_refused_with_the_name_of_the_bound(value: str) -> None:
    with pytest.raises(AssistantError, match=r"since is .* not a date"):
        dates.bound("since", value)


def test_no_bound_is_no_bound() -> None:
    assert dates.bound("since", None) is None and dates.bound("since", "") is None
