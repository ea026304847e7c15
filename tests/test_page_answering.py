"""An answer's steps in a thread: passed on, stopped in the middle of one, and closed in any case."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from assistant import Answer
from assistant.page.answering import partials
from tests.browser import said


class Model:
    """Gives partial answers; its third step goes on until it is let go."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails, self.go_on, self.closed = fails, threading.Event(), threading.Event()

    def stream(self) -> Generator[Answer, None, None]:
        try:
            yield replace(said("?"), stage="searching")
            yield replace(said("?"), stage="writing")
            yield replace(said("?"), stage="writing", usage={"output_tokens": 1})  # shows nothing new
            assert self.go_on.wait(20)
            if self.fails:
                raise ValueError("a bug")
            yield said("?", "It rained.")
        finally:
            self.closed.set()


async def shown(model: Model, *, stop: bool = False) -> list[str | None]:
    """The stages of what is passed on, until it ends or is stopped in the step that goes on."""
    stages: list[str | None] = []
    stopped = asyncio.Event()
    with ThreadPoolExecutor() as threads:
        async for answer in partials(model.stream(), stopped, threads):
            stages.append(answer.stage)
            if answer.stage == "writing":
                asyncio.get_running_loop().call_later(0.05, stopped.set if stop else model.go_on.set)
        assert model.closed.is_set() is not stop  # the step is still under way
        model.go_on.set()
        await asyncio.to_thread(model.closed.wait, 10)
    return stages


def test_what_shows_nothing_new_is_left_out() -> None:
    assert asyncio.run(shown(Model())) == ["searching", "writing", None]


def test_it_stops_in_the_middle_of_a_step_and_closes_the_stream_when_that_returns() -> None:
    model = Model()
    assert asyncio.run(shown(model, stop=True)) == ["searching", "writing"]
    assert model.closed.is_set()


def test_what_the_stream_raises_is_raised() -> None:
    model = Model(fails=True)
    with pytest.raises(ValueError, match="a bug"):
        asyncio.run(shown(model))
    assert model.closed.is_set()
