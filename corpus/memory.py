"""Memory that was freed is given back: glibc's malloc, which the indexes use, keeps it, in an arena for each thread.

An ingest of 60,000 lines came to hold 651 MiB; with two arenas for all threads 382, and giving back what is free 312.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_M_ARENA_MAX, _ARENAS = -8, 2


@cache
def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None  # musl has neither


def share() -> None:
    """Let this process's threads share what is freed. To be called before there are many."""
    if library := _glibc():
        library.mallopt(_M_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Give the system what is free now."""
    if library := _glibc():
        library.malloc_trim(0)
