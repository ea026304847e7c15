"""Answers, in reader mode: the invariants, over odd texts, and what the seed article must give."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assistant import Answer, Assistant, AssistantError, Settings, answer
from corpus.text import normalise
from ingest import ingest
from tests.texts import ODD_TEXTS, odd_text

Write = Callable[..., Path]


def check_invariants(assistant: Assistant, partials: list[Answer]) -> None:
    """Invariants 2, 4 and 5 of the design, for every partial of a stream."""
    for partial in partials:
        for citation in partial.citations:
            article = assistant.article(citation.article_id, version=citation.version)
            assert citation.quote == article.text[citation.start : citation.end]
        in_text = [int(number) for number in re.findall(r"\[(\d+)\]", partial.text)]
        assert set(in_text) == {citation.marker for citation in partial.citations}
        assert sorted(set(in_text)) == list(dict.fromkeys(in_text)) == list(range(1, len(partial.citations) + 1))
        assert [m for sentence in partial.sentences for m in sentence.markers] == in_text
    for shorter, longer in itertools.pairwise(partials):
        assert longer.text.startswith(shorter.text)


# The seed article


def test_the_question_on_the_card_is_answered_with_what_is_not_confirmed(seed_assistant: Assistant) -> None:
    partials = list(seed_assistant.stream("who leads Japan's talks?"))
    result = partials[-1]
    check_invariants(seed_assistant, partials)
    assert not result.refused
    assert any("Japan has yet to confirm who will lead the trade negotiations" in c.quote for c in result.citations)


def test_an_answer_says_what_is_being_done_until_it_is_whole(seed_assistant: Assistant) -> None:
    partials = list(seed_assistant.stream("How much did the Nikkei 225 climb?"))
    assert [partial.stage for partial in partials[:3]] == ["searching", "reading", "checking"]
    assert [partial.text for partial in partials[:2]] == ["", ""] and partials[2].text
    assert 0 < len(partials[1].passages) <= seed_assistant.settings.reads
    assert [partial.stage is None for partial in partials] == [False] * (len(partials) - 1) + [True]


def test_a_figure_is_quoted(seed_assistant: Assistant) -> None:
    result = seed_assistant.answer("How much did the Nikkei 225 climb?")
    assert not result.refused and "6.2%" in result.citations[0].quote


@pytest.mark.parametrize("question", ["Who won the 2024 World Series?", "What is the capital of Mongolia?", "asdf"])
def test_what_the_articles_do_not_say_is_declined(seed_assistant: Assistant, question: str) -> None:
    partials = list(seed_assistant.stream(question))
    check_invariants(seed_assistant, partials)
    result = partials[-1]
    assert result.refused and result.text.startswith("The articles do not say.")
    assert result.passages and result.confidence < seed_assistant.settings.threshold


def test_what_stands_around_an_article_is_never_quoted(seed_assistant: Assistant) -> None:
    for question in ("Where can I subscribe to business and finance news?", "What about #NASDAQ and #Tech?"):
        quotes = [citation.quote for citation in seed_assistant.answer(question).citations]
        assert not any("subscribe" in quote or "#" in quote for quote in quotes)


def test_an_answer_says_where_it_comes_from(seed_assistant: Assistant) -> None:
    result = seed_assistant.answer("How much did the Nikkei 225 climb?", as_of="2025-04-08")
    assert (result.as_of, result.model, result.prompt_id) == ("2025-04-08", "reader", None)
    assert {"embed", "dense", "words", "fuse", "read", "total"} <= set(result.timings)
    data = json.loads(json.dumps(result.as_dict()))
    assert data["citations"][0]["article_id"].startswith("file://") and data["citations"][0]["published"] is None
    assert data["question"] == result.question and data["sentences"][0]["markers"] == [1]


def test_twenty_askers_at_once_are_all_answered_alike(seed_assistant: Assistant) -> None:
    with ThreadPoolExecutor(20) as pool:
        texts = list(pool.map(lambda _: seed_assistant.answer("who leads Japan's talks?").text, range(20)))
    assert len(set(texts)) == 1


def test_the_function_keeps_one_assistant_for_each_settings(seed_settings: Settings) -> None:
    first = answer("How much did the Nikkei 225 climb?", settings=seed_settings)
    second = answer("How much did the Nikkei 225 climb?", settings=seed_settings.model_copy())
    assert first.text == second.text and second.timings["total"] < 60


# Odd texts


@pytest.fixture(scope="module")
def odd_assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A corpus of the odd texts, and of what hypothesis makes of them."""
    folder = tmp_path_factory.mktemp("odd")
    made: list[str] = []

    @hypothesis_settings(max_examples=40, deadline=None, database=None, derandomize=True)
    @given(odd_text())
    def make(text: str) -> None:
        made.append(text)

    make()
    articles = {**ODD_TEXTS, **{f"made {number}": text for number, text in enumerate(made)}}
    path = folder / "odd.jsonl"
    path.write_text(
        "".join(json.dumps({"id": key, "title": key, "text": text}) + "\n" for key, text in articles.items()), "utf-8"
    )
    settings = Settings(home=folder / "corpus", threshold=0.0)  # so that something is always quoted
    report = ingest([str(path)], settings)
    assert len(report.added) == len(articles) and not report.skipped
    with Assistant(settings) as assistant:
        for key, text in articles.items():
            assert assistant.article(key).text == normalise(text)
        yield assistant


