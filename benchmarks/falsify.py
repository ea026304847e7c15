"""Makes false sentences out of true ones, by one change each, and light rephrasings that stay true. Seeded, no model.

It knows nothing of how the verifier reads a sentence: its patterns are its own, so that both do not share a blind spot.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from corpus.text import is_boilerplate, sentences

# About 200 of the embedder's tokens, what a passage has.
_PASSAGE_WORDS = 150
_SHORTEST, _LONGEST = 8, 45  # words of a sentence


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence, the passages of its article, which of them it stands in, and the article's date."""

    sentence: str
    passages: tuple[str, ...]
    index: int
    published: str | None


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence to be checked; `kind` says what was done to it."""

    kind: str
    sentence: str
    source: Source


_NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve twenty thirty".split()  # noqa: SIM905
_MONTHS = (
    "January February March April June July August September October November December".split()  # noqa: SIM905
)
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()  # noqa: SIM905
_DIGITS = re.compile(r"(?<![\w.,:/-])\$?\d{1,3}(?:,\d{3})*(?:\.\d+)?(?=[%\s,.;)\-]|$)(?!,\d)")
_SPELLED = re.compile(rf"\b(?:{'|'.join(_NUMBER_WORDS)})\b")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MONTH_DAY = re.compile(rf"\b(?:{'|'.join(_MONTHS)}|May|Jan\.|Feb\.|Aug\.|Sept\.|Oct\.|Nov\.|Dec\.)\s+(\d{{1,2}})\b")
_NAMED_DATE = re.compile(rf"\b(?:{'|'.join(_MONTHS + _DAYS)})\b")
_NAME = re.compile(r"(?<=[a-z,] )(?:[A-Z][a-z]+(?:[A-Z][a-z]+)?)(?: [A-Z][a-z]+){0,2}\b")
_NO_NAMES = {
    *_MONTHS, *_DAYS, "May", "I", "Mr", "Mrs", "Ms", "Dr", "The", "A", "An", "He", "She", "It", "They", "We", "One",
    "Me", "More", "Dec", "Gov", "Sen", "Rep", "Father", "President", "Justice", "Press", "Office",
    "Authorities", "Officials", "St", "Will", "Good", "You",
}  # fmt: skip
_SAYS = r"(?:said|says|told|added|tweeted|wrote|stated|noted|warned|argued|explained|announced)"
_PERSON = r"[A-Z][a-z]+(?: [A-Z][a-z]+){0,2}"
_SPEAKER = re.compile(rf"\b(?P<before>{_PERSON}) {_SAYS}\b|\b{_SAYS} (?P<after>{_PERSON})\b")
_QUOTED = re.compile(r"“[^“”]*”|\"[^\"]*\"")
_AUXILIARY = re.compile(r"\b(is|was|are|were|will|would|could|should|has|have|had|can|did|does)\b(?! not|n[’'])")
_DROPPED = (
    (re.compile(r"\b(is|was|are|were|will|would|could|should|has|have|had|did|does) not\b"), r"\1"),
    (re.compile(r"\b(is|was|are|were|would|could|should|has|have|had|did|does)n[’']t\b"), r"\1"),
    (re.compile(r"\bcan(?:not|[’']t)\b"), "can"),
    (re.compile(r"\bwon[’']t\b"), "will"),
    (re.compile(r"\bnever\b"), "always"),
    (re.compile(r"\b(has|have) yet to\b"), r"\1 begun to"),
    (re.compile(r"\brefused to\b"), "agreed to"),
    (re.compile(r"\bdeclined to\b"), "agreed to"),
    (re.compile(r"\bfailed to\b"), "managed to"),
    (re.compile(r"\bdenied\b"), "confirmed"),
    (re.compile(r"\bno (?=[a-z])"), "some "),
    (re.compile(r"\bwithout\b"), "with"),
)  # fmt: skip


def sources(articles: Sequence[tuple[str, str | None]], rng: random.Random) -> Iterator[Source]:
    """Sentences of the articles (text, date) in random order, no more than six of each article."""
    drawn = list(articles)
    rng.shuffle(drawn)
    for text, published in drawn:
        spans = [span for span in sentences(text) if not is_boilerplate(text[span[0] : span[1]])]
        cut = list(_passages(text, spans))
        inside = [(text[a:b], number) for number, (_, _, mine) in enumerate(cut) for a, b in mine]
        passages = tuple(text[first:last] for first, last, _ in cut)
        fit = [(s, n) for s, n in inside if _SHORTEST <= len(s.split()) <= _LONGEST and re.search(r"[.!?][”\"]?$", s)]
        for sentence, number in rng.sample(fit, min(6, len(fit))):
            yield Source(sentence, passages, number, published)


def _passages(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, list[tuple[int, int]]]]:
    held: list[tuple[int, int]] = []
    words = 0
    for span in spans:
        count = len(text[span[0] : span[1]].split())
        if held and words + count > _PASSAGE_WORDS:
            yield held[0][0], held[-1][1], held
            held, words = [], 0
        held.append(span)
        words += count
    if held:
        yield held[0][0], held[-1][1], held


def evidence(source: Source, count: int) -> list[str]:
    """The sentence's own passage, and up to `count - 1` others of its article around it."""
    near = sorted(range(len(source.passages)), key=lambda index: abs(index - source.index))[:count]
    return [source.passages[index] for index in near]


