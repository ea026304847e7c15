"""When two texts say the same answer: the strict measure of SQuAD, and a sensible one for figures and names."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

_TYPOGRAPHY = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
_PUNCTUATION = re.compile(r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]")
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")

_ABBREVIATION = re.compile(r"\b(?:[a-z]\.){2,}")
_PERCENT = re.compile(r"(?<=\d)\s*(?:%|per\s?cent\b|pct\b)")
_MONEY = re.compile(r"(?:us)?([$£€])\s*(\d[\d,.]*\d|\d)(m\b)?((?:[\s-](?:thousand|million|billion|trillion)|bn|tn)\b)?")
_CURRENCY = {"$": "dollars", "£": "pounds", "€": "euros"}
_FIGURE = re.compile(r"(\d+(?:,\d{3})+(?!\d)|\d+)(\.\d+)?(?:[\s-]?(thousand|million|billion|trillion|bn|tn)\b)?")
_SCALE = {"": 0, "thousand": 3, "million": 6, "billion": 9, "bn": 9, "trillion": 12, "tn": 12}
_TOKEN = re.compile(r"\d+(?:\.\d+)?|%|[^\W\d_]+")
_PLURAL_CURRENCY = {"dollar": "dollars", "pound": "pounds", "euro": "euros"}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DIGIT = re.compile(r"\d")
_NAME = re.compile(r"[^\W\d_]\S*[^\W\d_]|[^\W\d_]\.?")
# Names whose last word alone says little or something else: places, teams, institutions, works.
_NOT_A_PERSON = _words(
    "new north south east west northern southern eastern western los las san santa saint st el la le united great "
    "the of and for supreme white black red high federal national world central general state royal first second "
    "bill act day games game cup bowl league university college court house street island islands"
)
_TITLES = _words(
    "mr mrs ms miss dr sir dame lord lady king queen prince princess pope president chancellor premier minister "
    "secretary senator congressman congresswoman representative governor mayor judge justice professor general "
    "colonel captain pm ceo and or but by with when while as"
)


def normalise(text: str) -> str:
    """SQuAD's normalisation: lower case, no punctuation, no articles, single spaces. Source: the evaluation script of
    Rajpurkar et al. 2016 (arXiv:1606.05250); here curly quotes and dashes count as the ASCII ones they stand for.
    """
    text = unicodedata.normalize("NFKC", text.translate(_TYPOGRAPHY)).lower()
    return " ".join(_ARTICLES.sub(" ", _PUNCTUATION.sub("", text)).split())


def exact_match(text: str, answers: Sequence[str]) -> bool:
    """Whether `text` is one of `answers`, word for word after `normalise` (Rajpurkar et al. 2016)."""
    return normalise(text) in {normalise(answer) for answer in answers}


def token_f1(text: str, answers: Sequence[str]) -> float:
    """The best F1 (0 to 1) of shared words between `text` and an answer (Rajpurkar et al. 2016)."""
    return max((_f1(normalise(text).split(), normalise(answer).split()) for answer in answers), default=0.0)


def _f1(said: list[str], expected: list[str]) -> float:
    shared = (Counter(said) & Counter(expected)).total()
    return 2 * shared / (len(said) + len(expected)) if shared else 0.0


def holds_strictly(text: str, answers: Iterable[str]) -> bool:
    """Whether the words of an answer stand together in `text`, whole and in order, after `normalise`."""
    words = normalise(text).split()
    return any(_stands_in(normalise(answer).split(), words) for answer in answers)


def holds(text: str, answers: Sequence[str]) -> bool:
    """Whether `text` holds an answer as a reader would see it: as `holds_strictly`, but figures count as what they say
    (6.2% is 6.2 percent, $5m is 5 million dollars, 25% is not 25), and a person's full name is held by the surname
    where it stands as a name of its own: not part of another name, not in lower case.
    """
    words = canonical(text)
    return any(
        _stands_in(canonical(answer), words)
        or _surname_stands_in(answer, text)
        # Without its punctuation 6.2% is 62 and 25% is 25: figures are compared above, and only there.
        or (not _DIGIT.search(answer) and holds_strictly(text, [answer]))
        for answer in answers
    )


def canonical(text: str) -> list[str]:
    """Words and figures in one spelling: `1.2bn`, `1.2 billion` and `1,200,000,000` are one token, `percent` is `%`."""
    text = unicodedata.normalize("NFKC", text.translate(_TYPOGRAPHY)).lower()
    text = _ABBREVIATION.sub(lambda match: match[0].replace(".", ""), text)
    text = _MONEY.sub(lambda m: f"{m[2]}{' million' if m[3] else m[4] or ''} {_CURRENCY[m[1]]}", text)
    text = _PERCENT.sub(" % ", _FIGURE.sub(_plain_figure, text))
    tokens = _TOKEN.findall(_ARTICLES.sub(" ", text))
    return [_PLURAL_CURRENCY.get(token, token) for token in tokens]


def _plain_figure(match: re.Match[str]) -> str:
    whole, decimals = match[1].replace(",", ""), (match[2] or "")[1:]
    shift = _SCALE[match[3] or ""]
    decimals = decimals.ljust(shift, "0")
    whole, decimals = (whole + decimals[:shift]).lstrip("0") or "0", decimals[shift:].rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


def _stands_in(part: list[str], words: list[str]) -> bool:
    if not part:
        return False
    return any(words[i : i + len(part)] == part for i in range(len(words) - len(part) + 1))


def _surname_stands_in(answer: str, text: str) -> bool:
    names = answer.translate(_TYPOGRAPHY).split()
    if not _is_person_like(names):
        return False
    own = _TITLES.union(name.lower() for name in names[:-1])
    text = text.translate(_TYPOGRAPHY)
    for match in re.finditer(rf"\b{re.escape(names[-1])}\b", text):
        before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 2]
        if not _is_part_of_another_name(before, after, own):
            return True
    return False


def _is_part_of_another_name(before: str, after: str, own: frozenset[str]) -> bool:
    """`North Korea` and `Korea Times` are no `Korea`; `Mr Sunak`, `Sunak's` and `he said. Sunak` are `Sunak`."""
    if before.endswith("-") or after.startswith("-") or (after[:1].isspace() and after[1:2].isupper()):
        return True
    if not before.strip() or not before[-1].isspace():
        return False
    previous = before.split()[-1]
    return previous[0].isupper() and previous[-1] not in ".,:;!?" and previous.lower() not in own


def _is_person_like(names: list[str]) -> bool:
    if not 2 <= len(names) <= 3 or len(names[-1]) < 3:
        return False
    return all(
        _NAME.fullmatch(name) and name[0].isupper() and not name.isupper() and name.lower() not in _NOT_A_PERSON
        for name in names
    )
