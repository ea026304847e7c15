"""The panel of settings: what may be chosen, what it does, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr
import pytest
from playwright.sync_api import expect

from assistant import Answer, AssistantError, Settings
from assistant.page.options import Options
from tests.browser import ARTICLE, Opener, Scripted, ask, finished, said, serving, stored


def says(question: str) -> Iterator[Answer]:
    yield said(question, "It rained.")


def options(*models: str) -> tuple[Options, Scripted]:
    assistant = Scripted(says, ARTICLE)
    assistant.settings = Settings(models=models)
    with gr.Blocks():
        return Options(assistant), assistant  # type: ignore[arg-type]


def test_only_what_is_offered_may_be_chosen() -> None:
    panel, assistant = options("openai:one")
    assert panel.assistant({}) is assistant
    assert panel.assistant({"model": "openai:one"}).settings.model == "openai:one"
    for name in ("openai:two", "llamacpp:/etc/passwd", "*", "nobody"):
        with pytest.raises(AssistantError, match=r"is not offered here.*ASSISTANT_MODELS"):
            panel.assistant({"model": name})


def test_any_model_may_be_named_where_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "")
    monkeypatch.delenv("OPENAI_API_KEY")
    panel, _ = options("*")
    for name, told in (
        ("nobody", "There is no model &#x27;nobody&#x27;"),
        ("llamacpp:/nowhere.gguf", "There is no file"),
        ("openai:one", "there is no key for it; set OPENAI_API_KEY"),
    ):
        chosen, shown = panel.choose(name, 0.25, 3, "drop", {"threshold": 0.9})
        assert chosen == {"threshold": 0.9} and told in shown and "Questions still go to reader" in shown


def test_what_is_chosen_is_checked_like_any_setting() -> None:
    panel, assistant = options()
    settings = assistant.settings
    assert panel.choose("reader", settings.threshold, settings.max_sentences, "drop", {})[0] == {}
    assert panel.choose("reader", 0.5, 1, "mark", {})[0] == {
        "threshold": 0.5,
        "max_sentences": 1,
        "unsupported": "mark",
    }
    chosen, shown = panel.choose("reader", 7, 1, "mark", {})
    assert chosen == {} and "ASSISTANT_THRESHOLD" in shown


def test_a_model_is_kept_for_all_who_choose_it() -> None:
    panel, _ = options("openai:one")
    assert panel.assistant({"model": "openai:one"}) is panel.assistant({"model": "openai:one"})
    assert panel.assistant({"model": "openai:one", "threshold": 0.5}).settings.threshold == 0.5


def test_a_model_that_there_cannot_be_is_not_offered() -> None:
    with pytest.raises(AssistantError, match="There is no model 'nobody'"):
        options("nobody")


def test_what_is_chosen_goes_for_the_questions_of_this_page(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    assistant = Scripted(says, ARTICLE)
    assistant.settings = Settings(models=("openai:one",))
    with serving(assistant) as address, opened(address) as page:
        page.get_by_role("button", name="Settings").click()
        expect(page.locator("#options h2")).to_be_focused()
        page.get_by_role("combobox", name="Model").click()
        page.get_by_role("option", name="openai:one").click()
        expect(page.locator("#options-told")).to_contain_text("Questions now go to openai:one")
        page.get_by_role("radio", name="Shown, marked").click()
        page.get_by_role("slider", name="range slider for Least confidence").press("ArrowRight")
        page.wait_for_timeout(500)
        page.keyboard.press("Escape")
        expect(page.locator("#options")).to_be_hidden()
        expect(page.get_by_role("button", name="Settings")).to_be_focused()
        ask(page, "Did it rain?")
        finished(page)
        stored(page, 1)
        page.reload()
        finished(page)
        ask(page, "And then?")
        finished(page, 2)
    chosen, default = assistant.asked_with
    assert (chosen.model, chosen.unsupported, chosen.threshold) == ("openai:one", "mark", 0.3)
    assert default == assistant.settings