def test_the_passages_of_odd_articles_tile_them(odd_assistant: Assistant) -> None:
    record = odd_assistant._corpus.record
    for listed in odd_assistant.articles():
        text, passages = odd_assistant.article(listed.id).text, record.passages_of(listed.id)
        assert passages[0].start == 0 and passages[-1].end == len(text)
        assert all(a.end == b.start for a, b in itertools.pairwise(passages))
        assert all(passage.text == text[passage.start : passage.end] for passage in passages)


QUESTIONS = st.one_of(
    st.sampled_from(
        ["Was the pact [1] signed?", "What does [3] say?", "Who cheered?", "日本銀行は?", "- [2]", "AND OR ("]
    ),
    st.text(min_size=1, max_size=60).filter(lambda text: bool(normalise(text).strip())),
)


@hypothesis_settings(max_examples=12, deadline=None)
@given(question=QUESTIONS)
def test_every_partial_keeps_the_invariants_whatever_is_asked(odd_assistant: Assistant, question: str) -> None:
    partials = list(odd_assistant.stream(question))
    check_invariants(odd_assistant, partials)


def test_a_bracketed_number_of_an_article_is_no_marker(odd_assistant: Assistant) -> None:
    result = odd_assistant.answer("Was the pact signed?")
    bracketed = [citation for citation in result.citations if "[1]" in citation.quote]
    assert bracketed and "pact (1) was signed (2)" in result.text


# Bounds


def test_bounds_decide_what_is_evidence(settings: Settings, article_file: Write) -> None:
    old = {"id": "old", "source": "Herald", "published": "2025-03-01", "text": "The bridge at Ulm costs 3 million."}
    new = {"id": "new", "source": "Times", "published": "2025-05-01", "text": "The bridge at Ulm costs 5 million."}
    undated = {"id": "undated", "text": "The bridge at Ulm has four lanes."}
    ingest([str(article_file(old, new, undated))], settings)
    with Assistant(settings) as assistant:

        def ids(**bounds: str) -> set[str]:
            return {passage.article_id for passage in assistant.search("bridge at Ulm", **bounds)}  # type: ignore[arg-type]

        assert ids() == {"old", "new", "undated"}
        assert ids(as_of="2025-04-01") == {"old", "undated"}
        assert ids(since="2025-04-01") == {"new"}
        assert ids(until="2025-05-01") == {"old", "new"}
        assert ids(source="herald") == {"old"}
        nothing = assistant.answer("What does the bridge cost?", until="2020-01-01")
        assert nothing.refused and [note.kind for note in nothing.notes] == ["missing"]
        with pytest.raises(AssistantError, match="lies after"):
            assistant.search("bridge", since="2025-05-01", until="2025-04-01")
        with pytest.raises(AssistantError, match="as_of"):
            assistant.answer("bridge?", as_of="soon")


