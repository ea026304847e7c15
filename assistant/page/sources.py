"""What an answer rests on, as HTML: chips in its sentences, cards below it, and what the articles differ in."""

from __future__ import annotations

from assistant.answers import Answer, Citation, Note, Sentence
from assistant.page.markup import age, day, origin, shortened, text
from corpus.types import Passage

_EXCERPT = 280
_NEAREST = 3
VERDICTS = {"supported": "supported", "partly": "partly supported", "unsupported": "not supported"}


def chip(number: int, citation: Citation, as_of: str, sentence: Sentence | None = None) -> str:
    """The button that opens a citation of turn `number`; its card is made of what stands in the list of citations."""
    told = [citation.source or citation.title, day(citation.published), age(citation.published, as_of)]
    label = f"Citation {citation.marker}: {', '.join(filter(None, told))}"
    checked = f' data-checked="Checked: {VERDICTS[sentence.verdict]}"' if sentence else ""
    return (
        f'<button type="button" class="chip" data-event="select" data-turn="{number}" data-marker="{citation.marker}" '
        f'aria-label="{text(label)}" aria-describedby="quote-{number}-{citation.marker}"{checked}>'
        f"{citation.marker}</button>"
    )


def cited(number: int, answer: Answer) -> str:
    """The citations, in the order of their markers."""
    cards = "".join(
        _card(
            citation, answer.as_of, citation.quote, f'data-turn="{number}" data-marker="{citation.marker}"',
            f' id="quote-{number}-{citation.marker}"', citation.marker,
        )
        for citation in answer.citations
    )  # fmt: skip
    return f'<h4>Sources</h4><ol class="sources" aria-label="Citations">{cards}</ol>' if cards else ""


def nearest(number: int, answer: Answer) -> str:
    """The best passages, by their place in the answer, that no citation has shown yet."""
    cards = [
        _card(passage, answer.as_of, shortened(passage.text, _EXCERPT), f'data-turn="{number}" data-passage="{place}"')
        for place, passage in enumerate(answer.passages)
        if not any(_overlap(passage, citation) for citation in answer.citations)
    ]
    cards = cards[: max(0, _NEAREST - len(answer.citations))]
    if not cards:
        return ""
    return f'<h4>Also near</h4><ol class="sources" aria-label="Nearest passages">{"".join(cards)}</ol>'


def differing(number: int, note: Note, answer: Answer) -> str:
    """What the articles say, side by side, each with its outlet and day."""
    known = {citation.marker: citation for citation in answer.citations}
    items = "".join(
        f'<li><strong dir="auto">{text(each.text)}</strong>'
        f'<span class="origin">{_dated(known[each.marker], answer.as_of)}</span>'
        f"{chip(number, known[each.marker], answer.as_of)}</li>"
        for each in note.differing
        if each.marker in known
    )
    return f'<ul class="differing">{items}</ul>'


def _overlap(passage: Passage, citation: Citation) -> bool:
    return passage.article_id == citation.article_id and passage.start < citation.end and citation.start < passage.end


def _card(
    item: Citation | Passage, as_of: str, quote: str, position: str, named: str = "", marker: int | None = None
) -> str:
    return (
        f'<li><button type="button" class="source" data-event="select" {position}>'
        + (f'<span class="number">{marker}</span>' if marker is not None else "")
        + f'<span class="title" dir="auto">{text(item.title)}</span>'
        f'<span class="quote" dir="auto"{named}>{text(quote)}</span>'
        f'<span class="origin">{_dated(item, as_of)}</span></button></li>'
    )


def _dated(item: Citation | Passage, as_of: str) -> str:
    """Outlet, day and age."""
    before = age(item.published, as_of)
    return origin(item) + (f" · {before}" if before else "")
