"""The reader's model: marks in a text where a question's answer stands, and how sure it is that it stands there at all.

Any extractive question-answering model that transformers' `AutoModelForQuestionAnswering` loads will do; the default
ships with the project (training/README.md) and needs no network.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from corpus.batching import BatchQueue
from corpus.embedder import has_bfloat16
from corpus.errors import AssistantError

if TYPE_CHECKING:
    from transformers import BatchEncoding, PreTrainedModel, PreTrainedTokenizerFast

DEFAULT_MODEL = "reader"
# Tokens of question, heading and text: a passage of the default size always fits.
_MOST_TOKENS = 384
# Tokens of a short answer. Longer spans are sentences, which are quoted anyway.
_LONGEST_ANSWER = 24
_BATCH = 8

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Marked:
    """The likeliest answer within one sentence: its place in the text, and by how much (in logits) it outweighs "not
    here"; minus infinity where the sentence was not read."""

    start: int
    end: int
    score: float


class SpanModel:
    """Loads its model at first use. `mark` may be called from any thread."""

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        self.name = name
        self._loading = threading.Lock()
        self._loaded: tuple[PreTrainedModel, PreTrainedTokenizerFast] | None = None
        self._queue = BatchQueue(self._run, batch_size=_BATCH)

    def load(self) -> None:
        """Load the model now, which otherwise the first question waits for."""
        self._parts()

    def _parts(self) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
        with self._loading:
            self._loaded = self._loaded or _load(self.name)
            return self._loaded

    def mark(
        self, question: str, texts: Sequence[str], headings: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> list[list[Marked]]:
        """For each text one `Marked` for each of its sentences (spans in characters of the text).

        A heading (the title) is read before its text and holds no answers.
        """
        tokenizer = self._parts()[1]
        heads = [f"{heading}\n" if heading else "" for heading in headings]
        encoded = [
            tokenizer(
                question, head + text, truncation="only_second", max_length=_MOST_TOKENS, return_offsets_mapping=True
            )
            for head, text in zip(heads, texts, strict=True)
        ]
        order = sorted(range(len(encoded)), key=lambda index: len(encoded[index]["input_ids"]))
        logits = self._queue([encoded[index] for index in order])
        found: list[list[Marked]] = [[] for _ in encoded]
        for index, pair in zip(order, logits, strict=True):
            offsets = np.asarray(encoded[index]["offset_mapping"]) - len(heads[index])
            inside = np.asarray(encoded[index].sequence_ids(), dtype=float) == 1
            offsets[~inside] = -1  # the question's, the heading's
            found[index] = [_best(pair, offsets, span) for span in sentences[index]]
        return found

    def _run(self, inputs: list[BatchEncoding]) -> Sequence[NDArray[np.float32]]:
        """Start and end logits of each input, (2, tokens)."""
        import torch

        model, tokenizer = self._parts()
        names = [name for name in tokenizer.model_input_names if name in inputs[0]]
        padded = tokenizer.pad([{name: each[name] for name in names} for each in inputs], return_tensors="pt")
        with torch.inference_mode():
            out = model(**padded)
        both = torch.stack([out.start_logits, out.end_logits], 1).float().numpy()
        return [both[row, :, : len(each["input_ids"])] for row, each in enumerate(inputs)]


def _best(logits: NDArray[np.float32], offsets: NDArray[np.int64], sentence: Span) -> Marked:
    tokens = np.flatnonzero((offsets[:, 0] >= sentence[0]) & (offsets[:, 1] <= sentence[1]))
    if not len(tokens):
        return Marked(*sentence, float("-inf"))
    first, last = int(tokens[0]), int(tokens[-1]) + 1
    sums = logits[0, first:last, None] + logits[1, None, first:last]
    length = np.arange(last - first)[None, :] - np.arange(last - first)[:, None]
    sums[(length < 0) | (length >= _LONGEST_ANSWER)] = -np.inf
    start, end = divmod(int(sums.argmax()), last - first)
    here, not_here = float(sums[start, end]), float(logits[0, 0] + logits[1, 0])
    return Marked(int(offsets[first + start, 0]), int(offsets[first + end, 1]), here - not_here)


@cache
def shared(name: str) -> SpanModel:
    """The process's one model of that name."""
    return SpanModel(name)


def _load(name: str) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    # Imported here: torch and transformers take seconds, and much of the command line needs neither.
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    place = str(files("assistant").joinpath("weights")) if name == DEFAULT_MODEL else name
    dtype = torch.bfloat16 if has_bfloat16() else torch.float32
    try:
        model: Any = AutoModelForQuestionAnswering.from_pretrained(place, dtype=dtype)
        tokenizer: Any = AutoTokenizer.from_pretrained(place)
    except (OSError, ValueError) as error:
        raise AssistantError(
            f"The reader's model {name!r} could not be loaded ({str(error).splitlines()[0][:200]}). Name an extractive "
            "question-answering model that is on this machine or can be downloaded, with ASSISTANT_READER_MODEL."
        ) from error
    return model.eval(), tokenizer
