"""Figures of a set, their intervals, and whether two runs differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from evals import figures


def record(number: int, right: bool, confidence: float = 0.5, refused: bool = False, **more: Any) -> dict[str, Any]:
    return {
        "id": f"q{number}",
        "question": "?",
        "tags": more.pop("tags", []),
        "scores": {"contains": (float(right), 1.0), **more},
        "right": right,
        "refused": refused,
        "confidence": confidence,
        "error": None,
    }


def records(rights: Sequence[bool]) -> list[dict[str, Any]]:
    return [record(number, right) for number, right in enumerate(rights)]


def test_a_figure_is_sum_over_sum_and_its_interval_is_the_binomial_one() -> None:
    figure = figures.of_set(records([True] * 60 + [False] * 40), seed=1)["overall"]["contains"]
    assert figure["value"] == 0.6 and figure["count"] == 100
    # 1.96 standard errors of a share of .6 in 100 are .096.
    assert figure["low"] == pytest.approx(0.504, abs=0.02) and figure["high"] == pytest.approx(0.696, abs=0.02)


def test_the_interval_covers_the_truth_about_95_times_in_100() -> None:
    random = np.random.default_rng(5)
    covered = 0
    for seed in range(200):
        figure = figures.of_set(records((random.random(60) < 0.7).tolist()), seed)["overall"]["contains"]
        covered += figure["low"] <= 0.7 <= figure["high"]
    assert 176 <= covered <= 200


def test_unequal_denominators_and_tags() -> None:
    found = figures.of_set(
        [
            record(1, True, supported=(3, 3), tags=["a", "b"]),
            record(2, False, supported=(0, 1), tags=["a"]),
            record(3, False, supported=(0, 0)),
        ],
        seed=0,
    )
    assert found["overall"]["supported"]["value"] == 0.75 and found["overall"]["supported"]["count"] == 4
    assert found["tags"]["a"]["contains"]["value"] == 0.5 and found["tags"]["b"]["contains"]["value"] == 1.0


def test_the_same_seed_gives_the_same_figures_and_another_gives_other_intervals() -> None:
    some = [record(number, number % 3 > 0, confidence=number / 101) for number in range(101)]
    assert figures.of_set(some, 1) == figures.of_set(some, 1) != figures.of_set(some, 2)


def test_what_was_never_measured_is_left_out() -> None:
    found = figures.of_set([record(1, True, supported=(0, 0))], seed=0)["overall"]
    assert "supported" not in found and "contains" in found
    assert figures.of_set([], seed=0) == {"overall": {}, "tags": {}}


def test_the_area_under_risk_coverage_by_hand() -> None:
    # Most confident first: right, wrong, right. Risks 0, 1/2, 1/3.
    some = [record(1, True, 0.9), record(2, False, 0.8), record(3, True, 0.7), record(4, False, 0.1, refused=True)]
    found = figures.of_set(some, seed=0)["overall"]["aurc"]
    assert found["value"] == pytest.approx((0 + 1 / 2 + 1 / 3) / 3, abs=1e-6) and found["count"] == 3
    assert figures.risk_coverage(some) == [(0.25, 0.0), (0.5, 0.5), (0.75, pytest.approx(1 / 3))]


def test_answers_of_equal_confidence_come_in_together() -> None:
    some = [record(1, True, 0.9), record(2, False, 0.9)]
    assert figures.risk_coverage(some) == figures.risk_coverage(some[::-1]) == [(1.0, 0.5)]
    assert figures.of_set(some, seed=0)["overall"]["aurc"]["value"] == 0.5


def test_calibration_error_and_reliability_by_hand() -> None:
    # Bin .9 to 1: confidence .95, right 1/2. Bin .2 to .3: confidence .25, right 0.
    some = [record(1, True, 0.95), record(2, False, 0.95), record(3, False, 0.25)]
    assert np.allclose(figures.reliability(some), [(0.25, 0.0, 1), (0.95, 0.5, 2)])
    error = figures.of_set(some, seed=0)["overall"]["calibration_error"]["value"]
    assert error == pytest.approx((1 * 0.25 + 2 * 0.45) / 3, abs=1e-6)


def test_a_real_difference_is_beyond_chance_and_none_is_not() -> None:
    before, after = records([False] * 30 + [True] * 30), records([False] * 10 + [True] * 50)
    better = figures.differences(before, after, seed=0)["contains"]
    assert better.difference == pytest.approx(1 / 3) and better.low > 0 and better.is_beyond_chance
    same = figures.differences(before, before, seed=0)["contains"]
    assert same.difference == 0.0 and same.p == 1.0 and not same.is_beyond_chance
    one = figures.differences(before, records([True] + [False] * 29 + [True] * 30), seed=0)["contains"]
    assert one.difference > 0 and not one.is_beyond_chance


def test_runs_are_compared_on_the_questions_of_both() -> None:
    first, second = records([True, False, True]), records([True, True])
    second.append(record(2, True) | {"question": "worded otherwise?"})
    found = figures.differences(first, second, seed=0)["contains"]
    assert found.count == 2 and found.before == 0.5 and found.after == 1.0
    assert figures.differences([], second, seed=0) == {}