# The changes. Each gives the changed sentence, or None where there is nothing to change.

Change = Callable[[Source, random.Random, Sequence[str]], str | None]


def _replace(text: str, match: re.Match[str], new: str, group: int | str = 0) -> str:
    return text[: match.start(group)] + new + text[match.end(group) :]


def number(source: Source, rng: random.Random, names: Sequence[str]) -> str | None:
    """Another number in place of one, written in the same way."""
    text = source.sentence
    dates = [m.span() for m in (*_YEAR.finditer(text), *_MONTH_DAY.finditer(text))]
    found = [m for m in _DIGITS.finditer(text) if not any(a <= m.start() < b for a, b in dates)]
    found += list(_SPELLED.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    old = match.group()
    if old in _NUMBER_WORDS:
        return _replace(text, match, rng.choice([word for word in _NUMBER_WORDS if word != old]))
    there = [
        m.group() for m in _DIGITS.finditer(source.passages[source.index]) if m.group().strip("$") != old.strip("$")
    ]
    if there and rng.random() < 0.25:
        new = rng.choice(there).strip("$")
        return _replace(text, match, ("$" if old[0] == "$" else "") + new)
    digits = [i for i, c in enumerate(old) if c.isdigit()]
    at = rng.choice(digits)
    choices = [d for d in "123456789" if d != old[at]]
    return _replace(text, match, old[:at] + rng.choice(choices) + old[at + 1 :])


def date(source: Source, rng: random.Random, names: Sequence[str]) -> str | None:
    """Another year, month, day of the month or of the week."""
    text = source.sentence
    found = [*_YEAR.finditer(text), *_NAMED_DATE.finditer(text), *_MONTH_DAY.finditer(text)]
    if not found:
        return None
    match = rng.choice(found)
    old = match.group()
    if match.re is _YEAR:
        return _replace(text, match, str(int(old) + rng.choice([-10, -3, -2, -1, 1, 2, 3, 10])))
    if match.re is _MONTH_DAY:
        return _replace(text, match, str(rng.choice([d for d in range(1, 29) if str(d) != match[1]])), 1)
    return _replace(text, match, rng.choice([each for each in (_DAYS if old in _DAYS else _MONTHS) if each != old]))


def _names(text: str) -> list[str]:
    return [n for n in (m.group() for m in _NAME.finditer(text)) if not set(n.split()) & _NO_NAMES]


def name(source: Source, rng: random.Random, names: Sequence[str]) -> str | None:
    """Another name in place of one: half of the time of the same article, else of any."""
    text = source.sentence
    quoted = [m.span() for m in _QUOTED.finditer(text)]
    found = [m for m in _NAME.finditer(text) if not set(m.group().split()) & _NO_NAMES]
    found = [m for m in found if not any(a <= m.start() < b for a, b in quoted)]
    if not found:
        return None
    match = rng.choice(found)
    own = [n for n in _names(" ".join(source.passages)) if not set(n.split()) & set(match.group().split())]
    new = rng.choice(own if own and rng.random() < 0.5 else names)
    return None if set(new.split()) & set(match.group().split()) else _replace(text, match, new)


def quotation(source: Source, rng: random.Random, names: Sequence[str]) -> str | None:
    """One word inside the quotation marks changed or left out."""
    text = source.sentence
    found = [m for m in _QUOTED.finditer(text) if len(m.group().split()) >= 4]
    if not found or text.count('"') % 2:
        return None
    match = rng.choice(found)
    words = [m for m in re.finditer(r"\b[a-z]{4,}\b", text) if match.start() < m.start() < match.end()]
    if not words:
        return None
    word = rng.choice(words)
    others = [w for w in re.findall(r"\b[a-z]{4,}\b", " ".join(source.passages)) if w != word.group()]
    # Left out at its edge, the rest is still a quotation.
    inner = re.match(r" \w", text[word.end() :]) and text[word.start() - 1] == " "
    if inner and rng.random() < 0.3:
        return text[: word.start()].rstrip() + text[word.end() :]
    return _replace(text, word, rng.choice(others))


def negation(source: Source, rng: random.Random, names: Sequence[str]) -> str | None:
    """A denial put in or taken out."""
    text = source.sentence
    dropped = [pattern.sub(new, text, count=1) for pattern, new in _DROPPED if pattern.search(text)]
    if dropped:
        return rng.choice(dropped)
    found = list(_AUXILIARY.finditer(text))
    if found:
        match = rng.choice(found)
        return _replace(text, match, f"{match[1]} not" if match[1] != "can" or rng.random() < 0.5 else "cannot")
    said = re.search(rf"\b{_SAYS}\b", text)
    return _replace(text, said, "denied") if said else None


def speaker(source: Source, rng: random.Random, names: Sequence[str]) -> str | None:
    """What one has said put into another's mouth, of the same article where there is another."""
    text = source.sentence
    found = [(m, group) for m in _SPEAKER.finditer(text) for group in ("before", "after") if m[group]]
    found = [(m, group) for m, group in found if not set(m[group].split()) & _NO_NAMES]
    if not found:
        return None
    match, group = rng.choice(found)
    said = set(match[group].split())
    people = [m["before"] or m["after"] for m in _SPEAKER.finditer(" ".join(source.passages))]
    others = [p for p in people if not set(p.split()) & (said | _NO_NAMES)]
    others = others or [n for n in _names(" ".join(source.passages)) if not set(n.split()) & said]
    return _replace(text, match, rng.choice(others), group) if others else None


# What stays true

_SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_REPHRASED: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r",” " + rf"(?:{_PERSON}|he|she) {_SAYS}\.$"), lambda m: ".”"),
    (re.compile(rf", (?:{_PERSON}|he|she|officials|police|authorities) said\.$"), lambda m: "."),
    (re.compile(rf", according to (?:the )?(?:{_PERSON}|[a-z ]+)\.$"), lambda m: "."),
    (re.compile(r", (?:which|who) [^,“”\"]+,(?= [a-z])"), lambda m: ""),
    (re.compile(r", (?:while|although|as|after|when) [^“”\"]+(?=\.$)"), lambda m: ""),
    (re.compile(r"(?<=\d)%"), lambda m: " percent"),
    (re.compile(r"(?<=\d) percent\b"), lambda m: "%"),
    (re.compile(r"\b(did|was|is|were|has|have|had|does|would|could)n[’']t\b"), lambda m: f"{m[1]} not"),
    (re.compile(r"(?<= )(?:three|four|five|six|seven|eight|nine|ten)(?= [a-z])"), lambda m: str(_SMALL.index(m[0]))),
    (re.compile(r"(?<=[a-z] )(?:[3-9]|1[0-2])(?= [a-z]+s\b)"), lambda m: _SMALL[int(m[0])]),
    (re.compile(r"(?<=\$)([\d.]+) (million|billion)\b"), lambda m: m[1] + {"million": "m", "billion": "bn"}[m[2]]),
    (re.compile(r"(?<=\d),(?=\d{3}\b)"), lambda m: ""),
    (re.compile(r"^(?:But|And|So|Still|However|Meanwhile|Also),? ([a-z])"), lambda m: m[1].upper()),
    (re.compile(r"[“”]"), lambda m: '"'),
    (re.compile(r"[’]"), lambda m: "'"),
    (re.compile(rf"\b(?:President|Sen\.|Rep\.|Gov\.|Dr\.|Mr\.|Prime Minister) (?={_PERSON})"), lambda m: ""),
    (re.compile(rf"(?<= )on (?:{'|'.join(_DAYS)}) "), lambda m: ""),
)


