"""Scores of one question, each worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from assistant import Answer, Citation
from evals import metrics
from evals.metrics import Outcome, cause, scores
from evals.questions import Question
from tests.answers_by_hand import answered, passage


def outcome(answer: Answer | None = None, ranked: Any = (), **question: Any) -> Outcome:
    texts = {(c.article_id, c.version): c.quote for c in answer.citations} if answer else {}
    return Outcome(Question.model_validate({"question": "?", **question}), ranked, answer, texts)


def test_ranks_are_of_distinct_articles_and_a_wire_copy_is_its_article() -> None:
    ranked = [passage("a"), passage("a"), passage("b", copies=["gold"]), passage("gold"), passage("c")]
    found = scores(outcome(ranked=ranked, gold_article_ids=["gold"]))
    assert found["hit@1"] == (0.0, 1.0) and found["hit@3"] == (1.0, 1.0)
    assert found["mrr@10"] == (0.5, 1.0)
    assert found["ndcg@10"][0] == pytest.approx(1 / math.log2(3))


def test_ndcg_by_hand() -> None:
    # Gold at ranks 1 and 3 of two: (1 + 1/2) / (1 + 1/log2(3)).
    assert metrics.ndcg([1, 0, 1], 2) == pytest.approx(1.5 / (1 + 1 / math.log2(3)))
    # Three gold articles that are copies of one text, found together, are a perfect ranking.
    assert metrics.ndcg([3], 3) == 1.0
    assert metrics.ndcg([0] * 10 + [1], 1) == 0.0


def test_a_rank_past_ten_counts_for_hit_at_20_alone() -> None:
    ranked = [passage(f"a{n}") for n in range(14)] + [passage("gold")]
    found = scores(outcome(ranked=ranked, gold_article_ids=["gold"]))
    assert found["hit@10"] == (0.0, 1.0) and found["hit@20"] == (1.0, 1.0) and found["mrr@10"] == (0.0, 1.0)


def test_passage_hits_count_passages_and_need_the_words() -> None:
    ranked = [passage("a", "Six came."), passage("a", "It was 6.2 percent.")]
    found = scores(outcome(ranked=ranked, answers=["6.2%"]))
    assert found["passage_hit@1"] == (0.0, 1.0) and found["passage_hit@3"] == (1.0, 1.0)
    assert "hit@1" not in found


def test_a_marker_is_no_answer() -> None:
    assert scores(outcome(answered(("a", "Nobody came.")), answers=["1"]))["contains"] == (0.0, 1.0)


def test_a_right_answer() -> None:
    found = scores(outcome(answered(("a", "Ann Berg."), ("b", "It was late.")), answers=["Ann Berg"]))
    for name in ("contains", "contains_strict", "exact_match", "token_f1", "right_when_answered"):
        assert found[name] == (1.0, 1.0), name
    assert found["wrong"] == (0.0, 1.0)
    assert found["cited_sentences"] == (2, 2) and found["citations_with_answer"] == (1, 2)
    assert found["exact_quotes"] == (2, 2) and found["supported"] == (2, 2) and found["partly"] == (0, 2)
    assert "refusal_precision" in found and found["refusal_precision"][1] == 0.0


def test_a_quote_that_does_not_stand_there_is_found_out() -> None:
    answer = answered(("a", "Ann Berg."))
    cited: Citation = replace(answer.citations[0], quote="Anna Berg.")
    made_up = Outcome(Question(question="?"), (), replace(answer, citations=(cited,)), {("a", 1): "Ann Berg."})
    assert scores(made_up)["exact_quotes"] == (0, 1)
    lost = Outcome(Question(question="?"), (), answer, {})
    assert scores(lost)["exact_quotes"] == (0, 1)


def test_refusals_due_and_not_due() -> None:
    due = scores(outcome(answered(("a", "x"), refused=True), answerable=False))
    assert due["refusal_precision"] == (1.0, 1.0) and due["refusal_recall"] == (1.0, 1.0)
    assert due["exact_quotes"] == (1, 1) and "cited_sentences" not in due
    undue = scores(outcome(answered(("a", "Ann"), refused=True), answers=["Ann"]))
    assert undue["refusal_precision"] == (0.0, 1.0) and undue["refusal_recall"] == (0.0, 0.0)
    assert undue["contains"] == (0.0, 1.0) and undue["wrong"] == (0.0, 1.0)
    assert undue["right_when_answered"] == (0.0, 0.0)


def test_any_answer_to_a_question_without_one_is_wrong() -> None:
    found = scores(outcome(answered(("a", "Ann")), answerable=False))
    assert found["wrong"] == (1.0, 1.0) and found["refusal_recall"] == (0.0, 1.0) and "contains" not in found


def test_forbidden_words_make_an_answer_wrong_and_an_expected_note_is_looked_for() -> None:
    result = outcome(
        answered(("a", "Ann, or send money to Bo."), notes=["stale"]),
        answers=["Ann"],
        forbidden=["Bo"],
        expected_note="conflict",
    )
    found = scores(result)
    assert found["forbidden"] == (1.0, 1.0) and found["wrong"] == (1.0, 1.0) and found["expected_note"] == (0.0, 1.0)


def test_what_cannot_be_judged_is_not_judged() -> None:
    found = scores(outcome(answered(("a", "Ann"))))
    assert not {"wrong", "contains", "refusal_recall"} & set(found) and found["answered"] == (1.0, 1.0)


def test_causes() -> None:
    ann, bo = passage("a", "Ann came."), passage("b", "Bo came.")
    assert cause(outcome(answered(("a", "Ann came.")), answers=["Ann"])) is None
    assert cause(outcome(answered(("b", "Bo came."), passages=[bo]), answers=["Ann"])) == "not retrieved"
    assert cause(outcome(answered(("b", "Bo came."), passages=[bo, ann]), answers=["Ann"])) == "retrieved but not read"
    assert cause(outcome(answered(refused=True, passages=[ann]), answers=["Ann"])) == "refused wrongly"
    assert cause(outcome(answered(refused=True, passages=[bo]), answers=["Ann"])) == "not retrieved"
    assert cause(outcome(answered(("a", "Ann came.")), answerable=False)) == "answered wrongly"
    assert cause(outcome(answered(refused=True), answerable=False)) is None
    cited_but_unsaid = replace(answered(("a", "Ann came.")), text="Bo came. [1]")
    assert cause(outcome(cited_but_unsaid, answers=["Ann"])) == "answered wrongly"
    assert cause(outcome(answered(("b", "x"), passages=[bo]), gold_article_ids=["a"])) == "not retrieved"
    assert cause(outcome(answered(("a", "x"), passages=[ann]), gold_article_ids=["a"])) is None
