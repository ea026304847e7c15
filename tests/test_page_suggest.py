from __future__ import annotations

from assistant import Assistant
from assistant.page.suggest import suggest
from corpus.types import Article


def article(text: str, title: str = "A title of four words", source: str | None = None) -> Article:
    return Article("id", 1, title, source, None, None, text)


def test_what_has_a_short_answer_is_asked_first_then_what_was_done_then_what_was_said() -> None:
    text = (
        "Reporters met Ana Maria Silva. But Ana Maria Silva said it rained. "
        "The Blue River Council approved the bridge. On Monday the Lund 30 climbed as much as 6.2% in early trading."
    )
    assert suggest([article(text)]) == [
        "How much did the Lund 30 climb?",
        "What did the Blue River Council approve?",
        "What did Ana Maria Silva say?",
    ]


def test_what_was_said_is_asked_with_what_it_was_about() -> None:
    text = "Dr. Tom Okafor warned them on Tuesday about the Blue River. “It is high,” said Mia Holm, an engineer."
    assert suggest([article(text)], limit=1) == ["What did Dr. Tom Okafor say about the Blue River?"]


def test_each_article_has_its_turn_and_nobody_is_asked_about_twice() -> None:
    first = article("It was there that Ana Maria Silva met Tom Okafor. They saw Minister Ana Maria Silva leave.")
    second = article("Reporters say Tom Okafor won. It was there that the Blue River Council met.")
    assert suggest([first, second]) == [
        "What do the articles say about Ana Maria Silva?",
        "What do the articles say about Tom Okafor?",
        "What do the articles say about the Blue River Council?",
    ]
    assert suggest([first, second], limit=1) == ["What do the articles say about Ana Maria Silva?"]


def test_outlets_days_headlines_and_furniture_are_not_asked_about() -> None:
    text = "the Very Best Ways To Spend A Rainy Day\nsubscribe to our Daily Post newsletter.\nthe Daily Post said so."
    assert suggest([article(text, "Rainy\ndays", "Daily Post")]) == ["What do the articles say about “Rainy days”?"]
    assert suggest([article("It was bad for the Lund Lions Tuesday.")]) == [
        "What do the articles say about the Lund Lions?"
    ]


def test_the_article_that_comes_with_the_project_answers_what_is_suggested(seed_assistant: Assistant) -> None:
    [listed] = seed_assistant.articles()
    suggested = suggest([seed_assistant.article(listed.id)])
    assert suggested[:2] == ["How much did the Nikkei 225 climb?", "What did Treasury Secretary Scott Bessent confirm?"]
    for question in suggested:
        assert not seed_assistant.answer(question).refused, question


def test_no_articles_no_questions() -> None:
    assert suggest([]) == []
