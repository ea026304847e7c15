"""Sentences turned round: "The airline that bought Spirit is JetBlue" says that JetBlue bought it.

Chat models answer so, with the question's words and a name; who did it can only be compared once it stands there.
"""

from __future__ import annotations

import re

# Characters; the longest sentence of a newspaper has fewer, and the pattern's time grows with their square.
_LONGEST = 1_000
# Where a subject of its own follows "that", what comes last is the object, and stays.
_CLEFT = re.compile(
    r"""^(?:the|an?)\ (?:[\w’'-]+\ ){1,6}?(?:that|who|which)\ (?!(?:the|an?|he|she|they|it|we|you|his|her|its|their)\b)
        (?P<did>(?-i:[a-z]).+?),?\ (?:is|was|are|were)\ (?P<name>(?:the\ )?(?-i:[A-Z0-9])[^,?]*?)(?:,.*)?[.!]?$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def straightened(sentence: str) -> str:
    """The same, said the plain way round; empty where nothing is turned round."""
    found = _CLEFT.match(sentence.strip()) if len(sentence) <= _LONGEST else None
    return f"{found['name']} {found['did']}." if found else ""
