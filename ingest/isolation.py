"""Files that could hurt their reader are read in a process of their own, within a time and a memory.

The child (`python -m ingest.isolation`) takes one job a line on its standard input and answers one article a line on
its standard output, so that nothing but text crosses over. It ends with its parent, however that ends.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from ingest import formats
from ingest.formats import Found, Unreadable
from ingest.metadata import Given

SECONDS = 60.0  # for one article; a long report of 1,000 pages takes some twenty
MEMORY = 2 * 2**30  # bytes of address space, held to where the system can (not on Windows, hardly on macOS)

_idle: list[_Child] = []  # one process waits for the next file: to start it takes a second


def read(source: Path | bytes, kind: str) -> Iterator[Found]:
    """As `formats.read`, of a file or its bytes, in another process.

    Raises `Unreadable`, also when that process takes too long or too much, or dies.
    """
    try:
        child = _idle.pop()
    except IndexError:
        child = _Child()
    finished = False
    try:
        yield from child.read(source, kind)
        finished = True
    except Unreadable:
        finished = True
        raise
    finally:
        if finished and child.alive and not _idle:
            _idle.append(child)
        else:
            child.stop()  # it failed, or nobody wants the rest of what it is about to say


class _Child:
    def __init__(self) -> None:
        path = os.pathsep.join(filter(None, (str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ingest.isolation"],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.alive = True
        self._late = False

    def read(self, source: Path | bytes, kind: str) -> Iterator[Found]:
        job = {"kind": kind, "seconds": SECONDS, "memory": MEMORY}
        job |= {"path": str(source.resolve())} if isinstance(source, Path) else {"bytes": len(source)}
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has died: reading from it says so
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            if isinstance(source, bytes):
                self._process.stdin.write(source)
            self._process.stdin.flush()
        while (answer := self._answer()) != {"done": True}:
            if "problem" in answer:
                self.alive = self.alive and not answer.get("last")
                raise Unreadable(answer["problem"])
            given = answer["given"]
            yield Found(
                Unreadable(given) if isinstance(given, str) else Given(**given), answer["member"], answer["line"]
            )

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        timer = threading.Timer(SECONDS, self._stop_late)
        timer.start()
        line = self._process.stdout.readline()
        timer.cancel()
        if line:
            return dict(json.loads(line))
        self.alive = False
        raise Unreadable(
            f"To read it takes more than {SECONDS:g} seconds. Save its text as .txt and ingest that."
            if self._late
            else "It broke the program that reads its kind. Save its text as .txt and ingest that."
        )

    def _stop_late(self) -> None:
        self._late = True
        self._process.kill()

    def stop(self) -> None:
        self.alive = False
        self._process.kill()
        self._process.communicate()


# In the child


def _serve(jobs: IO[bytes], answers: IO[bytes]) -> None:
    while line := jobs.readline():
        job = json.loads(line)
        data = jobs.read(job["bytes"]) if "bytes" in job else None
        _limit(job["memory"])
        said: dict[str, object]
        try:
            with Path(job["path"]).open("rb") if data is None else io.BytesIO(data) as stream:
                for found in formats.read(stream, job["kind"]):
                    given = str(found.given) if isinstance(found.given, Unreadable) else asdict(found.given)
                    _say(answers, {"given": given, "member": found.member, "line": found.line})
            said = {"done": True}
        except Unreadable as problem:
            said = {"problem": str(problem)}
        except MemoryError:
            reason = f"To read it takes more than {job['memory'] / 2**30:g} GiB of memory. Save its text as .txt."
            said = {"problem": reason, "last": True}
        except RecursionError:
            said = {"problem": "It is nested too deeply. Save its text as .txt and ingest that."}
        except Exception as error:  # whatever a library says of damaged bytes, reported to the person who gave them
            about = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            said = {"problem": f"It is damaged or not what its name says ({about}). Save it anew, or its text as .txt."}
        _say(answers, said)
        if said.get("last"):
            return


def _say(answers: IO[bytes], said: dict[str, object]) -> None:
    answers.write(json.dumps(said).encode() + b"\n")
    answers.flush()


def _limit(memory: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit and does not hold to it
        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _main() -> None:
    # What libraries print must not stand between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    _main()
