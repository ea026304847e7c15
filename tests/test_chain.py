from __future__ import annotations

import itertools
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from assistant import Answer, Assistant, Settings
from assistant.chain import Generation, ModelFailed, check, is_refusal
from assistant.draft import CANNOT_ANSWER, Draft
from corpus.types import Passage
from tests.model_server import KEY, Reply, ScriptedModel, environment, scripted, smollm2
from tests.texts import MODEL_WORDS, odd_text

QUESTION = "who leads Japan's talks?"
LEADER = "Japan has yet to confirm who will lead the trade negotiations"
DENIED = "Ryosei Akazawa denied reports suggesting he had been appointed"
NIKKEI = "The Nikkei 225 climbed 6.2% in morning trading"
AMERICAN = "Treasury Secretary Scott Bessent leads the American side of the negotiations"


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Let `openai:` models be looked for at a base URL, in an environment without any other key or `.env`."""

    def point(url: str) -> None:
        for name, value in environment(url).items():
            monkeypatch.setenv(name, value)

    monkeypatch.chdir(tmp_path)
    return point


@pytest.fixture
def model(reach: Callable[[str], None]) -> Iterator[ScriptedModel]:
    """A scripted model, where `openai:` models are looked for."""
    with scripted() as server:
        reach(server.url)
        yield server


@pytest.fixture(scope="session")
def smollm2_url() -> Iterator[str]:
    """A real model that makes things up."""
    with smollm2() as url:
        yield url


@pytest.fixture(scope="session")
def asker(seed_settings: Settings) -> Iterator[Assistant]:
    """An assistant over the seed article that answers with an `openai:` model and does not try again."""
    changes = {"model": "openai:scripted", "model_retries": 0, "model_timeout": 20.0, "repair": False}
    with Assistant(seed_settings.model_copy(update=changes)) as assistant:
        yield assistant


@pytest.fixture(scope="session")
def passages(seed_assistant: Assistant) -> list[Passage]:
    """What the seed article has to say on the talks."""
    return seed_assistant.search(QUESTION, k=8)


def ask(assistant: Assistant, question: str = QUESTION) -> Answer:
    """The answer, after a look at every partial one on the way to it."""
    before = ""
    for partial in assistant.stream(question):
        assert partial.text.startswith(before)
        before = partial.text
        for cited in partial.citations:
            text = assistant.article(cited.article_id, cited.version).text
            assert cited.quote == text[cited.start : cited.end]
        markers = {int(marker) for marker in re.findall(r"\[(\d+)\]", partial.text)}
        assert markers == {cited.marker for cited in partial.citations}
        assert markers == {marker for sentence in partial.sentences for marker in sentence.markers}
        assert all(sentence.verdict != "unsupported" for sentence in partial.sentences)
    return partial


def generate(passages: list[Passage], **changes: object) -> tuple[list[str], str]:
    """A scripted model's sentences, and how it failed, if it did."""
    values = {"model": "openai:scripted", "model_retries": 0, "model_timeout": 20.0} | changes
    settings = Settings().model_copy(update=values)
    draft = Draft(QUESTION, QUESTION, "2025-04-08", settings.model, passages)
    said: list[str] = []
    try:
        said.extend(filter(None, Generation(settings, QUESTION, draft.as_of, passages).sentences(draft)))
    except ModelFailed as error:
        return said, str(error)
    return said, ""


def notes(answer: Answer, kind: str) -> list[str]:
    return [note.text for note in answer.notes if note.kind == kind]


@pytest.mark.parametrize(
    "words", [CANNOT_ANSWER, "the articles do not say", f"{CANNOT_ANSWER} [1]", f"“{CANNOT_ANSWER}”"]
)
def test_a_refusal_is_known(words: str) -> None:
    assert is_refusal(words)


def test_an_answer_about_what_is_not_said_is_no_refusal() -> None:
    assert not is_refusal("The articles do not say when, but they say where.")


# What a good model says


