"""What the two commands share: one JSON document on standard output, sentences instead of tracebacks, exit codes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from corpus import memory
from corpus.errors import AssistantError

FAILED = 1
MISUSED = 2
_INTERRUPTED = 130  # as a shell reports a command that Ctrl-C ended


def print_json(document: Any) -> None:
    """The one document of a `--json` command."""
    print(json.dumps(document, ensure_ascii=False, indent=1, default=str))


def run(command: Callable[[], int], *, as_json: bool) -> int:
    """Run a command and return its exit code; an error meant for people goes to them, a bug keeps its traceback."""
    memory.share()  # here: a library leaves its host's malloc alone, and there are no threads yet
    try:
        code = command()
        sys.stdout.flush()
        return code
    except AssistantError as error:
        if as_json:
            print_json({"error": str(error)})
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("Interrupted. What was stored stays stored; run the command again to go on.", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; nothing more may be written, not even when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
