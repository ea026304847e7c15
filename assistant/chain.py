"""The chain for chat models, of LangChain runnables: evidence → prompt → model; and its words, sentence by sentence."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import prompts
from assistant import models
from assistant.buffer import MARKERS, SentenceBuffer
from assistant.draft import CANNOT_ANSWER, Draft, Evidence
from assistant.verification import Verification, verify
from corpus.errors import AssistantError
from corpus.types import Passage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk
    from langchain_core.runnables import Runnable

    from corpus.settings import Settings

logger = logging.getLogger(__name__)

# Numbers in brackets that an article has would read as a passage's.
_BRACKETED = re.compile(r"\[(\d[\d\s,;–-]*)\]")
# Far more than the prompt asks for: whoever has not stopped by then rambles.
_MOST_SENTENCES = 12
# What providers call an end that only the limit of tokens made.
_CUT_OFF = frozenset({"length", "max_tokens", "MAX_TOKENS"})


class ModelFailed(AssistantError):
    """The chat model gave no (further) words; the message says why."""


@dataclass
class Generation:
    """One run of a chat model over the evidence."""

    settings: Settings
    question: str
    as_of: str
    passages: Sequence[Passage]
    prompt: prompts.Prompt = field(default_factory=lambda: prompts.load("answer"))

    def sentences(self, draft: Draft) -> Iterator[str]:
        """The model's sentences as they become complete; tokens are counted in the draft. Raises `ModelFailed`."""
        said: set[str] = set()
        for count, sentence in enumerate(self._all_sentences(draft), 1):
            # Small models repeat themselves.
            words = MARKERS.sub("", sentence).casefold()
            if words not in said:
                yield sentence
            said.add(words)
            if count == _MOST_SENTENCES:
                return
        if not said:
            raise self._failed("it said nothing")

    def _all_sentences(self, draft: Draft) -> Iterator[str]:
        buffer, ends = SentenceBuffer(), set[object]()
        for chunk in self._chunks():
            usage = chunk.usage_metadata
            if usage:
                for kind in ("input_tokens", "output_tokens"):
                    draft.usage[kind] = draft.usage.get(kind, 0) + int(usage[kind])
            ends |= {end for end in chunk.response_metadata.values() if isinstance(end, str)}
            yield from buffer.feed(str(chunk.text))
        if ends & _CUT_OFF:
            raise self._failed("it ran into a limit of tokens")
        yield from buffer.finish()

    def _chunks(self) -> Iterator[AIMessageChunk]:
        # Whatever a provider's package raises means the same here: this model does not answer. Only its own calls
        # stand inside; the cause goes to the log whole, and to the person in one sentence.
        try:
            yield from runnable(self.prompt, models.load(self.settings)).stream(self)
        except Exception as error:
            logger.info("The chat model %s failed", self.settings.model, exc_info=True)
            raise self._failed(models.reason(error, self.settings)) from error

    def _failed(self, reason: str) -> ModelFailed:
        return ModelFailed(f"The model {self.settings.model} failed: {reason}.")


def runnable(prompt: prompts.Prompt, model: BaseChatModel) -> Runnable[Generation, AIMessageChunk]:
    """Evidence → prompt → model, as LangChain composes it."""
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_core.runnables import RunnableLambda

    template = ChatPromptTemplate.from_messages([("system", prompt.system), ("user", prompt.user)])
    chain: Any = RunnableLambda(_fields) | template | model
    return chain  # type: ignore[no-any-return]


def _fields(generation: Generation) -> dict[str, str]:
    texts = (_BRACKETED.sub(r"(\1)", f"{_heading(p)}\n{p.text.strip()}") for p in generation.passages)
    return {
        "cannot_answer": CANNOT_ANSWER,
        "as_of": generation.as_of,
        "passages": "\n\n".join(f"[{number}] {text}" for number, text in enumerate(texts, 1)),
        "question": generation.question,
    }


def _heading(passage: Passage) -> str:
    return " · ".join([passage.title, passage.source or "outlet unknown", passage.published or "undated"])


def is_refusal(sentence: str) -> bool:
    """Whether a model's sentence is the one that it was asked to say when it cannot answer."""
    return MARKERS.sub("", sentence).strip(' .“”"').casefold() == CANNOT_ANSWER.strip(" .").casefold()


def check(sentence: str, passages: Sequence[Passage], question: str) -> tuple[str, Verification, list[Evidence]]:
    """A model's sentence without its markers, the verdict on it, and the spans that bear it out.

    It is held against the passages it cites, together; when those do not bear it out, or none is cited, against all of
    them. A marker that points nowhere makes it unsupported.
    """
    cited = list(dict.fromkeys(int(n) for group in MARKERS.findall(sentence) for n in re.findall(r"\d+", group)))
    text = MARKERS.sub("", sentence).strip()
    astray = [number for number in cited if not 1 <= number <= len(passages)]
    if astray:
        reason = f"it cites [{astray[0]}], and there are {len(passages)} passages"
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
