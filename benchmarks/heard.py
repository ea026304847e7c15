"""What a chat model said, before anything was checked."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import BaseCallbackHandler


class Heard(BaseCallbackHandler):
    """Keeps the words of each answer of a chat model's, oldest first; also of one that was broken off."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def on_chat_model_start(self, serialized: dict[str, Any], messages: list[list[Any]], **rest: Any) -> None:
        self.said.append("")

    def on_llm_new_token(self, token: Any, **rest: Any) -> None:
        self.said[-1] += str(token)
