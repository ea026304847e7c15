"""How well follow-up questions become questions that stand alone, measured by what is then found.

    python -m benchmarks.followups CANARD_FOLDER [--news NEWS_FOLDER] [--work results/followups] [--limit N]

CANARD_FOLDER holds CANARD's `dev.json.gz`: questions with their history (from the title on, in turns) and a stand-alone
rewrite by a person. The corpus is every answer in the histories; gold is the turn's own answer, as the next turn's
history has it. Recall@5 is measured for the question as asked, our rewrite without a model, and the person's. With
`--news`, stand-alone questions are asked with the history of an unrelated conversation, which must not change them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from assistant import Assistant, Settings
from assistant.conversation import Message, standalone
from benchmarks.intervals import line
from ingest import ingest

_NO_ANSWER = "I don't know."
_K = 5


@dataclass(frozen=True)
class Turn:
    """A question in its conversation; `answer` is None where no later turn tells it."""

    question: str
    history: tuple[Message, ...]
    rewrite: str
    answer: str | None


def turns(path: Path) -> list[Turn]:
    """Every question of CANARD's file, in its order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = json.load(lines)
    told = {}
    for row in rows:
        for place in range(2, len(row["History"]), 2):
            told[row["QuAC_dialog_id"], place, row["History"][place]] = row["History"][place + 1]
    return [
        Turn(
            row["Question"],
            tuple({"role": ("user", "assistant")[i % 2], "content": text} for i, text in enumerate(row["History"])),
            row["Rewrite"],
            told.get((row["QuAC_dialog_id"], len(row["History"]), row["Question"])),
        )
        for row in rows
    ]


def take_in(asked: Sequence[Turn], work: Path) -> Settings:
    """A corpus of every answer in the histories, kept in the work folder."""
    answers = {m["content"] for turn in asked for m in turn.history[3::2]} - {_NO_ANSWER}
    path = work / "answers.jsonl"
    path.write_text("".join(json.dumps({"id": text, "title": "-", "text": text}) + "\n" for text in sorted(answers)))
    settings = Settings(home=work / "corpus", model="reader", chroma_url=None, database_url=None)
    ingest([str(path)], settings, progress=True)
    return settings


def recall(assistant: Assistant, asked: Sequence[Turn], ask: Callable[[Turn], str]) -> list[bool]:
    """For each turn, whether its answer is among the first passages found."""
    found = []
    for turn in tqdm(asked):
        passages = assistant.search(ask(turn), _K)
        texts = {p.article_id for p in passages} | {copy.article_id for p in passages for copy in p.copies}
        found.append(turn.answer in texts)
    return found


def overwriting(asked: Sequence[Turn], news: Path, seed: int = 0) -> list[tuple[str, str]]:
    """Stand-alone questions with what each became after an unrelated conversation."""
    chance = random.Random(seed)
    histories = [turn.history for turn in asked if len(turn.history) >= 4]
    rows = map(json.loads, (news / "questions.jsonl").read_text("utf-8").splitlines())
    return [(row["question"], standalone(row["question"], chance.choice(histories))) for row in rows]


def report(assistant: Assistant, asked: Sequence[Turn]) -> Iterator[str]:
    """The table, line by line."""
    answered = [turn for turn in asked if turn.answer not in (None, _NO_ANSWER)]
    ways = {
        "as asked": lambda turn: turn.question,
        "our rewrite": lambda turn: standalone(turn.question, turn.history),
        "a person's": lambda turn: turn.rewrite,
    }
    for name, way in ways.items():
        yield line(f"recall@{_K}, {name}", recall(assistant, answered, way))
    lacking = [turn for turn in asked if turn.rewrite != turn.question]
    whole = [turn for turn in asked if turn.rewrite == turn.question]
    changed = [standalone(turn.question, turn.history) != turn.question for turn in lacking]
    yield line("rewritten, of those that a person rewrote", changed)
    yield line(
        "left as they are, of those that a person left",
        [standalone(turn.question, turn.history) == turn.question for turn in whole],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--news", type=Path, help="a folder with questions.jsonl, asked after unrelated conversations")
    parser.add_argument("--work", type=Path, default=Path("results/followups"))
    parser.add_argument("--limit", type=int, help="only so many questions, drawn by chance with a fixed seed")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    asked = turns(args.folder / "dev.json.gz")
    settings = take_in(asked, args.work)
    if args.limit:
        asked = random.Random(0).sample(asked, args.limit)
    with Assistant(settings) as assistant:
        for each in report(assistant, asked):
            print(each)
    if args.news:
        became = overwriting(asked, args.news)
        print(line("stand-alone questions left as they are", [before == after for before, after in became]))


if __name__ == "__main__":
    main()
