"""What the reader does on public sets: SQuAD 2.0, TREC QA, ESTER, RGB's counterfactual snippets, the TIME collection.

    python -m benchmarks.reading DATA [--only squad trecqa ester rgb time] [--out results/reading.json]

DATA holds the sets' folders. Each figure is one line of JSON on standard output.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant import Answer, Assistant, Passage, Settings, spans
from assistant.reader import Reader
from corpus.store import Corpus
from corpus.text import sentences
from evals import matching
from evals.metrics import ndcg, said_text
from ingest import ingest
from training.squad import read
from training.train_reader import HELD_OUT

Figures = dict[str, float]
SEED = 20250408


def squad(data: Path) -> Figures:
    """Exact match and F1 of the span on the titles held out of `squad2_part`, and AUROC of answerable.

    "forced" is what it says where there is an answer when it may not decline.
    """
    paragraphs, asked = read([data / "extractive-qa" / "squad2_part.json.gz"], HELD_OUT)
    asked = [each for each in asked if paragraphs[each.paragraph].held_out]
    model = spans.shared(spans.DEFAULT_MODEL)
    rows = []
    for each in asked:
        paragraph = paragraphs[each.paragraph]
        marks = model.mark(each.question, [paragraph.text], [paragraph.title], [sentences(paragraph.text)])[0]
        best = max(marks, key=lambda mark: mark.score)
        said = paragraph.text[best.start : best.end]
        answers = [paragraph.text[start:end] for start, end in each.answers]
        rows.append((bool(answers), best.score, matching.exact_match(said, answers), matching.token_f1(said, answers)))
    there, scores, exact, f1 = (np.asarray(column) for column in zip(*rows, strict=True))
    given = scores > 0
    right, close = np.where(there, exact & given, ~given), np.where(there, f1 * given, ~given)
    return {
        "questions": len(rows),
        "em": right.mean(),
        "f1": close.mean(),
        "em with an answer": right[there].mean(),
        "f1 with an answer": close[there].mean(),
        "f1 without an answer": close[~there].mean(),
        "f1 forced": f1[there].mean(),
        "auroc": float((scores[there][:, None] > scores[~there][None, :]).mean()),
    }


def trecqa(data: Path) -> Figures:
    """MAP and MRR of the sentences that answer (trec_eval's definitions), over questions with some of both kinds."""
    text = _unpacked(data / "trecqa" / "dev.xml.gz")
    precision, reciprocal = [], []
    with tempfile.TemporaryDirectory() as home:
        corpus = Corpus(Settings(home=Path(home), chroma_url=None, database_url=None))
        reader = Reader(corpus)
        for block in text.split("<QApairs")[1:]:
            found = re.findall(r"<(question|positive|negative)>\n(.*?)\n", block)
            question = " ".join(next(words for kind, words in found if kind == "question").split("\t"))
            told = [(kind == "positive", " ".join(words.split("\t"))) for kind, words in found if kind != "question"]
            if len({kind for kind, _ in told}) < 2:
                continue
            passages = [_passage(str(number), words) for number, (_, words) in enumerate(told)]
            ranked = [told[int(p.article_id)][0] for p in reader.read(question, passages).passages]
            places = [rank for rank, hit in enumerate(ranked, 1) if hit]
            precision.append(np.mean([number / rank for number, rank in enumerate(places, 1)]))
            reciprocal.append(1 / places[0])
        corpus.close()
    return {"questions": len(precision), "map": float(np.mean(precision)), "mrr": float(np.mean(reciprocal))}


def ester(data: Path) -> Figures:
    """Token F1 of the short answer, and of the cited sentence, with ESTER's answer spans (the best of them)."""
    asked = json.loads(_unpacked(data / "ester-train" / "questions.json.gz"))
    short, quote, hit = [], [], []
    with tempfile.TemporaryDirectory() as home:
        corpus = Corpus(Settings(home=Path(home), chroma_url=None, database_url=None))
        reader = Reader(corpus)
        for each in asked:
            best = reader.read(each["question"], [_passage("passage", each["context"])]).quotes[0]
            short.append(matching.token_f1(best.short, each["answer_texts"]))
            quote.append(matching.token_f1(best.text, each["answer_texts"]))
            hit.append(any(answer in best.text for answer in each["answer_texts"]))
        corpus.close()
    return {
        "questions": len(asked),
        "short answer's f1": float(np.mean(short)),
        "sentence's f1": float(np.mean(quote)),
        "sentence holds an answer": float(np.mean(hit)),
    }


def rgb(data: Path) -> Figures:
    """Of 50 questions over five snippets each: right with 0, 40 and 80% beside the point; and with the false ones in,
    how often the right, the false, and both answers are said.
    """
    lines = (data / "rgb-counterfactual" / "questions.jsonl").read_text("utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    draw = random.Random(SEED)
    figures: Figures = {"questions": len(asked)}
    for share in (0.0, 0.4, 0.8):
        said = [_answer(_snippets(each, share, draw), each["query"]) for each in asked]
        figures[f"right at {share:.0%} noise"] = _share(said, asked, "answer")
        figures[f"declined at {share:.0%} noise"] = float(np.mean([answer.refused for answer in said]))
    said = [_answer(each["positive"][:2] + each["positive_wrong"][:2], each["query"]) for each in asked]
    figures["false in: right said"] = _share(said, asked, "answer")
    figures["false in: false said"] = _share(said, asked, "fakeanswer")
    both = [_says(a, each["answer"]) and _says(a, each["fakeanswer"]) for a, each in zip(said, asked, strict=True)]
    figures["false in: both said"] = float(np.mean(both))
    noted = [any(note.kind == "conflict" for note in answer.notes) for answer in said]
    figures["false in: told that they differ"] = float(np.mean(noted))
    return figures


def _snippets(each: dict[str, Any], noise: float, draw: random.Random) -> list[str]:
    wrong = round(5 * noise)
    right = each["positive"][: 5 - wrong]
    return [*right, *draw.sample(each["negative"], min(wrong, len(each["negative"])))]


def _answer(snippets: Sequence[str], question: str) -> Answer:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "snippets.jsonl"
        lines = [{"id": f"s{n}", "source": f"outlet {n}", "text": text} for n, text in enumerate(snippets)]
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        settings = Settings(home=Path(folder) / "home", model="reader", chroma_url=None, database_url=None)
        ingest([str(file)], settings)
        with Assistant(settings) as assistant:
            return assistant.answer(question)


def _says(answer: Answer, expected: Any) -> bool:
    flat = expected if isinstance(expected, list) else [expected]
    answers = [each for item in flat for each in (item if isinstance(item, list) else [item])]
    return not answer.refused and matching.holds(said_text(answer), answers)


def _share(said: Sequence[Answer], asked: Sequence[dict[str, Any]], key: str) -> float:
    return float(np.mean([_says(answer, each[key]) for answer, each in zip(said, asked, strict=True)]))


def time(data: Path) -> Figures:
    """nDCG@10 of the TIME collection's articles: statements in capitals, not questions."""
    folder = data / "time-collection"
    articles = [
        {"id": part.split()[0], "text": part.split("\n", 1)[1].capitalize()}
        for part in (folder / "TIME.ALL").read_text("latin-1").split("*TEXT")[1:]
    ]
    queries = [
        (part.split()[0], " ".join(part.split()[1:]).capitalize())
        for part in re.split(r"\*FIND|\*STOP", (folder / "TIME.QUE").read_text("latin-1"))[1:]
        if part.split()
    ]
    relevant: dict[str, set[str]] = {}
    for line in (folder / "qrels_fixed_DERIVED.tsv").read_text().splitlines()[1:]:
        query, _, article, grade = line.split("\t")
        if int(grade):
            relevant.setdefault(query, set()).add(article.zfill(3))
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "time.jsonl"
        file.write_text("".join(json.dumps(article) + "\n" for article in articles), "utf-8")
        settings = Settings(home=Path(home) / "home", model="reader", chroma_url=None, database_url=None)
        ingest([str(file)], settings)
        with Assistant(settings) as assistant:
            gains = [_ndcg(assistant, words, relevant[number]) for number, words in queries if number in relevant]
    return {"queries": len(gains), "ndcg@10": float(np.mean(gains))}


def _ndcg(assistant: Assistant, query: str, relevant: set[str]) -> float:
    ranked = dict.fromkeys(passage.article_id for passage in assistant.search(query, k=60))
    return ndcg([int(article in relevant) for article in ranked], len(relevant))


def _unpacked(path: Path) -> str:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return file.read()


def _passage(article_id: str, text: str) -> Passage:
    return Passage(article_id, 1, "", None, None, None, 0, len(text), text, 0.5)


SETS: dict[str, Callable[[Path], Figures]] = {
    "squad": squad,
    "trecqa": trecqa,
    "ester": ester,
    "rgb": rgb,
    "time": time,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--out", type=Path, default=Path("results/reading.json"))
    options = parser.parse_args()
    found = dict(_measured(options.data, options.only))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def _measured(data: Path, names: Sequence[str]) -> Iterator[tuple[str, Figures]]:
    for name in names:
        figures = {key: round(float(value), 4) for key, value in SETS[name](data).items()}
        print(json.dumps({name: figures}), flush=True)
        yield name, figures


if __name__ == "__main__":
    main()
