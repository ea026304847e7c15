"""Adding to the library: uploaded files and addresses, one after the other, through `ingest`."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.page import library_html, uploads
from assistant.page.library_html import Added
from assistant.page.parts import QUIET, UNFORESEEN, sent, static
from corpus.errors import AssistantError
from ingest import Report, ingest
from ingest.load import is_address

if TYPE_CHECKING:
    from assistant import Assistant

_MOST = 50  # files or addresses at a time
_KEPT = 200  # results shown
_ARTICLES = 200  # taken from one address: behind it may be a sitemap of millions
_SECONDS = 600.0  # for one file or address; others wait for their turn
_TICK = 0.3  # seconds between two looks at how far it is
_LATE = "It took ten minutes, and ended there. What came is kept. Add it again for the rest, or run: ingest"
_STOPPED = "Stopped. What had come until then is kept; add it again for the rest."

_Items = tuple[Added, ...]


def build(assistant: Assistant, *, max_upload: int) -> list[gr.events.Dependency]:
    """The components, in the Blocks that are being built, and what is under way when something is being added."""
    do = _Handlers(assistant)
    items = gr.State(())
    with gr.Row(elem_id="add"):
        zone = gr.HTML(library_html.drop_zone(max_upload), apply_default_css=False, js_on_load=static("add.js"))
        with gr.Column(elem_id="addresses", min_width=240):
            box = gr.Textbox(
                placeholder="Addresses of pages or feeds, one a line", label="Addresses",
                lines=2, max_lines=6, container=False, show_label=False,
            )  # fmt: skip
            start = gr.Button("Add addresses", scale=0)
    added = gr.HTML(elem_id="added", apply_default_css=False)
    stop = gr.Button("Stop", size="sm", scale=0, elem_id="stop-adding")

    one_at_a_time: dict[str, Any] = {
        "concurrency_limit": 1, "concurrency_id": "changes", "api_visibility": "private",
        "show_progress": "minimal", "show_progress_on": added,
    }  # fmt: skip
    running = [
        zone.add_files(do.add_files, items, [items, added], **one_at_a_time),
        start.click(do.add_addresses, [box, items], [box, items, added], **one_at_a_time),
    ]
    for each in running:
        each.failure(do.apologise, items, [items, added], **QUIET)
    stop.click(do.stop, None, None, queue=False, **QUIET)
    return running


class _Handlers:
    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._stops: dict[str | None, threading.Event] = {}  # by session, of what is being added

    def add_files(self, items: _Items, event: gr.EventData, request: gr.Request) -> Iterator[tuple[_Items, str]]:
        yield from self._add(_files(sent(event)), items, request.session_hash)

    def add_addresses(self, typed: str, items: _Items, request: gr.Request) -> Iterator[tuple[Any, _Items, str]]:
        new = [_address(line.strip()) for line in str(typed).splitlines() if line.strip()]
        box: Any = ""
        for kept, shown in self._add(new, items, request.session_hash):
            yield box, kept, shown
            box = gr.skip()  # the next addresses may be in the making

    def _add(self, new: Sequence[Added], before: _Items, session: str | None) -> Iterator[tuple[_Items, str]]:
        """What was added before, and each of the new ones as it comes along."""
        items = [*new[:_MOST], *(replace(item, **_too_many()) for item in new[_MOST:])]
        kept = (*items, *before)[:_KEPT]
        yield kept, library_html.added(kept)
        stop = self._stops[session] = threading.Event()
        try:
            for place, item in enumerate(items):
                for items[place] in self._taken(item, stop) if item.state == "waiting" else ():
                    kept = (*items, *before)[:_KEPT]
                    yield kept, library_html.added(kept)
        finally:
            self._stops.pop(session, None)

    def _taken(self, item: Added, stop: threading.Event) -> Iterator[Added]:
        path = None
        yield replace(item, state="working")
        try:
            path = uploads.find(item.path) if item.path else None
            started = monotonic()
            for report in () if stop.is_set() else self._reports(item, path, stop):
                item = _counted(item, report)
                yield replace(item, state="working")
            late = _LATE if monotonic() - started > _SECONDS else ""
            item = replace(item, problems=(*item.problems, *filter(None, [_STOPPED if stop.is_set() else late])))
        except AssistantError as error:
            item = replace(item, problems=(*item.problems, str(error)))
        finally:
            if path:
                uploads.delete(path)
        yield replace(item, state="done")

    def _reports(self, item: Added, path: Path | None, stop: threading.Event) -> Iterator[Report]:
        """The growing report of one ingest, which ends early when it is stopped, or nobody asks for more of it."""
        latest, left, deadline = Report(), threading.Event(), monotonic() + _SECONDS

        def proceed(report: Report) -> bool:
            nonlocal latest
            latest = report
            found = len(report.added) + len(report.changed) + len(report.unchanged)
            enough = monotonic() > deadline or (path is None and found >= _ARTICLES)
            return not (enough or stop.is_set() or left.is_set())

        # What the machine's owner may fetch from its own network, visitors may not.
        settings = self._assistant.settings.model_copy(update={"fetch_private": False})
        names = {str(path): item.name} if path else {}
        with ThreadPoolExecutor(1) as pool:
            task = pool.submit(ingest, [str(path or item.name)], settings, uploads=names, proceed=proceed)
            try:
                while wait([task], _TICK).not_done:
                    yield latest
                yield task.result()
            finally:
                left.set()

    def stop(self, request: gr.Request) -> None:
        if stop := self._stops.get(request.session_hash):
            stop.set()

    def apologise(self, items: _Items) -> tuple[_Items, str]:
        """After a bug."""
        told = (UNFORESEEN,)
        items = tuple(i if i.state == "done" else replace(i, state="done", problems=i.problems + told) for i in items)
        return items, library_html.added(items)


def _files(data: dict[str, Any]) -> list[Added]:
    """The files that the browser has sent, and those that it could not, with its reason."""
    files = data.get("files")
    found = []
    for file in files if isinstance(files, list) else ():
        if not isinstance(file, dict):
            continue
        path, name = str(file.get("path", "")), str(file.get("name", ""))
        if path:  # by the name that the server gave it
            found.append(Added(Path(path).name, path))
        else:
            found.append(Added(name, state="done", problems=(str(file.get("problem", "")) or UNFORESEEN,)))
    return found


def _address(line: str) -> Added:
    if is_address(line):
        return Added(line)
    return Added(line, state="done", problems=("It is no address. Write it as https://example.com/news/1.",))


def _too_many() -> dict[str, Any]:
    told = f"At most {_MOST} are taken at a time. Add it again when these are done, or run: ingest FOLDER"
    return {"state": "done", "problems": (told,)}


def _counted(item: Added, report: Report) -> Added:
    problems = [
        skipped.reason if skipped.origin in (item.name, item.path) else f"{skipped.origin}: {skipped.reason}"
        for skipped in report.skipped
    ]
    counts = len(report.added), len(report.changed), len(report.unchanged)
    if is_address(item.name) and sum(counts) >= _ARTICLES:
        problems.append(f"These are the first {_ARTICLES} of that address. For all, run: ingest {item.name}")
    return replace(item, added=counts[0], changed=counts[1], unchanged=counts[2], problems=tuple(problems))
