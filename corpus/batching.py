"""One model, many askers: a bounded queue that runs a model on small batches, in the order they were asked for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class BatchQueue(Generic[Item, Result]):
    """Runs `run(items) -> results` (one result an item) in a thread of its own, never on more than `batch_size` items.

    Work of several callers shares a batch, and a long piece of work is cut in batches that queue behind those of
    others, so twenty callers are served in turn and the model's memory stays that of one batch. When `waiting`
    batches are queued, further callers wait at the door. An exception of `run` reaches each caller of that batch.
    """

    def __init__(
        self, run: Callable[[list[Item]], Sequence[Result]], *, batch_size: int = 32, waiting: int = 64
    ) -> None:
        self._run = run
        self._batch_size = batch_size
        self._queue: queue.Queue[tuple[list[Item], Future[list[Result]]] | None] = queue.Queue(waiting)
        self._thread = threading.Thread(target=self._work, name="model", daemon=True)
        self._thread.start()

    def __call__(self, items: Sequence[Item]) -> list[Result]:
        """The results of `items`, in their order. Blocks until they are there; safe from any thread."""
        futures: list[Future[list[Result]]] = []
        for start in range(0, len(items), self._batch_size):
            future: Future[list[Result]] = Future()
            self._queue.put((list(items[start : start + self._batch_size]), future))
            futures.append(future)
            if len(futures) > 1:
                futures[-2].result()  # one batch at work and one waiting: the rest must not stand before other callers
        return [result for future in futures for result in future.result()]

    def waiting(self) -> int:
        """About how many batches are queued."""
        return self._queue.qsize()

    def close(self) -> None:
        """Finish what is queued, then stop the thread."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        held: tuple[list[Item], Future[list[Result]]] | None = None
        while True:
            job = held or self._queue.get()
            if job is None:
                return
            jobs, held, stop = [job], None, False
            size = len(job[0])
            while size < self._batch_size:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    stop = True
                    break
                if size + len(following[0]) > self._batch_size:
                    held = following
                    break
                jobs.append(following)
                size += len(following[0])
            self._serve(jobs)
            if stop:
                return

    def _serve(self, jobs: list[tuple[list[Item], Future[list[Result]]]]) -> None:
        try:
            results = self._run([item for items, _ in jobs for item in items])
        except BaseException as error:  # handed to the callers, who raise it
            for _, future in jobs:
                future.set_exception(error)
            return
        start = 0
        for items, future in jobs:
            future.set_result(list(results[start : start + len(items)]))
            start += len(items)
