"""Passages tile their article, and each fits the embedder together with its header."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.embedder import Embedder
from corpus.text import normalise, sentences
from ingest.passages import cut, header
from tests.texts import ODD_TEXTS, odd_text


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@settings(max_examples=60, deadline=None)
@given(text=odd_text(), title=st.text(max_size=400), passage_tokens=st.integers(32, 250))
@example(text=ODD_TEXTS["one huge line"], title="", passage_tokens=200)
@example(text=ODD_TEXTS["no spaces"], title="T" * 400, passage_tokens=200)
@example(text=ODD_TEXTS["blob"], title="word " * 200, passage_tokens=64)
@example(text=ODD_TEXTS["chinese"], title="Title", passage_tokens=100)
def test_passages_tile_the_article_and_fit_the_embedder(
    embedder: Embedder, text: str, title: str, passage_tokens: int
) -> None:
    text = normalise(text)
    head = header(title, "2025-04-08", embedder.count_tokens)
    spans = cut(text, head, embedder.count_tokens, passage_tokens=passage_tokens, max_tokens=embedder.max_tokens)
    assert spans[0][0] == 0 and spans[-1][1] == len(text)
    assert all(end == start for (_, end), (start, _) in pairwise(spans))
    assert "".join(text[start:end] for start, end in spans) == text
    counts = embedder.count_tokens([head + text[start:end] for start, end in spans])
    assert max(counts) + 2 <= embedder.max_tokens
    assert max(embedder.count_tokens([text[start:end] for start, end in spans])) <= passage_tokens


def test_a_passage_is_of_whole_sentences(embedder: Embedder) -> None:
    text = " ".join(
        f"The council of district {n} met on Tuesday to vote on the budget for its schools." for n in range(60)
    )
    spans = cut(text, "Councils vote\n", embedder.count_tokens, passage_tokens=120, max_tokens=256)
    starts = {start for start, _ in sentences(text)}
    assert len(spans) > 5
    assert all(start in starts for start, _ in spans)


def test_an_over_long_sentence_is_cut_at_a_space(embedder: Embedder) -> None:
    text = "and ".join(f"item {n} " for n in range(400))
    spans = cut(text, "\n", embedder.count_tokens, passage_tokens=100, max_tokens=256)
    assert len(spans) > 5
    assert all(text[start - 1].isspace() for start, _ in spans[1:])


def test_a_title_too_long_to_embed_is_cut_for_the_header_only(embedder: Embedder) -> None:
    head = header("very " * 300 + "long", "2025-04-08T10:00:00Z", embedder.count_tokens)
    assert embedder.count_tokens([head])[0] <= 48
    assert head.startswith("very very") and head.endswith("(2025-04-08)\n")
