"""Questions and answers as HTML: pure functions, data in, markup out.

Everything untrusted goes through `markup.text`. Buttons carry positions (which turn, which marker), never ids or texts
to be looked up by.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answers import Answer, Note, Sentence
from assistant.page import sources
from assistant.page.actions import actions
from assistant.page.markup import age, day, problem, shortened, text
from assistant.page.turns import Turn, pieces

# A question may be a pasted document: the browser gets what a person can read of it, no more.
_QUESTION = 2_000
# A longer last word may stand apart from its chips, or it could not wrap on a narrow screen.
_LAST_WORD = 24

# Notes that an answer must be read with stand before it.
_EARLY = ("stale", "suspect", "fallback")
_BOUNDS = {"since": "from", "until": "until"}


def welcome(count: int, suggestions: Sequence[str], *, changes: bool = True) -> str:
    """The page before the first question: what it is about to search, and questions to begin with.

    Without `changes`, articles cannot be added in the Library.
    """
    if not count:
        here = "Add files or addresses in the Library, or run this in a terminal:" if changes else "In a terminal, run"
        return (
            '<section class="welcome empty"><h2>There are no articles yet</h2>'
            f"<p>Answers come only from articles that you add. {here}</p>"
            "<pre><code>ingest FOLDER</code></pre><p>Then reload this page.</p></section>"
        )
    buttons = "".join(
        f'<li><button type="button" class="suggestion" data-event="example_select" data-question="{text(question)}">'
        f"{text(question)}</button></li>"
        for question in suggestions
    )
    return (
        f'<section class="welcome"><h2>Ask about {_count(count)}</h2>'
        "<p>Every sentence of an answer carries a quote that you can open in its article.</p>"
        + (f'<ul class="suggestions" aria-label="Suggested questions">{buttons}</ul>' if buttons else "")
        + "</section>"
    )


def conversation(turns: Sequence[Turn], articles: int = 0) -> str:
    """All turns, oldest first; `articles` is how many there are to search, where that is known."""
    last = len(turns) - 1
    shown = "".join(_turn(number, turn, articles, last=number == last) for number, turn in enumerate(turns))
    return f'<div class="turns" role="log" aria-label="Conversation">{shown}</div>'


def _turn(number: int, turn: Turn, articles: int, *, last: bool) -> str:
    question = shortened(turn.question, _QUESTION)
    parts = [
        f'<h3 class="question" dir="auto">{text(question)}</h3>' if question else "",
        _answer(number, turn, turn.answer) if turn.answer and turn.answer.text else "",
        problem(turn.problem) if turn.problem else "",
        f'<p class="stopped">{_stopped(turn)}</p>' if turn.stopped else "",
        "" if turn.done else f'<p class="working" role="status">{_working(turn.answer, articles)}</p>',
        _after(number, turn, last=last),
    ]
    return f'<article class="turn" aria-busy="{str(not turn.done).lower()}">{"".join(parts)}</article>'


def _working(answer: Answer | None, articles: int) -> str:
    """What is being done, for whoever waits."""
    stage = answer.stage if answer else "searching"
    if stage == "reading" and answer:
        return f"Reading {len(answer.passages)} passages"
    if stage == "writing":
        return "Writing and checking"
    if stage == "checking":
        return "Checking"
    return f"Searching {_count(articles)}" if articles else "Searching the articles"


def _stopped(turn: Turn) -> str:
    return "Stopped. What is shown was checked." if turn.answer and turn.answer.text else "Stopped."


def _after(number: int, turn: Turn, *, last: bool) -> str:
    """What can be done once it is done: with the answer, and with the last question."""
    if not turn.done or not turn.question.strip():
        return ""
    again = (
        '<p class="again"><button type="button" data-event="retry">Try again</button>'
        '<button type="button" data-event="edit">Edit question</button></p>'
    )
    return f'<div class="after">{actions(number, turn)}{again if last else ""}</div>'


def editing() -> str:
    """Says, above the box, what sending its words will do."""
    return '<p>Editing the last question: its answer will be replaced. <button type="button">Cancel</button></p>'


def _answer(number: int, turn: Turn, answer: Answer) -> str:
    early = [note for note in answer.notes if note.kind in _EARLY]
    return (
        f'<div class="answer{" refused" if answer.refused else ""}">'
        + ('<p class="badge">No answer in the articles</p>' if answer.refused else "")
        + _asked(turn, answer)
        + _notes(number, early, answer)
        + f'<p class="said" dir="auto">{_said(number, answer)}</p>'
        + _notes(number, [note for note in answer.notes if note not in early], answer)
        + sources.cited(number, answer)
        + (sources.nearest(number, answer) if answer.refused else "")
        + (f'<p class="foot">{_checked(answer)}answered by {text(answer.model)}</p>' if turn.done else "")
        + "</div>"
    )


def _asked(turn: Turn, answer: Answer) -> str:
    """What was searched for, and within which bounds: what an answer must be read with."""
    told = [f"As of {text(day(answer.as_of))}"]
    if "source" in turn.bounds:
        told.append(f"only <bdi>{text(turn.bounds['source'])}</bdi>")
    told += [f"{word} {text(day(turn.bounds[key]))}" for key, word in _BOUNDS.items() if key in turn.bounds]
    if answer.citations:
        newest = max(citation.published or "" for citation in answer.citations)
        dated = ", ".join(filter(None, [text(day(newest)), age(newest, answer.as_of)]))
        told.append(f"newest source {dated}" if newest else "sources undated")
    searched = ""
    if answer.searched_for != answer.question:
        searched = f'<p class="searched">Searched for: <q>{text(shortened(answer.searched_for, _QUESTION))}</q></p>'
    return f'{searched}<p class="asof">{" · ".join(told)}</p>'


def _notes(number: int, notes: Sequence[Note], answer: Answer) -> str:
    items = []
    for note in notes:
        told = text(note.text)
        if note.differing:
            told = f"The articles differ, newest first.{sources.differing(number, note, answer)}"
        items.append(f'<li data-kind="{text(note.kind)}"><span class="kind">{text(note.kind)}</span> {told}</li>')
    return f'<ul class="notes" aria-label="Notes">{"".join(items)}</ul>' if items else ""


def _checked(answer: Answer) -> str:
    """That the sentences were checked, and how many stand."""
    if answer.refused or not answer.sentences:
        return ""
    whole, stand = len(answer.sentences), sum(sentence.verdict == "supported" for sentence in answer.sentences)
    if stand == whole:
        told = "1 sentence checked" if whole == 1 else f"All {whole} sentences checked"
        return f'<span class="tick">✓ {told}: supported by the quotes</span> · '
    return f'<span class="doubt">{stand} of {whole} sentences wholly supported by the quotes</span> · '


def _said(number: int, answer: Answer) -> str:
    """The answer's text, whole, with a chip in place of each marker and a mark on each doubtful sentence."""
    cited = {citation.marker: citation for citation in answer.citations}
    parts = []
    for place, (between, sentence) in enumerate(pieces(answer)):
        parts.append(text(between))
        if sentence is not None:
            chips = "".join(sources.chip(number, cited[marker], answer.as_of, sentence) for marker in sentence.markers)
            parts.append(_sentence(sentence, chips, answer.short_answer if place == 0 else ""))
    return "".join(parts)


