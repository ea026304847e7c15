"""The `ingest` command."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from corpus.console import FAILED, print_json, run
from ingest.watch import interval, watch

if TYPE_CHECKING:
    from ingest.pipeline import Report

_SHOWN = 20  # of what is about to be removed, when somebody is asked


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code: 1 when something had to be skipped."""
    options = _parser().parse_args(arguments)
    if options.forget:
        return run(lambda: _forget(options), as_json=options.json)
    if options.watch:
        return run(lambda: watch(lambda: _ingest(options), options.every), as_json=options.json)
    return run(lambda: _ingest(options), as_json=options.json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ingest",
        description="Take articles into the corpus (ASSISTANT_HOME, default ./.assistant). Twice is once.",
    )
    parser.add_argument(
        "targets",
        nargs="+",
        metavar="PATH_OR_URL",
        help="a file (.txt, .md, .html, .pdf, .docx, .epub, .eml, .csv, .jsonl[.gz], .zip), a folder of them, "
        "or the address of a page, a feed or a sitemap",
    )
    parser.add_argument("--json", action="store_true", help="print the report as one JSON document")
    parser.add_argument(
        "--prune", action="store_true", help="list the articles whose files are gone from the folder, and remove them"
    )
    parser.add_argument("--watch", action="store_true", help="do it again and again, until interrupted")
    parser.add_argument(
        "--every", type=interval, default="15m", metavar="TIME", help="how often to watch: 90s, 15m, 2h (default 15m)"
    )
    parser.add_argument(
        "--engine", choices=("local", "ray"), default="local",
        help="ray: load, cut and embed files on the workers of a Ray cluster (RAY_ADDRESS, or this machine's cores)",
    )  # fmt: skip
    parser.add_argument("--allow-private", action="store_true", help="fetch from this machine and private networks too")
    parser.add_argument("--forget", action="store_true", help="report no longer that these failed; nothing is ingested")
    return parser


def _ingest(options: argparse.Namespace) -> int:
    from corpus.settings import Settings
    from ingest.pipeline import ingest  # the record, the indexes and their company: not for --help

    with redirect_stdout(sys.stderr):  # Ray prints there when a worker dies; the report alone is to stand there
        report = ingest(
            options.targets,
            Settings(**({"fetch_private": True} if options.allow_private else {})),
            progress=sys.stderr.isatty(),
            engine=options.engine,
            prune=options.prune,
            agree=lambda ids: _agree(ids, ask=sys.stdin.isatty() and not options.watch),
        )
    if options.json and options.watch:
        print(json.dumps(report.as_dict(), ensure_ascii=False), flush=True)  # one line a round
    elif options.json:
        print_json(report.as_dict())
    _tell(report)
    return FAILED if report.skipped else 0


def _tell(report: Report) -> None:
    for skipped in report.skipped:
        print(f"skipped {skipped.origin}: {skipped.reason}", file=sys.stderr)
    for failure in report.failing:
        print(f"not tried now, failed since {failure.since[:10]}: {failure.uri}: {failure.reason}", file=sys.stderr)
    counts = f"{len(report.added)} added, {len(report.changed)} changed, {len(report.unchanged)} unchanged"
    pruned = f", {len(report.pruned)} removed" if report.pruned else ""
    speed = (
        f"{report.passages} passages in {report.seconds:.1f} s ({report.passages / max(report.seconds, 1e-9):.0f}/s)"
    )
    print(f"{counts}, {len(report.skipped)} skipped{pruned}; {speed}", file=sys.stderr)


def _agree(ids: list[str], *, ask: bool) -> bool:
    for key in ids[:_SHOWN] if ask else ids:
        print(f"gone: {key}", file=sys.stderr)
    if not ask:
        return True
    more = f" ({len(ids) - _SHOWN} more are not shown)" if len(ids) > _SHOWN else ""
    print(
        f"Remove these {len(ids)} articles with all their versions{more}? [y/N] ", end="", file=sys.stderr, flush=True
    )
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _forget(options: argparse.Namespace) -> int:
    from corpus.settings import Settings
    from ingest.pipeline import forget

    forgotten = forget(options.targets, Settings())
    if options.json:
        print_json({"forgotten": forgotten})
    print(f"{len(forgotten)} failures forgotten.", file=sys.stderr)
    return 0
