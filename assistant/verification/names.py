"""Names of a claim: they are in the evidence or the question, and stand in the right place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.verification.alignment import Alignment, is_alias, related, same
from assistant.verification.checks import Finding, Ground, together
from assistant.verification.items import Item, Said

_PRONOUNS = frozenset(
    {"he", "she", "they", "it", "his", "her", "their", "its", "him", "them", "i", "we", "my", "our", "who", "this"}
)


def names(aligned: Alignment, ground: Ground) -> Iterator[Finding]:
    """Names that are nowhere, or stand where the evidence has another's."""
    known = _Known.of(ground)
    for group in _groups(aligned.claim, known):
        whole = " ".join(aligned.claim[i].text for i in group)
        if "".join(aligned.claim[i].text[0] for i in group).lower() in known.acronyms:
            continue
        for index in group:
            item = aligned.claim[index]
            other = _other_name(aligned, group, index, known)
            if not known.has(item):
                if item.surely or other:
                    instead = f"; it says {other}" if other else ""
                    lacking = item.text if known.has(aligned.claim[group[-1]]) else whole
                    yield Finding(f"{lacking} is not in the cited text{instead}")
                    break
            elif other:
                grave = ground.firm or aligned.tight(index, aligned.slot(index))
                yield Finding(f"the cited text says this of {other}, not of {whole}", grave)
                break


def nothing_told(aligned: Alignment) -> Iterator[Finding]:
    """A claim of which the evidence has the names alone: it speaks of the same, and says something else."""
    telling = [i for i, item in enumerate(aligned.claim) if item.telling]
    valued = any(i in aligned.pairs and aligned.claim[i].kind != "word" for i in range(len(aligned.claim)))
    if telling and not valued and not any(i in aligned.pairs for i in telling):
        said = " ".join(aligned.claim[i].text for i in telling[:3])
        yield Finding(f"the cited text names whom it is about, but says nothing of “{said}”")


def absent(aligned: Alignment, ground: Ground) -> Iterator[Finding]:
    """A claim whose subject is not in the stretch that says the rest, and no pronoun stands for it there."""
    first = next((i for i, item in enumerate(aligned.claim) if item.content), None)
    if first is None or not aligned.claim[first].name or ground.firm:
        return
    subject = [i for i in range(first, len(aligned.claim)) if all(each.name for each in aligned.claim[first : i + 1])]
    asked = {item.key for item in ground.question}
    if any(i in aligned.pairs or aligned.claim[i].key in asked for i in subject):
        return
    if not any(item.text.lower() in _PRONOUNS for item in aligned.evidence):
        whole = " ".join(aligned.claim[i].text for i in subject)
        yield Finding(f"the cited text does not say this of {whole}")


@dataclass(frozen=True, slots=True)
class _Known:
    """The words of the evidence and the question, which of them are names, and which are acronyms."""

    keys: frozenset[str]
    names: frozenset[str]
    acronyms: frozenset[str]
    sentences: Sequence[Said]

    @classmethod
    def of(cls, ground: Ground) -> _Known:
        words = [item for said in ground.sentences for item in said.items if item.kind == "word"] + list(
            ground.question
        )
        surely = frozenset(item.key for item in words if item.surely)
        capitals = {item.text.replace(".", "") for item in words if item.surely}
        acronyms = frozenset(each.lower() for each in capitals if len(each) > 1 and each.isupper())
        return cls(frozenset(item.key for item in words), surely, acronyms, ground.sentences)

    def has(self, item: Item) -> bool:
        if item.key in self.keys or any(related(item.key, key) or is_alias(item.key, key) for key in self.keys):
            return True
        return item.text.isupper() and item.key in _acronyms(self.sentences)

    def is_name(self, item: Item) -> bool:
        """A word that opens a sentence is a name when it stands with a capital elsewhere too."""
        return item.name or (item.text[:1].isupper() and item.content and item.key in self.names)


def _groups(claim: Sequence[Item], known: _Known) -> Iterator[list[int]]:
    group: list[int] = []
    for index, item in enumerate(claim):
        name = known.is_name(item)
        if group and not (name and item.clause == claim[group[-1]].clause and group[-1] == index - 1):
            yield group
            group = []
        if name:
            group.append(index)
    if group:
        yield group


