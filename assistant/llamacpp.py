"""A model in a GGUF file, run by llama.cpp (the package xllamacpp) in a process of its own and spoken to on loopback.

One process for each file, started at the first question, shared by all assistants of this process, and ended with the
last of them. It ends by itself when this process does, however that ends: it lives as long as its standard input.
"""

from __future__ import annotations

import atexit
import json
import secrets
import subprocess
import sys
import tempfile
import threading
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from corpus.errors import AssistantError

PREFIX = "llamacpp:"

# Its key comes on standard input, where no list of processes shows it. One slot: whoever comes second waits. llama.cpp
# takes all cores unless OMP_NUM_THREADS, which other numeric libraries go by too, says otherwise.
_SERVE = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
key = sys.stdin.readline().strip()
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.hostnames, params.port, params.warmup = sys.argv[1], ["127.0.0.1"], 0, False
params.n_ctx, params.n_parallel, params.api_keys, params.ui = int(sys.argv[2]), 1, [key], False
threads = int(os.environ.get("OMP_NUM_THREADS") or 0)
if threads > 0:
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
_STOPPING = 10  # seconds it may take to end by itself


@dataclass(frozen=True)
class Served:
    """Where the model listens, with which key, and how many tokens it holds at once."""

    url: str
    key: str
    context: int


@dataclass
class _Running:
    process: subprocess.Popen[str]
    served: Served

    def stop(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        try:
            self.process.wait(_STOPPING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


_guard = threading.Lock()
_running: dict[Path, _Running] = {}
_holders: dict[Path, int] = {}


def path_of(model: str) -> Path:
    """The file that a model's name gives. Raises `AssistantError` when it is no GGUF file."""
    path = Path(model.removeprefix(PREFIX)).expanduser().absolute()
    if not path.is_file():
        raise AssistantError(f"There is no file {str(path)!r} for the model {model!r}. Correct the path.")
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise AssistantError(
                f"The file {str(path)!r} is no GGUF file, the format that llama.cpp runs. Download a model as .gguf, "
                "or convert it with llama.cpp's convert_hf_to_gguf.py."
            )
    return path


def hold(path: Path) -> None:
    """Count one more user of the model; it is not started yet."""
    with _guard:
        _holders[path] = _holders.get(path, 0) + 1


def let_go(path: Path) -> None:
    """Count one user less; with the last one the model ends."""
    with _guard:
        _holders[path] = _holders.get(path, 1) - 1
        if _holders[path] <= 0:
            del _holders[path]
            if path in _running:
                _running.pop(path).stop()


def serve(path: Path, context: int) -> Served:
    """The running model, started when it is not; `context` is how many tokens it shall hold at most.

    Raises `AssistantError`, with what llama.cpp says, when it cannot run it.
    """
    with _guard:
        if path in _running and _running[path].process.poll() is not None:
            _running.pop(path).stop()  # it died; the next question starts another
        if path not in _running:
            _running[path] = _start(path, context)
        return _running[path].served


def _start(path: Path, context: int) -> _Running:
    key, pipe = secrets.token_urlsafe(24), subprocess.PIPE
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        command = [sys.executable, "-c", _SERVE, str(path), str(context)]
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=log, text=True)
        assert process.stdin and process.stdout
        process.stdin.write(f"{key}\n")
        process.stdin.flush()
        address = process.stdout.readline().strip()
        if not address:
            code = process.wait()
            raise AssistantError(
                f"llama.cpp could not run {str(path)!r}: {_last_words(log) or f'it ended with {code}'}."
            )
    running = _Running(process, Served(f"{address}/v1", key, context))
    try:
        trained = _trained_context(address, key)
    except BaseException:
        running.stop()
        raise
    return replace(running, served=replace(running.served, context=min(context, trained or context)))


def _last_words(log: IO[str]) -> str:
    log.seek(0)
    lines = [line.strip() for line in log if line.strip()]
    told = [line for line in lines if "error" in line.lower()] or lines
    return told[-1][:300].rstrip(" .") if told else ""


def _trained_context(address: str, key: str) -> int:
    """The window that the file says the model was trained with; 0 when it does not say."""
    request = urllib.request.Request(f"{address}/v1/models", headers={"Authorization": f"Bearer {key}"})
    # No proxy of the environment may stand between: it is this machine's loopback.
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
        [model] = json.load(response)["data"]
    return int((model.get("meta") or {}).get("n_ctx_train") or 0)


@atexit.register
def _stop_all() -> None:
    with _guard:
        while _running:
            _running.popitem()[1].stop()