def _sentence(sentence: Sentence, chips: str, short: str) -> str:
    whole = sentence.text
    short = " ".join(short.split())
    place = whole.find(short)
    strong = (place, place + len(short)) if place >= 0 else (0, 0)
    body, _, last = whole.rpartition(" ")
    # No line begins with a chip.
    said = f'{_strong(whole, 0, len(body), strong)} <span class="end">'
    said += f"{_strong(whole, len(whole) - len(last), len(whole), strong)}{chips}</span>"
    if not body or len(last) > _LAST_WORD:
        said = _strong(whole, 0, len(whole), strong) + chips
    if sentence.verdict == "supported":
        return f"<span>{said}</span>"
    why = ": ".join(filter(None, [sources.VERDICTS[sentence.verdict], "; ".join(sentence.reasons)]))
    return f'<span class="doubtful">{said}</span> <span class="verdict">{text(why)}</span>'


def _strong(whole: str, start: int, end: int, strong: tuple[int, int]) -> str:
    """The characters from `start` to `end`, those of them within `strong` in bold type."""
    first, last = (min(max(place, start), end) for place in strong)
    bold = f"<strong>{text(whole[first:last])}</strong>" if first < last else ""
    return text(whole[start:first]) + bold + text(whole[last:end])


def _count(articles: int) -> str:
    return "1 article" if articles == 1 else f"{articles:,} articles"
