"""Watching: the rounds, their times, and what ends one and not the watch."""

from __future__ import annotations

import argparse

import pytest

from corpus.errors import AssistantError
from ingest.watch import interval, watch


@pytest.mark.parametrize(("written", "seconds"), [("90s", 90), ("15m", 900), (" 2H ", 7200), ("1d", 86400)])
def test_interval(written: str, seconds: float) -> None:
    assert interval(written) == seconds


@pytest.mark.parametrize("written", ["", "15", "m", "-1m", "0s", "1.5h", "soon"])
def test_no_interval(written: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="write 90s"):
        interval(written)


def test_rounds(capsys: pytest.CaptureFixture[str]) -> None:
    slept: list[float] = []

    def run() -> None:
        if len(slept) == 1:
            raise AssistantError("Another process is writing.")

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch(run, 60, sleep=sleep)
    assert all(59 < seconds <= 60 for seconds in slept)
    assert capsys.readouterr().err == "Another process is writing.\n"
