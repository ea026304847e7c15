"""Signing in to the page, and out."""

from __future__ import annotations

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from assistant.page.auth import Failures, Sessions, Users
from assistant.page.markup import text
from assistant.page.parts import static

COOKIE = "assistant-session"
_WRONG = "The name or the password is not right."
_TOO_MANY = "Too many failed attempts. Try again in a minute."


def router(users: Users, sessions: Sessions, root_path: str) -> APIRouter:
    """The routes `/login` and `/logout`."""
    routes = APIRouter()
    failures = Failures()
    hashing = anyio.CapacityLimiter(1)  # a fifth of a second of a core for each attempt: one after the other
    home = f"{root_path}/"

    @routes.get("/login")
    async def form() -> HTMLResponse:
        return _form()

    @routes.post("/login")
    async def sign_in(request: Request) -> Response:
        async with request.form() as sent:
            name, password = (str(sent.get(field, "")) for field in ("name", "password"))
        address = request.client.host if request.client else ""
        if not failures.allow(address):
            return _form(_TOO_MANY, 429)
        if not await run_sync(users.check, name, password, limiter=hashing):
            return _form(_WRONG, 401)
        failures.forgive(address)
        response = RedirectResponse(home, 303)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, sessions.begin(), path=home, secure=secure, httponly=True, samesite="lax")
        return response

    @routes.post("/logout")
    async def sign_out(request: Request) -> Response:
        sessions.end(request.cookies.get(COOKIE, ""))
        response = RedirectResponse(f"{root_path}/login", 303)
        response.delete_cookie(COOKIE, path=home)
        return response

    return routes


def _form(told: str = "", status: int = 200) -> HTMLResponse:
    alert = f'<p role="alert">{text(told)}</p>' if told else ""
    return HTMLResponse(static("signin.html").replace("{told}", alert), status, {"Cache-Control": "no-store"})
