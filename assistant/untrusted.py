"""Words of articles and models made harmless: as data in a prompt, as plain text in an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from corpus.instructions import is_instruction, visible
from corpus.text import sentences
from corpus.types import Passage

# Each line of an article stands behind this mark in a prompt. What an article writes is always behind one, so it can
# neither end its passage nor begin another, whatever it writes.
MARK = "| "

# What chat templates take for the end of a message, a role or a tool: <|im_end|>, </s>, <system>, [INST], <<SYS>>.
_TOKEN = re.compile(r"<(?=[|/!<\w])|(?<=[|/>\w\"'-])>")
_BRACKETED = re.compile(r"\[(/?[A-Z][A-Z_]{2,}|\d[\d\s,;–-]*)\]")
_LINE = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")

_IMAGE = re.compile(r"!\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(\s*<?[a-zA-Z/#.][^)]*\)")
_DEFINITION = re.compile(r"^\s*\[[^\]]+\]:\s*\S+.*$", re.MULTILINE)
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z][^<>]*>|<(?=[a-zA-Z/!])", re.DOTALL)
_URL = re.compile(r"\b(?:[a-z][a-z0-9+.-]*://|data:|javascript:)[^\s<>\"'”’)\]]+", re.IGNORECASE)


def set_apart(passages: Sequence[Passage]) -> tuple[list[Passage], list[Passage]]:
    """The passages to be believed, and those of articles that speak to an assistant; the order stays.

    Whoever writes orders for a machine into an article may have written the rest of it for the machine, too.
    """
    suspects = {
        p.article_id for p in passages if any(is_instruction(p.text[start:end]) for start, end in sentences(p.text))
    }
    return [p for p in passages if p.article_id not in suspects], [p for p in passages if p.article_id in suspects]


def as_data(text: str) -> str:
    """An article's text for a prompt: each line marked, nothing unseen in it, and nothing that a chat template knows.

    Numbers in square brackets, which would read as a passage's, come in round ones.
    """
    lines = (line.strip() for line in _LINE.split(one_line(text, breaks=True)))
    return "\n".join(f"{MARK}{line}" for line in lines if line)


def one_line(text: str, *, breaks: bool = False) -> str:
    """The same for a heading, without the mark; `breaks` keeps line breaks."""
    text = _TOKEN.sub(lambda match: "‹" if match.group() == "<" else "›", visible(text))
    text = _BRACKETED.sub(r"(\1)", text)
    return text if breaks else " ".join(text.split())


def plain(text: str) -> str:
    """A sentence for people: no image, no link, no markup; of an address only the host, which nothing loads."""
    while (cleaned := _without_markup(text)) != text:  # what is left may be markup again
        text = cleaned
    return text


def _without_markup(text: str) -> str:
    text = _DEFINITION.sub("", _IMAGE.sub("", text))
    text = _TAG.sub("", _LINK.sub(r"\1", text))
    text = text.replace("![", "! [")  # half an image, which what follows might make whole
    return " ".join(_URL.sub(_host, text).split())


def _host(url: re.Match[str]) -> str:
    rest = re.search(r"[.,;:!?]*$", url.group())
    try:
        host = urlsplit(url.group()).hostname
    except ValueError:
        host = None
    return (host or "") + (rest.group() if rest else "")
