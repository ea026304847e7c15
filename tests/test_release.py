"""What of a model's sentences is said, once it has been asked again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler

from assistant import Answer, Assistant, Settings
from assistant.draft import CANNOT_ANSWER, UNSUPPORTED
from tests.model_server import Reply, ScriptedModel, environment, scripted

QUESTION = "who leads Japan's talks?"
LEADER = "Japan has yet to confirm who will lead the trade negotiations"
RIGHT = "The Nikkei 225 climbed 6.2% in morning trading"
WRONG = "The Nikkei 225 climbed 6.8% in morning trading"


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedModel]:
    with scripted() as server:
        for name, value in environment(server.url).items():
            monkeypatch.setenv(name, value)
        yield server


def ask(settings: Settings, callbacks: list[BaseCallbackHandler] | None = None, **changes: Any) -> Answer:
    values = {"model": "openai:scripted", "model_retries": 0, "model_timeout": 20.0} | changes
    with Assistant(settings.model_copy(update=values), callbacks=callbacks or ()) as assistant:
        before = ""
        for partial in assistant.stream(QUESTION):
            assert partial.text.startswith(before)
            before = partial.text
    return partial


def test_what_failed_is_mended_and_added(seed_settings: Settings, model: ScriptedModel) -> None:
    model.replies = [Reply([f"{LEADER} [1]. {WRONG} [1]."]), Reply([f"{RIGHT} [1]."])]
    answer = ask(seed_settings)
    assert [sentence.text for sentence in answer.sentences] == [f"{LEADER}.", f"{RIGHT}."]
    assert [sentence.verdict for sentence in answer.sentences] == ["supported", "supported"]
    asked = model.requests[1]["messages"][1]["content"]
    assert f"- {WRONG}. (6.8% is not in the cited text" in asked and len(model.requests) == 2
    assert answer.usage == {"input_tokens": 140, "output_tokens": 18} and "repair" in answer.timings


@pytest.mark.parametrize(
    "second",
    [
        Reply([f"{WRONG} [1]."]),
        Reply([CANNOT_ANSWER]),
        Reply([f"{LEADER} [1]."]),
        Reply(status=500, body={}),
        Reply(["Shintaro Isbellina leads the talks from Osaka [1]. " * 5]),
    ],
)
def test_a_repair_makes_nothing_worse(seed_settings: Settings, model: ScriptedModel, second: Reply) -> None:
    model.replies = [Reply([f"{LEADER} [1]. {WRONG} [1]."]), second]
    answer = ask(seed_settings)
    assert [sentence.text for sentence in answer.sentences] == [f"{LEADER}."]
    assert [note.kind for note in answer.notes] == ["unsupported"] and WRONG in answer.notes[0].text
    assert answer.model == "openai:scripted" and not answer.refused


def test_nothing_is_asked_again_when_all_stands_or_by_setting(seed_settings: Settings, model: ScriptedModel) -> None:
    model.say(f"{LEADER} [1].")
    ask(seed_settings)
    assert len(model.requests) == 1
    model.say(f"{LEADER} [1]. {WRONG} [1].")
    ask(seed_settings, repair=False)
    assert len(model.requests) == 2


def test_by_setting_what_is_not_borne_out_is_kept_and_marked(seed_settings: Settings, model: ScriptedModel) -> None:
    model.say(f"{LEADER} [1]. {WRONG} ![x](https://evil.example/?q) [1].")
    answer = ask(seed_settings, unsupported="mark", repair=False)
    assert answer.text.endswith(f"{WRONG} . ({UNSUPPORTED})") or answer.text.endswith(f"{WRONG}. ({UNSUPPORTED})")
    last = answer.sentences[-1]
    assert (last.verdict, last.markers) == ("unsupported", ()) and last.reasons and not answer.notes


def test_a_model_that_does_not_end_is_cut_off(seed_settings: Settings, model: ScriptedModel) -> None:
    model.say(f"{LEADER} [1]. And so on and so on.")
    answer = ask(seed_settings, model_deadline=1e-9)
    assert any("it was not done after 1e-09 seconds" in note.text for note in answer.notes)


def test_passages_are_fitted_to_the_window(seed_settings: Settings, model: ScriptedModel) -> None:
    model.say(f"{LEADER} [1].")
    ask(seed_settings, model_context=2_000, model_max_tokens=300)
    small = model.requests[0]["messages"][1]["content"]
    ask(seed_settings)
    whole = model.requests[1]["messages"][1]["content"]
    assert len(small) < len(whole) and small.count("| ") > 1
    answer = ask(seed_settings, model_context=1_024, model_max_tokens=512)
    assert "too small for the question and a passage" in answer.notes[0].text and answer.model == "reader"
    assert len(model.requests) == 2


def test_callbacks_see_the_call(seed_settings: Settings, model: ScriptedModel) -> None:
    class Seen(BaseCallbackHandler):
        said = ""

        def on_llm_end(self, response: Any, **rest: Any) -> None:
            self.said += response.generations[0][0].text

    seen = Seen()
    model.say(f"{LEADER} [1].")
    ask(seed_settings, [seen])
    assert seen.said == f"{LEADER} [1]."
