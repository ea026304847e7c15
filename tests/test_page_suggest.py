from __future__ import annotations

from assistant.page.suggest import suggest
from corpus.types import Article


def article(text: str, title: str = "A title of four words") -> Article:
    return Article("id", 1, title, None, None, None, text)


def test_the_names_that_articles_mention_most_become_questions_in_turn() -> None:
    first = article("It was there that Ana Maria Silva met the Blue River Council. Then, Ana Maria Silva left.")
    second = article("Reporters say Tom Okafor won.")
    assert suggest([first, second]) == [
        "What do the articles say about Ana Maria Silva?",
        "What do the articles say about Tom Okafor?",
        "What do the articles say about the Blue River Council?",
    ]
    assert suggest([first, second], limit=1) == ["What do the articles say about Ana Maria Silva?"]


def test_a_name_is_not_asked_about_twice_under_its_shorter_form() -> None:
    text = "We met Minister Ana Silva. We saw Minister Ana Silva, and then Ana Silva left."
    assert suggest([article(text)]) == ["What do the articles say about Minister Ana Silva?"]


def test_headlines_are_not_names_and_an_article_without_names_is_asked_about_by_its_title() -> None:
    text = "the Very Best Ways To Spend A Rainy Day\nnothing is named here."
    assert suggest([article(text, "Rainy\ndays")]) == ["What do the articles say about “Rainy days”?"]


def test_no_articles_no_questions() -> None:
    assert suggest([]) == []
