from __future__ import annotations

import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from assistant import AssistantError, Settings, models

EXTRAS = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"][
    "optional-dependencies"
]


@pytest.mark.parametrize(
    "name", ["", "gpt-5-mini", "openai", "openai:", ":gpt-5-mini", "reeder", "nowhere:model", "READER"]
)
def test_a_name_that_is_none_is_refused_with_what_would_be_one(name: str) -> None:
    with pytest.raises(AssistantError, match=r"There is no model .*'reader'.*PROVIDER:MODEL.*openai:gpt-5-mini"):
        models.check_name(name)


@pytest.mark.parametrize("name", ["reader", "openai:gpt-5-mini", "openai:library/llama3:8b"])
def test_a_name_that_can_be_one_passes(name: str) -> None:
    models.check_name(name)


@pytest.mark.parametrize("provider", models._PACKAGES)
def test_a_missing_package_is_named_with_the_exact_command(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    extra = models._PACKAGES[provider][1]
    with pytest.raises(AssistantError) as error:
        models.check_name(f"{provider}:some-model")
    assert str(error.value).endswith(f"pip install 'news-assistant[{extra}]'")


@pytest.mark.parametrize(("provider", "needed"), models._PACKAGES.items())
def test_the_extra_installs_the_package_that_langchain_wants(provider: str, needed: tuple[str, str]) -> None:
    from langchain.chat_models import init_chat_model

    package, extra = needed
    assert any(line.startswith(package.replace("_", "-")) for line in EXTRAS[extra])
    if find_spec(package) is not None:
        return
    # LangChain knows the provider: what it misses is this package, and it says so.
    with pytest.raises(ImportError, match=package.replace("_", "-")):
        init_chat_model(f"{provider}:some-model")


def test_settings_reach_the_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from langchain_openai import ChatOpenAI

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    changes = {"model_timeout": 7.5, "model_retries": 4, "model_context": 2_000, "model_max_tokens": 700}
    loaded = models.load(Settings(model="openai:gpt-5-mini", **changes))
    model = loaded.chat
    assert isinstance(model, ChatOpenAI)
    assert (model.model_name, model.request_timeout, model.max_retries) == ("gpt-5-mini", 7.5, 4)
    assert (model.max_tokens, model.stream_usage) == (700, True)
    assert (loaded.context, loaded.max_tokens) == (2_000, 700)
    # An answer never takes the room of what is read.
    assert models.load(Settings(model="openai:gpt-5-mini", model_context=2_000)).max_tokens == 1_000


def test_keys_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from langchain_openai import ChatOpenAI

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "")  # restored afterwards
    monkeypatch.delenv("OPENAI_API_KEY")
    Path(".env").write_text("OPENAI_API_KEY=sk-from-file\n", "utf-8")
    model = models.load(Settings(model="openai:gpt-5-mini")).chat
    assert isinstance(model, ChatOpenAI)
    assert model.root_client.api_key == "sk-from-file"


def test_a_model_that_cannot_answer_is_told_before_it_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "")  # restored afterwards
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(AssistantError, match=r"'openai:gpt-5-mini' cannot be used: .*OPENAI_API_KEY"):
        models.check(Settings(model="openai:gpt-5-mini"))
    with pytest.raises(AssistantError, match="There is no model"):
        models.check(Settings(model="openai"))
    models.check(Settings())
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    models.check(Settings(model="openai:gpt-5-mini"))


def test_llamacpp_needs_its_file_and_its_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(AssistantError, match=r"There is no file .*missing\.gguf"):
        models.check_name(f"llamacpp:{tmp_path / 'missing.gguf'}")
    (tmp_path / "notes.gguf").write_text("not a model")
    with pytest.raises(AssistantError, match=r"is no GGUF file"):
        models.check_name(f"llamacpp:{tmp_path / 'notes.gguf'}")
    monkeypatch.setattr(models, "find_spec", lambda name: None)
    with pytest.raises(AssistantError, match=r"pip install 'news-assistant\[llamacpp\]'$"):
        models.check_name(f"llamacpp:{tmp_path / 'missing.gguf'}")


class _Refused(Exception):
    """As the packages of OpenAI and Anthropic raise it."""

    def __init__(self, status: int, body: object = None) -> None:
        super().__init__(f"Error code: {status} - {body}")
        self.status_code, self.body = status, body


class ReadTimeout(Exception):
    """As HTTP libraries name it."""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AssistantError("llama.cpp could not run 'x': no."), "llama.cpp could not run 'x': no"),
        (_Refused(401, {"error": {"message": "Incorrect key: sk-secret-key"}}), "its provider refused the key (401)"),
        (_Refused(404), "its provider knows no such model (404)"),
        (_Refused(503), "its server failed (503)"),
        (_Refused(400, {"message": "The context is\n4,096 tokens."}), "The context is 4,096 tokens"),
        (_Refused(400, {"type": "error", "error": {"message": "Too long."}}), "Too long"),
        (ReadTimeout(), "no words came for 60 seconds"),
        (ConnectionRefusedError(111, "refused"), "there is no connection to it, or it broke"),
        (ValueError("Did not find it. Set `MISTRAL_API_KEY`."), "there is no key for it; set MISTRAL_API_KEY"),
        (ValueError("bad key sk-secret-key in\nrequest"), "bad key … in request"),
        (ValueError("x" * 1000), "x" * 200),
        (RuntimeError(), "RuntimeError"),
    ],
)
def test_a_failure_is_told_in_a_few_plain_words(
    error: Exception, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-secret-key")
    assert models.reason(error, Settings()) == expected
