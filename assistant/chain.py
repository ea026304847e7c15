"""The chain for chat models, of LangChain runnables: evidence → prompt → model; and its words, sentence by sentence."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import prompts
from assistant import models, whole
from assistant.buffer import MARKERS, SentenceBuffer, without_thoughts
from assistant.draft import CANNOT_ANSWER, Draft, Evidence
from assistant.untrusted import as_data, one_line
from assistant.verification import Verification, verify
from assistant.window import fitted, tokens
from corpus.errors import AssistantError
from corpus.types import Passage

if TYPE_CHECKING:
    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk
    from langchain_core.runnables import Runnable

    from corpus.settings import Settings

logger = logging.getLogger(__name__)

# Far more than the prompt asks for: whoever has not stopped by then rambles.
_MOST_SENTENCES = 12
# What providers call an end that only the limit of tokens made.
_CUT_OFF = frozenset({"length", "max_tokens", "MAX_TOKENS"})
# Tokens around a passage (its number, separators) and around a prompt (roles, the model's own template).
_AROUND_PASSAGE, _AROUND_PROMPT = 16, 200


class ModelFailed(AssistantError):
    """The chat model gave no (further) words; the message says why."""


@dataclass
class Generation:
    """One run of a chat model over the evidence; with `rejected`, the one that mends what failed in an earlier run.

    `rejected` are sentences that the articles did not bear out, each with the reason.
    """

    settings: Settings
    question: str
    as_of: str
    passages: Sequence[Passage]
    rejected: Sequence[tuple[str, str]] = ()
    callbacks: Sequence[BaseCallbackHandler] = ()

    @property
    def prompt(self) -> prompts.Prompt:
        """What the model is told."""
        return prompts.load("repair" if self.rejected else "answer")

    def sentences(self, draft: Draft) -> Iterator[str]:
        """The model's sentences as they become complete; tokens are counted in the draft. Raises `ModelFailed`.

        In between, an empty one for each portion of words that completes none: whoever asks can leave at any time.
        """
        said: set[str] = set()
        count = 0
        for sentence in self._all_sentences(draft):
            # Small models repeat themselves.
            words = MARKERS.sub("", sentence).casefold()
            if not sentence or words not in said:
                yield sentence
            if sentence:
                said.add(words)
                count += 1
            if count == _MOST_SENTENCES:
                return
        if not said:
            raise failed(self.settings, "it said nothing")

    def _all_sentences(self, draft: Draft) -> Iterator[str]:
        buffer, ends = SentenceBuffer(), set[object]()
        for chunk in self._chunks():
            count_usage(chunk, draft.usage)
            ends |= {end for end in chunk.response_metadata.values() if isinstance(end, str)}
            yield from buffer.feed(str(chunk.text)) or [""]
        if ends & _CUT_OFF:
            raise failed(self.settings, "it ran into a limit of tokens")
        yield from buffer.finish()

    def _chunks(self) -> Iterator[AIMessageChunk]:
        # Whatever a provider's package raises means the same here: this model does not answer. Only its own calls
        # stand inside; the cause goes to the log whole, and to the person in one sentence.
        started = perf_counter()
        try:
            model = models.load(self.settings)
            chain = runnable(self.prompt, model.chat)
            for chunk in chain.stream(self._fields(model), {"callbacks": list(self.callbacks), "run_name": "answer"}):
                yield chunk
                if perf_counter() - started > self.settings.model_deadline:
                    break
            else:
                return
        except Exception as error:
            logger.info("The chat model %s failed", self.settings.model, exc_info=True)
            raise failed(self.settings, models.reason(error, self.settings)) from error
        raise failed(self.settings, f"it was not done after {self.settings.model_deadline:g} seconds")

    def _fields(self, model: models.Loaded) -> dict[str, str]:
        fields = {
            "cannot_answer": CANNOT_ANSWER,
            "as_of": self.as_of,
            "question": self.question,
            "rejected": "\n".join(f"- {one_line(text)} ({reason})" for text, reason in self.rejected),
        }
        taken = tokens("".join([self.prompt.system, self.prompt.user, *fields.values()])) + _AROUND_PROMPT
        room = model.context - model.max_tokens - taken
        passages = fitted(self.passages, room, each=_AROUND_PASSAGE)
        if not passages:
            raise AssistantError(f"its window of {model.context:,} tokens is too small for the question and a passage")
        texts = (f"[{number}] {_heading(p)}\n{as_data(p.text)}" for number, p in enumerate(passages, 1))
        return fields | {"passages": "\n\n".join(texts)}


def failed(settings: Settings, reason: str) -> ModelFailed:
    """The error that says which model failed, and why."""
    return ModelFailed(f"The model {settings.model} failed: {reason}.")


def count_usage(chunk: AIMessageChunk, usage: dict[str, float]) -> None:
    """Add the tokens that a model's message tells of, and the cost (in the provider's currency) where it does."""
    told = chunk.usage_metadata
    if told:
        for kind in ("input_tokens", "output_tokens"):
            usage[kind] = usage.get(kind, 0) + int(told[kind])
    metadata = chunk.response_metadata
    for place in (metadata, metadata.get("token_usage"), metadata.get("usage")):
        cost = place.get("cost") if isinstance(place, Mapping) else None
        if isinstance(cost, int | float):
            usage["cost"] = usage.get("cost", 0.0) + cost
            return


def reply(
    name: str,
    fields: dict[str, str],
    settings: Settings,
    usage: dict[str, float],
    callbacks: Sequence[BaseCallbackHandler] = (),
) -> str:
    """What the chat model says to the prompt of this name, whole, without its thoughts. Raises `ModelFailed`."""
    said = ""
    try:
        chain = runnable(prompts.load(name), models.load(settings).chat)
        for chunk in chain.stream(fields, {"callbacks": list(callbacks), "run_name": name}):
            count_usage(chunk, usage)
            said += str(chunk.text)
    except Exception as error:  # as above
        logger.info("The chat model %s failed", settings.model, exc_info=True)
        raise failed(settings, models.reason(error, settings)) from error
    return without_thoughts(said).strip()


def runnable(prompt: prompts.Prompt, model: BaseChatModel) -> Runnable[dict[str, str], AIMessageChunk]:
    """Fields → prompt → model, as LangChain composes it."""
    from langchain_core.prompts import ChatPromptTemplate

    template = ChatPromptTemplate.from_messages([("system", prompt.system), ("user", prompt.user)])
    chain: Any = template | model
    return chain  # type: ignore[no-any-return]


def _heading(passage: Passage) -> str:
    return one_line(" · ".join([passage.title, passage.source or "outlet unknown", passage.published or "undated"]))


def is_refusal(sentence: str) -> bool:
    """Whether a model's sentence is the one that it was asked to say when it cannot answer."""
    return MARKERS.sub("", sentence).strip(' .“”"').casefold() == CANNOT_ANSWER.strip(" .").casefold()