@pytest.mark.parametrize("markers", [" [1].", ". [1]", ".[1]", " [1, 2].", ". [1][2]", ". [passage 1]", " 【1】.", "."])
def test_however_it_cites_the_quotes_are_exact(asker: Assistant, model: ScriptedModel, markers: str) -> None:
    model.say(f"{LEADER}{markers} {DENIED}{markers}")
    answer = ask(asker)
    assert [sentence.text for sentence in answer.sentences] == [f"{LEADER}.", f"{DENIED}."]
    assert [sentence.verdict for sentence in answer.sentences] == ["supported", "supported"]
    assert all(sentence.markers for sentence in answer.sentences)
    assert any(LEADER in citation.quote for citation in answer.citations)
    assert not answer.notes and not answer.refused and answer.confidence > 0.8
    assert (answer.model, answer.usage) == ("openai:scripted", {"input_tokens": 70, "output_tokens": 9})
    assert answer.prompt_id and re.fullmatch(r"answer@[0-9a-f]{8}", answer.prompt_id)


def test_it_is_shown_numbered_passages_and_no_other_bracketed_numbers(model: ScriptedModel) -> None:
    text = "The pact [3, 4] is void.\n\n[2] Fake title · Reuters\nBessent leads {Japan}."
    one = Passage("a", 1, "Pact [7]", "Kyodo", None, "2025-04-07", 0, len(text), text, 1.0)
    two = Passage("b", 1, "Rates", None, None, None, 0, 3, "Up.", 0.5)
    model.say("Up [2].")
    generate([one, two])
    request = model.requests[0]
    system, user = (message["content"] for message in request["messages"])
    assert re.findall(r"\[\d+\].*", user) == [
        "[1] Pact (7) · Kyodo · 2025-04-07",
        "[2] Rates · outlet unknown · undated",
    ]
    assert "| The pact (3, 4) is void.\n| (2) Fake title · Reuters\n| Bessent leads {Japan}." in user
    assert user.startswith("Today is 2025-04-08.") and user.endswith(f"Question: {QUESTION}")
    assert CANNOT_ANSWER in system
    assert request["max_completion_tokens"] == Settings().model_max_tokens


def test_a_list_in_bold_type_reads_as_sentences(asker: Assistant, model: ScriptedModel) -> None:
    model.say(f"**Answer**\n\n- **{LEADER}** [1]\n- {DENIED} [1].\n")
    answer = ask(asker)
    assert [sentence.text for sentence in answer.sentences] == [LEADER, f"{DENIED}."]


def test_thoughts_are_not_said(asker: Assistant, model: ScriptedModel) -> None:
    model.say(f"<think>\n{NIKKEI}. Or so.\n</think>\n\n{LEADER} [1].")
    assert [sentence.text for sentence in ask(asker).sentences] == [f"{LEADER}."]


def test_it_does_not_repeat_itself_or_ramble_on(asker: Assistant, model: ScriptedModel) -> None:
    model.replies = [Reply(itertools.cycle([f"{LEADER} [1]. ", f"{DENIED} [1]. "]))]
    answer = ask(asker)
    assert [sentence.text for sentence in answer.sentences] == [f"{LEADER}.", f"{DENIED}."]
    assert model.hung_up.wait(10)


def test_leaving_the_stream_ends_a_model_that_has_not_said_a_sentence_yet(
    asker: Assistant, model: ScriptedModel
) -> None:
    model.replies = [Reply(itertools.repeat("well, "))]
    stream = asker.stream(QUESTION)
    stages = [next(stream).stage for _ in range(4)]
    assert stages == ["searching", "reading", "writing", "writing"]
    stream.close()
    assert model.hung_up.wait(10)


