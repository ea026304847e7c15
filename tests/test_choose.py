"""Which quotes are said, in which order, and who agrees with whom."""

from __future__ import annotations

from assistant.choose import choose
from assistant.reader import Quote
from corpus.types import Passage


def quote(text: str, short: str, score: float, article: str = "a", source: str | None = None) -> Quote:
    passage = Passage(article, 1, "", source, None, "2025-01-02", 0, len(text), text)
    start = text.index(short)
    return Quote(passage, 0, len(text), text, score, (start, start + len(short)))


SIX = quote("The index climbed 6.2% on Tuesday.", "6.2%", 0.9, "a", "Morning Post")
SIX_TOO = quote("By the close on Tuesday the index had climbed 6.2 percent.", "6.2 percent", 0.8, "b", "Evening Star")
FIVE = quote("The index climbed 5.9% on Tuesday.", "5.9%", 0.7, "c", "Daily Mirror")
BONDS = quote("Bonds fell 0.4% as traders left for shares.", "0.4%", 0.6, "d", "Daily Mirror")
WHY = quote("Hopes of a deal drove the gains.", "Hopes of a deal", 0.5, "e")


def test_the_best_comes_first_and_another_answer_before_the_same_one_again() -> None:
    assert choose([SIX, SIX_TOO, WHY], 2).quotes == [SIX, WHY]
    assert choose([SIX, SIX_TOO, WHY], 3).quotes == [SIX, WHY, SIX_TOO]


def test_what_is_far_less_likely_is_not_said() -> None:
    assert choose([SIX, quote("It rained.", "rained", 0.1, "f")], 3).quotes == [SIX]


def test_the_same_words_are_said_once() -> None:
    again = quote("The index climbed 6.2%  on Tuesday", "6.2%", 0.85, "g", "Copy Wire")
    assert choose([SIX, again], 3).quotes == [SIX]


def test_another_figure_for_the_same_thing_is_a_rival_and_is_shown() -> None:
    choice = choose([SIX, SIX_TOO, BONDS, FIVE], 2)
    assert choice.quotes == [SIX, FIVE]
    assert choice.rivals == [FIVE]


def test_another_name_in_the_same_sentence_is_a_rival_and_in_another_sentence_is_none() -> None:
    one = quote("The final was played in Tampa on a warm evening in May.", "Tampa", 0.9, "a")
    other = quote("The final was played in Glendale on a warm evening in May.", "Glendale", 0.8, "b")
    third = quote("Fans in Boston watched the final on screens.", "Boston", 0.7, "c")
    assert choose([one, third, other], 3).rivals == [other]


def test_another_figure_for_another_thing_is_none() -> None:
    assert choose([SIX, BONDS], 3).rivals == []


def test_who_says_both_contradicts_neither() -> None:
    both = quote("The index climbed 5.9% on Tuesday, and 6.2% with dividends.", "5.9%", 0.8, "b")
    assert choose([SIX, both], 3).rivals == []


def test_one_article_does_not_contradict_itself() -> None:
    later = quote("The index climbed 5.9% on Tuesday morning.", "5.9%", 0.8, "a")
    assert choose([SIX, later], 3).rivals == []


def test_outlets_that_give_the_answer_are_counted_once_each() -> None:
    again = quote("The index climbed 6.2% by noon.", "6.2%", 0.6, "h", "Evening Star")
    assert choose([SIX, SIX_TOO, FIVE, again], 3).outlets == ["Morning Post", "Evening Star"]


def test_nothing_to_choose_from() -> None:
    assert choose([], 3).quotes == []
