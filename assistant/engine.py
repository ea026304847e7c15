"""The assistant: opens a corpus once and answers many questions. What the page, the command line and programs call."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import cache
from time import perf_counter
from typing import TYPE_CHECKING, Any, Self

from assistant import conversation, llamacpp, models
from assistant.answers import Answer, Sentence
from assistant.bounds import bounds_of, checked, day_of
from assistant.chain import Generation, ModelFailed, is_refusal
from assistant.choose import choose
from assistant.draft import Draft, Evidence
from assistant.reader import Quote, Reader, Reading, uncovered
from assistant.release import leave_out_suspects, release, repair, tell_of
from assistant.remarks import remark, remark_generated
from assistant.retrieve import Found, retrieve
from corpus import dates
from corpus.catalogue import Listed, Listing
from corpus.dates import When
from corpus.errors import AssistantError
from corpus.settings import Settings
from corpus.store import Corpus
from corpus.types import Article, Bounds, Passage

if TYPE_CHECKING:
    from langchain_core.callbacks import BaseCallbackHandler

    from assistant.retriever import PassageRetriever

# What may differ from question to question over one open corpus; the rest it was opened with.
_OF_A_QUESTION = frozenset(
    {"model", "model_timeout", "model_deadline", "model_retries", "model_context", "model_max_tokens"}
    | {"repair", "unsupported", "top_k", "max_sentences", "threshold"}
)


class Assistant:
    """Safe to call from several threads. Use it in a `with`, or `close` it.

    `callbacks` are LangChain's, for what happens with a chat model; LangSmith and OpenTelemetry need none, they work
    by their own environment variables. Raises `AssistantError` when the corpus cannot be opened or was made with other
    settings.
    """

    def __init__(self, settings: Settings | None = None, *, callbacks: Sequence[BaseCallbackHandler] = ()) -> None:
        self.settings = settings or Settings()
        self._callbacks = tuple(callbacks)
        models.check_name(self.settings.model)
        self._corpus = Corpus(self.settings)
        self._owns_corpus = True
        self._reader = Reader(self._corpus)
        self._generations = models.turns(self.settings.model)
        self._model_file = models.held(self.settings.model)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files, connections and models."""
        if self._owns_corpus:
            self._corpus.close()
        if self._model_file:
            llamacpp.let_go(self._model_file)
            self._model_file = None

    def with_settings(self, **changes: Any) -> Assistant:
        """An assistant over the same open corpus and loaded models that answers by other settings: `model` and what
        belongs to it, `threshold`, `max_sentences`, `unsupported`, `repair`, `top_k`.

        It costs next to nothing to make, and works until this one is closed; closing it ends a model of its own alone.
        Raises `AssistantError` for a value that cannot be used, or a setting that the corpus was opened with.
        """
        fixed = sorted(changes.keys() - _OF_A_QUESTION)
        if fixed:
            raise AssistantError(
                f"{fixed[0]!r} cannot differ from question to question. Open another Assistant(Settings(…)) with it."
            )
        other = copy(self)
        other.settings = Settings(**(self.settings.model_dump() | changes))
        other._owns_corpus, other._model_file = False, None
        if other.settings.model != self.settings.model:
            models.check_name(other.settings.model)
            other._generations = models.turns(other.settings.model)
            other._model_file = models.held(other.settings.model)
        return other

    def load(self) -> None:
        """Load the models and open the indexes at the same time, which otherwise the first question waits for."""
        with ThreadPoolExecutor() as pool:
            for each in [pool.submit(self._corpus.load), pool.submit(self._reader.load)]:
                each.result()

    # Asking

    def answer(self, question: str, **options: Any) -> Answer:
        """The last of `stream`, with the same options."""
        for partial in self.stream(question, **options):
            last = partial
        return last

    def stream(
        self,
        question: str,
        *,
        as_of: When | None = None,
        since: When | None = None,
        until: When | None = None,
        source: str | None = None,
        history: Sequence[Mapping[str, str]] = (),
    ) -> Generator[Answer, None, None]:
        """Growing answers; each one's text is the beginning of the next one's, and only checked sentences are in it.

        The first ones say by `stage` what is being done, before there is any text; while a chat model writes, the same
        may come again. Closing the generator ends the work behind it.
        `as_of` is the day the question is asked on (default: today): later articles are no evidence. `since` and
        `until` bound publication dates and leave undated articles out; `source` names an outlet. `history` holds the
        earlier turns (`role`, "user" or "assistant", and `content`), the oldest first: with it, a follow-up becomes a
        question that stands alone, which the answer has as `searched_for`.
        Raises `AssistantError` for a question or a bound that cannot be used.
        """
        question = checked(question)
        day = as_of or dates.today()
        bounds = bounds_of(day, since, until, source)
        started = perf_counter()
        draft = Draft(question=question, searched_for=question, as_of=str(day), model=self.settings.model)
        yield draft.answer("searching")
        if history:
            draft.searched_for = conversation.rewritten(question, history, self.settings, draft.usage, self._callbacks)
        found = self._retrieve(draft.searched_for, bounds, self.settings.top_k)
        draft.passages = found.passages[: self.settings.reads]
        yield draft.answer("reading")
        reading, draft.timings = self._rank(draft.searched_for, found, self.settings.top_k)
        draft.passages = reading.passages
        leave_out_suspects(draft)
        kept = set(map(id, draft.passages))
        quotes = [quote for quote in reading.quotes if id(quote.passage) in kept]
        if not reading.passages:
            self._nothing_found(draft)
        elif self.settings.model == models.READER:
            yield from self._read(draft, quotes)
        else:
            yield from self._generate(draft, quotes)
        draft.timings["total"] = perf_counter() - started
        yield draft.answer()

    def search(
        self,
        query: str,
        k: int = 20,
        *,
        as_of: When | None = None,
        since: When | None = None,
        until: When | None = None,
        source: str | None = None,
    ) -> list[Passage]:
        """The `k` passages that best fit the query, best first, within the same bounds as `stream`'s."""
        if k < 1:
            raise AssistantError(f"k is {k}: ask for at least one passage.")
        return self._find(checked(query), bounds_of(as_of or dates.today(), since, until, source), k).passages

    def as_retriever(self, k: int = 8) -> PassageRetriever:
        """A LangChain retriever over this corpus, for chains of your own."""
        from assistant.retriever import PassageRetriever  # imports langchain, which the rest does without

        return PassageRetriever(search=self.search, k=k)

    # Looking at and keeping the corpus

    def article(self, article_id: str, version: int | None = None) -> Article:
        """An article's current version, or the one that an answer cited. Raises `AssistantError` when there is none."""
        article = self._corpus.record.article(article_id, version)
        if article is None:
            raise _unknown(article_id if version is None else f"{article_id} in version {version}")
        return article

    def count(self) -> int:
        """How many articles there are."""
        return self._corpus.record.counts()[0]

    def articles(self) -> list[Listed]:
        """What there is, newest first, without the texts."""
        return list(self.listing().articles)

    def listing(self, search: str = "", **part: Any) -> Listing:
        """A part of what there is, as `sort`, `descending`, `limit` and `offset` of `Catalogue.listing` say."""
        return self._corpus.record.catalogue.listing(search, **part)

    def outlets(self, most: int = 500) -> list[str]:
        """The outlets with the most articles, in the order of the alphabet."""
        return self._corpus.record.catalogue.outlets(most)

    def remove(self, article_id: str) -> None:
        """Remove an article everywhere. Raises `AssistantError` when there is none of this id."""
        if not self._corpus.remove(article_id):
            raise _unknown(article_id)

    def check(self, *, repair: bool = False) -> list[str]:
        """What is wrong with the corpus, in sentences; with `repair` it is made right."""
        return self._corpus.check(repair=repair)

    # The two ways to answer

    def _read(self, draft: Draft, quotes: Sequence[Quote]) -> Iterator[Answer]:
        """Quote the sentences that answer; say so when none does."""
        choice = choose(quotes, self.settings.max_sentences)
        draft.confidence = self._reader.confidence(quotes)
        if not choice.quotes or draft.confidence < self.settings.threshold:
            self._refuse(draft, quotes)
            return
        draft.short_answer = choice.quotes[0].short
        for quote in choice.quotes:
            # A quote is its own proof: it stands in the article letter for letter.
            draft.say(quote.text, [Evidence.of(quote)])
            yield draft.answer("checking")
        remark(draft, choice)

    def _generate(self, draft: Draft, quotes: Sequence[Quote]) -> Iterator[Answer]:
        """Let the chat model write, and release each sentence once it is checked."""
        generation = Generation(
            self.settings, draft.searched_for, draft.as_of, draft.passages, callbacks=self._callbacks
        )
        draft.prompt_id = generation.prompt.id
        started, checking, declined, whole = perf_counter(), 0.0, False, False
        rejected: list[Sentence] = []
        try:
            with self._generations:
                for sentence in generation.sentences(draft):
                    declined = is_refusal(sentence)
                    if declined:
                        break
                    begun = perf_counter()
                    release(draft, sentence, rejected)
                    checking += perf_counter() - begun
                    yield draft.answer("writing")
            whole = True
        except ModelFailed as error:
            rest = "What it had said until then was checked." if draft.sentences else "The reader answers instead."
            draft.note("fallback", f"{error} {rest}")
        draft.timings |= {"generate": perf_counter() - started - checking, "verify": checking}
        if rejected and whole and self.settings.repair:
            yield from repair(draft, generation, rejected, self._generations)
        tell_of(draft, rejected, mark=self.settings.unsupported == "mark")
        if draft.sentences:
            draft.confidence = sum(sentence.score for sentence in draft.sentences) / len(draft.sentences)
            believed = quotes if self._reader.confidence(quotes) >= self.settings.threshold else []
            remark_generated(draft, choose(believed, self.settings.max_sentences))
        elif declined:
            self._refuse(draft, quotes)
        else:
            if not any(note.kind == "fallback" for note in draft.notes):
                draft.note(
                    "fallback", f"Nothing that {draft.model} said stands in the articles. The reader answers instead."
                )
            draft.model, draft.prompt_id = models.READER, None
            yield from self._read(draft, quotes)

    def _refuse(self, draft: Draft, quotes: Sequence[Quote]) -> None:
        nearest = quotes[0] if quotes else None
        draft.refuse(Evidence.of(nearest) if nearest else None)
        missing = uncovered(draft.searched_for, draft.passages)
        if missing:
            draft.note("missing", f"Nothing that was found mentions: {', '.join(missing)}.")

    def _nothing_found(self, draft: Draft) -> None:
        draft.refuse(None)
        if self._corpus.record.counts()[0] == 0:
            draft.note("empty", "There are no articles yet. Add some: ingest FOLDER")
        else:
            draft.note("missing", "No article lies within these bounds of date and outlet. Widen them.")

    def _find(self, query: str, bounds: Bounds, k: int) -> Reading:
        """The `k` best passages, found, read and ranked, and what was read in them."""
        return self._rank(query, self._retrieve(query, bounds, k), k)[0]

    def _retrieve(self, query: str, bounds: Bounds, k: int) -> Found:
        return retrieve(self._corpus, query, k=max(k, self.settings.reads), bounds=bounds, as_of=day_of(bounds))

    def _rank(self, query: str, found: Found, k: int) -> tuple[Reading, dict[str, float]]:
        """The `k` best of the passages found, once the first have been read; the seconds that each stage took."""
        started = perf_counter()
        reading = self._reader.ranked(query, found.passages, k, reads=self.settings.reads)
        return reading, found.timings | {"read": perf_counter() - started}


@cache
def _kept(settings: Settings) -> Assistant:
    return Assistant(settings)


def answer(question: str, settings: Settings | None = None, **options: Any) -> Answer:
    """Answer from the corpus that the settings (default: the environment) name, with the options of `Assistant.stream`.

    One `Assistant` is kept for each `Settings`, until the process ends.
    """
    return _kept(settings or Settings()).answer(question, **options)


def _unknown(article: str) -> AssistantError:
    return AssistantError(f"There is no article {article!r} in this corpus. `assistant articles` lists what there is.")
