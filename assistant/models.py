"""Chat models by name, through LangChain, and what can go wrong with them said in one sentence."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import llamacpp
from corpus.errors import AssistantError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from corpus.settings import Settings

READER = "reader"
# Chat models at work at once; further askers wait their turn. One in a file does one thing at a time.
_AT_ONCE = 4

# LangChain's provider name → the package it needs, and our extra that installs it.
_PACKAGES = {
    "openai": ("langchain_openai", "openai"),
    "anthropic": ("langchain_anthropic", "anthropic"),
    "ollama": ("langchain_ollama", "ollama"),
    "google_genai": ("langchain_google_genai", "google"),
    "mistralai": ("langchain_mistralai", "mistral"),
}

_STATUS = {
    401: "its provider refused the key",
    403: "its provider refused the key or the account",
    404: "its provider knows no such model",
    429: "there were too many requests, or no credit is left",
}
_KEY_NAME = re.compile(r"\b[A-Z_]+_API_KEY\b")


def check_name(name: str) -> None:
    """Raise `AssistantError` for a model name that no chat model can have, before anything is searched."""
    if name == READER:
        return
    if name.startswith(llamacpp.PREFIX) and name != llamacpp.PREFIX:
        _check_packages(name, "llamacpp", ("xllamacpp", "langchain_openai"))
        llamacpp.path_of(name)
        return
    provider, colon, model = name.partition(":")
    if not colon or not model or provider not in _PACKAGES:
        known = ", ".join(_PACKAGES)
        raise AssistantError(
            f"There is no model {name!r}. Use 'reader' (no chat model), or PROVIDER:MODEL with one of the providers "
            f"{known}: for example openai:gpt-5-mini or ollama:qwen3; or llamacpp:FILE.gguf."
        )
    package, extra = _PACKAGES[provider]
    _check_packages(name, extra, (package,))


def check(settings: Settings) -> None:
    """Raise `AssistantError` when it can be told, without asking the model, that it will not answer: a name that no
    model has, a package or a key that is missing.
    """
    check_name(settings.model)
    if settings.model == READER or settings.model.startswith(llamacpp.PREFIX):
        return  # a model in a file is started by its first question
    try:
        load(settings)
    except Exception as error:  # whatever a provider's package raises, as where an answer is made
        raise AssistantError(f"The model {settings.model!r} cannot be used: {reason(error, settings)}.") from error


def turns(name: str) -> threading.BoundedSemaphore:
    """What those who ask a model take turns by."""
    return threading.BoundedSemaphore(1 if name.startswith(llamacpp.PREFIX) else _AT_ONCE)


def held(name: str) -> Path | None:
    """The file of a model in a file, counted as in use until `llamacpp.let_go`; None for any other."""
    if not name.startswith(llamacpp.PREFIX):
        return None
    path = llamacpp.path_of(name)
    llamacpp.hold(path)
    return path


def _check_packages(name: str, extra: str, packages: Sequence[str]) -> None:
    if any(find_spec(package) is None for package in packages):
        raise AssistantError(
            f"The model {name!r} needs a package that is not installed: pip install 'news-assistant[{extra}]'"
        )


@dataclass(frozen=True, slots=True)
class Loaded:
    """A chat model, how many tokens it takes in and gives out together, and how many of them it may write."""

    chat: BaseChatModel
    context: int
    max_tokens: int


def load(settings: Settings) -> Loaded:
    """The chat model that the settings name, with their timeout and retries.

    Raises what its provider raises, such as for a missing key: the caller falls back to the reader.
    """
    # Imported here: langchain takes a second, and the reader does without.
    import httpx
    from dotenv import load_dotenv
    from langchain.chat_models import init_chat_model

    load_dotenv(".env")  # keys of providers, beside our own settings
    name, context = settings.model, settings.model_context
    options: dict[str, Any] = {"timeout": settings.model_timeout, "max_retries": settings.model_retries}
    if name.startswith(llamacpp.PREFIX):
        path = llamacpp.path_of(name)
        served = llamacpp.serve(path, context)
        name, context = f"openai:{path.stem}", served.context
        options |= {"base_url": served.url, "api_key": served.key, "temperature": 0}
        # Loopback is for this machine alone, whatever proxy the environment names.
        options["http_client"] = httpx.Client(trust_env=False, timeout=settings.model_timeout)
    # At least half of the window stays for what is read.
    most = min(settings.model_max_tokens, context // 2)
    if name.startswith("ollama:"):
        # Ollama's own window is small, and it drops the beginning of what is too long without a word.
        options = {"client_kwargs": {"timeout": settings.model_timeout}, "num_predict": most, "num_ctx": context}
    else:
        options["max_tokens"] = most
    if name.startswith("openai:"):
        options["stream_usage"] = True  # else tokens are counted on OpenAI's own host alone
    return Loaded(init_chat_model(name, **options), context, most)


def reason(error: Exception, settings: Settings) -> str:
    """Why a chat model did not answer, as the end of a sentence: no JSON, no key."""
    kinds = " ".join(type(each).__name__ for each in (error, error.__cause__) if each)
    status = getattr(error, "status_code", None) or getattr(error, "code", None)
    key = _KEY_NAME.search(str(error))
    if isinstance(error, AssistantError):
        return str(error).rstrip(" .")
    if "Timeout" in kinds:
        return f"no words came for {settings.model_timeout:g} seconds"
    if isinstance(status, int) and status in _STATUS:
        return f"{_STATUS[status]} ({status})"
    if isinstance(status, int) and status >= 500:
        return f"its server failed ({status})"
    if "Connect" in kinds or "Protocol" in kinds:
        return "there is no connection to it, or it broke"
    if key and status is None:
        return f"there is no key for it; set {key.group()}"
    return _without_keys(_said(error))[:200].rstrip(" .") or type(error).__name__


def _said(error: Exception) -> str:
    """What the provider says, from within its JSON when there is some, on one line."""
    said: object = getattr(error, "body", None)
    while isinstance(said, dict):
        said = said.get("error") or said.get("message")
    return " ".join((said if isinstance(said, str) else str(error)).split())


def _without_keys(text: str) -> str:
    for name, value in os.environ.items():
        if name.endswith(("_KEY", "_TOKEN")) and len(value) >= 8:
            text = text.replace(value, "…")
    return text
