"""Questions and answers as HTML: pure functions, data in, markup out.

Everything untrusted goes through `markup.text`. Buttons carry positions (which turn, which marker), never ids or texts
to be looked up by.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.answers import Answer, Citation, Sentence
from assistant.page.markup import day, origin, problem, shortened, text
from assistant.page.turns import Turn
from corpus.types import Passage

# A question may be a pasted document: the browser gets what a person can read of it, no more.
_QUESTION = 2_000
_EXCERPT = 280
_NEAREST = 3
# A longer last word may stand apart from its chips, or it could not wrap on a narrow screen.
_LAST_WORD = 24

_VERDICTS = {"partly": "partly supported", "unsupported": "not supported"}


def welcome(count: int, suggestions: Sequence[str]) -> str:
    """The page before the first question: what it is about to search, and questions to begin with."""
    if not count:
        return (
            '<section class="welcome empty"><h2>There are no articles yet</h2>'
            "<p>Answers come only from articles that you add. In a terminal, run</p>"
            "<pre><code>ingest FOLDER</code></pre>"
            "<p>with a folder of <code>.txt</code>, <code>.md</code>, <code>.html</code> or <code>.jsonl</code> files, "
            "then reload this page.</p></section>"
        )
    articles = "1 article" if count == 1 else f"{count:,} articles"
    buttons = "".join(
        f'<li><button type="button" class="suggestion" data-event="example_select" data-question="{text(question)}">'
        f"{text(question)}</button></li>"
        for question in suggestions
    )
    return (
        f'<section class="welcome"><h2>Ask about {articles}</h2>'
        "<p>Every sentence of an answer carries a quote that you can open in its article.</p>"
        + (f'<ul class="suggestions" aria-label="Suggested questions">{buttons}</ul>' if buttons else "")
        + "</section>"
    )


def conversation(turns: Sequence[Turn]) -> str:
    """All turns, oldest first."""
    shown = "".join(_turn(number, turn) for number, turn in enumerate(turns))
    return f'<div class="turns" role="log" aria-label="Conversation">{shown}</div>'


def _turn(number: int, turn: Turn) -> str:
    question = shortened(turn.question, _QUESTION)
    bubble = f'<h3 class="question" dir="auto">{text(question)}</h3>' if question else ""
    reply = _answer(number, turn.answer, turn.done) if turn.answer else ""
    if turn.problem:
        reply += problem(turn.problem)
    elif not reply:
        reply = '<p class="working">Searching the articles</p>'
    return f'<article class="turn" aria-busy="{str(not turn.done).lower()}">{bubble}{reply}</article>'


def _answer(number: int, answer: Answer, done: bool) -> str:
    caret = "" if done else '<span class="caret" aria-hidden="true"></span>'
    notes = "".join(
        f'<li data-kind="{text(note.kind)}"><span class="kind">{text(note.kind)}</span> {text(note.text)}</li>'
        for note in answer.notes
    )
    return (
        f'<div class="answer{" refused" if answer.refused else ""}">'
        + ('<p class="badge">No answer in the articles</p>' if answer.refused else "")
        + f'<p class="said" dir="auto">{_said(number, answer)}{caret}</p>'
        + (f'<ul class="notes" aria-label="Notes">{notes}</ul>' if notes else "")
        + _sources(number, answer)
        + (_nearest(number, answer) if answer.refused else "")
        + (_foot(answer) if done else "")
        + "</div>"
    )


def _said(number: int, answer: Answer) -> str:
    """The answer's text, whole, with a chip in place of each marker and a mark on each doubtful sentence."""
    cited = {citation.marker: citation for citation in answer.citations}
    parts, position = [], 0
    for place, sentence in enumerate(answer.sentences):
        start = answer.text.index(sentence.text, position)
        parts.append(text(answer.text[position:start]))
        chips = "".join(_chip(number, cited[marker]) for marker in sentence.markers)
        parts.append(_sentence(sentence, chips, answer.short_answer if place == 0 else ""))
        position = start + len(sentence.text)
        markers = "".join(f"[{marker}]" for marker in sentence.markers)
        if markers and answer.text.startswith((markers, f" {markers}"), position):
            position = answer.text.index(markers, position) + len(markers)
    return "".join(parts) + text(answer.text[position:])


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
    verdict = _VERDICTS.get(sentence.verdict)
    if verdict is None:
        return f"<span>{said}</span>"
    reasons = text("; ".join(sentence.reasons))
    return f'<span class="doubtful">{said}</span><span class="verdict" title="{reasons}">{verdict}</span>'


def _strong(whole: str, start: int, end: int, strong: tuple[int, int]) -> str:
    """The characters from `start` to `end`, those of them within `strong` in bold type."""
    first, last = (min(max(place, start), end) for place in strong)
    bold = f"<strong>{text(whole[first:last])}</strong>" if first < last else ""
    return text(whole[start:first]) + bold + text(whole[last:end])


def _chip(number: int, citation: Citation) -> str:
    label = f"Citation {citation.marker}: {citation.source or citation.title}, {day(citation.published)}"
    return (
        f'<button type="button" class="chip" data-event="select" data-turn="{number}" data-marker="{citation.marker}" '
        f'aria-label="{text(label)}" title="{text(shortened(citation.quote, _EXCERPT))}">{citation.marker}</button>'
    )


def _sources(number: int, answer: Answer) -> str:
    cards = "".join(
        _card(citation, f'data-turn="{number}" data-marker="{citation.marker}"', citation.quote, citation.marker)
        for citation in answer.citations
    )
    return f'<ol class="sources" aria-label="Citations">{cards}</ol>' if cards else ""


def _nearest(number: int, answer: Answer) -> str:
    """The best passages, by their place in the answer, that no citation has shown yet."""
    cards = [
        _card(passage, f'data-turn="{number}" data-passage="{place}"', shortened(passage.text, _EXCERPT))
        for place, passage in enumerate(answer.passages)
        if not any(_overlap(passage, citation) for citation in answer.citations)
    ]
    cards = cards[: max(0, _NEAREST - len(answer.citations))]
    if not cards:
        return ""
    return f'<h4>Also near</h4><ol class="sources" aria-label="Nearest passages">{"".join(cards)}</ol>'


def _overlap(passage: Passage, citation: Citation) -> bool:
    return passage.article_id == citation.article_id and passage.start < citation.end and citation.start < passage.end


def _card(item: Citation | Passage, position: str, quote: str, marker: int | None = None) -> str:
    return (
        f'<li><button type="button" class="source" data-event="select" {position}>'
        + (f'<span class="number">{marker}</span>' if marker is not None else "")
        + f'<span class="quote" dir="auto">{text(quote)}</span>'
        f'<span class="origin">{origin(item)} · <bdi>{text(item.title)}</bdi></span></button></li>'
    )


def _foot(answer: Answer) -> str:
    parts = [f"As of {text(day(answer.as_of))}", f"answered by {text(answer.model)}"]
    if answer.searched_for != answer.question:
        parts.append(f"searched for “{text(shortened(answer.searched_for, _EXCERPT))}”")
    return f'<p class="foot">{" · ".join(parts)}</p>'
