"""How well `verify` tells what texts support: on claims that people have judged, and on sentences made false.

    python -m benchmarks.verification --claims wice-dev/claims.jsonl.gz --articles news-2022-gold/articles.jsonl.gz

The claims' scores come from weights that were fitted on other claims (`training/fit_verification.py`, five folds). Of
the sentences, 300 of each kind, `caught` is the share found unsupported, with Wilson's 95% interval; of the untouched
ones that is the share wrongly struck.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import sqrt
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from assistant import Verification, verify
from benchmarks.falsify import TRUE, Case, cases, evidence
from training.fit_verification import SEED, auroc, balanced, cross_validated, examples

_Z = 1.96


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share (E. B. Wilson, 1927)."""
    if not total:
        return 0.0, 1.0
    share, z = hits / total, _Z * _Z / total
    middle = (share + z / 2) / (1 + z)
    half = _Z * sqrt(share * (1 - share) / total + z / 4 / total) / (1 + z)
    return middle - half, middle + half


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def judged_claims(path: Path) -> Iterator[str]:
    """The figures on claims with judged pages."""
    features, judged = examples(path)
    labels = (judged == 2).astype(np.float64)
    held_out = [cross_validated(features, labels, SEED + n) for n in range(5)]
    cut = [np.quantile(each, 1 - labels.mean()) for each in held_out]
    yield f"AUROC, cross-validated               {np.mean([auroc(each, labels) for each in held_out]):.3f}"
    both = [balanced(each >= at, labels) for each, at in zip(held_out, cut, strict=True)]
    yield f"balanced accuracy of the score       {np.mean(both):.3f}"
    claims = list(_lines(path))
    found = [verify(claim["claim"], ["\n".join(claim["evidence"])]) for claim in claims]
    chosen = np.asarray([each.verdict == "supported" for each in found])
    yield f"balanced accuracy of the verdict     {balanced(chosen, labels):.3f}"
    overlap = [
        _sentence_f1(claim, each) for claim, each in zip(claims, found, strict=True) if claim["supporting_sentences"]
    ]
    yield f"evidence sentences, F1 of the quote  {np.mean(overlap):.3f}"
    faults: dict[str, Counter[bool]] = defaultdict(Counter)
    for claim, each in zip(claims, found, strict=True):
        for kind in {_kind(reason) for reason in each.reasons}:
            faults[kind][claim["label"] == "supported"] += 1
    for kind, counts in faults.items():
        yield f"  {kind:34} {counts[False]:4} rightly, {counts[True]:3} of supported claims"


def _sentence_f1(claim: dict[str, Any], found: Verification) -> float:
    """F1 of the quoted sentences against the nearest of the valid sets."""
    at, quoted = 0, set()
    for number, sentence in enumerate(claim["evidence"]):
        if at < found.end and found.start < at + len(sentence):
            quoted.add(number)
        at += len(sentence) + 1
    valid = [set(each) for each in claim["supporting_sentences"]]
    return max((2 * len(quoted & each) / (len(quoted) + len(each)) for each in valid if quoted or each), default=0.0)


def _kind(reason: str) -> str:
    kinds = {
        "letter for letter": "quotation",
        "says this of": "another's name",
        "does not say this of": "no such subject",
        "belongs to something else": "number of something else",
        "; it says": "other number, date or name",
        "is not in the cited text": "name or word not there",
        "of its words": "score",
        "cited text says": "denial or speaker",
    }
    return next((kind for words, kind in kinds.items() if words in reason), "other")


def made_sentences(
    articles: Sequence[tuple[str, str | None]], count: int, seed: int, passages: int, show: bool
) -> Iterator[str]:
    """A line for each kind of sentence, and the cost."""
    verdicts: dict[str, Counter[str]] = defaultdict(Counter)
    seconds = []
    for case in cases(articles, count, seed):
        texts = evidence(case.source, passages)
        started = perf_counter()
        found = verify(case.sentence, texts, published=[case.source.published] * len(texts))
        seconds.append(perf_counter() - started)
        verdicts[case.kind][found.verdict] += 1
        if show and (found.verdict == "unsupported") == (case.kind in TRUE):
            yield _shown(case, found)
    yield f"evidence: {passages} passage(s) of the article, the sentence's own among them"
    for kind, counts in verdicts.items():
        struck, total = counts["unsupported"], counts.total()
        low, high = wilson(struck, total)
        label = "wrongly struck" if kind in TRUE else "caught"
        partly = f"; {counts['partly']} partly" if counts["partly"] else ""
        yield f"{kind:10} {label:14} {struck / total:6.1%}  ({low:.1%} to {high:.1%} of {total}{partly})"
    p50, p95 = (1000 * value for value in np.percentile(seconds, (50, 95)))
    yield f"ms per sentence, its passages read anew: p50 {p50:.1f}, p95 {p95:.1f}"


def _shown(case: Case, found: Verification) -> str:
    return f"[{case.kind}: {found.verdict}] {case.sentence}\n   of: {case.source.sentence}\n   {found.reasons}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=Path, help="claims with judged pages, in the format of WiCE")
    parser.add_argument("--articles", type=Path, help="articles to make true and false sentences from")
    parser.add_argument("--count", type=int, default=300, help="sentences of each kind")
    parser.add_argument("--seed", type=int, default=20250408)
    parser.add_argument("--passages", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--show", action="store_true", help="show the sentences that were judged wrongly")
    args = parser.parse_args()
    if args.claims:
        print("\n".join(judged_claims(args.claims)))
    if args.articles:
        articles = [(each["text"], each.get("published")) for each in _lines(args.articles)]
        for passages in args.passages:
            for line in made_sentences(articles, args.count, args.seed, passages, args.show):
                print(line)


if __name__ == "__main__":
    main()
