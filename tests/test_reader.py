"""What the reader makes of passages: its quotes are spans of the articles, and the answering passage comes first."""

from __future__ import annotations

import pytest

from assistant import Assistant, Passage
from assistant.reader import Reader, uncovered
from corpus.store import Corpus

BRIDGE = "The harbour bridge was closed on Monday after a crack was found. Repairs would cost 4.5 million crowns."
FERRY = "The ferry carried 3,000 people in a day. It is the oldest ship on the lake."


def passage(article_id: str, text: str, start: int = 0, score: float = 0.5) -> Passage:
    return Passage(article_id, 1, "", None, None, None, start, start + len(text), text, score)


@pytest.fixture(scope="module")
def reader(seed_assistant: Assistant) -> Reader:
    return Reader(Corpus(seed_assistant.settings))


def test_the_answering_passage_comes_first_and_so_does_its_sentence(reader: Reader) -> None:
    reading = reader.read("What will the repairs cost?", [passage("ferry", FERRY), passage("bridge", BRIDGE, 100)])
    assert [each.article_id for each in reading.passages] == ["bridge", "ferry"]
    best = reading.quotes[0]
    assert best.text == "Repairs would cost 4.5 million crowns."
    assert "4.5 million" in best.short
    assert reading.passages[0].score == best.score > reading.passages[1].score


def test_quotes_are_spans_of_the_article_and_short_answers_are_within_them(reader: Reader) -> None:
    for quote in reader.read("When was the bridge closed?", [passage("bridge", BRIDGE, 40)]).quotes:
        assert BRIDGE[quote.start - 40 : quote.end - 40] == quote.text
        assert quote.start <= quote.answer[0] <= quote.answer[1] <= quote.end
        assert quote.short in quote.text


def test_a_passage_without_sentences_is_kept_and_stands_last(reader: Reader) -> None:
    reading = reader.read("When was the bridge closed?", [passage("none", "…"), passage("bridge", BRIDGE)])
    assert [each.article_id for each in reading.passages] == ["bridge", "none"]
    assert reader.read("When?", [passage("none", "…")]).quotes == []


def test_a_question_is_no_answer(reader: Reader) -> None:
    asked = "Will the harbour bridge be closed on Monday? “Why was it closed?” It was closed on Sunday."
    quotes = reader.read("When was the harbour bridge closed?", [passage("quiz", asked)]).quotes
    assert [quote.text for quote in quotes] == ["It was closed on Sunday."]


def test_reading_again_gives_the_same(reader: Reader) -> None:
    passages = [passage("ferry", FERRY), passage("bridge", BRIDGE)]
    assert reader.read("How many people?", passages) == reader.read("How many people?", passages)


def test_confidence_is_higher_where_the_answer_stands(reader: Reader) -> None:
    there = reader.read("When was the harbour bridge closed?", [passage("bridge", BRIDGE)]).quotes
    not_there = reader.read("When was the harbour bridge closed?", [passage("ferry", FERRY)]).quotes
    assert reader.confidence(there) > reader.confidence(not_there)
    assert reader.confidence([]) == 0.0


def test_what_of_the_question_is_nowhere_is_told() -> None:
    assert uncovered("Who closed the bridge in Narnia?", [passage("bridge", BRIDGE)]) == ["Who", "Narnia"]
