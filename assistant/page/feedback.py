"""What people say of answers, as lines of a file that `assistant eval` reads as questions."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from assistant.answers import Answer
from assistant.page.turns import Rating
from corpus.errors import AssistantError
from corpus.text import normalise

NAME = "feedback.jsonl"  # in ASSISTANT_HOME
LONGEST_COMMENT = 2_000  # characters
# Far more than people write, far less than would fill a disk.
_LARGEST = 100_000_000  # bytes
_PATIENCE = 10  # seconds for others who are writing


def line(answer: Answer, rating: Rating, comment: str) -> dict[str, Any]:
    """A rated answer as a question of a set, with what was answered carried along.

    The question is the one that stands alone, so that it can be asked again without its conversation. What is liked
    becomes something to hold later answers to: the articles that it cited, the short answer in it, or that there is
    none. What is disliked is a question to look at, and says nothing of the right answer.
    """
    known: dict[str, Any] = {}
    if rating == "up" and answer.refused:
        known = {"answerable": False}
    elif rating == "up":
        known = {
            "answers": [answer.short_answer] if answer.short_answer.strip() else [],
            "gold_article_ids": list(dict.fromkeys(citation.article_id for citation in answer.citations)),
            "answerable": True,
        }
    cited = [
        {"article_id": c.article_id, "version": c.version, "start": c.start, "end": c.end, "quote": c.quote}
        for c in answer.citations
    ]
    return {
        "id": f"feedback-{secrets.token_hex(6)}",
        "question": answer.searched_for,
        "as_of": answer.as_of,
        **known,
        "tags": [f"rated {rating}"],
        "rating": rating,
        "comment": comment,
        "rated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "asked": answer.question,
        "said": answer.text,
        "refused": answer.refused,
        "confidence": answer.confidence,
        "model": answer.model,
        "prompt_id": answer.prompt_id,
        "cited": cited,
    }


def write(home: Path, answer: Answer, rating: Rating, comment: str) -> None:
    """Append what was said of an answer. Safe beside other threads and processes.

    Raises `AssistantError` for a comment that is too long, a full file, or a place that cannot be written to.
    """
    comment = normalise(comment).strip()
    if len(comment) > LONGEST_COMMENT:
        raise AssistantError(
            f"The comment has {len(comment):,} characters; at most {LONGEST_COMMENT:,} are kept. Shorten it."
        )
    data = json.dumps(line(answer, rating, comment), ensure_ascii=False).encode() + b"\n"
    path = home / NAME
    try:
        with FileLock(path.with_suffix(".lock"), timeout=_PATIENCE), path.open("a+b") as file:
            if file.tell() + len(data) > _LARGEST:
                raise AssistantError(f"The file of feedback is full. Whoever runs this can move {NAME} away.")
            file.write(b"\n" + data if _is_torn(file) else data)
    except (OSError, Timeout) as error:
        raise AssistantError(
            f"The rating could not be written down: {_reason(error)}. Whoever runs this must make the folder of the "
            "corpus (ASSISTANT_HOME) writable."
        ) from None


def _is_torn(file: Any) -> bool:
    """Whether the file ends within a line, as a process that was killed leaves it."""
    if file.tell() == 0:
        return False
    file.seek(-1, 2)
    return bool(file.read(1) != b"\n")


def _reason(error: OSError) -> str:
    return "others have been writing for too long" if isinstance(error, Timeout) else error.strerror or str(error)
