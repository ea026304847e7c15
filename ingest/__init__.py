"""Writes the corpus: load → cut into passages → embed → store."""

from ingest.pipeline import Report, ingest

__all__ = ["Report", "ingest"]
