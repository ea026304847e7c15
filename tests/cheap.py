"""Ingest with an embedder that costs nothing, for tests of everything else. `python -m tests.cheap PATH…` runs it."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from corpus import embedder


class CheapEmbedder:
    """Texts that share words are near each other; nothing is loaded."""

    name, max_tokens, dimension = embedder.DEFAULT_MODEL, 256, 64

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.full((len(texts), self.dimension), 0.01)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.lower().split():
                vector[zlib.crc32(word.encode()) % self.dimension] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors.astype(np.float16).astype(np.float32)


if __name__ == "__main__":
    from ingest.cli import main

    embedder.shared = lambda name: CheapEmbedder()  # type: ignore
    sys.exit(main())
