"""What an ingest stores together, and the thread that embeds it while the next is loaded."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Thread

from corpus.embedder import Embedder, Vectors
from corpus.ledger import Page
from corpus.record import NewArticle
from ingest.load import Loaded
from ingest.prepare import NONE, texts


@dataclass
class Batch:
    """Articles (by id, with what goes before the passages, and as they came) and what the ledger is told afterwards.

    `others` counts the commits of other processes when its articles began to be compared with the record.
    """

    others: int
    articles: dict[str, tuple[NewArticle, str, Loaded]] = field(default_factory=dict)
    came: list[tuple[str, str]] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    details: dict[str, dict[str, str | None]] = field(default_factory=dict)
    failed: dict[str, dict[str, str]] = field(default_factory=dict)

    def texts(self) -> list[str]:
        return texts((new, head) for new, head, _ in self.articles.values())

    def is_empty(self) -> bool:
        return not (self.articles or self.came or self.pages or self.details or self.failed)

    def is_related(self, article: Loaded) -> bool:
        """Whether the article's id, or its text, is that of an article in it."""
        return article.id in self.articles or (
            article.by_path and any(article.text == a.text for a, *_ in self.articles.values())
        )


def beside(embedder: Embedder, texts: list[str]) -> Future[Vectors]:
    """The vectors of the texts, made in a thread that nobody has to wait for who interrupts the run."""
    future: Future[Vectors] = Future()

    def embed() -> None:
        try:
            future.set_result(embedder.embed(texts) if texts else NONE)
        except BaseException as error:  # handed to whoever asks for the vectors
            future.set_exception(error)

    Thread(target=embed, name="embed", daemon=True).start()
    return future
