"""The doors for programs, through the clients that programs use: HTTP, Gradio's, OpenAI's and MCP's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import anyio
import gradio as gr
import httpx
import pytest
from gradio_client import Client as GradioClient
from gradio_client.exceptions import AppError
from mcp import Client as McpClient
from openai import APIError, BadRequestError, InternalServerError, OpenAI

from assistant import Answer, Assistant, Note
from assistant.page import app
from assistant.page.parts import UNFORESEEN
from assistant.page.programs.line import Busy, Line
from assistant.page.programs.openai_api import MODEL
from assistant.page.serving import Serving
from tests.browser import ARTICLE, Scripted, said, serving

QUESTION = "How much did the Nikkei 225 climb?"
ENDED = threading.Event()


def says(question: str) -> Iterator[Answer]:
    """What the scripted assistant does, by what it is asked."""
    if question == "Break":
        raise RuntimeError("secret detail")
    yield said(question, "It rained.")
    if question == "Break later":
        raise RuntimeError("secret detail")
    try:
        while question == "Go on for ever":
            yield said(question, "It rained.")
    finally:
        ENDED.set()
    yield said(question, "It rained.", "It stopped.")


@pytest.fixture(scope="module")
def scripted() -> Scripted:
    return Scripted(says, ARTICLE)


@pytest.fixture(scope="module")
def address(scripted: Scripted) -> Iterator[str]:
    with serving(scripted, Serving(concurrency=2)) as address:
        yield address


def posted(address: str, name: str, **arguments: Any) -> list[tuple[str, Any]]:
    """The events of a call as any HTTP client has them: event, data."""
    asked = httpx.post(f"{address}/gradio_api/call/v2/{name}", json=arguments)
    events = httpx.get(f"{address}/gradio_api/call/{name}/{asked.json()['event_id']}", timeout=60).text.strip()
    lines = (event.split("\n") for event in events.split("\n\n"))
    return [(kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for kind, data in lines]


def openai(address: str) -> OpenAI:
    return OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)


def user(text: Any) -> Any:
    return [{"role": "user", "content": text}]


# Gradio's named endpoints


def test_the_endpoints_are_described_and_nothing_else_is(seed_page: str) -> None:
    info = httpx.get(f"{seed_page}/gradio_api/info").json()
    assert info["unnamed_endpoints"] == {} and set(info["named_endpoints"]) == {"/ask", "/search", "/read_article"}
    for endpoint in info["named_endpoints"].values():
        assert endpoint["description"] and all(each["type"]["description"] for each in endpoint["parameters"])
    described = httpx.get(f"{seed_page}/gradio_api/openapi.json").json()["paths"]
    assert {path for path in described if "/v2/" in path} == {
        f"/gradio_api/call/v2{name}" for name in info["named_endpoints"]
    }
    (returned,) = info["named_endpoints"]["/ask"]["returns"]
    assert {"text", "citations", "passages", "refused"} <= set(returned["type"]["properties"])


def test_asked_over_http_an_answer_grows_into_the_contracts_document(seed_page: str, seed_assistant: Assistant) -> None:
    *growing, (last, (answer,)) = posted(seed_page, "ask", question=QUESTION, as_of="2025-04-08")
    assert last == "complete" and all(kind == "generating" for kind, _ in growing)
    told = seed_assistant.answer(QUESTION, as_of="2025-04-08").as_dict()
    assert answer | {"timings": 0} == json.loads(json.dumps(told)) | {"timings": 0}
    citation = answer["citations"][0]
    read = posted(seed_page, "read_article", article_id=citation["article_id"], version=citation["version"])
    ((_, (article,)),) = read
    assert article["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_gradios_client_gets_documents_and_errors_in_sentences(seed_page: str) -> None:
    with closing(GradioClient(seed_page, verbose=False, analytics_enabled=False)) as client:
        assert "6.2%" in client.predict(question=QUESTION, api_name="/ask")["text"]
        (passage,) = client.predict("Nikkei", 1, api_name="/search")
        assert "Nikkei" in passage["text"] and {"article_id", "version", "start", "end", "score"} <= set(passage)
        for name, arguments, message in (
            ("/ask", {"question": " "}, "The question is empty."),
            ("/ask", {"question": "x" * 5_000}, "5,000 characters"),
            ("/ask", {"question": 5}, "question: Input should be a valid string."),
            ("/ask", {"question": "Who?", "since": "soon"}, "not a date"),
            ("/search", {"query": "Nikkei", "k": 1_000}, "k: Input should be less than or equal to 50."),
            ("/read_article", {"article_id": "nothing"}, "no article 'nothing'"),
        ):
            with pytest.raises(AppError, match=message):
                client.predict(**arguments, api_name=name)


def test_what_is_not_offered_is_refused(seed_page: str) -> None:
    def post(path: str, body: Any) -> httpx.Response:
        return httpx.post(f"{seed_page}/gradio_api/{path}", json=body)

    assert post("call/v2/ingest", {"addresses": ["https://example.org/"]}).status_code == 404
    assert "/gradio_api/info" in post("call/v2/ask", {"frage": "Wer?"}).json()["error"]
    assert post("run/search", {"data": ["Nikkei"]}).status_code == 404  # that would not stand in line
    assert post("call/v2/search", {"query": "x" * 5_000_000}).status_code == 413


def test_a_bug_is_told_without_its_detail(address: str) -> None:
    ((kind, told),) = posted(address, "ask", question="Break")
    assert (kind, told["error"]) == ("error", UNFORESEEN)


def test_a_call_leaves_no_session_behind(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[gr.Blocks] = []
    build = app.build
    monkeypatch.setattr(app, "build", lambda *given: pages.append(build(*given)) or pages[-1])
    with serving(scripted) as address:
        assert posted(address, "ask", question="Did it rain?")[-1][0] == "complete"
        assert posted(address, "ask", question="Break")[-1][0] == "error"
        assert posted(address, "read_article", article_id="id")[-1][0] == "complete"
        (page,) = pages
        assert not page.state_holder.session_data and not page.state_holder.time_last_used


def test_ingest_is_there_when_it_is_allowed_and_takes_addresses_alone(scripted: Scripted) -> None:
    with serving(scripted, Serving(allow_ingest=True)) as address:
        assert "/ingest" in httpx.get(f"{address}/gradio_api/info").json()["named_endpoints"]
        ((kind, told),) = posted(address, "ingest", addresses=["/etc/passwd"])
        assert kind == "error" and "Only addresses of the web" in told["error"]
        assert anyio.run(tools, address) == ["ask", "search", "read_article"]


# MCP


async def tools(address: str) -> list[str]:
    async with McpClient(f"{address}/mcp") as client:
        return [tool.name for tool in (await client.list_tools()).tools]


@pytest.mark.parametrize("mode", ["legacy", "auto"])  # the handshake until 2025, and without one since 2026
def test_a_model_finds_three_tools_and_calls_each(seed_page: str, mode: str) -> None:
    async def calls() -> None:
        async with McpClient(f"{seed_page}/mcp", mode=mode) as client:
            listed = (await client.list_tools()).tools
            assert [tool.name for tool in listed] == ["ask", "search", "read_article"]
            for tool in listed:
                described = tool.input_schema["properties"].values()
                assert tool.description and tool.output_schema and all(each["description"] for each in described)
                assert tool.annotations and tool.annotations.read_only_hint
            asked = await client.call_tool("ask", {"question": QUESTION})
            answer: Any = asked.structured_content
            assert "6.2%" in answer["text"] and json.loads(asked.content[0].text) == answer  # type: ignore[union-attr]
            found: Any = (await client.call_tool("search", {"query": "Nikkei", "k": 2})).structured_content
            assert len(found["result"]) == 2
            citation = answer["citations"][0]
            arguments = {"article_id": citation["article_id"], "version": citation["version"]}
            article: Any = (await client.call_tool("read_article", arguments)).structured_content
            assert article["text"][citation["start"] : citation["end"]] == citation["quote"]

    anyio.run(calls)


def test_a_model_is_told_what_it_did_wrong_and_not_what_we_did(seed_page: str, address: str) -> None:
    async def told(address: str, name: str, **arguments: Any) -> str:
        async with McpClient(f"{address}/mcp") as client:
            result = await client.call_tool(name, arguments)
            assert result.is_error
            return str(result.content[0].text)  # type: ignore[union-attr]

    assert "no article 'nothing'" in anyio.run(lambda: told(seed_page, "read_article", article_id="nothing"))
    assert "less than or equal to 50" in anyio.run(lambda: told(seed_page, "search", query="x", k=99))
    assert "secret" not in anyio.run(lambda: told(address, "ask", question="Break"))
    assert httpx.get(f"{seed_page}/mcp", headers={"Accept": "text/event-stream"}).status_code == 405


# OpenAI's chat completions


def test_openais_client_gets_an_answer_with_its_citations(seed_page: str) -> None:
    client = openai(seed_page)
    assert [model.id for model in client.models.list()] == [MODEL] == [client.models.retrieve(MODEL).id]
    system: Any = {"role": "system", "content": "Answer in rhymes."}
    done = client.chat.completions.create(model="any", messages=[system, *user(QUESTION)], temperature=0.1, seed=3)
    content = done.choices[0].message.content or ""
    text, footnote = content.split("\n\n")[:2]
    assert "6.2%" in text and text.endswith("[1]") and footnote.startswith("[1] Japan Moves to Front")
    assert done.choices[0].finish_reason == "stop" and done.usage
    extra: Any = done.model_extra
    assert extra["citations"][0]["quote"] in footnote and extra["refused"] is False
    assert extra["search_results"][0]["title"].startswith("Japan Moves to Front")


def test_streamed_it_says_the_same_sentence_by_sentence(address: str) -> None:
    client = openai(address)
    whole = client.chat.completions.create(model=MODEL, messages=user("Did it rain?"))
    stream = client.chat.completions.create(
        model=MODEL, messages=user("Did it rain?"), stream=True, stream_options={"include_usage": True}
    )
    *chunks, last = list(stream)
    deltas = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices[0].delta.content]
    assert deltas[:2] == ["It rained. [1]", " It stopped. [2]"]
    assert "".join(deltas) == whole.choices[0].message.content
    assert chunks[-1].choices[0].finish_reason == "stop" and last.usage and not last.choices
    assert chunks[-1].model_extra and chunks[-1].model_extra["citations"] == whole.model_extra["citations"]  # type: ignore


def test_earlier_messages_are_history_without_their_footnotes(address: str, scripted: Scripted) -> None:
    client = openai(address)
    first = client.chat.completions.create(model=MODEL, messages=user("Did it rain?"))
    messages: Any = [*user("Did it rain?"), first.choices[0].message, *user([{"type": "text", "text": "And then?"}])]
    client.chat.completions.create(model=MODEL, messages=messages)
    history = [*user("Did it rain?"), {"role": "assistant", "content": "It rained. [1] It stopped. [2]"}]
    assert scripted.asked[-1] == ("And then?", history)


def test_wrong_requests_and_bugs_come_in_openais_shape(address: str, seed_page: str) -> None:
    ask = openai(seed_page).chat.completions.create
    for messages, message in (
        ([], "messages: List should have at least 1 item"),
        (user(" "), "The question is empty."),
        ([{"role": "assistant", "content": "Hello"}], "must have the role user"),
    ):
        with pytest.raises(BadRequestError, match=message) as refused:
            ask(model=MODEL, messages=messages)
        assert refused.value.type == "invalid_request_error"
    with pytest.raises(BadRequestError, match="not a date"):
        ask(model=MODEL, messages=user("Who?"), extra_body={"since": "soon"}, stream=True)
    with pytest.raises(InternalServerError, match="not foreseen"):
        openai(address).chat.completions.create(model=MODEL, messages=user("Break"))
    with pytest.raises(APIError, match="not foreseen"):
        list(openai(address).chat.completions.create(model=MODEL, messages=user("Break later"), stream=True))


@pytest.mark.parametrize("stream", [True, False])
def test_whoever_leaves_ends_the_work(address: str, stream: bool) -> None:
    ENDED.clear()
    asked = {"messages": user("Go on for ever"), "stream": stream}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{address}/v1/chat/completions", json=asked, timeout=1)
    assert ENDED.wait(20)


def test_whoever_finds_the_line_full_is_told_to_ask_again(scripted: Scripted) -> None:
    with serving(scripted, Serving(concurrency=1, waiting=0)) as address, openai(address) as client:
        ENDED.clear()
        with client.chat.completions.create(model=MODEL, messages=user("Go on for ever"), stream=True) as endless:
            next(iter(endless))
            with pytest.raises(InternalServerError, match="Ask again in a few seconds") as told:
                client.chat.completions.create(model=MODEL, messages=user("Did it rain?"))
            assert told.value.status_code == 503
        assert ENDED.wait(20)
        patient = client.with_options(max_retries=5)
        assert patient.chat.completions.create(model=MODEL, messages=user("Did it rain?")).choices[0].message.content


def test_nothing_in_a_message_is_markup(scripted: Scripted) -> None:
    from assistant.page.programs.openai_api import _annotations, _evidence, _text

    answer = said("Did it rain?", "It rained.")
    hostile = {"title": "![x](http://evil.example/a.png)", "source": "<img src=x>", "quote": "[a](http://evil.example)"}
    fields = {name: getattr(answer.citations[0], name) for name in answer.citations[0].__slots__} | hostile
    for url, linked in (("javascript:alert(1)", False), ("https://x.example/<b>", False), ("https://x.example/", True)):
        citation = type(answer.citations[0])(**fields | {"url": url})
        shown = {name: getattr(answer, name) for name in answer.__slots__}
        told = Answer(**shown | {"citations": (citation,), "notes": (Note("stale", "![y](http://evil.example/)"),)})
        assert "evil.example/" not in _text(told) and "<img" not in _text(told) and "](" not in _text(told)
        assert (f"<{url}>" in _text(told)) is linked is bool(_annotations(told))
        assert (_evidence(told)["search_results"][0]["url"] == url) is linked
    place = _annotations(told)[0]["url_citation"]
    assert told.text[place["start_index"] : place["end_index"]] == "[1]"


# The line


def test_a_line_serves_so_many_lets_so_many_wait_and_sends_the_rest_away() -> None:
    gate, working = threading.Event(), threading.Semaphore(0)

    def work() -> None:
        working.release()
        gate.wait(20)

    async def crowd() -> None:
        line = Line(at_once=2, waiting=1)
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(line.run, work)
            while not (working.acquire(blocking=False) and working.acquire(blocking=False)):
                await anyio.sleep(0.01)
            with pytest.raises(Busy, match="Ask again"):
                await line.run(work)
            assert not working.acquire(blocking=False)  # the third waits
            gate.set()
        assert working.acquire(blocking=False)
        await line.run(lambda: None)

    anyio.run(crowd)
