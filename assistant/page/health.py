"""Whether the server can do its work, for whoever watches over it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from assistant import Assistant

logger = logging.getLogger(__name__)


def router(assistant: Assistant, *, private: bool) -> APIRouter:
    """The route `/healthz`: 200, or 503 and why. When what is here is private, it tells neither numbers nor reasons."""
    routes = APIRouter()

    @routes.get("/healthz")
    def health() -> JSONResponse:
        try:
            articles = assistant.count()
        except Exception as error:  # whatever it is, it is reported, and stands in the log
            logger.exception("The corpus cannot be read")
            told = "see the log of the server" if private else str(error)
            return JSONResponse({"ready": False, "reason": f"The corpus cannot be read: {told}"}, status_code=503)
        return JSONResponse({"ready": True} | ({} if private else {"articles": articles}))

    return routes
