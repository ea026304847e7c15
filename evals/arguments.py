"""The arguments of `assistant eval`, apart from what carries it out: `assistant --help` imports no more than this."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `assistant eval`, but for the `--json` that every verb has."""
    parser.add_argument("questions", type=Path, metavar="QUESTIONS", help=".jsonl, SQuAD-format .json, or .csv")
    parser.add_argument("--report", type=Path, metavar="OUT.html", help="write a page that can be read offline")
    parser.add_argument("--compare", type=Path, metavar="RUN.json", help="set this run beside a saved one")
    parser.add_argument("--save", type=Path, metavar="RUN.json", help="where the run is saved (default: in the corpus)")
    parser.add_argument("--workers", type=_at_least_one, default=1, metavar="N", help="questions asked at a time")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap intervals")


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number of workers; give 1 or more.")
    return int(text)
