"""Questions to begin with, from the corpus itself: of sentences whose form tells which question they answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, zip_longest
from typing import NamedTuple

from corpus.text import is_boilerplate, sentences
from corpus.types import Article
from corpus.words import content_words

# A name: capitalised words in a row, with numbers ("Nikkei 225") and "of" among them; or an acronym. The counts are
# bounded, so that no text makes a search long.
_WORD = r"(?:(?:Rep|Sen|Gov|Dr|Mr|Mrs|Ms|Gen|Lt|Col|St|Sgt|[A-Z])\.|[A-Z][\w’'-]{0,30}[^\W_’'-])"
_NAME = rf"\b(?:[Tt]he )?{_WORD}(?: (?:of |for )?(?:{_WORD}|\d{{2,4}})){{0,7}}"
# What went up or down by how much. The verbs' past and present.
_MOVED = {
    "rose": "rise", "climbed": "climb", "surged": "surge", "jumped": "jump", "gained": "gain", "soared": "soar",
    "fell": "fall", "dropped": "drop", "slid": "slide", "lost": "lose", "tumbled": "tumble", "plunged": "plunge",
}  # fmt: skip
# What somebody did to something that the same sentence names.
_DID = {
    "announced": "announce", "approved": "approve", "rejected": "reject", "signed": "sign", "won": "win",
    "launched": "launch", "unveiled": "unveil", "proposed": "propose", "banned": "ban", "acquired": "acquire",
    "bought": "buy", "ordered": "order", "denied": "deny", "confirmed": "confirm", "promised": "promise",
}  # fmt: skip
_SAID = "said|says|told|warned|argued|wrote|added|tweeted|stated"
_HOW_MUCH = re.compile(
    rf"({_NAME}) ({'|'.join(_MOVED)}) (?:\w+ ){{0,3}}[$€£]?\d[\d.,]*(?:%| percent| million| billion| points)"
)
_WHAT = re.compile(rf"({_NAME}) ({'|'.join(_DID)}) (?!in |on |at |by |that he )\w")
_SPEAKS = re.compile(rf"({_NAME}) (?:{_SAID})\b|[,”\"] said ({_NAME})(?=[,.])")
_ABOUT = re.compile(rf"\b(?:about|against|over) ({_NAME})")
_NAMED = re.compile(rf"(?<=[a-z,;] )({_NAME})")
# Days and months are capitalised like names, and stick to them ("the Denver Broncos Tuesday").
_WHEN = re.compile(
    r"\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September"
    r"|October|November|December)\b"
)
# Words that begin a sentence before a name, beside those that the word index takes for grammar.
_BEFORE = frozenset(
    {"Since", "While", "After", "Before", "Although", "Though", "When", "Former", "Despite", "Meanwhile"}
)
_READ = 20_000  # characters of an article; it may be a book
_LONGEST = 60  # characters of a name; what is longer is a headline


def suggest(articles: Iterable[Article], limit: int = 4) -> list[str]:
    """Up to `limit` questions that these articles can answer: the best of each, then each one's next.

    Best is what has a short answer (how much did the index climb), then what somebody did or, named more than once,
    said; an article of which nothing can be made is asked about by the name that it mentions most, or by its title.
    """
    articles = list(articles)
    outlets = {_bare(article.source) for article in articles if article.source}
    rounds = zip_longest(*(_questions(article, outlets) for article in articles))
    chosen: dict[str, str] = {}  # by whom they are about, each once
    for asked in chain.from_iterable(sorted(filter(None, each), key=lambda asked: asked.rank) for each in rounds):
        if not any(asked.about in other or other in asked.about for other in chosen):
            chosen[asked.about] = asked.question
        if len(chosen) == limit:
            break
    return list(chosen.values())


class _Asked(NamedTuple):
    """A question, whom it is about, and how good it is to begin with (0 is best)."""

    rank: int
    about: str
    question: str


def _questions(article: Article, outlets: Collection[str]) -> list[_Asked]:
    """Questions that the article answers, the best first."""
    beginning = article.text[:_READ]
    told = [text for start, end in sentences(beginning) if _is_told(text := beginning[start:end])]
    names = Counter(_clean(name) for text in told for name in _NAMED.findall(text))
    found = [*_how_much(told), *_what(told), *_said(told, names)]
    found += [_Asked(3, name, f"What do the articles say about {name}?") for name in names if " " in name]
    found = [asked for asked in found if _is_name(asked.about) and _bare(asked.about) not in outlets]
    title = f"“{' '.join(article.title.split())}”"
    return sorted(found, key=lambda asked: (asked.rank, -names[asked.about])) or [
        _Asked(4, title, f"What do the articles say about {title}?")
    ]


def _is_told(text: str) -> bool:
    """Whether a sentence tells something, as headlines, lists and the page's furniture do not."""
    return text.endswith((".", ".”", '."')) and "\n" not in text.strip() and not is_boilerplate(text)


def _how_much(told: Iterable[str]) -> Iterator[_Asked]:
    for text in told:
        for name, verb in _HOW_MUCH.findall(text):
            yield _Asked(0, _clean(name), f"How much did {_clean(name)} {_MOVED[verb]}?")


def _what(told: Iterable[str]) -> Iterator[_Asked]:
    for text in told:
        for name, verb in _WHAT.findall(text):
            yield _Asked(1, _clean(name), f"What did {_clean(name)} {_DID[verb]}?")


def _said(told: Iterable[str], names: Counter[str]) -> Iterator[_Asked]:
    for text in told:
        for before, after in _SPEAKS.findall(text):
            name = _clean(before or after)
            topics = [_clean(topic) for topic in _ABOUT.findall(text)]
            about = next((f" about {topic}" for topic in topics if topic != name and _is_name(topic)), "")
            yield _Asked(2 if names[name] > 1 or about else 4, name, f"What did {name} say{about}?")


def _clean(name: str) -> str:
    """The name without the words of grammar before it ("But Ana Silva"), and without a day that sticks to it."""
    article, words = ("the ", name[4:]) if name[:4] in ("The ", "the ") else ("", name)
    kept = [word for word in words.split() if not _WHEN.fullmatch(word)]
    while kept and (kept[0] in _BEFORE or content_words(f"{kept[0]} x") == ["x"]):
        kept.pop(0)
    cleaned = " ".join(kept)
    return article + re.sub(r"[’']s?$", "", cleaned)


def _bare(name: str) -> str:
    return name.casefold().removeprefix("the ")


def _is_name(name: str) -> bool:
    words = name.removeprefix("the ").split()
    return len(name) <= _LONGEST and (len(words) > 1 or (len(name) > 2 and name.isupper()))
