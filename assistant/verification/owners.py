"""Whose something is: "Japan's talks" are not borne out by a text that speaks of "US tariff talks" alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from assistant.verification.alignment import Alignment, is_alias, same
from assistant.verification.checks import Finding, Ground
from assistant.verification.items import Item

# Words between an owner and what is owned: "Japan's trade talks", "US tariff relief talks".
_NEAR = 3
_JOINING = frozenset({"of", "by", "with", "in", "from", "for", "between", "at", "to"})


def owners(aligned: Alignment, ground: Ground) -> Iterator[Finding]:
    """What the claim gives to one name and the evidence only ever to others."""
    claim = aligned.claim
    for index, owner in enumerate(claim):
        head = _head(claim, index) if owner.name and owner.owns else None
        if head is None or head not in aligned.pairs:
            continue
        if any(_is(owner, other) for said in ground.sentences for other in _owners_of(claim[head], said.items)):
            continue
        rivals = _owners(aligned.evidence, aligned.pairs[head])
        rivals = [rival for rival in rivals if not any(_is(rival, item) for item in claim)]
        if rivals:
            yield Finding(f"the cited text says this of {rivals[0].text}, not of {owner.text}")


def _head(claim: Sequence[Item], owner: int) -> int | None:
    """The last word of what is owned: "talks" of "Japan's trade talks"; None where that is itself named."""
    last = owner
    for at in range(owner + 1, min(owner + 1 + _NEAR, len(claim))):
        if not claim[at].telling or claim[at].clause != claim[owner].clause:
            break
        last = at
    following = claim[last + 1] if last + 1 < len(claim) else None
    if last == owner or (following is not None and following.name and following.clause == claim[owner].clause):
        return None
    return last


def _owners_of(owned: Item, items: Sequence[Item]) -> list[Item]:
    places = [at for at, item in enumerate(items) if item.kind == "word" and same(owned, item)]
    return [owner for at in places for owner in _owners(items, at)]


def _owners(items: Sequence[Item], at: int) -> list[Item]:
    """The names that stand with a word: before it with nothing but words of content between, or joined behind it."""
    place = items[at].sentence, items[at].clause
    before = items[max(0, at - 1 - _NEAR) : at][::-1]
    joined = takewhile(lambda item: item.content and (item.sentence, item.clause) == place, before)
    found = [item for item in joined if item.name]
    behind = [item for item in items[at + 1 : at + 2 + _NEAR] if (item.sentence, item.clause) == place]
    if behind and behind[0].text.lower() in _JOINING:
        found += [item for item in behind if item.name]
    return found


def _is(one: Item, other: Item) -> bool:
    return same(one, other) or is_alias(one.key, other.key)
