"""OpenAI's chat completions, so that other chat front ends can ask: `/v1/chat/completions` and `/v1/models`.

The shapes are those of OpenAI's API reference; `search_results` is what Perplexity's API adds to them.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from fastapi import APIRouter
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from assistant.answers import Answer, Citation
from assistant.page.markup import is_web_address
from assistant.page.parts import UNFORESEEN, refusal
from assistant.page.programs.line import Busy, Line
from assistant.page.programs.parameters import faults
from assistant.untrusted import plain
from corpus.errors import AssistantError

if TYPE_CHECKING:
    from assistant import Assistant

logger = logging.getLogger(__name__)

MODEL = "news-assistant"
_LISTED = {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}
# Where our own messages, when they come back as history, stop being an answer and begin to be its footnotes.
_FOOTNOTES = re.compile(r"\n\n(?:\[1\] |\([a-z]+\) ).*", re.DOTALL)


class Part(BaseModel):
    """A piece of a message; only those of type text are read."""

    type: str = "text"
    text: str = ""


class Message(BaseModel):
    """One of the messages so far."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its words, without images and the like."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class Asked(BaseModel):
    """The parameters that are heeded; others, such as a temperature, are let pass. The bounds are ours."""

    messages: list[Message] = Field(min_length=1)
    stream: bool | None = False
    stream_options: dict[str, Any] | None = None
    as_of: str | None = None
    since: str | None = None
    until: str | None = None
    source: str | None = None

    def question(self) -> str:
        """The last message, which must be a person's."""
        if self.messages[-1].role != "user":
            raise AssistantError("The last of the messages must have the role user: it is the question.")
        return self.messages[-1].text

    def options(self) -> dict[str, Any]:
        """The earlier messages of both sides and the bounds. What a system says is not heeded: answers are quotes."""
        history = [
            {"role": message.role, "content": _FOOTNOTES.sub("", message.text)}
            for message in self.messages[:-1]
            if message.role in ("user", "assistant")
        ]
        return {name: getattr(self, name) for name in ("as_of", "since", "until", "source")} | {"history": history}


def router(assistant: Assistant, line: Line) -> APIRouter:
    """The routes under `/v1`. Who may call them is checked before."""
    routes = APIRouter(prefix="/v1")

    @routes.get("/models")
    async def models() -> JSONResponse:
        return JSONResponse({"object": "list", "data": [_LISTED]})

    @routes.get("/models/{name}")
    async def model(name: str) -> JSONResponse:
        if name != MODEL:
            return refusal(404, f"There is no model {name!r}. There is one: {MODEL}.", "model_not_found")
        return JSONResponse(_LISTED)

    @routes.post("/chat/completions")
    async def completions(request: Request) -> Response:
        try:
            asked = Asked.model_validate_json(await request.body())
            partials = line.iterate(assistant.stream(asked.question(), **asked.options()))
            return await (_streamed(asked, partials) if asked.stream else _whole(request, partials))
        except ValidationError as error:
            return refusal(400, faults(error))
        except AssistantError as error:
            return _told(error)
        except Exception:
            logger.exception("A chat completion failed")
            return refusal(500, UNFORESEEN, kind="server_error")

    return routes


def _told(error: AssistantError) -> JSONResponse:
    if isinstance(error, Busy):
        return refusal(503, str(error), "overloaded", kind="server_error")
    return refusal(400, str(error))


async def _whole(request: Request, partials: AsyncGenerator[Answer]) -> Response:
    async with aclosing(partials) as following:
        async for partial in following:
            answer = partial
            if await request.is_disconnected():
                return Response(status_code=499)  # to nobody
    message = {"role": "assistant", "content": _text(answer), "refusal": None, "annotations": _annotations(answer)}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    head = _head("chat.completion")
    return JSONResponse(head | {"choices": [choice], "usage": _usage(answer)} | _evidence(answer))


async def _streamed(asked: Asked, partials: AsyncGenerator[Answer]) -> Response:
    # What cannot be asked is told by the status, so the first partial comes before it.
    first = await anext(partials)
    usage = bool((asked.stream_options or {}).get("include_usage"))
    events = (f"data: {event}\n\n" async for event in _events(first, partials, usage=usage))
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


async def _events(answer: Answer, following: AsyncGenerator[Answer], *, usage: bool) -> AsyncGenerator[str]:
    head = _head("chat.completion.chunk")

    def chunk(delta: Mapping[str, Any], end: Literal["stop"] | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": end}
        return json.dumps(head | {"choices": [choice]} | more, ensure_ascii=False)

    try:
        yield chunk({"role": "assistant", "content": answer.text})
        said = answer.text
        async with aclosing(following):
            async for answer in following:
                if answer.text != said:
                    yield chunk({"content": answer.text[len(said) :]})
                    said = answer.text
        yield chunk({"content": _text(answer)[len(said) :], "annotations": _annotations(answer)})
        yield chunk({}, "stop", **_evidence(answer))
        if usage:
            yield json.dumps(head | {"choices": [], "usage": _usage(answer)})
    except AssistantError as error:
        yield bytes(_told(error).body).decode()
    except Exception:
        logger.exception("A chat completion failed")
        yield bytes(refusal(500, UNFORESEEN, kind="server_error").body).decode()
    else:
        yield "[DONE]"


def _head(kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time.time()), "model": MODEL}


def _usage(answer: Answer) -> dict[str, int]:
    read, written = (int(answer.usage.get(kind, 0)) for kind in ("input_tokens", "output_tokens"))
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _text(answer: Answer) -> str:
    """The answer with its footnotes and notes. Front ends render Markdown, so nothing in it may be any."""
    notes = [f"({note.kind}) {plain(note.text)}" for note in answer.notes]
    return "\n\n".join([answer.text, *map(_footnote, answer.citations), *notes])


def _footnote(c: Citation) -> str:
    described = " · ".join([plain(c.title), plain(c.source or "outlet unknown"), c.published or "undated"])
    return f"[{c.marker}] {described}: “{plain(c.quote)}”" + (f" <{c.url}>" if _linkable(c.url) else "")


def _linkable(url: str | None) -> bool:
    return url is not None and is_web_address(url) and not set(url) & set("<>")


def _annotations(answer: Answer) -> list[dict[str, Any]]:
    """OpenAI's citations: where in the message a marker stands, and the address behind it."""
    found = []
    for c in filter(lambda c: _linkable(c.url), answer.citations):
        for place in re.finditer(re.escape(f"[{c.marker}]"), answer.text):
            where = {"start_index": place.start(), "end_index": place.end(), "url": c.url, "title": c.title}
            found.append({"type": "url_citation", "url_citation": where})
    return found


def _evidence(answer: Answer) -> dict[str, Any]:
    results = [
        {"title": c.title, "url": c.url if _linkable(c.url) else None, "date": c.published, "snippet": c.quote}
        for c in answer.citations
    ]
    return {"citations": [asdict(c) for c in answer.citations], "search_results": results, "refused": answer.refused}
