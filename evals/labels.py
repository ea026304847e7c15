"""How figures are called and shown, the same in the report, in the terminal and by the gate."""

from __future__ import annotations

from evals.metrics import DEPTHS

LABELS: dict[str, dict[str, str]] = {
    "Retrieval": {
        **{f"hit@{k}": f"gold article in the first {k}" for k in DEPTHS},
        "mrr@10": "MRR@10 of the gold article",
        "ndcg@10": "nDCG@10 of the gold articles",
        **{f"passage_hit@{k}": f"answer's words in the first {k} passages" for k in DEPTHS},
    },
    "Answers": {
        "contains": "contains the answer",
        "contains_strict": "contains it, as SQuAD compares",
        "exact_match": "exact match",
        "token_f1": "token F1",
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
        "calibration_error": "calibration error",
    },
}

# What a table by tag has room for.
PER_TAG = ("hit@5", "passage_hit@5", "contains", "wrong", "right_when_answered", "refusal_recall")

# Where less is better; everywhere else it is more. "answered" is neither.
LESS_IS_BETTER = frozenset({"forbidden", "partly", "unsupported", "wrong", "aurc", "calibration_error"})


def percent(value: float) -> str:
    """All figures lie between 0 and 1 and are shown in percent."""
    return f"{100 * value:.1f}%"
