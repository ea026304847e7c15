"""The one gate before everything that is served: for which names, to which pages' requests, to whom, and how much."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.page.auth import Sessions
from assistant.page.parts import refusal
from assistant.page.serving import Serving
from assistant.page.signin import COOKIE

# Bytes of a request that is no upload: a conversation, a question set. Uploads have Gradio's own limit.
_BODY = 4 * 2**20
_UPLOAD = "/gradio_api/upload"
# What is there for whoever has not signed in. It tells nothing.
_OPEN = frozenset({"/login", "/healthz"})


class Guard:
    """An ASGI middleware around the whole application, so that no route of it, ours or Gradio's, can be forgotten."""

    def __init__(self, app: ASGIApp, options: Serving, sessions: Sessions) -> None:
        self._app, self._limited = app, RequestBodyLimitMiddleware(app, _BODY)
        self._options, self._sessions = options, sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            self._strip_root_path(scope)
            request = Request(scope)
            app = self._app if scope["path"] == _UPLOAD else self._limited
            await (self._refused(request) or app)(scope, receive, send)
        else:
            await send({"type": "websocket.close"})  # nothing here speaks it

    def _strip_root_path(self, scope: Scope) -> None:
        # Some proxies take the path off that they show the page under, some do not.
        root = self._options.root_path
        if root and scope["path"].startswith(f"{root}/"):
            scope["path"] = scope["path"].removeprefix(root)
            scope["raw_path"] = scope["path"].encode()

    def _refused(self, request: Request) -> Response | None:
        if not (self._options.users or self._options.public or is_this_machine(_name(request.headers.get("host", "")))):
            # A page elsewhere whose name was made to lead here (DNS rebinding) would read what it likes.
            return refusal(
                421, "This server answers to the names of this machine alone, such as localhost. "
                "To serve it under another name, start it with --auth FILE or with --public.",
            )  # fmt: skip
        if is_foreign(request):
            return refusal(403, "A page of another site may not ask this server.")
        # Not `request.url.path`, into which a Host header can write.
        if self._options.users and request.scope["path"] not in _OPEN and not self._is_known(request):
            return self._stranger(request)
        return None

    def _is_known(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._options.users and self._options.users.knows(token.strip()):
            return True
        return self._sessions.holds(request.cookies.get(COOKIE, ""))

    def _stranger(self, request: Request) -> Response:
        if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(f"{self._options.root_path}/login", 303)
        told = "Sign in, or send a token of this server: Authorization: Bearer TOKEN."
        return refusal(401, told, "invalid_api_key", **{"WWW-Authenticate": "Bearer"})


def is_foreign(request: Request) -> bool:
    """Whether a page of another site sent it, as browsers tell; reading without effects is no matter.

    After CrossOriginProtection of Go's net/http (https://words.filippo.io/csrf/). Other programs send neither header.
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return False
    if site := request.headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    ours = (request.headers.get("host"), request.headers.get("x-forwarded-host"))
    return origin is not None and urlsplit(origin).netloc not in ours


def is_this_machine(name: str) -> bool:
    """Whether a host's name or address is of the loopback interface."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