def _acronyms(sentences: Sequence[Said]) -> set[str]:
    """The initials of every two to five words in a row of which the first and the last are capitalised."""
    found = set()
    for sentence in sentences:
        words = [item.text for item in sentence.items if item.kind == "word"]
        for first, word in enumerate(words):
            if word[0].isupper():
                capitals = [each for each in words[first : first + 6] if each[0].isupper()]
                found |= {"".join(each[0] for each in capitals[:n]).lower() for n in range(2, len(capitals) + 1)}
    return found


def _other_name(aligned: Alignment, group: Sequence[int], index: int, known: _Known) -> str:
    """The name that the evidence has where the claim has this one, or nothing."""
    at = aligned.pairs.get(index)
    if at is not None and (index not in aligned.moved or together(aligned, group, at)):
        return _subject(aligned, group)
    held = [i for i in group if i in aligned.pairs and i not in aligned.moved]
    if held:
        # "Scott Walker" where the evidence has "Herschel Walker".
        beside = aligned.pairs[held[0]] - 1 if index < held[0] else aligned.pairs[held[-1]] + 1
        used = set(aligned.pairs.values())
        near = [aligned.evidence[beside]] if 0 <= beside < len(aligned.evidence) and beside not in used else []
        slot = [each for each in near if each.clause == aligned.evidence[aligned.pairs[held[0]]].clause]
    else:
        slot = aligned.slot(index)
    article = group[0] > 0 and aligned.claim[group[0] - 1].text.lower() == "the"
    others = [each for each in slot if known.is_name(each)]
    others = [each for each in others if not any(same(aligned.claim[i], each) for i in group)]
    others = [each for each in others if not any(is_alias(aligned.claim[i].key, each.key) for i in group)]
    others = [each for each in others if article or not _described(aligned.evidence, each)]
    if "".join(each.text[0] for each in slot if each.text[0].isupper()).lower() == aligned.claim[index].key:
        return ""  # WTO where the evidence writes it out
    return " ".join(each.text for each in others[:3])


def _described(evidence: Sequence[Item], name: Item) -> bool:
    """ "The Spaniard", "the American": who is described so has a name elsewhere."""
    at = next(index for index, item in enumerate(evidence) if item is name)
    alone = at + 1 == len(evidence) or not evidence[at + 1].name
    return alone and at > 0 and evidence[at - 1].text.lower() == "the"


def _subject(aligned: Alignment, group: Sequence[int]) -> str:
    """Another name that stands in this one's place beside what the claim says of it, in a clause or sentence apart."""
    if group[-1] not in aligned.pairs or group[0] not in aligned.pairs:
        return ""
    used = set(aligned.pairs.values())
    mine, verb = aligned.pairs[group[-1]], _told_of(aligned, range(group[-1] + 1, group[-1] + 4))
    if verb is not None:
        before = [at for at in range(mine + 1, verb) if aligned.evidence[at].clause == aligned.evidence[verb].clause]
        before = [at for at in before if aligned.evidence[at].sentence == aligned.evidence[verb].sentence]
        if any(aligned.evidence[at].text.lower() in _PRONOUNS for at in before):
            return ""
        rivals = [aligned.evidence[at] for at in before[-4:] if aligned.evidence[at].name and at not in used]
        if rivals and _place(rivals[0]) != _place(aligned.evidence[mine]):
            return " ".join(each.text for each in rivals)
    mine, verb = aligned.pairs[group[0]], _told_of(aligned, range(group[0] - 1, group[0] - 4, -1))
    if verb is not None and aligned.evidence[verb].sentence != aligned.evidence[mine].sentence:
        after = range(verb + 1, min(verb + 6, mine))
        rivals = [aligned.evidence[at] for at in after if aligned.evidence[at].name and at not in used]
        return " ".join(each.text for each in rivals if each.sentence == aligned.evidence[verb].sentence)
    return ""


def _place(item: Item) -> tuple[int, int]:
    return item.sentence, item.clause


def _told_of(aligned: Alignment, indices: range) -> int | None:
    """Where the evidence has the first of these words that tells something, or that stands in another sentence."""
    inside = [i for i in indices if i in aligned.pairs and i not in aligned.moved and not aligned.claim[i].name]
    telling = next((aligned.pairs[i] for i in inside if aligned.claim[i].telling), None)
    if telling is not None or not inside:
        return telling
    first = aligned.evidence[aligned.pairs[inside[0]]].sentence
    return next((aligned.pairs[i] for i in inside if aligned.evidence[aligned.pairs[i]].sentence != first), None)
