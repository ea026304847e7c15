"""The vectors: a Chroma collection, embedded or on a server, derived from the record. Only this file imports chromadb.

It can be read by any Chroma or LangChain client: documents are passages, metadata says where they stand.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import AssistantError
from corpus.follower import IndexBroken
from corpus.record import IndexEntry

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

COLLECTION = "passages"
# recall@20 .995 over 50,000 passages, at 3 ms a query.
_EF_SEARCH = 100
# How many inserts Chroma gathers before it writes its graph to disk; its default of 1,000 writes far too often in bulk.
_SYNC_THRESHOLD = 20_000

# Chroma keeps one system per path string and process. A path spelt differently each time gives each `VectorIndex` its
# own, so that closing it really closes the files, and opening it again really reads what other processes wrote.
_spelling = itertools.count()


class VectorIndex:
    """One collection. `place` is a folder, or the URL of a Chroma server."""

    def __init__(self, place: Path | str) -> None:
        self._place = place
        self._client, self._collection = self._open()

    def _open(self) -> tuple[Client, Collection | None]:
        from chromadb.errors import NotFoundError

        with self._speaking():
            client = _server(self._place) if isinstance(self._place, str) else _embedded(self._place)
            try:
                return client, client.get_collection(COLLECTION, embedding_function=None)
            except NotFoundError:
                return client, None

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        """What goes wrong in here becomes a broken index, which is rebuilt, or a server that must be seen to."""
        from chromadb.errors import ChromaError, NotFoundError
        from httpx import HTTPError

        try:
            yield
        except NotFoundError as error:  # another process cleared the collection: there is a new one, or will be
            raise IndexBroken(f"The vector index at {self._place} was made again meanwhile. Try again.") from error
        except (ChromaError, HTTPError, ValueError) as error:
            if not isinstance(self._place, str):
                raise IndexBroken(
                    f"The vector index in {self._place} cannot be used ({error}). Rebuild it: assistant check --repair"
                ) from error
            raise AssistantError(
                f"The Chroma server at {self._place} does not answer as it should ({error}). Start it (chroma run "
                "--path FOLDER), correct ASSISTANT_CHROMA_URL, or unset it to use the embedded index."
            ) from error

    def close(self) -> None:
        """Let go of the files, or of the connection."""
        self._client.close()

    def reopen(self) -> None:
        """See what other processes have written."""
        if isinstance(self._place, str) and self._collection is not None:
            with self._speaking():
                self._collection = self._client.get_collection(COLLECTION, embedding_function=None)
            return
        self.close()
        self._client, self._collection = self._open()

    @property
    def state(self) -> dict[str, Any]:
        """What `finish` said last: which record, model and change this index stands at. Empty for a new one."""
        return dict(self._collection.metadata or {}) if self._collection else {}

    def finish(self, state: dict[str, Any]) -> None:
        """Note where the index stands now."""
        assert self._collection is not None
        with self._speaking():
            self._collection.modify(metadata=state)

    def clear(self, state: dict[str, Any]) -> None:
        """Start again with nothing in it."""
        hnsw: Any = {"space": "cosine", "ef_search": _EF_SEARCH, "sync_threshold": _SYNC_THRESHOLD}
        with self._speaking():
            if self._collection is not None:
                self._client.delete_collection(COLLECTION)
            self._collection = self._client.create_collection(
                COLLECTION, configuration={"hnsw": hnsw}, metadata=state, embedding_function=None
            )

    def count(self) -> int:
        """How many passages are in it."""
        with self._speaking():
            return self._collection.count() if self._collection else 0

    def apply(self, added: Sequence[IndexEntry], gone: Sequence[int]) -> None:
        """Take in changes; doing it twice is doing it once."""
        assert self._collection is not None
        with self._speaking():
            largest = self._client.get_max_batch_size()
            for start in range(0, len(gone), largest):
                self._collection.delete(ids=[str(key) for key in gone[start : start + largest]])
            for start in range(0, len(added), largest):
                batch = added[start : start + largest]
                # An id is never used for two passages, so upsert has no old metadata to merge with.
                self._collection.upsert(
                    ids=[str(entry.id) for entry in batch],
                    embeddings=np.asarray([entry.vector for entry in batch]),
                    documents=[entry.passage.text for entry in batch],
                    metadatas=[_metadata(entry) for entry in batch],
                )

    def query(self, vector: NDArray[np.float32], k: int) -> list[int]:
        """The ids of the `k` nearest passages, nearest first."""
        if self._collection is None:
            return []
        with self._speaking():
            found = self._collection.query(query_embeddings=np.asarray([vector]), n_results=k, include=[])
        return [int(key) for key in found["ids"][0]]

    def probe(self) -> None:
        """Touch what a damaged index cannot answer from; raises as `apply` and `query` would."""
        if self.count() and self._collection is not None:
            with self._speaking():
                some = self._collection.get(limit=1, include=["embeddings"])["embeddings"]
            self.query(np.asarray(some)[0], 1)


def _metadata(entry: IndexEntry) -> dict[str, str | int]:
    passage = entry.passage
    values: dict[str, str | int | None] = {
        "article_id": passage.article_id,
        "version": passage.version,
        "title": passage.title,
        "source": passage.source,
        "url": passage.url,
        "published": passage.published,
        "start": passage.start,
        "end": passage.end,
    }
    return {key: value for key, value in values.items() if value is not None}


def _embedded(folder: Path) -> Client:
    import chromadb
    import chromadb.config

    folder.mkdir(parents=True, exist_ok=True)
    path = f"{folder.resolve()}{'/.' * (next(_spelling) % 100 + 1)}"
    settings = chromadb.config.Settings(anonymized_telemetry=False)
    client: Client = chromadb.PersistentClient(path=path, settings=settings)  # type: ignore[assignment]
    return client


def _server(url: str) -> Client:
    import chromadb
    import chromadb.config
    from httpx import URL

    parts = URL(url)
    if parts.scheme not in ("http", "https") or not parts.host:
        raise ValueError("it is not of the form http://HOST:PORT")
    secure = parts.scheme == "https"
    settings = chromadb.config.Settings(anonymized_telemetry=False)
    port = parts.port or (443 if secure else 8000)
    client: Client = chromadb.HttpClient(  # type: ignore[assignment]
        host=parts.host, port=port, ssl=secure, settings=settings
    )
    return client
