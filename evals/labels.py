"""How figures are called and shown, the same in the report, in the terminal and by the gate."""

from __future__ import annotations

from evals.figures import COVERAGES
from evals.metrics import DEPTHS

LABELS: dict[str, dict[str, str]] = {
    "Retrieval": {
        **{f"hit@{k}": f"gold article in the first {k}" for k in DEPTHS},
        "mrr@10": "MRR@10 of the gold article",
        "ndcg@10": "nDCG@10 of the gold articles",
        **{f"passage_hit@{k}": f"answer's words in the first {k} passages" for k in DEPTHS},
        "passage_mrr@10": "MRR@10 of the answer's words",
    },
    "Answers": {
        "contains": "contains the answer",
        "first_contains": "its first sentence contains it",
        "contains_strict": "contains it, as SQuAD compares",
        "exact_match": "exact match of the short answer",
        "token_f1": "token F1 of the short answer",
        "forbidden": "says what it must not",
        "expected_note": "carries the expected note",
    },
    "Citations": {
        "cited_sentences": "sentences with a citation",
        "citations_with_answer": "citations that hold the answer",
        "exact_quotes": "quotes found letter for letter",
        "supported": "sentences supported",
        "partly": "sentences partly supported",
        "unsupported": "sentences unsupported",
    },
    "Abstention": {
        "answered": "answered",
        "wrong": "wrong answers, of all questions",
        "right_when_answered": "right, of those answered",
        "refusal_precision": "refusal precision",
        "refusal_recall": "refusal recall",
        "aurc": "area under risk-coverage",
        **{f"risk@{share:.0%}": f"wrong, of the {share:.0%} most confident" for share in COVERAGES},
        "calibration_error": "calibration error",
    },
}

# What a table by tag has room for.
PER_TAG = ("hit@5", "passage_hit@5", "contains", "wrong", "right_when_answered", "refusal_recall")

# Where less is better; everywhere else it is more. "answered" is neither.
LESS_IS_BETTER = frozenset({"forbidden", "partly", "unsupported", "wrong", "aurc", "calibration_error"}) | {
    f"risk@{share:.0%}" for share in COVERAGES
}


def percent(value: float) -> str:
    """All figures lie between 0 and 1 and are shown in percent."""
    return f"{100 * value:.1f}%"
