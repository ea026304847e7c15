"""The REST API: Gradio's named endpoints, which `/gradio_api/info` and `/gradio_api/openapi.json` describe."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

import gradio as gr
from gradio.components.api_component import Api
from gradio.events import api
from gradio.route_utils import FnIndexInferError
from pydantic import TypeAdapter, ValidationError, validate_call
from starlette.requests import Request
from starlette.responses import JSONResponse

from assistant.answers import Answer
from assistant.page.parts import UNFORESEEN
from assistant.page.programs import parameters as p
from assistant.page.programs.parameters import faults
from corpus.errors import AssistantError
from corpus.types import Article, Passage
from ingest import ingest as take_in

if TYPE_CHECKING:
    from assistant import Assistant

logger = logging.getLogger(__name__)


def build(page: gr.Blocks, assistant: Assistant, *, allow_ingest: bool) -> None:
    """Adds the endpoints to the Blocks that are being built. What they return are the contract's documents."""

    def ask(
        question: p.Question,
        as_of: p.AsOf = None,
        since: p.Since = None,
        until: p.Until = None,
        source: p.Source = None,
    ) -> Iterator[Answer]:
        return assistant.stream(question, as_of=as_of, since=since, until=until, source=source)

    def search(
        query: p.Query,
        k: p.Count = 8,
        as_of: p.AsOf = None,
        since: p.Since = None,
        until: p.Until = None,
        source: p.Source = None,
    ) -> list[Passage]:
        return assistant.search(query, k, as_of=as_of, since=since, until=until, source=source)

    def read_article(article_id: p.ArticleId, version: p.Version = None) -> Article:
        return assistant.article(article_id, version)

    def ingest(addresses: p.Addresses) -> dict[str, Any]:
        if not all(address.startswith(("http://", "https://")) for address in addresses):
            raise AssistantError("Only addresses of the web are taken in here: http://… or https://…")
        return take_in(addresses, assistant.settings).as_dict()

    _add(page, _streamed(page, ask), ask, Answer, p.ASK, concurrency_id="answers")
    _add(page, _returned(page, search), search, list[Passage], p.SEARCH, concurrency_id="answers")
    _add(page, _returned(page, read_article), read_article, Article, p.READ_ARTICLE, concurrency_id="articles")
    if allow_ingest:
        limit = {"concurrency_id": "ingest", "concurrency_limit": 1}
        _add(page, _returned(page, ingest), ingest, dict[str, Any], p.INGEST, **limit)


def _add(
    page: gr.Blocks, run: Callable[..., Any], call: Callable[..., Any], returns: Any, about: str, **limit: Any
) -> None:
    asking = Parameter("request", Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    asked = signature(call)
    run.__signature__ = asked.replace(parameters=[asking, *asked.parameters.values()])  # type: ignore[attr-defined]
    run.__annotations__ = {"request": gr.Request} | get_type_hints(call)
    event = page.fns[api(run, api_name=call.__name__, api_description=about, **limit)["id"]]
    # Gradio makes its documentation of the bare types; what pydantic knows of them says more.
    (output,) = event.outputs
    assert isinstance(output, Api)
    output._api_info = TypeAdapter(returns).json_schema()
    hints = get_type_hints(call, include_extras=True)
    for name, component in zip(signature(call).parameters, event.inputs, strict=True):
        described = get_args(hints[name])[1].description
        assert isinstance(component, Api)
        component._api_info |= {"description": described, "additional_description": described}


def _returned(page: gr.Blocks, call: Callable[..., Any]) -> Callable[..., Any]:
    """The call with its arguments checked, its result as plain data, and what goes wrong told in a sentence."""
    checked = _checked(call)

    def run(request: gr.Request, *arguments: Any) -> Any:
        with _told(call.__name__), _forgotten(page, request):
            result = checked(*arguments)
            return [asdict(each) for each in result] if isinstance(result, list) else _plain(result)

    return run


def _streamed(page: gr.Blocks, call: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """The same for a call whose results come one after the other."""
    checked = _checked(call)

    def run(request: gr.Request, *arguments: Any) -> Iterator[Any]:
        with _told(call.__name__), _forgotten(page, request):
            yield from map(_plain, checked(*arguments))

    return run


def _checked(call: Callable[..., Any]) -> Callable[..., Any]:
    """Gradio passes arguments by their place; pydantic's errors shall name them."""
    checked, names = validate_call(call), tuple(signature(call).parameters)
    return lambda *arguments: checked(**dict(zip(names, arguments, strict=True)))


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        raise gr.Error(faults(error), print_exception=False) from None
    except AssistantError as error:
        raise gr.Error(str(error), print_exception=False) from error
    except Exception as error:
        logger.exception("%s failed", name)
        raise gr.Error(UNFORESEEN, print_exception=False) from error


@contextmanager
def _forgotten(page: gr.Blocks, request: gr.Request) -> Iterator[None]:
    """For each call Gradio begins a session, with the state of a whole page in it, and would keep ten thousand."""
    try:
        yield
    finally:
        held = page.state_holder
        with held.lock:
            held.session_data.pop(request.session_hash or "", None)
            held.time_last_used.pop(request.session_hash or "", None)


def _plain(result: Any) -> Any:
    return result if isinstance(result, dict) else asdict(result)


async def _unknown(_request: Request, _error: Exception) -> JSONResponse:
    told = "There is no such endpoint, or it has no such parameter. GET /gradio_api/info describes them."
    return JSONResponse({"error": told}, status_code=404)


# What Gradio raises for a name that it does not know, of an endpoint or a parameter; it would answer with a bare 500.
REFUSALS: dict[type[Exception], Any] = dict.fromkeys((FnIndexInferError, KeyError, TypeError), _unknown)
