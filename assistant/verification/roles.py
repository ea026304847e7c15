"""Who did it: names that stand in the cited text, but in another part than the claim gives them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.verification.alignment import Alignment, is_alias, same
from assistant.verification.checks import Finding
from assistant.verification.items import Item

# Items between a subject and what is told of it.
_NEAR = 3
_BE = frozenset({"is", "are", "was", "were", "be", "been", "being", "am", "s", "re"})
_SAY = frozenset({"said", "says", "say", "saying", "told"})
_PRONOUNS = frozenset({"he", "she", "they", "it", "who", "which", "that", "we", "i"})


def exchanged(aligned: Alignment) -> Iterator[Finding]:
    """Two names that have changed places around a word: who beat whom."""
    for index, item in enumerate(aligned.claim):
        if not item.telling or index not in aligned.pairs:
            continue
        left = next((i for i in range(index - 1, max(-1, index - 4), -1) if aligned.claim[i].name), None)
        right = next((i for i in range(index + 1, min(index + 5, len(aligned.claim))) if aligned.claim[i].name), None)
        if left is None or right is None or left not in aligned.pairs or right not in aligned.pairs:
            continue
        before, at, after = aligned.pairs[right], aligned.pairs[index], aligned.pairs[left]
        passive = _passive(aligned.claim, index) != _passive(aligned.evidence, at)
        if at - 4 <= before < at < after <= at + 4 and not passive:
            names = aligned.claim[left].text, aligned.claim[right].text
            yield Finding(f"the cited text has {names[0]} and {names[1]} the other way round")


def usurped(aligned: Alignment) -> Iterator[Finding]:
    """A claim whose subject is not the subject of what is told: another name is, that the claim leaves out."""
    claim, evidence = aligned.claim, aligned.evidence
    subject = _opening(claim)
    verb = _told(claim, subject)
    if verb is None or verb not in aligned.pairs or _passive(claim, verb):
        return
    at = aligned.pairs[verb]
    before = [place for i in subject if (place := aligned.pairs.get(i)) is not None and place < at]
    if before or _passive(evidence, at):
        return
    clause = [
        item for item in evidence[:at] if (item.sentence, item.clause) == (evidence[at].sentence, evidence[at].clause)
    ]
    other = [clause[i] for i in _opening(clause)]
    if not other or any(item.text.lower() in _PRONOUNS for item in clause):
        return
    beside = clause[len(_opening(clause)) :][:1]
    described = bool(beside) and beside[0].kind == "word" and not beside[0].telling and beside[0].content
    if not described and not any(_is(mine, item) for mine in other for item in claim):
        yield Finding(
            f"the cited text says this of {' '.join(item.text for item in other)}, "
            f"not of {' '.join(claim[i].text for i in subject)}"
        )


def _opening(items: Sequence[Item]) -> list[int]:
    """The names that a sentence or clause opens with."""
    found: list[int] = []
    for index, item in enumerate(items):
        if item.name:
            found.append(index)
        elif found or item.content:
            break
    return found


def _told(claim: Sequence[Item], subject: Sequence[int]) -> int | None:
    """The first word that tells something, right behind the subject; none where it is told passively, or as said."""
    if not subject:
        return None
    for index in range(subject[-1] + 1, min(subject[-1] + 2 + _NEAR, len(claim))):
        item = claim[index]
        if item.name or item.denies or item.kind != "word" or item.clause != claim[subject[-1]].clause:
            return None
        if item.text.lower() in _BE | _SAY:
            return None
        if item.telling:
            return index
    return None


def _passive(items: Sequence[Item], index: int) -> bool:
    return any(item.text.lower() == "by" for item in items[index + 1 : index + 3])


def _is(one: Item, other: Item) -> bool:
    return same(one, other) or is_alias(one.key, other.key)
