"""The Library tab: which articles there are, one of them opened, more added, some removed."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.page import add, article, library_html
from assistant.page.library_html import PAGE, View
from assistant.page.parts import QUIET, sent, static
from corpus.catalogue import Listed
from corpus.errors import AssistantError

if TYPE_CHECKING:
    from assistant import Assistant

# Looking into the record must not wait behind answers.
_LOOKING = 16
_LONGEST_SEARCH = 200  # characters
_SORTS = ("title", "source", "published", "passages")


def build(assistant: Assistant, tab: gr.Tab, *, changes: bool, max_upload: int) -> None:
    """The tab's components and what happens between them, in the Blocks that are being built.

    Without `changes` nothing can be added or removed; an uploaded file has at most `max_upload` bytes.
    """
    do = _Handlers(assistant, changes)
    view = gr.State(View())
    running = []
    with gr.Column(elem_id="library"):
        gr.HTML("<h2>Library</h2>", apply_default_css=False)
        if changes:
            running = add.build(assistant, max_upload=max_upload)
        search = gr.Textbox(
            placeholder="Search titles, outlets, dates", label="Search the library", container=False, show_label=False,
            elem_id="library-search", max_length=_LONGEST_SEARCH,
        )  # fmt: skip
        table = gr.HTML(elem_id="library-table", apply_default_css=False, js_on_load=static("library.js"))
    panel = gr.HTML(elem_id="library-panel", apply_default_css=False, js_on_load=static("article.js"))

    shown: dict[str, Any] = {"outputs": [view, table], "concurrency_limit": _LOOKING, **QUIET}
    tab.select(do.show, view, **shown)
    search.change(do.search, [search, view], trigger_mode="always_last", **shown)
    table.sort_by(do.sort, view, **shown)
    table.turn_page(do.turn, view, **shown)
    table.open_article(do.open, view, panel, concurrency_limit=_LOOKING, **QUIET)
    for each in running:
        each.then(do.show, view, **shown)
    if changes:
        table.remove_article(do.remove, view, [view, table, panel], concurrency_limit=_LOOKING, **QUIET)


class _Handlers:
    """What the events of the tab do. The browser names rows by position; which articles they are is known here."""

    def __init__(self, assistant: Assistant, changes: bool) -> None:
        self._assistant, self._changes = assistant, changes
        self._numbers = count(1)

    def show(self, view: View, told: str = "") -> tuple[View, str]:
        """The table as it is now."""
        try:
            listing = self._assistant.listing(
                view.search, sort=view.sort, descending=view.descending, limit=PAGE, offset=view.offset
            )
        except AssistantError as error:
            return view, library_html.table(View(), changes=False, told=str(error))
        if view.offset and not listing.articles:  # the last of the last page is gone
            return self.show(replace(view, offset=max(0, view.offset - PAGE)), told)
        view = replace(view, listing=listing, number=next(self._numbers))
        return view, library_html.table(view, changes=self._changes, told=told)

    def search(self, typed: str, view: View) -> tuple[View, str]:
        return self.show(replace(view, search=str(typed)[:_LONGEST_SEARCH].strip(), offset=0))

    def sort(self, view: View, event: gr.EventData) -> tuple[View, str]:
        """Sorted by a column; by the same one again, the other way round."""
        by = sent(event).get("sort")
        if by not in _SORTS:
            return self.show(view)
        descending = not view.descending if by == view.sort else by in ("published", "passages")
        return self.show(replace(view, sort=by, descending=descending, offset=0))

    def turn(self, view: View, event: gr.EventData) -> tuple[View, str]:
        by = PAGE if sent(event).get("by") == "1" else -PAGE
        return self.show(replace(view, offset=max(0, view.offset + by)))

    def open(self, view: View, event: gr.EventData) -> str:
        opening = next(self._numbers)
        try:
            opened = self._assistant.article(_row(view, sent(event)).id)
        except AssistantError as error:
            return article.closed_panel(str(error), opening)
        return article.panel(opened, 0, 0, opening)

    def remove(self, view: View, event: gr.EventData) -> tuple[View, str, str]:
        try:
            listed = _row(view, sent(event))
            self._assistant.remove(listed.id)
        except AssistantError as error:
            return (*self.show(view, str(error)), "")
        return (*self.show(view, f"Removed “{listed.title}”."), "")


def _row(view: View, data: dict[str, Any]) -> Listed:
    """The article of the row whose button was pressed. Raises `AssistantError` when it no longer stands there."""
    try:
        if int(data["view"]) == view.number and int(data["row"]) >= 0:
            return view.listing.articles[int(data["row"])]
    except (KeyError, ValueError, TypeError, IndexError):
        pass
    raise AssistantError("The list has changed meanwhile, and nothing was done. Choose the article again.")
