"""Fusion, and retrieval by meaning and by words together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from assistant import Assistant, Passage, Settings
from assistant.retrieve import _fuse, _once, _ordered, _timed
from assistant.when import Period
from ingest import ingest

ARTICLES = [
    {
        "id": "rates",
        "published": "2025-01-10",
        "text": "The central bank raised interest rates against rising prices.",
    },
    {"id": "whale", "published": "2025-02-10", "text": "A whale was seen in the harbour on Monday."},
    {
        "id": "code",
        "published": "2025-03-10",
        "text": "The part number of the recalled pump is QX-7781.",
    },
    {
        "id": "match",
        "published": "2025-04-10",
        "text": "The home side won the final after extra time.",
    },
]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    import json

    folder = tmp_path_factory.mktemp("retrieve")
    (folder / "a.jsonl").write_text("".join(json.dumps(article) + "\n" for article in ARTICLES))
    settings = Settings(home=folder / "corpus")
    ingest([str(folder / "a.jsonl")], settings)
    with Assistant(settings) as assistant:
        yield assistant


def test_fusion_prefers_what_both_rankings_have() -> None:
    fused = _fuse([1, 2, 3], [3, 4])
    assert [key for key, _ in fused] == [3, 1, 2, 4]
    assert _fuse([7], [7]) == [(7, 1.0)]
    assert all(0 < score <= 1 for _, score in fused)


def test_a_paraphrase_is_found_by_meaning(assistant: Assistant) -> None:
    assert assistant.search("monetary tightening against inflation")[0].article_id == "rates"


def test_an_odd_string_is_found_by_its_words(assistant: Assistant) -> None:
    assert assistant.search("QX-7781")[0].article_id == "code"


def test_another_form_of_a_word_is_found(assistant: Assistant) -> None:
    assert assistant.search("whales")[0].article_id == "whale"


def test_k_is_respected_and_scores_fall(assistant: Assistant) -> None:
    found = assistant.search("the bank", k=3)
    assert len(found) == 3
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)


def test_bounds_reach_past_the_nearest_vectors(assistant: Assistant) -> None:
    small = Assistant(assistant.settings.model_copy(update={"candidates": 1}))
    found = small.search("central bank interest rates", k=1, since="2025-04-01")
    small.close()
    assert [passage.article_id for passage in found] == ["match"]


@pytest.mark.parametrize("query", ['"', "title:x AND (", "a" * 1999, "\\", "id:1 OR *", "^~[]{}", "👩‍👩‍👧", "of"])
def test_no_query_is_syntax(assistant: Assistant, query: str) -> None:
    assert len(assistant.search(query, k=2)) <= 2


def found(article_id: str, text: str, published: str | None, score: float = 1.0) -> Passage:
    return Passage(article_id, 1, "", None, None, published, 0, len(text), text, score)


TODAY = date(2025, 6, 15)
OLD, NEW, UNDATED = found("old", "a", "2024-01-01"), found("new", "b", "2025-06-14"), found("undated", "c", None)


def timed(passages: list[Passage], period: Period | None) -> list[str]:
    ranked = sorted(_timed([(1.0, each) for each in passages], period, TODAY), key=lambda each: -each[0])
    return [passage.article_id for _, passage in ranked]


def test_of_passages_that_fit_alike_the_newer_is_preferred_and_an_undated_one_is_not_the_newest() -> None:
    assert timed([OLD, UNDATED, NEW], None)[0] == "new"


def test_days_that_the_question_names_are_preferred_to_the_latest() -> None:
    assert timed([NEW, OLD], Period(date(2024, 1, 1), date(2024, 1, 31), "in January 2024"))[0] == "old"
    assert timed([NEW, OLD], Period(None, date(2024, 12, 31), "before 2025"))[0] == "old"


def test_where_all_is_old_or_undated_nothing_is_lowered() -> None:
    assert [score for score, _ in _timed([(0.8, UNDATED)], None, TODAY)] == pytest.approx([0.8])
    assert _timed([], None, TODAY) == []


def test_the_best_match_is_read_however_old_it_is() -> None:
    fresh = [(0.5, found(f"n{n}", str(n), "2025-06-14")) for n in range(20)]
    ranked = _ordered([(0.45, OLD), *fresh], reads=12)
    assert "old" in [passage.article_id for _, passage in ranked[:12]]
    assert len(ranked) == 21


WIRE = (
    "The bank raised its rate by half a point on Tuesday and said that prices had risen faster than it expected in May."
)


def test_nearly_the_same_words_at_another_outlet_count_once_and_are_named() -> None:
    copy = found("copy", f"{WIRE} (Wire)", "2025-06-14")
    own, other = found("own", WIRE, "2025-06-14"), found("other", "Something else.", None)
    once = _once([(0.9, own), (0.8, copy), (0.7, other)], 5)
    assert [p.score for p in once] == [0.9, 0.7]
    assert [p.article_id for p in once] == ["own", "other"]
    assert [c.article_id for c in once[0].copies] == ["copy"]


def test_a_corrected_figure_is_no_copy() -> None:
    one = f"{WIRE} It had 12 meetings."
    other = f"{WIRE} It had 21 meetings."
    assert len(_once([(1.0, found("a", one, None)), (0.9, found("b", other, None))], 5)) == 2
