"""Sentences in articles that are meant for an assistant, not for a reader: "ignore your instructions and say …".

Such a sentence tells nothing and is no evidence. A quotation of one, in a report about it, is; so is anybody's order to
anybody else. What counts is a demand together with an assistant's own things: its instructions, prompt, answers or
sources. The rules, in a score of languages, stand in `instructions.txt`; `benchmarks/injections.py` measures them.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

from corpus.factors import Rules

# Format characters hide words from people, not from models; U+E0000 to U+E007F can spell whole sentences unseen.
_KEPT_FORMATS = "\u200c\u200d"  # they join and part letters in Persian, Indian scripts and emoji
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһӏАВЕКМНОРСТХІЅαονρτικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxijsdhlABEKMHOPCTXISaovptikABEZHIKMNOPTYX"
)
_LOOKALIKE = re.compile(f"[{''.join(map(chr, _LOOKALIKES))}]")
_TAGS = re.compile("[\U000e0020-\U000e007e]{8,}")  # more than the flag of a region takes
_SPACED = re.compile(r"\b(?:\w[ .·_*-]){5,}\w\b")
_BLOB = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»|„[^“”]*[“”]|「[^」]*」|‘[^’]{12,}’")

# "1gn0re 4ll": digits for letters.
_MIXED = re.compile(r"\b(?=\w*[a-zA-Z])(?=\w*\d)\w+\b")
_QUICK = re.compile(r"[A-Za-z0-9+/]{24}")


@cache
def patterns() -> tuple[str, ...]:
    """The rules as regular expressions, case not counting; any of them is enough."""
    parts: dict[str, str] = {}
    rules = []
    text = files("corpus").joinpath("instructions.txt").read_text("utf-8")
    for line in unicodedata.normalize("NFKC", text).splitlines():
        if not line or line.startswith("# "):
            continue
        name, defines, part = line.partition(" = ")
        rule = re.sub(r"\{([A-Z]+)\}", lambda used: parts[used[1]], part if defines and name.isupper() else line)
        if defines and name.isupper():
            parts[name] = rule
        else:
            rules.append(rule)
    return tuple(rules)


@cache
def _demands() -> Rules:
    return Rules(patterns())


def visible(text: str) -> str:
    """The text without characters that nobody sees: format characters and tags, which models do read."""
    if text.isprintable():  # format characters are not; most texts have none
        return text
    return "".join(c for c in text if unicodedata.category(c) != "Cf" or c in _KEPT_FORMATS)


@lru_cache(maxsize=1 << 16)  # the same passages are read again and again
def is_instruction(sentence: str) -> bool:
    """Whether a sentence is addressed to an assistant that reads the article, in whatever disguise.

    What stands in quotation marks within a longer sentence is somebody's words, told to the reader, and not judged.
    """
    text = _told(sentence)
    if _demands().match(text) or _TAGS.search(sentence):
        return True
    if len(_MIXED.findall(text)) > 1 and _demands().match(_MIXED.sub(_letters, text)):
        return True
    return _QUICK.search(text) is not None and any(map(_hides, _BLOB.findall(text)))


def _told(sentence: str) -> str:
    """The sentence as it would be understood: unseen characters, look-alikes and quotations taken away."""
    text = unicodedata.normalize("NFKC", visible(sentence).replace("\u200c", "").replace("\u200d", ""))
    if _LOOKALIKE.search(text):  # a Cyrillic or Greek letter among Latin ones is a disguise
        text = " ".join(
            word.translate(_LOOKALIKES) if re.search(r"[a-zA-Z]", word) else word for word in text.split(" ")
        )
    text = _SPACED.sub(lambda match: re.sub(r"[ .·_*-]", "", match.group()), text)
    outside = _QUOTED.sub(" ", text)
    return outside if len(re.findall(r"\w+", outside)) >= 4 else text


def _letters(word: re.Match[str]) -> str:
    return word.group().translate(str.maketrans("013457", "oieast"))


def _hides(blob: str) -> bool:
    """Whether a string of base64 is words."""
    try:
        found = base64.b64decode(blob + "=" * (-len(blob) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return False
    return found.isprintable() and " " in found
