"""The Library tab as HTML: the table of articles, and what became of files and addresses that were added.

Rows are named by their position on the page and the number of the page they were shown on, never by id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.page.markup import day, shortened, text
from corpus.catalogue import Listed, Listing, Sort
from ingest.formats import KINDS

PAGE = 50  # rows
_TITLE = 200  # characters
_PROBLEMS = 5  # shown of one file or address

_COLUMNS: tuple[tuple[Sort, str], ...] = (
    ("title", "Title"), ("source", "Outlet"), ("published", "Date"), ("passages", "Passages"),
)  # fmt: skip


_NOTHING = Listing((), 0)


@dataclass(frozen=True, slots=True)
class View:
    """What the table shows: what was asked for, and what came. `number` tells one showing from the next."""

    search: str = ""
    sort: Sort = "published"
    descending: bool = True
    offset: int = 0
    number: int = 0
    listing: Listing = _NOTHING


@dataclass(frozen=True, slots=True)
class Added:
    """A file or address on its way into the corpus: waiting, working or done (`state`). A file lies at `path`."""

    name: str
    path: str | None = None
    state: str = "waiting"
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: tuple[str, ...] = ()


def drop_zone(max_upload: int) -> str:
    """Where files are chosen or dropped; the browser turns away what is larger than `max_upload` bytes."""
    return (
        f'<label class="drop" data-limit="{max_upload}">'
        f'<input type="file" multiple accept="{",".join((*KINDS, ".gz"))}" aria-describedby="kinds">'
        "<span><b>Choose files</b> or drop them here</span>"
        f'<span id="kinds" class="kinds">{_kinds()}, each up to {max_upload / 2**20:.3g} MB</span></label>'
    )


def _kinds() -> str:
    names = dict.fromkeys(kind.split(".")[1].upper() for kind in KINDS if kind not in (".htm", ".xhtml"))
    return ", ".join(names)


def added(items: Sequence[Added]) -> str:
    """What became of each, in the order they were given."""
    if not items:
        return ""
    rows = "".join(map(_added, items))
    busy = str(any(item.state != "done" for item in items)).lower()
    return f'<ol class="added" aria-label="What was added" aria-live="polite" aria-busy="{busy}">{rows}</ol>'


def _added(item: Added) -> str:
    kind, outcome = _outcome(item)
    shown = "".join(f"<li>{text(problem)}</li>" for problem in item.problems[:_PROBLEMS])
    if len(item.problems) > _PROBLEMS:
        shown += f"<li>And {len(item.problems) - _PROBLEMS:,} more.</li>"
    return (
        f'<li data-state="{kind}"><span class="name" dir="auto">{text(shortened(item.name, _TITLE))}</span> '
        f'<span class="outcome">{outcome}</span>' + (f"<ul>{shown}</ul>" if shown else "") + "</li>"
    )


def _outcome(item: Added) -> tuple[str, str]:
    """What happened, in a word for the style and in words for a person."""
    counts = {"added": item.added, "changed": item.changed, "unchanged": item.unchanged, "skipped": len(item.problems)}
    there = {name: count for name, count in counts.items() if count}
    told = " · ".join(f"{count:,} {name}" if sum(there.values()) > 1 else name for name, count in there.items())
    if item.state == "waiting":
        return "waiting", "waiting"
    if item.state == "working":
        return "working", told or "reading …"
    return next(iter(there), "nothing"), told or "nothing was found in it"


def table(view: View, *, changes: bool, told: str = "") -> str:
    """The articles of one page, with what was `told` of the last change above them."""
    status = f'<p class="status" role="status">{text(told)}</p>'
    if not view.listing.articles:
        nothing = "No article has these words in its title, outlet, date or address." if view.search else ""
        return f'{status}<p class="empty">{nothing or "There are no articles yet."}</p>'
    heads = "".join(_head(view, name, label) for name, label in _COLUMNS)
    rows = "".join(_row(row, listed, changes) for row, listed in enumerate(view.listing.articles))
    actions = '<th role="columnheader" class="action"><span class="unseen">Actions</span></th>' if changes else ""
    return (
        f'{status}<table role="table" aria-label="Articles" data-view="{view.number}">'
        f'<thead role="rowgroup"><tr role="row">{heads}{actions}</tr></thead>'
        f'<tbody role="rowgroup">{rows}</tbody></table>{_pager(view)}{_CONFIRM if changes else ""}'
    )


def _head(view: View, name: Sort, label: str) -> str:
    order = ("descending" if view.descending else "ascending") if view.sort == name else "none"
    return (
        f'<th role="columnheader" scope="col" class="{name}" aria-sort="{order}">'
        f'<button type="button" data-event="sort_by" data-sort="{name}">{label}</button></th>'
    )


def _row(row: int, listed: Listed, changes: bool) -> str:
    title = text(shortened(listed.title, _TITLE))
    remove = (
        '<td role="cell" class="action"><button type="button" class="remove" data-event="confirm" '
        f'data-row="{row}" aria-label="Remove {title}">✕</button></td>'
    )
    return (
        '<tr role="row"><td role="cell" class="title"><button type="button" dir="auto" data-event="open_article" '
        f'data-row="{row}">{title}</button></td>'
        f'<td role="cell" class="source"><bdi>{text(listed.source or "")}</bdi></td>'
        f'<td role="cell" class="published">{text(day(listed.published))}</td>'
        f'<td role="cell" class="passages">{listed.passages:,}</td>{remove if changes else ""}</tr>'
    )


def _pager(view: View) -> str:
    first, total = view.offset + 1, view.listing.total
    last = view.offset + len(view.listing.articles)
    many = "1 article" if total == 1 else f"{total:,} articles"
    if total == len(view.listing.articles):
        return f'<p class="pager">{many}</p>'
    return (
        f'<nav class="pager" aria-label="Pages"><span>{first:,} to {last:,} of {many}</span>'
        f"{_turn('Previous', -1, first > 1)}{_turn('Next', 1, last < total)}</nav>"
    )


def _turn(label: str, by: int, there: bool) -> str:
    off = "" if there else " disabled"
    return f'<button type="button" data-event="turn_page" data-by="{by}"{off}>{label}</button>'


# Asked in the browser; which article it is stands in the row whose button was pressed.
_CONFIRM = (
    '<dialog aria-labelledby="confirm-title"><h3 id="confirm-title">Remove this article?</h3>'
    '<p class="which" dir="auto"></p>'
    "<p>It is deleted with all its versions. Answers that cite it can no longer open it.</p>"
    '<div><button type="button" data-event="cancel">Keep it</button>'
    '<button type="button" class="danger" data-event="remove_article">Remove</button></div></dialog>'
)
