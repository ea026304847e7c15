"""An answer under way: each step of it in a thread, so that whoever waits can be told to stop waiting at any time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from concurrent.futures import Executor

from assistant.answers import Answer


async def partials(
    stream: Generator[Answer, None, None], stopped: asyncio.Event, threads: Executor
) -> AsyncIterator[Answer]:
    """The partial answers that differ from the one before, until the last, or until `stopped` is set.

    Raises what the stream raises. However it ends, the stream is closed as soon as its step under way returns.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.ensure_future(stopped.wait())
    step = loop.run_in_executor(threads, next, stream, None)
    before: Answer | None = None

    def close(last: asyncio.Future[Answer | None]) -> None:
        last.exception()  # of no interest to anyone any more
        stream.close()

    try:
        while not stopped.is_set():
            await asyncio.wait((step, stop), return_when=asyncio.FIRST_COMPLETED)
            if not step.done():
                return
            partial = step.result()
            if partial is None:
                return
            step = loop.run_in_executor(threads, next, stream, None)
            if before is None or _shown(partial) != _shown(before):
                yield partial
            before = partial
    finally:
        stop.cancel()
        step.add_done_callback(close)


def _shown(answer: Answer) -> tuple[object, ...]:
    return answer.text, answer.stage, answer.notes, answer.searched_for, len(answer.passages)
