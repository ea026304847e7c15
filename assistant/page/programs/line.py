"""Whoever asks for an answer stands in line: so many are served at once, so many may wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync

from corpus.errors import AssistantError

T = TypeVar("T")


class Busy(AssistantError):
    """The line is full."""


class Line:
    """Runs blocking work in threads, `at_once` pieces of it, and lets `waiting` more wait; the next gets `Busy`."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._threads = anyio.CapacityLimiter(at_once)
        self._room = at_once + waiting

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns. It is not interrupted when nobody waits for it any more."""
        async with self._turn():
            return await run_sync(work, limiter=self._threads)

    async def iterate(self, items: Iterator[T]) -> AsyncGenerator[T]:
        """The items as they come. A generator of them is closed when this one is, which ends the work behind it."""
        async with self._turn():
            try:
                while (item := await run_sync(next, items, _END, limiter=self._threads)) is not _END:
                    yield item  # type: ignore[misc]
            finally:
                if isinstance(items, Generator):
                    with anyio.CancelScope(shield=True):
                        await run_sync(items.close, limiter=self._threads)

    async def last(self, items: Iterator[T]) -> T:
        """The last of the items."""
        async with aclosing(self.iterate(items)) as following:
            async for item in following:
                last = item
        return last

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        if self._room == 0:
            raise Busy("Too many questions are waiting. Ask again in a few seconds.")
        self._room -= 1
        try:
            async with self._slots:
                yield
        finally:
            self._room += 1


_END = object()
