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
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.batching import BatchQueue
from corpus.bert import Bert, runs
from corpus.embedder import has_bfloat16
from corpus.errors import AssistantError

if TYPE_CHECKING:
    from tokenizers import Encoding

DEFAULT_MODEL = "reader"
# Tokens of question, heading and text: a passage of the default size always fits.
_MOST_TOKENS = 384
# Of the two, the longer is cut, which is the text unless somebody asks a whole page.
_TRUNCATION = "longest_first"
# Tokens of a short answer. Longer spans are sentences, which are quoted anyway.
_LONGEST_ANSWER = 24
_BATCH = 12  # the passages of a question

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Marked:
    """The likeliest answer within one sentence: its place in the text, and by how much (in logits) it outweighs "not
    here"; minus infinity where the sentence was not read."""

    start: int
    end: int
    score: float


class QuestionAnswering(Protocol):
    """An extractive model. `encode` may be called from any thread, `logits` by one at a time."""

    def encode(self, question: str, texts: list[str]) -> list[Encoding]:
        """The question with each of the texts, cut where the model's window ends."""

    def logits(self, inputs: list[Encoding]) -> list[NDArray[np.float32]]:
        """Of each token of each input, how likely the answer starts and ends there: (2, tokens)."""


class SpanModel:
    """Loads its model at first use. `mark` may be called from any thread."""

    def __init__(self, name: str = DEFAULT_MODEL) -> None:
        self.name = name
        self._loading = threading.Lock()
        self._loaded: QuestionAnswering | None = None
        self._queue: BatchQueue[Encoding, NDArray[np.float32]] = BatchQueue(self._run, batch_size=_BATCH)

    def load(self) -> None:
        """Load the model now, which otherwise the first question waits for."""
        _ = self._model

    @property
    def _model(self) -> QuestionAnswering:
        with self._loading:
            self._loaded = self._loaded or _load(self.name)
            return self._loaded

    def _run(self, inputs: list[Encoding]) -> list[NDArray[np.float32]]:
        return self._model.logits(inputs)

    def mark(
        self, question: str, texts: Sequence[str], headings: Sequence[str], sentences: Sequence[Sequence[Span]]
    ) -> list[list[Marked]]:
        """For each text one `Marked` for each of its sentences (spans in characters of the text).

        A heading (the title) is read before its text and holds no answers.
        """
        heads = [f"{heading}\n" if heading else "" for heading in headings]
        encoded = self._model.encode(question, [head + text for head, text in zip(heads, texts, strict=True)])
        found = []
        for each, logits, head, spans in zip(encoded, self._queue(encoded), heads, sentences, strict=True):
            offsets = np.asarray(each.offsets) - len(head)
            inside = np.asarray(each.sequence_ids, dtype=float) == 1
            offsets[~inside] = -1  # the question's, the heading's
            found.append([_best(logits, offsets, span) for span in spans])
        return found


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


class _Bert:
    """Runs without torch: see `corpus.bert`."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._bert = Bert(folder, head="qa_outputs")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(min(_MOST_TOKENS, self._bert.longest), strategy=_TRUNCATION)

    def encode(self, question: str, texts: list[str]) -> list[Encoding]:
        return list(self._tokenizer.encode_batch([(question, text) for text in texts]))

    def logits(self, inputs: list[Encoding]) -> list[NDArray[np.float32]]:
        return [out.T for out in self._bert([(each.ids, each.type_ids) for each in inputs])]


class _Transformers:
    """Any model that transformers loads."""

    def __init__(self, place: str) -> None:
        # Imported here: torch and transformers take seconds.
        import torch
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        dtype = torch.bfloat16 if has_bfloat16() else torch.float32
        self._network: Any = AutoModelForQuestionAnswering.from_pretrained(place, dtype=dtype).eval()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(place)

    def encode(self, question: str, texts: list[str]) -> list[Encoding]:
        pairs = [[question] * len(texts), texts]
        return list(self._tokenizer(*pairs, truncation=_TRUNCATION, max_length=_MOST_TOKENS).encodings)

    def logits(self, inputs: list[Encoding]) -> list[NDArray[np.float32]]:
        import torch

        of = {"input_ids": "ids", "token_type_ids": "type_ids", "attention_mask": "attention_mask"}
        names = [name for name in self._tokenizer.model_input_names if name in of]
        padded = self._tokenizer.pad(
            {name: [getattr(each, of[name]) for each in inputs] for name in names}, return_tensors="pt"
        )
        with torch.inference_mode():
            out = self._network(**padded)
        both = torch.stack([out.start_logits, out.end_logits], 1).float().numpy()
        return [both[row, :, : len(each.ids)] for row, each in enumerate(inputs)]


def _load(name: str) -> QuestionAnswering:
    place = str(files("assistant").joinpath("weights")) if name == DEFAULT_MODEL else name
    try:
        return _Bert(Path(place)) if runs(Path(place), "BertForQuestionAnswering") else _Transformers(place)
    except (OSError, ValueError) as error:
        raise AssistantError(
            f"The reader's model {name!r} could not be loaded ({str(error).splitlines()[0][:200]}). Name an extractive "
            "question-answering model that is on this machine or can be downloaded, with ASSISTANT_READER_MODEL."
        ) from error
