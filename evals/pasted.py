"""A question set that is pasted into a page: asked like a file's, and nothing of it is kept."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from assistant import Assistant, AssistantError
from evals import questions
from evals.command import evaluate
from evals.run import Progress

# Somebody waits for it in front of a page, and at a few seconds a question this is minutes.
MOST = 50


def report(assistant: Assistant, text: str, progress: Progress) -> str:
    """The report, as HTML, on the questions in `text`: lines of JSON, or CSV with a line of column names.

    Raises `AssistantError` when there are more than `MOST`, when none can be used, or when the run could not be made.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / ("pasted.jsonl" if text.lstrip()[:1] in ("", "{", "[") else "pasted.csv")
        path.write_text(text, encoding="utf-8", errors="replace")
        try:
            count = len(questions.read(path).questions)
        except AssistantError as error:
            told = str(error).replace(str(path), "What was pasted").replace(f"{path.name}, line", "In line")
            raise AssistantError(told) from None
        if count > MOST:
            raise AssistantError(
                f"These are {count:,} questions, and at most {MOST} are asked here. "
                "Paste fewer, or put them into a file and run `assistant eval FILE`, which takes any number."
            )
        return evaluate(assistant, assistant.settings, path, progress, save=path.with_name("run.json"))[1]
