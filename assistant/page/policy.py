"""What may run in the page, by its content security policy, and which doors of Gradio's stay closed behind it."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.page import uploads

# Gradio's page needs eval (the templates and scripts of gr.HTML are compiled in the browser) and styles in place. Its
# own scripts in place are named by their hash, so that no other one runs.
_PAGE = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'{}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; frame-src 'none'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_NO_PAGE = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_SCRIPT = re.compile(rb"<script(?:\s(?![^>]*\bsrc\s*=)[^>]*)?>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
# Doors of Gradio's that the page does not use. Through the first, whoever knows a path reads what was uploaded.
_CLOSED = re.compile(
    r"/gradio_api/(?:file[=/]|proxy=|stream/|process_recording|component_server|custom_component/|deep_link|dev/"
    r"|vibe-|undo-vibe-|run-history|profiling)"
)
_UPLOAD = "/gradio_api/upload"
_ENVELOPE = 2**16  # bytes around an uploaded file


class Policy:
    """Around an ASGI application. `max_upload` is the size in bytes of one uploaded file; 0: none is taken."""

    def __init__(self, app: ASGIApp, *, max_upload: int) -> None:
        self._app, self._max_upload = app, max_upload

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the headers of a page or of anything else."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        refused = self._refused(scope)
        if refused:
            await refused(scope, receive, answer)
        else:
            await self._app(_uncompressed(scope), receive, answer)

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if _CLOSED.match(path):
            return PlainTextResponse("Not found", 404)
        if path.rstrip("/") == _UPLOAD:
            return self._refused_upload(Headers(scope=scope).get("content-length", ""))
        return None

    def _refused_upload(self, length: str) -> PlainTextResponse | None:
        if not self._max_upload:
            return PlainTextResponse("Not found", 404)
        if not length.isdecimal():
            return PlainTextResponse("Say how long it is: a Content-Length is needed.", 411)
        if int(length) > self._max_upload + _ENVELOPE:
            return PlainTextResponse(f"At most {self._max_upload:,} bytes are taken at a time.", 413)
        if not uploads.is_room(self._max_upload):
            return PlainTextResponse("Too many uploads wait to be read. Try again in a few minutes.", 503)
        return None


def _uncompressed(scope: Scope) -> Scope:
    """The page itself comes as it is, so that its scripts can be read; all that it loads may be compressed."""
    if scope["method"] != "GET" or scope["path"] != scope.get("root_path", "") + "/":
        return scope
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}


class _Answer:
    """Sends an answer with its headers; a page is held back until all of it is there, for the hashes of its scripts."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if Headers(raw=message["headers"]).get("content-type", "").startswith("text/html"):
                self._start = message
                return
            message = _with_headers(message, _NO_PAGE)
        elif self._start is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            scripts = "".join(f" 'sha256-{_hash(script)}'" for script in _SCRIPT.findall(self._body))
            await self._send(_with_headers(self._start, _PAGE.format(scripts)))
            self._start, message = None, {**message, "body": self._body}
        await self._send(message)


def _hash(script: bytes) -> str:
    return b64encode(sha256(script).digest()).decode()


def _with_headers(start: Message, policy: str) -> Message:
    held: dict[str, Any] = {**start, "headers": list(start["headers"])}
    headers = MutableHeaders(raw=held["headers"])
    for name in ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"):  # Gradio's: for any other site
        del headers[name]
    for name, value in _ALWAYS.items():
        headers[name] = value
    headers["Content-Security-Policy"] = policy
    return held