def check(sentence: str, passages: Sequence[Passage], question: str) -> tuple[str, Verification, list[Evidence]]:
    """A model's sentence without its markers, the verdict on it, and the spans that bear it out.

    It is held against the passages it cites, together; when those do not bear it out, or none is cited, against all of
    them. A marker that points nowhere makes it unsupported, and so does what is no sentence at all.
    """
    cited = list(dict.fromkeys(int(n) for group in MARKERS.findall(sentence) for n in re.findall(r"\d+", group)))
    text = MARKERS.sub("", sentence).strip()
    astray = [number for number in cited if not 1 <= number <= len(passages)]
    reason = f"it cites [{astray[0]}], and there are {len(passages)} passages" if astray else whole.fault(text)
    if reason:
        return text, Verification("unsupported", 0.0, (reason,), None, 0, 0, ""), []
    chosen = [passages[number - 1] for number in cited] or list(passages)
    best = _held_against(text, chosen, question)
    if best.verdict == "unsupported" and len(chosen) < len(passages):
        other = _held_against(text, passages, question)
        if other.verdict != "unsupported":
            best, chosen = other, list(passages)
            cited = []
    if best.evidence_index is None:
        return text, best, []
    found = [(chosen[best.evidence_index], best)]
    # Each further passage that it cites is quoted too, if that bears the sentence out by itself.
    for passage in (each for each in chosen if cited and each is not found[0][0]):
        alone = _held_against(text, [passage], question)
        if alone.verdict != "unsupported":
            found.append((passage, alone))
    return text, best, [Evidence(p, p.start + v.start, p.start + v.end) for p, v in found if v.quote]


def _held_against(text: str, passages: Sequence[Passage], question: str) -> Verification:
    dates = [passage.published for passage in passages]
    return verify(text, [passage.text for passage in passages], question, published=dates)
