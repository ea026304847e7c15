"""The pipeline of LangChain's retrieval tutorial, as a peer: split by characters, embed, Chroma, the nearest k.

It has no model of its own to answer with, so it is measured as a ranker: the answer's words in its first passages are
the most that a model behind it could have read. As in the tutorial it knows no dates, no copies and no titles. The
embedding model is ours, so what differs is the pipeline; for the speed of the whole, `plain` embeds as LangChain does.
Needs langchain-text-splitters, which the product does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from langchain_text_splitters import RecursiveCharacterTextSplitter
from tqdm import tqdm

from assistant import Passage
from corpus.embedder import DEFAULT_MODEL, Embedder, Vectors, packaged

CHUNK, OVERLAP = 1000, 200  # characters: the tutorial's values
_BATCH = 2000  # chunks embedded and added at a time


def plain() -> Callable[[Sequence[str]], Vectors]:
    """What embeds behind LangChain's `HuggingFaceEmbeddings`: sentence-transformers as it comes."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(packaged() or DEFAULT_MODEL), device="cpu")
    return lambda texts: np.asarray(model.encode(list(texts), show_progress_bar=False))


class LangChainPeer:
    """Kept in `home`; taking the same articles in again is free, and an interrupted intake goes on."""

    def __init__(self, home: Path, embed: Callable[[Sequence[str]], Vectors] | None = None) -> None:
        self._embed = embed or Embedder(DEFAULT_MODEL).embed
        self._chunks = chromadb.PersistentClient(str(home)).get_or_create_collection("chunks")

    def take(self, articles: Iterable[dict[str, Any]]) -> None:
        """Splits and stores articles, each a line of the `.jsonl` contract with an `id` and a `text`."""
        splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP, add_start_index=True)
        chunks = [
            (f"{article['id']}:{number}", article, part)
            for article in articles
            for number, part in enumerate(splitter.create_documents([article["text"]]))
        ]
        done = self._chunks.count()
        for start in tqdm(range(done, len(chunks), _BATCH), desc="peer", unit=" batches"):
            ids, sources, parts = zip(*chunks[start : start + _BATCH], strict=True)
            texts = [part.page_content for part in parts]
            described: list[Mapping[str, str | int]] = [
                {"article_id": a["id"], "title": a.get("title") or "", "start": part.metadata["start_index"]}
                for a, part in zip(sources, parts, strict=True)
            ]
            vectors = self._embed(texts)
            self._chunks.add(ids=list(ids), embeddings=vectors, documents=texts, metadatas=described)  # type: ignore[arg-type]

    def count(self) -> int:
        """How many chunks there are."""
        return self._chunks.count()

    def search(self, question: str, k: int) -> list[Passage]:
        """The nearest `k` chunks, best first."""
        found: dict[str, Any] = self._chunks.query(query_embeddings=self._embed([question]), n_results=k)  # type: ignore[assignment]
        rows = zip(*(found[part][0] for part in ("documents", "metadatas", "distances")), strict=True)
        return [
            Passage(m["article_id"], 1, m["title"], None, None, None, m["start"], m["start"] + len(t), t, -distance)
            for t, m, distance in rows
        ]
