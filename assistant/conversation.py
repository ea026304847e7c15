"""Follow-up questions: whether one lacks something, and what the conversation so far has to add to it.

Without a model: the names in the conversation are kept with their salience (said lately, said by the person who asks,
meant by a pronoun), and a question that lacks its subject gets the most salient one. After the centring theory of
Grosz, Joshi and Weinstein (Computational Linguistics, 1995), as far as capitals and word lists carry. A chat model,
when there is one, rewrites; this is what it falls back on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.anaphora import (
    LINKED,
    NO_NAMES,
    PERSONAL,
    asking_words,
    is_open,
    lacks_something,
    names,
    open_pronoun,
)
from assistant.buffer import MARKERS
from assistant.chain import ModelFailed, reply
from assistant.models import READER
from assistant.untrusted import one_line

if TYPE_CHECKING:
    from langchain_core.callbacks import BaseCallbackHandler

    from corpus.settings import Settings

Message = Mapping[str, str]

# What was said before that counts for less and less: by this factor for each message since.
_FADING = 0.85
# The person who asks says what it is about; answers also name whoever else is near.
_ASKED, _ANSWERED = 2.0, 1.0
# Earlier messages than these say little about now, and a long conversation must stay quick.
_MESSAGES = 24
# A question in a line or two; what is longer is an answer.
_LONGEST = 400
# Of the conversation, a chat model is shown this many messages, and of each so many characters.
_SHOWN, _SHOWN_CHARACTERS = 8, 600
# Longer messages are heard so far.
_HEARD = 4_000
# A search is for few things: words beyond these drown the question's own.
_MOST_WORDS = 6

# Words in the names of things that are no person.
_NO_PERSON = re.compile(
    r"\b(?:Bank|Inc|Corp|Company|University|College|Party|Ministry|Union|Court|States?|Council|House|Treasury|Street|"
    r"Agency|Committee|Group|Club|United|City|County|Department|Office|Association|Government|Congress|Senate|"
    r"Parliament|Commission|League|Cup|War|Act|Bill|Times|Post|News|Records|The|of|and)\b|\d"
)
# What a model puts something else for.
_REPLACED = frozenset(
    """
    he she him his her it its they them their this that these those there one and also else about
    """.split()  # noqa: SIM905
)


@dataclass
class _Focus:
    """The names in a conversation, each with how much it is what the conversation is about now."""

    salience: dict[str, float] = field(default_factory=dict)

    def hear(self, message: Message) -> None:
        """Take in one more message."""
        asked, text = message.get("role") == "user", _plain(message.get("content", "")[:_HEARD])
        self.salience = {name: weight * _FADING for name, weight in self.salience.items()}
        if asked and is_open(text):
            for name in self.foremost(person=bool(PERSONAL.search(text)))[:1]:
                self.salience[name] += _ASKED  # whoever "she" is, it is about her again
        for name in _topic(text) if asked else names(text):
            self._mention(name, _ASKED if asked else _ANSWERED)

    def _mention(self, name: str, weight: float) -> None:
        words = set(name.split())
        for known in list(self.salience):
            if words <= set(known.split()):  # the surname alone
                self.salience[known] += weight
                return
            if set(known.split()) < words:  # now the whole name
                weight += self.salience.pop(known)
        self.salience[name] = self.salience.get(name, 0.0) + weight

    def foremost(self, *, person: bool = False) -> list[str]:
        """The names, the most salient first; persons before others, when one is meant."""
        ranked = sorted(self.salience, key=lambda name: -self.salience[name])
        return sorted(ranked, key=_is_no_person) if person else ranked


def standalone(question: str, history: Sequence[Message]) -> str:
    """The question as it would be asked without the conversation; itself, when it lacks nothing.

    `history` holds the earlier turns, `role` ("user" or "assistant") and `content`, the oldest first.
    """
    history = history[-_MESSAGES:]
    if not history or not lacks_something(question, [message.get("content", "") for message in history]):
        return question
    focus = _Focus()
    for message in history:
        focus.hear(message)
    person = open_pronoun(question, PERSONAL)
    own = " ".join(names(question))
    add: list[str] = []
    if not (own and LINKED.search(question)):  # "and the Topix?" asks about another one
        add = [name for name in focus.foremost(person=person is not None)[:1] if name not in question]
    if person and add:
        question = _replaced(question, person, add.pop())
    if LINKED.search(question) or not asking_words(question):
        add += _subject(history, besides=[*add, *focus.salience])
    return _with(question, add)


def rewritten(
    question: str,
    history: Sequence[Message],
    settings: Settings,
    usage: dict[str, float],
    callbacks: Sequence[BaseCallbackHandler] = (),
) -> str:
    """`standalone` by the chat model of the settings, when the question lacks something; without it where it fails."""
    plain = standalone(question, history)
    if settings.model == READER or plain == question:
        return plain
    lines = [f"{message.get('role', '')}: {one_line(message.get('content', ''))}" for message in history[-_SHOWN:]]
    fields = {"conversation": "\n".join(line[:_SHOWN_CHARACTERS] for line in lines), "question": question}
    try:
        said = reply("standalone", fields, settings, usage, callbacks).strip(' "“”')
    except ModelFailed:  # the answer that follows will say why
        return plain
    return said if accepted(said, question, history) else plain


def accepted(rewrite: str, question: str, history: Sequence[Message]) -> bool:
    """Whether a chat model's rewrite may be used: it keeps what was asked, and every name and number was said before.

    A small model answers the question instead, or invents who is meant.
    """
    said = " ".join([question, *(message.get("content", "") for message in history)]).casefold()
    asked = {word.casefold() for word in asking_words(question)} - _REPLACED
    kept = sum(word in rewrite.casefold() for word in asked)
    new = [*names(rewrite), *re.findall(r"\d[\d.,]*\d|\d", rewrite)]
    return (
        0 < len(rewrite) <= _LONGEST
        and "\n" not in rewrite
        and 2 * kept >= len(asked)
        and all(word.casefold() in said for name in new for word in name.split())
    )


def _with(question: str, terms: Sequence[str]) -> str:
    there = question.casefold()
    new = [term for term in dict.fromkeys(terms) if term.casefold() not in there]
    return f"{question.rstrip()} ({', '.join(new[:_MOST_WORDS])})" if new else question


def _topic(text: str) -> list[str]:
    """The names in what a person asked; a few words that are no question are themselves a name."""
    bare = text.strip(" .")
    if (
        bare
        and len(bare.split()) <= 6
        and "?" not in text
        and bare[0].isupper()
        and bare.split()[0].lower() not in NO_NAMES
    ):
        return [bare]
    return names(text)


def _plain(text: str) -> str:
    return MARKERS.sub("", text)


def _replaced(question: str, pronoun: re.Match[str], name: str) -> str:
    word, rest = pronoun.group().lower(), question[pronoun.end() :]
    owning = word == "his" or (
        word == "her" and re.match(r"\s+(?!to\b|in\b|at\b|for\b|from\b|and\b|with\b|on\b)\w", rest)
    )
    if word in ("hers", "himself", "herself"):
        return _with(question, [name])
    return f"{question[: pronoun.start()]}{name}{'’s' if owning else ''}{rest}"


def _subject(history: Sequence[Message], besides: Sequence[str]) -> list[str]:
    """What the last question was about, in its content words, without the names in it."""
    last = next((m.get("content", "") for m in reversed(history) if m.get("role") == "user"), "")
    known = {word.lower() for name in besides for word in re.findall(r"\w+", name)}
    return [word for word in asking_words(_plain(last)) if word.lower() not in known and len(word) > 1]


def _is_no_person(name: str) -> bool:
    return len(name.split()) == 1 or _NO_PERSON.search(name) is not None
