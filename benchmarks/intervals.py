"""A share and how sure one may be of it."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

_Z = 1.959964  # of a 95% interval


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95% score interval of a share (Wilson, JASA 1927)."""
    if not of:
        return 0.0, 1.0
    share, spread = hits / of, _Z**2 / of
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def line(name: str, hits: Sequence[bool]) -> str:
    """One row of a table: a share in percent with its interval."""
    low, high = wilson(sum(hits), len(hits))
    share = 100 * sum(hits) / len(hits) if hits else 0.0
    return f"{name:58}{share:6.1f}%   {100 * low:5.1f} to {100 * high:5.1f}   n = {len(hits)}"
