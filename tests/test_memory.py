"""Memory that the indexes have freed goes back to the system."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from corpus import memory


def resident() -> int:
    """Bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems' malloc is left alone")
def test_what_is_free_between_what_is_not_is_given_back() -> None:
    library = ctypes.CDLL(None)
    library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    size, count = 64_000, 2_000
    blocks = [library.malloc(size) for _ in range(count)]
    for block in blocks:
        ctypes.memset(block, 1, size)
    held = resident()
    for number, block in enumerate(blocks):
        if number % 100:  # one of a hundred stays, so that none of it is free up to the end
            library.free(block)
    memory.give_back()
    assert held - resident() > 0.8 * size * count
    for block in blocks[::100]:
        library.free(block)