def test_copies_at_other_outlets_count_once(settings: Settings, article_file: Write) -> None:
    wire = "The reservoir at Lomond is 40 percent full. Rationing begins on Monday."
    copies = [{"id": name, "source": name, "text": wire} for name in ("Herald", "Times", "Post")]
    ingest([str(article_file(*copies))], settings)
    with Assistant(settings) as assistant:
        passages = assistant.search("reservoir")
    assert len(passages) == 1
    assert {passages[0].article_id, *(copy.source for copy in passages[0].copies)} == {"Herald", "Times", "Post"}


# What cannot be asked


@pytest.mark.parametrize(("question", "what"), [("", "empty"), (" \n", "empty"), ("why " * 25_000, "at most 2,000")])
def test_a_question_that_cannot_be_used_says_why(seed_assistant: Assistant, question: str, what: str) -> None:
    with pytest.raises(AssistantError, match=what):
        seed_assistant.answer(question)


def test_an_empty_corpus_says_how_to_fill_it(settings: Settings) -> None:
    with Assistant(settings) as assistant:
        result = assistant.answer("Who leads the talks?")
        assert result.refused and result.notes[0].kind == "empty" and "ingest" in result.notes[0].text
        assert assistant.search("talks") == [] and assistant.articles() == []
        with pytest.raises(AssistantError, match="assistant articles"):
            assistant.article("nothing")
        with pytest.raises(AssistantError, match="no article 'nothing'"):
            assistant.remove("nothing")


def test_langchain_can_retrieve_from_it(seed_assistant: Assistant) -> None:
    documents = seed_assistant.as_retriever(k=2).invoke("Nikkei 225")
    assert len(documents) == 2 and "6.2%" in documents[0].page_content
    article = seed_assistant.article(documents[0].metadata["article_id"])
    assert documents[0].page_content == article.text[documents[0].metadata["start"] : documents[0].metadata["end"]]


def test_what_several_articles_say_alike_is_quoted_once_and_first(settings: Settings, article_file: Write) -> None:
    plain = 'The "Karsk" copper mine reopened on Monday after nine years.'
    typeset = "The “Karsk” copper mine reopened on Monday after nine years."
    other = "Miners in the valley hope that the Karsk copper mine will hire two hundred people."
    articles = [{"id": name, "text": text} for name, text in (("a", plain), ("b", typeset), ("c", other))]
    ingest([str(article_file(*articles))], settings)
    with Assistant(settings) as assistant:
        result = assistant.answer("When did the Karsk copper mine reopen?")
    assert [quote.count("reopened on Monday") for quote in (c.quote for c in result.citations)].count(1) == 1
    assert "reopened on Monday" in result.citations[0].quote


def test_a_question_may_be_answered_by_other_settings_over_the_same_corpus(seed_assistant: Assistant) -> None:
    question = "How much did the Nikkei 225 climb?"
    with seed_assistant.with_settings(threshold=1.0) as strict:
        assert strict.answer(question).refused
    with seed_assistant.with_settings(max_sentences=1) as brief:
        assert len(brief.answer(question).sentences) == 1
    assert not seed_assistant.answer(question).refused  # closing the others has closed nothing of it


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"threshold": 2}, "ASSISTANT_THRESHOLD"),
        ({"model": "nobody"}, "There is no model 'nobody'"),
        ({"home": "elsewhere"}, "'home' cannot differ from question to question"),
        ({"candidates": 9}, "'candidates' cannot differ"),
    ],
)
def test_other_settings_are_checked(seed_assistant: Assistant, changes: dict[str, object], told: str) -> None:
    with pytest.raises(AssistantError, match=told):
        seed_assistant.with_settings(**changes)
