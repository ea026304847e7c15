"""Writes the corpus: load → cut into passages → embed → store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingest.pipeline import Report, ingest

__all__ = ["Report", "ingest"]


def __getattr__(name: str) -> Any:
    """Imported when asked for: the record and the indexes are not for `--help`, nor for the child that reads files."""
    if name in __all__:
        from ingest import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
