"""All settings: an argument wins over the environment (`ASSISTANT_…`), that over `.env`, that over these defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from corpus.errors import AssistantError


class Settings(BaseSettings):
    """Frozen and hashable, so that one `Assistant` can be kept per `Settings`.

    Raises `AssistantError` when a value is not acceptable, naming the field.
    """

    model_config = SettingsConfigDict(
        env_prefix="ASSISTANT_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    # Where the corpus lives.
    home: Path = Path(".assistant")
    chroma_url: str | None = None
    database_url: str | None = None

    # Who answers: "reader" (no chat model), LangChain's "provider:model", or "llamacpp:FILE.gguf".
    model: str = "reader"
    # Other models that visitors of the chat page may choose, parted by commas. With "*" they may name any, at the cost
    # of whose keys the server has, and any model file that it can read: only for a page that nobody else reaches.
    models: Annotated[tuple[str, ...], NoDecode] = ()
    model_timeout: float = Field(default=60.0, gt=0)  # seconds to wait for a chat model's next words
    model_deadline: float = Field(default=300.0, gt=0)  # seconds after which a model that still writes is cut off
    model_retries: int = Field(default=2, ge=0)
    model_context: int = Field(default=8_192, ge=1_024)  # tokens of question, passages and answer together
    model_max_tokens: int = Field(default=4_096, ge=16)  # of an answer, with the thoughts of models that think aloud
    repair: bool = True  # ask the model once more for the sentences that the articles did not bear out
    unsupported: Literal["drop", "mark"] = "drop"  # what becomes of sentences that they still do not bear out

    # How articles are embedded and cut. The corpus remembers these; opening it with others is refused.
    embedding_model: str = "all-MiniLM-L6-v2"
    passage_tokens: int = Field(default=200, ge=32)  # of a passage's own text; title and date come on top

    # How pages are fetched.
    fetch_private: bool = False  # also from this machine and its private networks
    fetch_delay: float = Field(default=1.0, ge=0)  # seconds between requests to one host; robots.txt may ask for more

    # What reads without a chat model: "reader" (it ships with the project), or the name or path of any model that
    # transformers' AutoModelForQuestionAnswering loads.
    reader_model: str = "reader"

    # How much is looked at.
    candidates: int = Field(default=50, ge=1)  # passages taken from each of the two indexes before fusion
    reads: int = Field(default=12, ge=1)  # of the fused, passages that the reader reads and ranks
    top_k: int = Field(default=8, ge=1)  # of those, passages that an answer is made of
    max_sentences: int = Field(default=3, ge=1)  # quoted by the reader

    # Below this confidence (0 to 1) the reader declines.
    threshold: float = Field(default=0.25, ge=0, le=1)

    @field_validator("models", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise AssistantError(
                f"The setting {field!r} (ASSISTANT_{field.upper()}) has a value that cannot be used: "
                f"{first['msg']}. Correct it in the environment, in .env, or in the call."
            ) from None
