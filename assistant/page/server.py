"""An ASGI application served at an address until the process is told to stop."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI
from gradio.routes import App

from corpus.errors import AssistantError

# Seconds that answers under way get to finish when the server is stopped.
_GRACE = 10


def run(application: FastAPI, host: str, port: int) -> None:
    """Serves until Ctrl-C or SIGTERM, then returns; port 0 takes a free one.

    Raises `AssistantError` when the address cannot be had.
    """
    with contextlib.suppress(KeyboardInterrupt), _listen(host, port) as listener:
        config = uvicorn.Config(application, log_level="warning", timeout_graceful_shutdown=_GRACE, server_header=False)
        address = f"[{host}]" if ":" in host else host
        print(f"The chat page is at http://{address}:{listener.getsockname()[1]} (Ctrl-C stops it).", file=sys.stderr)
        _Server(config).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Returns when a signal stops it. Uvicorn would raise the signal again, and SIGTERM would end the process there."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Each open page holds a connection on which Gradio beats without end; it would use up the whole grace.
        for route in self.config.app.routes:  # type: ignore[union-attr]
            if isinstance(page := getattr(route, "app", None), App):
                page.stop_event.set()
        await super().shutdown(sockets)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise AssistantError(
            f"The chat page cannot be served at {host}, port {port}: {error}. "
            "Stop what is using that address, or choose another with --port or --host."
        ) from None
