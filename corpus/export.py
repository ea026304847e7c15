"""The whole corpus as JSON Lines, every version of every article: what `ingest` makes the same corpus of again."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from pathlib import Path

from corpus.errors import AssistantError
from corpus.record import Record


def export(record: Record, path: Path) -> int:
    """Write the file, compressed if its name ends in .gz, and return how many articles (with versions) are in it.

    It appears when it is whole. Raises `AssistantError` when it cannot be written.
    """
    if not path.name.endswith((".jsonl", ".jsonl.gz")):
        raise AssistantError(f"{path} does not end in .jsonl or .jsonl.gz, so ingest would not take it. Name it so.")
    part = path.with_name(f"{path.name}.part")
    count = 0
    try:
        with gzip.open(part, "wb") if path.suffix == ".gz" else part.open("wb") as file:
            for article in record.versions():
                stated = {name: value for name, value in asdict(article).items() if value is not None}
                file.write(json.dumps(stated, ensure_ascii=False).encode() + b"\n")
                count += 1
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise AssistantError(f"{path} cannot be written: {error.strerror or error}. Name another place.") from error
    return count
