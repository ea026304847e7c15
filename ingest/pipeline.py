"""Load → cut into passages → embed → store: articles at the door become articles in the corpus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

from tqdm import tqdm

from corpus.record import NewArticle
from corpus.settings import Settings
from corpus.store import Corpus
from ingest.load import Loaded, Skipped, load
from ingest.passages import cut, header

# Passages embedded and committed together: enough to fill the model's batches, little enough to lose in a crash.
_BATCH = 256


@dataclass
class Report:
    """What an ingest did: ids of articles by outcome, and what was skipped with the reason."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    passages: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON, under the same names."""
        return asdict(self)


def ingest(targets: Sequence[str], settings: Settings | None = None, *, progress: bool = False) -> Report:
    """Take files and folders into the corpus. What cannot be read is in the report's `skipped`; the rest goes on.

    Running it twice changes nothing. Raises `AssistantError` when the corpus cannot be written.
    """
    corpus = Corpus(settings or Settings())
    try:
        with corpus.writing():
            run = _Run(corpus, progress=progress)
            run.take(item for target in targets for item in load(target))
            return run.report
    finally:
        corpus.close()


class _Run:
    def __init__(self, corpus: Corpus, *, progress: bool) -> None:
        self.report = Report()
        self._corpus = corpus
        self._waiting: dict[str, tuple[Loaded, str, list[tuple[int, int]]]] = {}
        self._bar = tqdm(unit=" passages", disable=not progress, smoothing=0.1)

    def take(self, items: Iterable[Loaded | Skipped]) -> None:
        started = perf_counter()
        with self._bar:
            for item in items:
                if isinstance(item, Skipped):
                    self.report.skipped.append(item)
                else:
                    self._take(item)
            self._flush()
        self.report.seconds = perf_counter() - started

    def _take(self, article: Loaded) -> None:
        if article.id in self._waiting or article.by_path:
            self._flush_if_related(article)
        known = self._corpus.record.article(article.id)
        if known is None and article.by_path and self._corpus.record.with_text(article.text):
            self.report.unchanged.append(article.id)
            return
        described = (article.title, article.source, article.url, article.published, article.text)
        if known and described == (known.title, known.source, known.url, known.published, known.text):
            self.report.unchanged.append(article.id)
            return
        (self.report.changed if known else self.report.added).append(article.id)
        embedder = self._corpus.embedder
        head = header(article.title, article.published, embedder.count_tokens)
        spans = cut(
            article.text,
            head,
            embedder.count_tokens,
            passage_tokens=self._corpus.settings.passage_tokens,
            max_tokens=embedder.max_tokens,
        )
        self._waiting[article.id] = (article, head, spans)
        if sum(len(waiting[2]) for waiting in self._waiting.values()) >= _BATCH:
            self._flush()

    def _flush_if_related(self, article: Loaded) -> None:
        """What is compared with the record must be in it: an earlier item of the same id, or of the same text."""
        if any(article.id == key or article.text == waiting[0].text for key, waiting in self._waiting.items()):
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        texts = [head + a.text[start:end] for a, head, spans in self._waiting.values() for start, end in spans]
        vectors = self._corpus.embedder.embed(texts)
        written, first = [], 0
        for a, _, spans in self._waiting.values():
            part = vectors[first : first + len(spans)]
            written.append(NewArticle(a.id, a.title, a.source, a.url, a.published, a.text, tuple(spans), part))
            first += len(spans)
        self._corpus.write(written)
        self.report.passages += len(texts)
        self._bar.update(len(texts))
        self._bar.set_postfix(articles=len(self.report.added) + len(self.report.changed))
        self._waiting.clear()
