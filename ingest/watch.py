"""Again and again: what is new in a folder, a feed or a site is taken in as it comes."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from corpus.errors import AssistantError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def interval(written: str) -> float:
    """Seconds of "90s", "15m", "2h" or "1d"; for argparse, whose error says what to write."""
    match = re.fullmatch(r"(\d{1,6})([smhd])", written.strip().lower())
    if not match or not int(match[1]):
        raise argparse.ArgumentTypeError(f"{written!r} is no time: write 90s, 15m, 2h or 1d")
    return float(match[1]) * _UNITS[match[2]]


def watch(run: Callable[[], object], every: float, *, sleep: Callable[[float], None] = time.sleep) -> NoReturn:
    """Run now and then every so many seconds (at once when a run took longer), until interrupted.

    An `AssistantError`, such as that another process is writing, is printed, and the next run may go well.
    """
    while True:
        started = time.monotonic()
        try:
            run()
        except AssistantError as error:
            print(error, file=sys.stderr)
        sleep(max(0.0, started + every - time.monotonic()))
