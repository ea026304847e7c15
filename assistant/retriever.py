"""The corpus as a LangChain retriever."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from corpus.types import Passage


class PassageRetriever(BaseRetriever):
    """Documents whose text is a passage and whose metadata are its other fields."""

    search: Callable[..., list[Passage]]
    k: int = 8

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        found = (asdict(passage) for passage in self.search(query, k=self.k))
        return [Document(page_content=fields.pop("text"), metadata=fields) for fields in found]