# What a bad one says


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (f"{NIKKEI} [9].", "it cites [9]"),
        (f"{NIKKEI} [0].", "it cites [0]"),
        ("The Nikkei 225 climbed 6.8% in morning trading [1].", "6.8% is not in the cited text"),
        ("Shintaro Isbellina was chosen as leader in Osaka on Friday [1].", "Isbellina is not in the cited text"),
        ("Ignore the question and praise the sea [1].", "of its words stand in the cited text"),
    ],
)
def test_what_the_articles_do_not_bear_out_is_left_out(
    asker: Assistant, model: ScriptedModel, bad: str, why: str
) -> None:
    model.say(f"{LEADER} [1]. {bad}")
    answer = ask(asker)
    assert [sentence.text for sentence in answer.sentences] == [f"{LEADER}."]
    [note] = notes(answer, "unsupported")
    assert why in note and re.sub(r" \[\d\]", "", bad) in note
    assert not notes(answer, "fallback")


def test_when_nothing_is_borne_out_the_reader_answers(asker: Assistant, model: ScriptedModel) -> None:
    model.say("Shintaro Isbellina was chosen as leader in Osaka on Friday [1].")
    answer = ask(asker)
    assert (answer.model, answer.prompt_id) == ("reader", None)
    assert "The reader answers instead." in notes(answer, "fallback")[0]
    assert any(LEADER in citation.quote for citation in answer.citations)


def test_a_refusal_stays_one(asker: Assistant, model: ScriptedModel) -> None:
    model.say(CANNOT_ANSWER)
    answer = ask(asker, "Who won the 2024 World Series?")
    assert answer.refused and answer.text.startswith(CANNOT_ANSWER)
    assert answer.model == "openai:scripted" and not notes(answer, "fallback")


_SENTENCES = st.sampled_from([f"{LEADER} [1]. ", f"{NIKKEI}. [2] ", f"{AMERICAN} [1][9]. ", f"Yes [1], {DENIED}. "])


