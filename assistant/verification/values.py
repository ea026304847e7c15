"""Numbers and dates of a claim: they are in the evidence, and belong to the same thing there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from assistant.verification.alignment import Alignment, same
from assistant.verification.checks import AROUND, Finding, Ground, together
from assistant.verification.items import Item


def values(aligned: Alignment, ground: Ground) -> Iterator[Finding]:
    """Numbers and dates that are not there, or belong to something else there."""
    for index, item in enumerate(aligned.claim):
        if item.kind == "word":
            continue
        others = [each for each in aligned.slot(index) if _comparable(each, item)]
        at = aligned.pairs.get(index)
        if at is not None and index not in aligned.moved:
            nearer = _nearer(aligned, index, at)
            if nearer:
                reason = f"{item.text} belongs to something else in the cited text; here it says {nearer.text}"
                yield Finding(reason, ground.firm)
        elif at is not None and together(aligned, [index], at):
            continue
        elif others and (ground.firm or aligned.tight(index, others)):
            grave = any(_contradicts(item, each, ground.published) for each in others)
            yield Finding(f"{item.text} is not in the cited text; it says {_listed(others)}", grave)
        elif not _elsewhere(aligned, index, ground) and not (item.quantity and item.quantity.weak):
            if any(same(item, each, ground.published) for said in ground.sentences for each in said.values):
                yield Finding(f"{item.text} belongs to something else in the cited text", ground.firm)
                continue
            said = [each for each in aligned.evidence if _comparable(each, item)]
            yield Finding(f"{item.text} is not in the cited text; it says {_listed(said) or 'no such ' + item.kind}")


def _comparable(one: Item, other: Item) -> bool:
    if one.quantity and other.quantity:
        money = {one.quantity.kind, other.quantity.kind} == {"money", "plain"}
        return money or one.quantity.kind == other.quantity.kind
    return one.date is not None and other.date is not None


def _contradicts(claimed: Item, said: Item, published: date | None) -> bool:
    if claimed.date and said.date:
        return claimed.date.contradicts(said.date, published)
    return True


def _listed(said: Sequence[Item]) -> str:
    return ", ".join(dict.fromkeys(each.text for each in said[:3]))


def _nearer(aligned: Alignment, index: int, at: int) -> Item | None:
    """Another value that stands between a value and the words that the claim ties it to, across a clause's end."""
    left = next((i for i in range(index - 1, -1, -1) if aligned.claim[i].content and i in aligned.pairs), None)
    if left is None or index - left > AROUND or left in aligned.moved:
        return None
    used = set(aligned.pairs.values())
    item, start = aligned.evidence[at], aligned.pairs[left]
    between = range(start + 1, at)
    if aligned.evidence[start].clause == item.clause and at - start <= AROUND:
        return None
    rivals = [aligned.evidence[j] for j in between if j not in used and _comparable(aligned.evidence[j], item)]
    return next((each for each in rivals if each.clause != item.clause and each.weight > 0.3), None)


def _elsewhere(aligned: Alignment, index: int, ground: Ground) -> bool:
    """Whether another sentence has the item with half of what the claim says around it."""
    item = aligned.claim[index]
    if any(same(item, each) for each in ground.question) or _of_publication(item, ground.published):
        return True
    near = [each for each in aligned.claim[max(0, index - AROUND) : index + AROUND + 1] if each.content]
    near = [each for each in near if each is not item]
    for sentence in ground.sentences:
        if any(same(item, each, ground.published) for each in sentence.items):
            there = sum(any(same(mine, its) for its in sentence.items) for mine in near)
            if 2 * there >= len(near):
                return True
    return False


def _of_publication(item: Item, published: date | None) -> bool:
    """News is of its day: the year, month or day that a text is from may be said of what it tells."""
    if item.date is None or published is None or item.date.relative:
        return False
    day = (published.year, published.month, published.day, published.weekday())
    return all(mine is None or mine == its for mine, its in zip(item.date.parts, day, strict=True))