def rephrased(source: Source, rng: random.Random, names: Sequence[str]) -> str | None:
    """The same said a little otherwise: shorter, or its figures written otherwise."""
    text = source.sentence
    fitting = [(pattern, new) for pattern, new in _REPHRASED if pattern.search(text)]
    for pattern, new in rng.sample(fitting, min(2, len(fitting))):
        text = pattern.sub(partial(_unless_quoted, text, new), text)
    return text if len(text.split()) >= 6 and text != source.sentence else None


def _unless_quoted(text: str, new: Callable[[re.Match[str]], str], match: re.Match[str]) -> str:
    """The new words, but inside quotation marks what stands there: a quotation has no other wording."""
    inside = any(m.start() < match.start() and match.end() < m.end() for m in _QUOTED.finditer(text))
    return match.group() if inside else new(match)


def verbatim(source: Source, rng: random.Random, names: Sequence[str]) -> str | None:
    """The sentence itself."""
    return source.sentence


CHANGES: dict[str, Change] = {
    "number": number,
    "date": date,
    "name": name,
    "quotation": quotation,
    "negation": negation,
    "speaker": speaker,
}
TRUE: dict[str, Change] = {"verbatim": verbatim, "rephrased": rephrased}


def cases(articles: Sequence[tuple[str, str | None]], count: int, seed: int) -> Iterator[Case]:
    """`count` cases of each kind (fewer when the articles are used up), from sentences drawn anew for each kind."""
    names = sorted({n for text, _ in articles[:300] for n in _names(text)})
    for kind, change in (CHANGES | TRUE).items():
        rng = random.Random(f"{seed} {kind}")
        made = 0
        for source in sources(articles, rng):
            sentence = change(source, rng, names)
            if sentence is None or (kind in CHANGES and sentence == source.sentence):
                continue
            yield Case(kind, sentence, source)
            made += 1
            if made == count:
                break
