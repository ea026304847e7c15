"""Fusion, and retrieval by meaning and by words together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant import Assistant, Settings
from assistant.retrieve import _fuse
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
