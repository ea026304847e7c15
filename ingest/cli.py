"""The `ingest` command."""

from __future__ import annotations

import argparse
import sys

from corpus.console import FAILED, print_json, run


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code: 1 when something had to be skipped."""
    parser = argparse.ArgumentParser(
        prog="ingest",
        description="Take articles into the corpus (ASSISTANT_HOME, default ./.assistant). Twice is once.",
    )
    parser.add_argument(
        "targets",
        nargs="+",
        metavar="PATH",
        help="a file (.txt, .md, .html, .pdf, .docx, .epub, .eml, .csv, .jsonl[.gz], .zip) or a folder of them",
    )
    parser.add_argument("--json", action="store_true", help="print the report as one JSON document")
    options = parser.parse_args(arguments)
    return run(lambda: _ingest(options.targets, as_json=options.json), as_json=options.json)


def _ingest(targets: list[str], *, as_json: bool) -> int:
    from ingest.pipeline import ingest  # torch and its company: not for --help

    report = ingest(targets, progress=sys.stderr.isatty())
    if as_json:
        print_json(report.as_dict())
    for skipped in report.skipped:
        print(f"skipped {skipped.origin}: {skipped.reason}", file=sys.stderr)
    counts = f"{len(report.added)} added, {len(report.changed)} changed, {len(report.unchanged)} unchanged"
    speed = (
        f"{report.passages} passages in {report.seconds:.1f} s ({report.passages / max(report.seconds, 1e-9):.0f}/s)"
    )
    print(f"{counts}, {len(report.skipped)} skipped; {speed}", file=sys.stderr)
    return FAILED if report.skipped else 0
