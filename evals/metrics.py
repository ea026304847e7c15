"""What is measured of one question. Each score is a pair (amount, out of), so that a set's figure is sum over sum and
a resampled set's figure is that too. A score that says nothing about a question is out of 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant import Answer, Passage
from evals import matching
from evals.questions import Question

Score = tuple[float, float]
DEPTHS = (1, 3, 5, 10, 20)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question and all that came of it. `ranked` is the search at full depth, best first; `texts` are the texts of
    the cited articles by id and version; a ranker without an answerer has no `answer`.
    """

    question: Question
    ranked: Sequence[Passage]
    answer: Answer | None = None
    texts: Mapping[tuple[str, int], str] | None = None

    @property
    def is_answerable(self) -> bool | None:
        """As the set says; where it does not, yes if it gives answers or gold articles, else not known (None)."""
        if self.question.answerable is not None:
            return self.question.answerable
        return True if self.question.answers or self.question.gold_article_ids else None

    @property
    def is_right(self) -> bool | None:
        """Answered, with an answer's words and no forbidden ones. None when there is nothing to judge by."""
        if self.answer is None or (self.is_answerable is not False and not self.question.answers):
            return None
        said = said_text(self.answer)
        if self.answer.refused or matching.holds(said, self.question.forbidden):
            return False
        return matching.holds(said, self.question.answers)


def said_text(answer: Answer) -> str:
    """`answer.text` without its markers, so that a marker's number is never taken for an answer."""
    text = answer.text
    for citation in answer.citations:
        text = text.replace(f"[{citation.marker}]", " ")
    return text


def short_answer(answer: Answer) -> str:
    """The shortest thing the answer commits to, for exact match and F1: its short answer, else its first sentence."""
    return answer.short_answer or (answer.sentences[0].text if answer.sentences else said_text(answer))


def article_hits(ranked: Sequence[Passage], gold: Sequence[str]) -> list[int]:
    """How many new gold articles each rank brings, of distinct articles; a wire copy of a gold article counts as it."""
    wanted, seen, hits = set(gold), set[str](), list[int]()
    for passage in ranked:
        if passage.article_id in seen:
            continue
        articles = {passage.article_id, *(copy.article_id for copy in passage.copies)}
        seen |= articles
        hits.append(len(wanted & articles))
        wanted -= articles
    return hits


def gold_rank(outcome: Outcome) -> int | None:
    """The rank (from 1) of the first gold article among distinct articles, or None."""
    return _first(article_hits(outcome.ranked, outcome.question.gold_article_ids))


def answer_rank(outcome: Outcome) -> int | None:
    """The rank (from 1) of the first passage that holds an answer's words, or None."""
    return _first(matching.holds(passage.text, outcome.question.answers) for passage in outcome.ranked)


def _first(hits: Iterable[int | bool]) -> int | None:
    return next((rank for rank, hit in enumerate(hits, start=1) if hit), None)


def ndcg(hits: Sequence[int], gold: int, depth: int = 10) -> float:
    """Normalised discounted cumulative gain with gains of 0 and 1: Järvelin & Kekäläinen 2002 (TOIS 20:4), in the log2
    form of trec_eval. Gold articles found at one rank, being copies, are at one rank in the ideal ranking too.
    """
    ideal = gold - sum(hit - 1 for hit in hits if hit)
    gain = sum(1 / math.log2(rank + 1) for rank, hit in enumerate(hits[:depth], start=1) if hit)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(ideal, depth) + 1))


def retrieval(outcome: Outcome) -> dict[str, Score]:
    """hit@k: a gold article among the first k distinct ones. MRR@10: Voorhees 1999 (TREC-8 QA). nDCG@10: `ndcg`.
    passage_hit@k, passage_mrr@10: of the first passage that holds an answer's words. (Ten lines of arithmetic: ranx
    would bring numba and ir-measures a compiled trec_eval, and neither knows wire copies.)
    """
    scores: dict[str, Score] = {}
    if outcome.question.gold_article_ids:
        hits = article_hits(outcome.ranked, outcome.question.gold_article_ids)
        rank: float = _first(hits) or math.inf
        scores |= {f"hit@{k}": (float(rank <= k), 1.0) for k in DEPTHS}
        scores["mrr@10"] = (1 / rank if rank <= 10 else 0.0, 1.0)
        scores["ndcg@10"] = (ndcg(hits, len(set(outcome.question.gold_article_ids))), 1.0)
    if outcome.question.answers:
        rank = answer_rank(outcome) or math.inf
        scores |= {f"passage_hit@{k}": (float(rank <= k), 1.0) for k in DEPTHS}
        scores["passage_mrr@10"] = (1 / rank if rank <= 10 else 0.0, 1.0)
    return scores


