"""Whether a chat model's words are a sentence, which can be checked: a bare name or number stands in many articles."""

from __future__ import annotations

import re

from assistant.verification.items import items

# "The answer is: 18%": what is left is no more of a sentence than without it.
_ANSWER_IS = re.compile(r"^(?:the )?answer(?: to (?:this|the|your) question)?(?: is)?\s*:?\s+", re.IGNORECASE)
# Grammar that makes a sentence of what it joins: "Lund is 17."
_VERBS = frozenset("is are was were be been has have had did does do will would can could may might must shall".split())  # noqa: SIM905
_LEADS_ON = (":", "—", "–")
# How passages are headed in the prompt (`chain._heading`).
_HEADING = re.compile(r" · [^·]+ · (?:\d{4}-\d\d-\d\d|undated)\b")


def fault(text: str) -> str:
    """Why this is no sentence that could be borne out, in words for the model and the person; empty if it is one."""
    if text.rstrip().endswith(_LEADS_ON):
        return "it only leads to what should follow"
    if text.rstrip().endswith("?"):
        return "it is a question"
    if _HEADING.search(text):
        return "it repeats the heading of a passage"
    said = items(_ANSWER_IS.sub("", text.strip()))
    if any(item.telling or item.text.lower() in _VERBS for item in said):
        return ""
    return "it is no whole sentence: say of whom or what it is said"
