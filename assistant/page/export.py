"""Answers and conversations as text to take away: Markdown with footnotes, and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from assistant.answers import Answer, Citation, Sentence
from assistant.page.markup import day, is_web_address
from assistant.page.turns import Turn, pieces
from corpus.text import normalise

# Whatever can begin emphasis, code, a link, an image, a tag, an entity, a table, a footnote or mathematics.
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#~|^$&@])")
# What GitHub and others make links of by themselves.
_ADDRESS = re.compile(r"(?i)(?<=[a-z])(:)(?=//)|(?<=www)(\.)")
# What makes a list, a heading or a rule of a line that it begins.
_BEGINNING = re.compile(r"^(\d{0,9})([-+=.)])")

_VERDICTS = {"partly": "partly supported", "unsupported": "not supported"}


def literal(untrusted: str) -> str:
    """The text as one line of Markdown that shows just that: no markup, image, link or HTML comes of it."""
    line = " ".join(normalise(untrusted).split())
    line = _ADDRESS.sub(lambda found: f"\\{found.group()}", _ACTIVE.sub(r"\\\1", line))
    return _BEGINNING.sub(r"\1\\\2", line)


def answer_as_markdown(answer: Answer, first: int = 1) -> str:
    """An answer with its notes and the day it is as of, and its citations as footnotes, numbered from `first`."""
    numbers = {citation.marker: number for number, citation in enumerate(answer.citations, first)}
    said = "".join(
        _literal_between(between) + (_sentence(sentence, numbers) if sentence else "")
        for between, sentence in pieces(answer)
    )
    notes = [f"> {literal(note.kind).capitalize()}: {literal(note.text)}" for note in answer.notes]
    paragraphs = [said.strip(), *notes]
    paragraphs.append(f"*As of {literal(day(answer.as_of))}, answered by {literal(answer.model)}.*")
    paragraphs += [_footnote(citation, numbers[citation.marker]) for citation in answer.citations]
    return "\n\n".join(paragraphs) + "\n"


def as_markdown(title: str, turns: Sequence[Turn]) -> str:
    """A conversation, a heading a question; footnotes are numbered throughout."""
    parts, first = [f"# {literal(title)}\n"], 1
    for turn in turns:
        parts.append(f"## {literal(turn.question)}\n")
        if turn.answer:
            parts.append(answer_as_markdown(turn.answer, first))
            first += len(turn.answer.citations)
        if turn.problem:
            parts.append(f"{literal(turn.problem)}\n")
    return "\n".join(parts)


def as_json(title: str, turns: Sequence[Turn]) -> str:
    """A conversation under the public names: each answer is `Answer.as_dict()`, of whose passages those are kept that
    a refusal shows.
    """
    listed = [
        {"question": turn.question, "answer": turn.answer and turn.answer.as_dict(), "problem": turn.problem}
        for turn in turns
    ]
    return json.dumps({"title": title, "turns": listed}, ensure_ascii=False, indent=2) + "\n"


def _literal_between(text: str) -> str:
    """What stands between sentences, with the spaces around it."""
    return re.sub(r"\S+(?:\s+\S+)*", lambda found: literal(found.group()), text)


def _sentence(sentence: Sentence, numbers: dict[int, int]) -> str:
    notes = "".join(f"[^{numbers[marker]}]" for marker in sentence.markers)
    verdict = _VERDICTS.get(sentence.verdict)
    if verdict is None:
        return literal(sentence.text) + notes
    reasons = f": {literal('; '.join(sentence.reasons))}" if sentence.reasons else ""
    return f"{literal(sentence.text)}{notes} *({verdict}{reasons})*"


def _footnote(citation: Citation, number: int) -> str:
    told = [
        f"“{literal(citation.quote)}”",
        literal(citation.title),
        literal(citation.source or "outlet unknown"),
        literal(day(citation.published)),
    ]
    if citation.url and is_web_address(citation.url) and not re.search(r"[<>\\]", citation.url):
        told.append(f"<{citation.url}>")
    place = f"characters {citation.start} to {citation.end} of {literal(citation.article_id)}"
    return f"[^{number}]: {', '.join(told)}, {place}, version {citation.version}"
