"""Articles whose files are gone."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from corpus.errors import AssistantError
from corpus.ledger import Ledger


def checked(folder: str) -> Path:
    """The folder; raises `AssistantError` when it is not there or empty: a disk that is not mounted looks like that."""
    root = Path(folder)
    if not root.is_dir() or not any(root.iterdir()):
        raise AssistantError(
            f"{folder} is not a folder with files in it, so nothing was done: its disk may be away. "
            "Name the folder that the articles came from, or remove them one by one: assistant remove ID"
        )
    return root.resolve()


def gone(ledger: Ledger, folder: str) -> list[str]:
    """The ids of the articles that came from files in `folder` of which none is there any more, nor in other places."""
    root = checked(folder)
    places = ledger.origins_under(root.as_uri() + "/")
    return sorted(key for key, origins in places.items() if not any(map(is_there, origins)))


def is_there(uri: str) -> bool:
    """Whether a file still exists; an address on the web is taken to."""
    parts = urlsplit(uri)
    return parts.scheme != "file" or Path(url2pathname(parts.path)).exists()
