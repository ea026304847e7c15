"""The words: a Tantivy index of titles and passages, derived from the record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import tantivy

from corpus.record import IndexEntry
from corpus.types import Bounds

_STATE = "state.json"
_HEAP = 64_000_000  # bytes the writer may gather before it writes a segment
_ANALYZER = "news"
_COUNTS = 1_000  # counts that are remembered; most askers have the same bounds
# A word in the headline says more about a passage than one in its text.
_TITLE_BOOST = 1.5
_WORD = re.compile(r"\w+")
# Most of a question's grammar. Not "who": "has yet to confirm who will lead" answers a who-question.
_STOP = frozenset(
    """
    a about after all also an and any are as at be been before being but by can could did do does for from had has
    have he her his how i if in into is it its me more most my no not of on or our s said say says she should so
    some such t than that the their them then there these they this those to us was we were what when where which
    while why will with would you your
    """.split()  # noqa: SIM905
)


def analyzer() -> tantivy.TextAnalyzer:
    """Lower case, accents folded, English stems: what the index does to words, for whoever compares words likewise."""
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    filters = (tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold(), tantivy.Filter.stemmer("english"))
    for each in filters:
        builder = builder.filter(each)
    return builder.build()


_stemming = cache(analyzer)


def stems(text: str) -> frozenset[str]:
    """The stems of the text's words, as the index knows them."""
    return frozenset(_stemming().analyze(text))


def content_words(text: str) -> list[str]:
    """The words of `text` that are not mere grammar, as they stand; all of them when nothing would be left."""
    words = _WORD.findall(text)
    return [word for word in words if word.lower() not in _STOP or _is_acronym(word)] or words


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper()  # the US and the WHO are not "us" and "who"


class WordIndex:
    """One folder. A reader sees what was committed when it was opened or reloaded last."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(_schema(), path=str(folder))
        self._index.register_tokenizer(_ANALYZER, analyzer())
        self._counts: dict[Bounds, int] = {}

    @property
    def state(self) -> dict[str, Any]:
        """What `finish` said last; empty for a new index, and for one whose note cannot be read."""
        try:
            return dict(json.loads((self._folder / _STATE).read_text("utf-8")))
        except (OSError, ValueError):
            return {}

    def finish(self, state: dict[str, Any]) -> None:
        """Note where the index stands now."""
        fresh = self._folder / f"{_STATE}.new"
        fresh.write_text(json.dumps(state), "utf-8")
        fresh.replace(self._folder / _STATE)

    def clear(self, state: dict[str, Any]) -> None:
        """Start again with nothing in it."""
        writer = self._index.writer(_HEAP, 1)
        writer.delete_all_documents()
        writer.commit()
        writer.wait_merging_threads()
        self.reopen()
        self.finish(state)

    def reopen(self) -> None:
        """See what other processes have written."""
        self._index.reload()
        self._counts.clear()

    def close(self) -> None:
        """Nothing is held open between calls."""

    def probe(self) -> None:
        """Tantivy checks what it opens."""

    def count(self) -> int:
        """How many passages are in it."""
        return self._index.searcher().num_docs

    def apply(self, added: Sequence[IndexEntry], gone: Iterable[int]) -> None:
        """Take in changes; doing it twice is doing it once."""
        writer = self._index.writer(_HEAP, 1)
        for key in gone:
            writer.delete_documents_by_term("id", key)
        for entry in added:
            writer.delete_documents_by_term("id", entry.id)
            writer.add_document(_document(entry))
        writer.commit()
        writer.wait_merging_threads()
        self.reopen()

    def query(self, text: str, k: int, bounds: Bounds) -> list[int]:
        """The ids of the `k` passages that best match the words of `text` (BM25), best first, within the bounds."""
        words = " ".join(content_words(text)).lower()
        if not words:
            return []
        # Only words reach the parser, in lower case, so none of it can be syntax.
        boosts = {"title": _TITLE_BOOST, "body": 1.0}
        query, _ = self._index.parse_query_lenient(words, ["title", "body"], field_boosts=boosts)
        return self._ids(query, bounds, k)

    def count_within(self, bounds: Bounds) -> int:
        """How many passages the bounds leave; counted once for each."""
        if bounds not in self._counts:
            query = self._bounded(tantivy.Query.all_query(), bounds)
            if len(self._counts) >= _COUNTS:
                self._counts.clear()
            found: Any = self._index.searcher().search(query, 1, count=True)  # its stub lacks the count
            self._counts[bounds] = found.count
        return self._counts[bounds]

    def within(self, bounds: Bounds, *, among: Sequence[int] | None = None) -> list[int]:
        """The ids of the passages within the bounds, all or of those given, in no order."""
        if among is None:
            return self._ids(tantivy.Query.all_query(), bounds, max(1, self.count()))
        return self._ids(tantivy.Query.term_set_query(self._index.schema, "id", among), bounds, max(1, len(among)))

    def _ids(self, query: tantivy.Query, bounds: Bounds, k: int) -> list[int]:
        searcher = self._index.searcher()
        hits = searcher.search(self._bounded(query, bounds), k).hits
        keys = searcher.fast_field_values("id", [address for _, address in hits])
        return [int(key) for key in keys if key is not None]

    def _bounded(self, query: tantivy.Query, bounds: Bounds) -> tantivy.Query:
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), *self._conditions(bounds)])

    def _conditions(self, bounds: Bounds) -> Iterator[tuple[tantivy.Occur, tantivy.Query]]:
        schema, kind = self._index.schema, tantivy.FieldType.Float
        if bounds.since is not None or bounds.until is not None:
            dated = tantivy.Query.range_query(schema, "published", kind, bounds.since, bounds.until)
            yield tantivy.Occur.Must, dated
        if bounds.as_of is not None:
            later = tantivy.Query.range_query(schema, "published", kind, bounds.as_of, None, include_lower=False)
            yield tantivy.Occur.MustNot, later
        if bounds.source is not None:
            yield tantivy.Occur.Must, tantivy.Query.term_query(schema, "source", bounds.source.lower())


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", indexed=True, fast=True)
    builder.add_text_field("title", tokenizer_name=_ANALYZER)
    builder.add_text_field("body", tokenizer_name=_ANALYZER)
    builder.add_text_field("source", tokenizer_name="raw")
    builder.add_float_field("published", indexed=True, fast=True)
    return builder.build()


def _document(entry: IndexEntry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("id", entry.id)
    document.add_text("title", entry.passage.title)
    document.add_text("body", entry.passage.text)
    if entry.passage.source:
        document.add_text("source", entry.passage.source.lower())
    if entry.published_at is not None:
        document.add_float("published", entry.published_at)
    return document
