"""Whether a question points at something outside it: pronouns, "what about", "the album", and the names it has itself.

Word lists and the order of words, no grammar: measured on CANARD and on news questions (benchmarks/followups.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.words import content_words

# Content words up to which "the band" or "these" point back; a longer question brings along what it points at.
_SHORT = 5
# … and up to which whatever is definite ("the album") was spoken of before.
_TERSE = 3

_INNER_NAME = r"[A-Z][\w’'&.-]*\w(?:\s+(?:(?:of|the|and|de|van|von|al|for)\s+)*[A-Z0-9][\w’'&-]*\w)*"
_NAME = re.compile(rf"\b{_INNER_NAME}")
_POSSESSIVE = re.compile(r"[’']s?$")
# Capitals that only open a sentence, or tell the day.
NO_NAMES = frozenset(
    """
    a about after all also although an and any are as at because before besides both but by can could did do does
    during each every few for from had has have he her here his how however i if in into is it its later many may more
    most mr mrs ms my no not now of on once one only or other our several she should since so some such tell than that
    the their them then there these they this those though to was we were what when where whether which while who whom
    whose why will with would yes you your
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december
    """.split()  # noqa: SIM905
)

# They ask, and say nothing of what about.
_EMPTY = frozenset({"else", "other", "happened", "happen", "interesting", "much"})

_AUXILIARY = r"(?:did|do|does|was|were|is|are|has|have|had|will|would|can|could|should|may|might|didn['’]t|doesn['’]t)"
PERSONAL = re.compile(r"\b(?:he|she|him|his|her|hers|himself|herself)\b", re.IGNORECASE)
IMPERSONAL = re.compile(r"\b(?:they|them|their|theirs|it|its|themselves|itself)\b", re.IGNORECASE)
# "it" that stands for nothing: "is it illegal to", "how much does it cost".
_EMPTY_IT = re.compile(r"\bit (?:costs?|takes?|took|be|been|\w+ (?:to|that))\b")
_POINTING = re.compile(
    r"\b(?:these|those(?! who)|this(?! (?:week|month|year|morning|evening|afternoon|season|summer|spring|autumn|fall|"
    r"winter|weekend|decade|century|quarter|past|coming)\b)"
    r"|(?:of|about|after|before|for|in|on|to|at|from|with|like|by|do|did|was|is|does|than|during)\s+that"
    r"|that\W*$|the (?:same|latter|former|other|others|two|rest)"
    r"|(?<!are )(?<!is )(?<!was )(?<!were )(?<!be )(?<!been )(?<!has )there(?!['’]s| (?:is|are|was|were|any|been|will))"
    r")\b",
    re.IGNORECASE,
)
LINKED = re.compile(
    r"^\W*(?:and|but|so|or|then|also|(?:what|how) about|why not|what of|what else|who else)\b", re.IGNORECASE
)
_FURTHER = re.compile(
    r"\b(?:else|another|other|others|any more|too|as well|instead|next|afterwards?|later on)\b", re.IGNORECASE
)
_DEFINITE = re.compile(r"\bthe ((?:[a-z][\w-]+ )?[a-z][\w-]+)")
_SUBJECT_ASKED = re.compile(rf"^\W*(?:which|what) (?!{_AUXILIARY}\b)\w+\b(?! (?:did|do|does)\b)", re.IGNORECASE)
_WHO_ASKED = re.compile(rf"\bwho (?!{_AUXILIARY}\b)", re.IGNORECASE)
_PERSON_NOUN = re.compile(
    r"\b(?:the|an?|which|what|this)\s+(?:[\w-]+\s+){0,3}?[\w-]*(?:er|or|ist|ian|ident|man|woman|boy|girl|king|queen|"
    r"chief|secretary|star|coach|head|judge|pope)\b",
    re.IGNORECASE,
)
_THING = re.compile(r"\b(?:the|an?|which|some|many|two|three)\s+\w+", re.IGNORECASE)
_OPENING_CLAUSE = re.compile(r"(?:before|after|when|while|following|despite|in|since|with|at|on)\b", re.IGNORECASE)
_EARLIER_SENTENCE = re.compile(r"\w+\W+\w+\W+\w+[.!;]\s")


def lacks_something(question: str, said: Sequence[str]) -> bool:
    """Whether the question can only be understood after what was said before it."""
    if is_open(question):
        return True
    if names(question) or not _is_short(question):
        return False
    before = " ".join(said).lower()
    heads = [match.group(1).split()[-1] for match in _DEFINITE.finditer(question)]
    if heads and len(asking_words(question)) <= _TERSE:
        return True
    return any(re.search(rf"\b{re.escape(head)}", before) for head in heads)


def is_open(question: str) -> bool:
    """Whether it shows by itself that something must have gone before."""
    if open_pronoun(question, PERSONAL) or open_pronoun(question, IMPERSONAL):
        return True
    if LINKED.search(question) or (len(asking_words(question)) <= 2 and not names(question)):
        return True
    if _EARLIER_SENTENCE.search(question) or not _is_short(question):
        return False
    return bool(_POINTING.search(question)) or (bool(_FURTHER.search(question)) and not names(question))


def open_pronoun(question: str, pronouns: re.Pattern[str]) -> re.Match[str] | None:
    """The first pronoun that nothing in the question itself explains."""
    for match in pronouns.finditer(question):
        before = question[: match.start()]
        if match.group() == "IT" or _EMPTY_IT.match(question, match.start()):
            continue
        if _EARLIER_SENTENCE.search(before) or _named_later(question, match):
            continue
        if re.search(rf"\b{_AUXILIARY}\s+$", before, re.IGNORECASE) and not names(before):
            return match
        if match.group().lower() in ("it", "them") and not question[match.end() :].strip(" ?.!"):
            return match
        if match.group().lower() in ("him", "them") and _SUBJECT_ASKED.search(before):
            return match  # "what made him famous"
        if not _explained(before, personal=pronouns is PERSONAL):
            return match
    return None


def _explained(before: str, *, personal: bool) -> bool:
    if names(before) or _SUBJECT_ASKED.search(before):
        return True
    if personal:
        return bool(_WHO_ASKED.search(before) or _PERSON_NOUN.search(before))
    return bool(_THING.search(before))


def _named_later(question: str, pronoun: re.Match[str]) -> bool:
    """ "Before he won this week, how many times had Stenhouse …": a clause that opens the question."""
    comma = question.find(",", pronoun.end())
    return _OPENING_CLAUSE.match(question) is not None and comma > 0 and bool(names(question[comma:]))


def names(text: str) -> list[str]:
    """What is named in a text, by its capitals, each once, in order."""
    found: dict[str, None] = {}
    for match in _NAME.finditer(text):
        words = match.group().split()
        while words and _POSSESSIVE.sub("", words[0]).lower() in NO_NAMES:
            words = words[1:]
        opening = not text[: match.start()].rstrip(" “\"'‘(") or text[: match.start()].rstrip(" “\"'‘(")[-1] in ".!?:\n"
        if not words or (opening and len(words) == 1 and len(match.group().split()) == 1 and words[0].istitle()):
            continue
        found[_POSSESSIVE.sub("", " ".join(words))] = None
    return list(found)


def asking_words(question: str) -> list[str]:
    """The words that say what is asked; none, when there are none."""
    return [word for word in content_words(question) if word.lower() not in NO_NAMES | _EMPTY]


def _is_short(question: str) -> bool:
    """Whether it says too little to point at something of its own."""
    return len(asking_words(question)) <= _SHORT