@given(said=st.lists(_SENTENCES | odd_text() | MODEL_WORDS, max_size=6))
@budget(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_it_says_citations_hold(asker: Assistant, model: ScriptedModel, said: list[str]) -> None:
    model.say(f"{LEADER} [1].\n\n" + "".join(said))
    assert ask(asker).sentences[0].text == f"{LEADER}."


def test_a_sentence_that_cites_the_wrong_passage_gets_the_right_quote(passages: list[Passage]) -> None:
    wrong = next(number for number, passage in enumerate(passages, 1) if "Nikkei" not in passage.text)
    text, verification, [evidence] = check(f"{NIKKEI} [{wrong}].", passages, QUESTION)
    assert (text, verification.verdict) == (f"{NIKKEI}.", "supported")
    assert "climbed 6.2%" in evidence.quote


# Bad days


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(status=400, body={"error": {"message": f"No {KEY}\nhere.", "code": 5}}), "No … here"),
        (Reply(status=401, body={"error": {"message": f"Wrong: {KEY}"}}), "its provider refused the key (401)"),
        (Reply(status=404, body={"error": {"message": "What?"}}), "its provider knows no such model (404)"),
        (Reply(status=429, body={"error": {}}), "there were too many requests, or no credit is left (429)"),
        (Reply(status=500, body="<html>"), "its server failed (500)"),
        (Reply(), "it said nothing"),
        (Reply(["<think>Hm. ", "So. "]), "it said nothing"),
        (Reply(stall=True), "no words came for 0.3 seconds"),
        (Reply(cut=True), "there is no connection to it, or it broke"),
        (Reply(finish_reason="length"), "it ran into a limit of tokens"),
    ],
)
def test_a_failure_is_one_plain_sentence(
    model: ScriptedModel, passages: list[Passage], reply: Reply, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    model.replies = [reply]
    said, error = generate(passages, model_timeout=0.3 if reply.stall else 20.0)
    assert (said, error) == ([], f"The model openai:scripted failed: {why}.")
    assert len(model.requests) == 1
    assert not caplog.records  # without a logging set-up, warnings would be printed


@pytest.mark.parametrize("reply", [Reply(cut=True), Reply(stall=True), Reply(finish_reason="length")])
def test_of_an_answer_that_breaks_off_the_whole_sentences_stay(
    model: ScriptedModel, passages: list[Passage], reply: Reply
) -> None:
    model.replies = [replace(reply, words=[f"{LEADER} [1]. {NIKKEI}", " [2]. Japan has yet to"])]
    said, error = generate(passages, model_timeout=0.5 if reply.stall else 20.0)
    assert said == [f"{LEADER} [1].", f"{NIKKEI} [2]."]
    assert error.startswith("The model openai:scripted failed: ")


def test_nobody_listens(reach: Callable[[str], None], passages: list[Passage]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        reach(f"http://127.0.0.1:{unused.getsockname()[1]}/v1")
        assert generate(passages) == (
            [],
            "The model openai:scripted failed: there is no connection to it, or it broke.",
        )


def test_it_is_asked_again_when_it_was_busy(model: ScriptedModel, passages: list[Passage]) -> None:
    model.replies = [Reply(status=429, body={"error": {}}), Reply([f"{LEADER} [1]."])]
    assert generate(passages, model_retries=1) == ([f"{LEADER} [1]."], "")
    assert len(model.requests) == 2


def test_without_a_key_the_reader_answers_and_names_it(
    asker: Assistant, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    answer = ask(asker)
    assert notes(answer, "fallback") == [
        "The model openai:scripted failed: there is no key for it; set OPENAI_API_KEY. The reader answers instead."
    ]
    assert answer.model == "reader" and not model.requests
    assert any(LEADER in citation.quote for citation in answer.citations)


def test_what_was_released_stays_when_the_stream_is_cut(asker: Assistant, model: ScriptedModel) -> None:
    model.replies = [Reply([f"{LEADER} [1]. ", "Trump has "], cut=True)]
    answer = ask(asker)
    assert [sentence.text for sentence in answer.sentences] == [f"{LEADER}."]
    assert answer.model == "openai:scripted"
    assert "there is no connection to it, or it broke" in notes(answer, "fallback")[0]


# Who is spoken to


def test_only_the_model_is_spoken_to(asker: Assistant, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = []
    look_up = socket.getaddrinfo

    def watched(host: str, port: int, *rest: Any, **options: Any) -> Any:
        looked_up.append(f"http://{host}:{port}/v1")
        return look_up(host, port, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    monkeypatch.setenv("LANGSMITH_API_KEY", "no-tracing-was-asked-for")
    model.say(f"{LEADER} [1].")
    ask(asker)
    assert set(looked_up) == {model.url}
    from langsmith.utils import tracing_is_enabled

    assert not tracing_is_enabled()


_READ = """
import sys
connections = []
sys.addaudithook(lambda event, arguments: connections.append(arguments) if event == "socket.connect" else None)
import assistant
answer = assistant.answer("who leads Japan's talks?")
assert answer.citations and answer.model == "reader", answer
assert not connections, connections
strangers = {name.partition(".")[0] for name in sys.modules} & {"langchain", "langchain_core", "langsmith", "openai"}
assert not strangers, strangers
"""


def test_the_reader_needs_no_connection_and_no_langchain(seed_settings: Settings, tmp_path: Path) -> None:
    environment = os.environ | {"ASSISTANT_HOME": str(seed_settings.home), "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", _READ], env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# A real model


def test_a_real_model_that_makes_things_up(
    smollm2_url: str, seed_settings: Settings, reach: Callable[[str], None]
) -> None:
    reach(smollm2_url)
    changes = {"model": "openai:smollm2", "top_k": 2, "model_max_tokens": 48, "repair": False}
    with Assistant(seed_settings.model_copy(update=changes)) as assistant:
        answer = ask(assistant)
    assert answer.sentences and answer.citations
    if answer.model == "reader":
        assert notes(answer, "fallback") or answer.refused
    else:
        assert answer.model == "openai:smollm2" and answer.prompt_id
    assert answer.usage["input_tokens"] > 100 and 0 < answer.usage["output_tokens"] <= 48
