"""Files that a browser sent: where they lie until they are read, and how they are told from all others."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from corpus.errors import AssistantError

_HOUR = 3600.0  # seconds after which a file that nobody asked to be read is deleted
_WAITING = 20  # files of the largest size that may lie there


@cache
def folder() -> Path:
    """Where uploads lie: a folder of this process, open to this user only, and gone when the process ends."""
    base = os.environ.get("GRADIO_TEMP_DIR")
    if base:
        Path(base).mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="news-assistant-", dir=base)).resolve()
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    os.environ["GRADIO_TEMP_DIR"] = str(made)  # Gradio looks here each time it needs the place
    return made


def is_room(max_upload: int) -> bool:
    """Whether another file may be sent; those that have waited too long are deleted first."""
    size = 0
    for path in [Path(place, name) for place, _, names in os.walk(folder()) for name in names]:
        with suppress(OSError):  # another request has just deleted it
            about = path.stat()
            if about.st_mtime < time.time() - _HOUR:
                delete(path)
            else:
                size += about.st_size
    return size <= _WAITING * max_upload


def find(path: str) -> Path:
    """The uploaded file that a browser names. Raises `AssistantError` for any other."""
    with suppress(OSError, ValueError):
        found = Path(path).resolve(strict=True)
        if found.is_file() and found.is_relative_to(folder()):
            return found
    raise AssistantError("The file is no longer there: what is sent is kept for an hour at most. Choose it again.")


def delete(path: Path) -> None:
    """Delete an uploaded file, and the folder that it had to itself."""
    with suppress(OSError):
        path.unlink()
        path.parent.rmdir()


class Blocks(gr.Blocks):
    """Blocks whose events take no files of Gradio's: a request may name any, and any address to fetch one from."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # For a page that is mounted, Gradio would not check that a file it copies to its cache was uploaded.
        self.has_launched = True

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *rest: Any, **options: Any) -> list[Any]:
        """As Gradio does it, for requests without files."""
        if _names_files(inputs):
            raise gr.Error("No file is taken here.", print_exception=False)
        processed: list[Any] = await super().preprocess_data(block_fn, inputs, *rest, **options)
        return processed


def _names_files(sent: Any) -> bool:
    """Whether there is a mark anywhere in it by which Gradio knows a file."""
    if isinstance(sent, dict):
        return "gradio.FileData" in sent.values() or any(map(_names_files, sent.values()))
    return isinstance(sent, list) and any(map(_names_files, sent))
