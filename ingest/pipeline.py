"""Load → cut into passages → embed → store: articles at the door become articles in the corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from corpus.embedder import Vectors
from corpus.follower import CHUNK
from corpus.ledger import Failure, Page
from corpus.record import NewArticle
from corpus.settings import Settings
from corpus.store import Corpus
from corpus.types import Article
from ingest.batch import Batch, beside
from ingest.copies import link
from ingest.language import language
from ingest.load import Known, Loaded, Skipped, is_address, load
from ingest.prepare import Prepared, cut_up, with_vectors
from ingest.prune import checked, gone, is_there
from ingest.published import ORDER

if TYPE_CHECKING:
    from ingest.engine_ray import Cluster
    from ingest.web import Web

# Passages embedded and committed together: enough to fill the model's batches, little enough to lose in a crash. While
# they are embedded, the next are loaded and cut.
_BATCH = 256
_NOTES = 1_000  # what is noted in the ledger together


@dataclass
class Report:
    """What an ingest did: ids of articles by outcome, and what was skipped with the reason.

    `failing` is what failed in earlier runs and was not tried in this one; `pruned` what was removed with its file.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    failing: list[Failure] = field(default_factory=list)
    pruned: list[str] = field(default_factory=list)
    passages: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON, under the same names."""
        return asdict(self)


def ingest(
    targets: Sequence[str],
    settings: Settings | None = None,
    *,
    progress: bool = False,
    prune: bool = False,
    agree: Callable[[list[str]], bool] = lambda _: True,
    uploads: Mapping[str, str] | None = None,
    proceed: Callable[[Report], bool] = lambda _: True,
    engine: str = "local",
) -> Report:
    """Take files, folders, pages, feeds and sitemaps into the corpus. What cannot be read is in the report's `skipped`.

    Running it twice changes nothing. With `prune`, articles whose files are gone from the folders are removed, if
    `agree` (given their ids) says so. `uploads` gives the names of those target files that lie there only for now:
    their articles' ids are `upload:NAME`. `proceed` is asked after each article, with the growing report; where it
    says no, what came so far is stored and the rest is left. With the `engine` "ray", files are loaded, cut and
    embedded by the workers of a Ray cluster; the corpus is the same. Raises `AssistantError` when the corpus cannot be
    written, or a folder to prune is not there.
    """
    for target in targets if prune else ():
        checked(target)
    corpus = Corpus(settings or Settings())
    try:
        with closing(_Run(corpus, progress=progress, engine=engine)) as run:
            named = uploads or {}
            run.take((item for target in targets for item in run.load(target, named.get(target))), proceed)
            if prune:
                run.prune(targets, agree)
            corpus.index()
            return run.report
    finally:
        corpus.close()


def forget(targets: Sequence[str], settings: Settings) -> list[str]:
    """Stop reporting that files or addresses failed; which of them had."""
    corpus = Corpus(settings)
    try:
        uris = {target if is_address(target) else Path(target).absolute().as_uri() for target in targets} | {*targets}
        failed = sorted(uris & {failure.uri for failure in corpus.record.ledger.failures()})
        corpus.record.ledger.succeeded(failed)
        return failed
    finally:
        corpus.close()


class _Run:
    def __init__(self, corpus: Corpus, *, progress: bool, engine: str) -> None:
        self.report = Report()
        self._corpus, self._engine = corpus, engine
        self._bar = tqdm(unit=" passages", disable=not progress, smoothing=0.1)
        self._web: Web | None = None
        self._cluster: Cluster | None = None
        self._target = ""
        self._seen: set[str] = set()
        self._commits = 0  # of this run
        self._batch = Batch(self._others())
        self._embedding: tuple[Batch, Future[Vectors]] | None = None

    def load(self, target: str, name: str | None = None) -> Iterator[Loaded | Skipped | Known | Prepared]:
        if not is_address(target):
            self._target = Path(target).absolute().as_uri()
            if self._engine == "ray" and name is None:
                from ingest.engine_ray import Cluster  # an extra

                self._cluster = self._cluster or Cluster()
                yield from self._cluster.load(target, self._corpus)
            else:
                yield from load(target, name)
            return
        from ingest.web import Web  # httpx and its company: not for files

        self._target = target
        self._web = self._web or Web(self._corpus.record.ledger, self._corpus.settings)
        yield from self._web.load(target)

    def close(self) -> None:
        for opened in (self._web, self._cluster):
            if opened:
                opened.close()

    def take(self, items: Iterable[Loaded | Skipped | Known | Prepared], proceed: Callable[[Report], bool]) -> None:
        started = perf_counter()
        with self._bar:
            for item in items:
                if isinstance(item, Skipped):
                    self._skip(item)
                elif isinstance(item, Known):
                    self.report.unchanged += item.ids
                    self._note(item.uri, item.page)
                elif isinstance(item, Prepared):
                    self._take(item.article, item.new)
                else:
                    self._take(item)
                if not proceed(self.report):
                    break
            self._flush()
        failed = {skipped.uri for skipped in self.report.skipped if skipped.uri}
        self._corpus.record.ledger.succeeded(self._seen - failed)
        self.report.failing = self._failing(self._seen | failed)
        self.report.seconds = perf_counter() - started

    def prune(self, targets: Sequence[str], agree: Callable[[list[str]], bool]) -> None:
        ids = sorted({key for target in targets for key in gone(self._corpus.record.ledger, target)})
        if ids and agree(ids):
            with self._corpus.writing():
                self.report.pruned = [key for key in ids if self._corpus.record.remove(key)]

    def _skip(self, item: Skipped) -> None:
        self.report.skipped.append(item)
        if item.uri:
            self._batch.failed.setdefault(self._target, {})[item.uri] = item.reason

    def _failing(self, tried: set[str]) -> list[Failure]:
        """What failed before, but for what was tried now, and for files that are gone, which are forgotten."""
        ledger = self._corpus.record.ledger
        earlier = [failure for failure in ledger.failures() if failure.uri not in tried]
        lost = {failure.uri for failure in earlier if not is_there(failure.uri)}
        ledger.succeeded(lost)
        return [failure for failure in earlier if failure.uri not in lost]

    def _take(self, article: Loaded, prepared: NewArticle | None = None) -> None:
        if self._batch.is_related(article) or (self._embedding and self._embedding[0].is_related(article)):
            self._flush()  # what is compared with the record must be in it
        if article.page:
            article = _dated_as_before(article, self._corpus.record.article(article.id))
        known = self._known(article)
        if known:
            self.report.unchanged.append(known.id)
            self._batch.came.append((article.uri, known.id))
            self._detail(article, known)
        else:
            self._batch.came.append((article.uri, article.id))
            self._wait(article, prepared)
        self._note(article.uri, article.page)

    def _known(self, article: Loaded) -> Article | None:
        """The stored article that this one is, letter for letter; a version, where an export names it."""
        record = self._corpus.record
        known = record.article(article.id, article.version)
        if known is None and article.by_path:
            return next(iter(record.with_text(article.text)), None)
        described = (article.title, article.source, article.url, article.published, article.text)
        if known and described == (known.title, known.source, known.url, known.published, known.text):
            return known
        return None

    def _detail(self, article: Loaded, known: Article) -> None:
        """What a corpus of an older format, or an older ingest, did not know about an article that is as it was."""
        if article.version or known.id != article.id:
            return
        if known.language is None or (article.author, article.dated_by) != (known.author, known.dated_by):
            self._batch.details[known.id] = {
                "author": article.author,
                "dated_by": article.dated_by,
                "language": known.language or article.language or language(article.text),
            }

    def _wait(self, a: Loaded, prepared: NewArticle | None) -> None:
        (self.report.changed if self._corpus.record.article(a.id) else self.report.added).append(a.id)
        size = self._corpus.settings.passage_tokens
        new, head = (prepared, "") if prepared else cut_up(a, self._corpus.embedder, size)
        self._batch.articles[a.id] = (new, head, a)
        if sum(len(waiting.spans) for waiting, *_ in self._batch.articles.values()) >= _BATCH:
            self._hand_on()

    def _note(self, uri: str, page: Page | None) -> None:
        self._seen.add(uri)
        if page:
            self._batch.pages.append(page)
        if len(self._batch.came) + len(self._batch.pages) >= _NOTES:
            self._flush()

    def _flush(self) -> None:
        """Have everything stored that was taken until now."""
        self._hand_on()
        if self._embedding:
            self._store(*self._embedding)
            self._embedding = None

    def _hand_on(self) -> None:
        """Have the batch embedded, and meanwhile store the one before it, so that they are stored in their order."""
        before = self._embedding
        if before:
            before[1].result()
        self._embedding = (self._batch, beside(self._corpus.embedder, self._batch.texts()))
        self._batch = Batch(self._others())
        if before:
            self._store(*before)

    def _store(self, batch: Batch, vectors: Future[Vectors]) -> None:
        made = vectors.result()
        if batch.is_empty():
            return
        # Only what follows keeps others from writing: neither a slow site nor the embedder does.
        record, ledger = self._corpus.record, self._corpus.record.ledger
        with self._corpus.writing():
            self._write(batch, made)
            record.annotate(batch.details)
            ledger.came(batch.came)
            ledger.visited(batch.pages)
            for target, reasons in batch.failed.items():
                ledger.failed(target, reasons)
        self._corpus.index(some=CHUNK)

    def _others(self) -> int:
        return self._corpus.record.change() - self._commits

    def _write(self, batch: Batch, vectors: Vectors) -> None:
        others = self._others() != batch.others
        written, passages = [], 0
        whole = with_vectors([new for new, *_ in batch.articles.values()], vectors)
        for a, (*_, loaded) in zip(whole, batch.articles.values(), strict=True):
            passages += len(a.spans)
            if others and self._known(loaded):  # another process has stored it meanwhile
                (self.report.added if a.id in self.report.added else self.report.changed).remove(a.id)
                self.report.unchanged.append(a.id)
            else:
                written.append(a)
        link(self._corpus.record, {a.id: a.text for a in written})
        self._corpus.write(written)
        self._commits += bool(written)
        self.report.passages += sum(len(a.spans) for a in written)
        self._bar.update(passages)
        self._bar.set_postfix(articles=len(self.report.added) + len(self.report.changed))


def _dated_as_before(article: Loaded, known: Article | None) -> Loaded:
    """A page without a date of its own, which a feed has dated: found again by another way, it keeps that date."""
    before, now = (ORDER.index(each.dated_by) if each else len(ORDER) for each in (known, article))
    if known and known.published and (before < now or known.dated_by == article.dated_by == "feed"):
        return replace(article, published=known.published, dated_by=known.dated_by)
    return article