def answering(outcome: Outcome) -> dict[str, Score]:
    """Of the questions that can be answered: the share whose answer holds the expected words (`matching.holds`, and
    strictly), exact match and token F1 of the short answer. A refusal holds nothing.
    """
    question, answer = outcome.question, outcome.answer
    scores: dict[str, Score] = {}
    if answer and question.answers and outcome.is_answerable:
        said, short = ("", "") if answer.refused else (said_text(answer), short_answer(answer))
        scores["contains"] = (float(matching.holds(said, question.answers)), 1.0)
        first = "" if answer.refused or not answer.sentences else answer.sentences[0].text
        scores["first_contains"] = (float(matching.holds(first, question.answers)), 1.0)
        scores["contains_strict"] = (float(matching.holds_strictly(said, question.answers)), 1.0)
        scores["exact_match"] = (float(matching.exact_match(short, question.answers)), 1.0)
        scores["token_f1"] = (matching.token_f1(short, question.answers), 1.0)
    if answer and question.forbidden:
        scores["forbidden"] = (float(not answer.refused and matching.holds(said_text(answer), question.forbidden)), 1.0)
    if answer and question.expected_note:
        scores["expected_note"] = (float(any(note.kind == question.expected_note for note in answer.notes)), 1.0)
    return scores


def citing(outcome: Outcome) -> dict[str, Score]:
    """Quotes that stand letter for letter in their article, a refusal's too; and over answers given: sentences with a
    citation, citations whose quote holds an answer's words, and sentences by verdict.
    """
    answer = outcome.answer
    if answer is None:
        return {}
    sentences, citations = answer.sentences, answer.citations
    texts = outcome.texts or {}
    found = sum(texts.get((c.article_id, c.version), "")[c.start : c.end] == c.quote != "" for c in citations)
    scores: dict[str, Score] = {"exact_quotes": (found, len(citations))}
    if answer.refused:
        return scores
    scores["cited_sentences"] = (sum(bool(s.markers) for s in sentences), len(sentences))
    if outcome.question.answers:
        held = sum(matching.holds(citation.quote, outcome.question.answers) for citation in citations)
        scores["citations_with_answer"] = (held, len(citations))
    for verdict in ("supported", "partly", "unsupported"):
        scores[verdict] = (sum(sentence.verdict == verdict for sentence in sentences), len(sentences))
    return scores


def abstaining(outcome: Outcome) -> dict[str, Score]:
    """wrong: answered, and not rightly, out of all that can be judged. right_when_answered: out of the answers given.
    Refusal precision: refusals that were due, out of refusals; recall: refusals, out of questions without an answer.
    """
    answer, answerable, right = outcome.answer, outcome.is_answerable, outcome.is_right
    if answer is None:
        return {}
    scores: dict[str, Score] = {"answered": (float(not answer.refused), 1.0)}
    if right is not None:
        scores["wrong"] = (float(not answer.refused and not right), 1.0)
        scores["right_when_answered"] = (float(right), float(not answer.refused))
    if answerable is not None:
        scores["refusal_precision"] = (float(answer.refused and not answerable), float(answer.refused))
        scores["refusal_recall"] = (float(answer.refused and not answerable), float(not answerable))
    return scores


def scores(outcome: Outcome) -> dict[str, Score]:
    """All scores of one question."""
    parts: tuple[Callable[[Outcome], dict[str, Score]], ...] = (retrieval, answering, citing, abstaining)
    return {name: score for part in parts for name, score in part(outcome).items()}


def cause(outcome: Outcome) -> str | None:
    """Why the question failed, or None. Not retrieved: no passage read holds the answer (where no answer is given: none
    is of a gold article). Refused wrongly: it was there, and declined. Retrieved but not read: it was there, and no
    citation holds it. Answered wrongly: the rest, and every answer to a question that has none.
    """
    answer, question = outcome.answer, outcome.question
    if answer is None or outcome.is_right or outcome.is_answerable is None:
        return None
    if outcome.is_answerable is False:
        return None if answer.refused else "answered wrongly"
    if question.answers:
        there = any(matching.holds(passage.text, question.answers) for passage in answer.passages)
    else:
        there = any(article_hits(answer.passages, question.gold_article_ids))
    if not there:
        return "not retrieved"
    if answer.refused:
        return "refused wrongly"
    if not question.answers:
        return None
    read = any(matching.holds(citation.quote, question.answers) for citation in answer.citations)
    return "answered wrongly" if read else "retrieved but not read"
