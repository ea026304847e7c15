"""Many people ask one server at once, each again as soon as answered; how long they wait, and what memory does.

    python -m benchmarks.askers HOME QUESTIONS.jsonl [--askers 20] [--seconds 300] [--save results/askers.json]

HOME is a corpus. `assistant chat` serves it as it would anybody; every second asker comes through the REST endpoint
`ask` (and so through the page's own queue), the others stream from `/v1/chat/completions`. Linux only: memory is what
/proc says is resident.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from evals import questions

# What fills caches and pools is over by then, and what still grows is lost.
_WARM = 60.0  # seconds
_PATIENCE = 120.0  # seconds; who waits longer has an error


@dataclass
class Tally:
    """What the askers saw: the door, the seconds to the whole answer, when it was there, what went wrong."""

    waits: list[tuple[str, float, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    memory: list[tuple[float, int]] = field(default_factory=list)  # seconds since the start, KiB

    def figures(self) -> dict[str, Any]:
        """Percentiles of the waits in seconds, and by how much memory grew after the first minute."""
        doors = {"all": [wait for _, wait, _ in self.waits]}
        doors |= {door: [wait for each, wait, _ in self.waits if each == door] for door in ("rest", "v1")}
        begun = min((at - wait for _, wait, at in self.waits), default=0.0)
        minutes: dict[int, list[float]] = {}
        for _, wait, at in self.waits:
            minutes.setdefault(int((at - begun) // 60), []).append(wait)
        seconds = {
            door: dict(zip(("p50", "p95", "max"), np.percentile(waits, (50, 95, 100)).round(2).tolist(), strict=True))
            for door, waits in doors.items()
            if waits
        }
        last = self.memory[-1][0]
        early = [size for at, size in self.memory if _WARM * 0.75 <= at <= _WARM]
        late = [size for at, size in self.memory if at >= last - _WARM / 4]
        growth = round(float(np.mean(late) / np.mean(early) - 1), 4) if early and last > _WARM else None
        return {
            "answers": len(self.waits),
            "errors": self.errors,
            "seconds": seconds,
            "p95_by_minute": [round(float(np.percentile(waits, 95)), 2) for _, waits in sorted(minutes.items())],
            "memory_mib_by_minute": [round(size / 1024) for _, size in self.memory[::60]],
            "memory_mib": {"at_1_min": round(np.mean(early or late) / 1024), "at_end": round(np.mean(late) / 1024)},
            "memory_growth": growth,
        }


@contextlib.contextmanager
def served(home: Path) -> Iterator[tuple[str, int]]:
    """`assistant chat` over the corpus: its address and process id."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSISTANT_")}
    environment |= {"ASSISTANT_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "assistant", "chat", "--port", "0"]
    server = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        found = next(filter(None, (re.search(r"http://[\d.:]+", line) for line in server.stderr)))
        threading.Thread(target=lambda: sys.stderr.writelines(server.stderr or ()), daemon=True).start()
        yield found.group(), server.pid
    finally:
        server.terminate()
        server.wait()


def through_rest(client: httpx.Client, question: str) -> None:
    """Asks Gradio's endpoint and waits for the whole answer."""
    asked = client.post("/gradio_api/call/v2/ask", json={"question": question}).raise_for_status().json()["event_id"]
    events = client.get(f"/gradio_api/call/ask/{asked}").raise_for_status().text
    if "event: complete" not in events:
        raise RuntimeError(events[-200:])


def through_v1(client: httpx.Client, question: str) -> None:
    """Streams a chat completion to its end."""
    asked = {"messages": [{"role": "user", "content": question}], "stream": True}
    events = client.post("/v1/chat/completions", json=asked).raise_for_status().text
    if not events.endswith("data: [DONE]\n\n"):
        raise RuntimeError(events[-200:])


def measure(home: Path, asked: list[str], askers: int, seconds: float) -> dict[str, Any]:
    """Serves the corpus, lets the askers ask, and returns the figures."""
    tally = Tally()
    with served(home) as (address, process):
        with httpx.Client(base_url=address, timeout=_PATIENCE) as client:
            through_v1(client, asked[0])  # models are loaded by then
        started = time.monotonic()
        threads = [
            threading.Thread(target=_ask, args=(address, asked, number, started + seconds, tally))
            for number in range(askers)
        ]
        for thread in threads:
            thread.start()
        spent = _processor(process)
        while any(thread.is_alive() for thread in threads):
            tally.memory.append((time.monotonic() - started, _resident(process)))
            time.sleep(1)
        spent = _processor(process) - spent
    # On a machine that others use too, this tells more than the waits.
    told = {"processor_seconds_per_answer": round(spent / max(1, len(tally.waits)), 3), "load": os.getloadavg()}
    return {"askers": askers, "seconds_asked": seconds} | told | tally.figures()


def _ask(address: str, asked: list[str], number: int, until: float, tally: Tally) -> None:
    chance = random.Random(number)
    door, ask = (("rest", through_rest), ("v1", through_v1))[number % 2]
    with httpx.Client(base_url=address, timeout=_PATIENCE) as client:
        while time.monotonic() < until:
            _timed(door, ask, client, chance.choice(asked), tally)


def _timed(
    door: str, ask: Callable[[httpx.Client, str], None], client: httpx.Client, question: str, tally: Tally
) -> None:
    started = time.monotonic()
    try:
        ask(client, question)
    except (httpx.HTTPError, RuntimeError) as error:
        tally.errors.append(f"{door}: {error!r}")
        time.sleep(1)
    else:
        now = time.monotonic()
        tally.waits.append((door, now - started, now))


def _processor(process: int) -> float:
    """The seconds of processors that a process has had."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _resident(process: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) if found else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--askers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--save", type=Path, help="a JSON file for the figures")
    args = parser.parse_args()
    asked = [question.question for question in questions.read(args.questions).questions]
    figures = json.dumps(measure(args.home, asked, args.askers, args.seconds), indent=1)
    if args.save:
        args.save.parent.mkdir(exist_ok=True)
        args.save.write_text(figures + "\n", "utf-8")
    print(figures)


if __name__ == "__main__":
    main()
