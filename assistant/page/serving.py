"""How the page is served."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.page.auth import Users


@dataclass(frozen=True, slots=True)
class Serving:
    """What the flags of `assistant chat` decide, with the values they have when nothing is said.

    `users` may come in, or without any everybody; `public` serves everybody under any name, where otherwise a server
    without users answers to the names of this machine alone. `root_path` is the path under which a reverse proxy shows
    the page. `concurrency` answers are in the making at once and `waiting` more may wait, on the page and again through
    the doors for programs. `changes` lets visitors of the page add and remove articles, in files of at most
    `max_upload` bytes; `allow_ingest` lets programs add some, by address.
    """

    users: Users | None = None
    public: bool = False
    root_path: str = ""
    concurrency: int = 8
    waiting: int = 100
    max_upload: int = 20 * 2**20
    changes: bool = True
    allow_ingest: bool = False
