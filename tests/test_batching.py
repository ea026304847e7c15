"""One model, many askers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from corpus.batching import BatchQueue


def test_twenty_callers_get_their_own_results_in_small_batches() -> None:
    sizes: list[int] = []

    def double(items: list[int]) -> list[int]:
        sizes.append(len(items))
        return [2 * item for item in items]

    queue = BatchQueue(double, batch_size=8, waiting=4)
    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda n: queue(range(n, n + 30)), range(20)))
    queue.close()
    assert results == [[2 * item for item in range(n, n + 30)] for n in range(20)]
    assert max(sizes) <= 8


def test_long_work_does_not_stand_before_short_work() -> None:
    begun, go = threading.Event(), threading.Event()
    order: list[str] = []

    def run(items: list[str]) -> list[str]:
        begun.set()
        go.wait(5)
        order.extend(items)
        return items

    queue = BatchQueue(run, batch_size=2, waiting=8)
    with ThreadPoolExecutor(2) as pool:
        long = pool.submit(queue, ["long"] * 40)
        begun.wait(5)
        short = pool.submit(queue, ["short"])
        while queue.waiting() < 2:
            pass
        go.set()
        assert short.result(5) == ["short"] and long.result(5) == ["long"] * 40
    queue.close()
    assert order.index("short") < 8


def test_an_error_reaches_the_caller_and_the_next_is_served() -> None:
    def run(items: list[int]) -> list[int]:
        if 0 in items:
            raise ZeroDivisionError
        return items

    queue = BatchQueue(run)
    with pytest.raises(ZeroDivisionError):
        queue([0])
    assert queue([1]) == [1]
    assert queue([]) == []
    queue.close()
