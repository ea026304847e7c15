"""Words in quotation marks: they stand in the evidence letter for letter, and whoever is said to have said them did."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.verification.checks import Finding
from assistant.verification.items import Item, Said, fold, items, stem

_QUOTED = re.compile(r"“([^“”]*)”|\"([^\"]*)\"|«([^«»]*)»|(?<!\w)‘([^‘]*?)’(?!\w)|(?<!\w)'([^']{8,}?)'(?!\w)")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_GAP = re.compile(r"…|\.\.\.|\[[^\]]*\]|\([^)]*\)")
_SAYING = frozenset(
    stem(word)
    for word in """
    said says say told tells added stated states wrote writes tweeted noted notes argued argues warned warns explained
    explains announced insisted insists claimed claims replied recalled continued testified according asked described
    quipped joked remarked declared admitted acknowledged suggested observed concluded commented posted reported
    stressed
    """.split()  # noqa: SIM905
)
_PRONOUNS = frozenset({"he", "she", "they", "it"})
_NEAR = 4  # items between who speaks and the verb


def quotations(sentence: str) -> list[tuple[int, int]]:
    """The spans inside quotation marks; marks that never open or never close reach to the sentence's edge."""
    found = [match.span() for match in _QUOTED.finditer(sentence)]
    rest = list(sentence)
    for start, end in found:
        rest[start:end] = " " * (end - start)
    left = "".join(rest)
    opening, closing = re.search(r"“|(?:^|\s)\"(?=\w)", left), re.search(r"”|(?<=[\w.,!?])\"(?:\s|$)", left)
    if closing and (not opening or closing.start() < opening.start()):
        found.append((0, closing.end()))
    elif opening:
        found.append((opening.start(), len(sentence)))
    return found


def _words(text: str) -> str:
    """Its words alone, so that punctuation, spaces and the kind of quotation mark do not matter."""
    return f" {' '.join(_WORD.findall(text.replace('’', chr(39)).casefold()))} "


def unquoted(sentence: str, evidence: Sequence[str]) -> Iterator[Finding]:
    """Quotations that do not stand in any of the texts."""
    spans = quotations(sentence)
    if not spans:
        return
    texts = [_words(text) for text in evidence]
    # “I go,” he said, “and come”: what is quoted in pieces may be quoted as one.
    streams = [_words(" ".join(text[a:b] for a, b in _all_quoted(text))) for text in evidence]
    for start, end in spans:
        for piece in _GAP.split(sentence[start:end]):
            words = _words(piece)
            if words.strip() and not any(words in text for text in [*texts, *streams]):
                grave = any(len(word) > 3 and word.islower() for word in piece.split())  # else it is a title, a name
                yield Finding(
                    f"“{piece.strip(' “”«».,' + chr(34))}” does not stand in the cited text letter for letter", grave
                )
                break


def _all_quoted(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _QUOTED.finditer(text)]


def misattributed(
    sentence: str, said: Sequence[Item], texts: Sequence[tuple[str, Sequence[Said]]]
) -> Iterator[Finding]:
    """Quotations that the evidence has another say."""
    spans = quotations(sentence)
    speaker = _speaker(said, spans)
    if not speaker:
        return
    for start, end in spans:
        words = _words(sentence[start:end])
        if len(words.split()) < 3:
            continue
        for text, sentences in texts:
            others = _speakers_of(words, text, sentences)
            if others is not None:
                if others and not {item.key for item in speaker} & {item.key for item in others}:
                    name = " ".join(item.text for item in others[:3])
                    yield Finding(f"in the cited text {name} says “{sentence[start:end].strip('“”')}”")
                break


def _speaker(said: Sequence[Item], spans: Sequence[tuple[int, int]]) -> list[Item]:
    """The name next to a verb of saying, outside quotation marks; empty when there is none."""
    outside = [item for item in said if not any(start <= item.start < end for start, end in spans)]
    verbs = [index for index, item in enumerate(outside) if item.key in _SAYING]
    for verb in verbs:
        places = sorted(range(len(outside)), key=lambda index: abs(index - verb))
        nearest = next((i for i in places if outside[i].name and abs(i - verb) <= _NEAR), None)
        if nearest is not None:
            return _whole(outside, nearest)
    return []


def _whole(said: Sequence[Item], index: int) -> list[Item]:
    first = last = index
    while first > 0 and said[first - 1].name:
        first -= 1
    while last + 1 < len(said) and said[last + 1].name:
        last += 1
    return list(said[first : last + 1])


def _speakers_of(words: str, text: str, sentences: Sequence[Said]) -> list[Item] | None:
    """Who may have said the words in this text: None when they are not there, empty when it cannot be told."""
    for number, said in enumerate(sentences):
        if words not in _words(text[said.start : said.end]):
            continue
        spans = [(said.start + a, said.start + b) for a, b in quotations(text[said.start : said.end])]
        named = _speaker(said.items, spans)
        if named:
            return named
        outside = [item for item in said.items if not any(a <= item.start < b for a, b in spans)]
        if any(fold(item.text) in _PRONOUNS for item in outside):
            return [item for each in sentences[max(0, number - 3) : number + 1] for item in each.items if item.name]
        return []
    return None


def outside(sentence: str) -> list[Item]:
    """The items of a sentence that no quotation marks hold."""
    spans = quotations(sentence)
    return [item for item in items(sentence) if not any(start <= item.start < end for start, end in spans)]
