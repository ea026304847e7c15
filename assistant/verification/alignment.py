"""Which item of a claim stands where in a stretch of evidence: in order first, then what was moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.verification.items import Item

# Next to each other in both texts: of several places where a word stands, the one in its phrase.
_TOGETHER = 0.15
# How far (in items) a slot reaches where only one side of it is held.
_REACH = 4
# What fills a slot between two matched items is no longer than this.
_LONGEST_SLOT = 10
# The same nation or body under names that share no stem.
_ALIASES = (
    frozenset({"us", "usa", "america", "american", "unit", "state"}),
    frozenset({"uk", "britain", "british", "unit", "kingdom"}),
    frozenset({"eu", "european", "union"}),
    frozenset({"uae", "unit", "arab", "emir"}),
    frozenset({"un", "unit", "nation"}),
    frozenset({"netherland", "dutch"}),
    frozenset({"franc", "french"}),
    frozenset({"ukrain", "ukrainian", "kyiv", "kiev"}),
    frozenset({"republican", "gop"}),
)  # fmt: skip
# What news says now with one verb and now with another.
_SYNONYMS = """
    rise rose risen climb gain surg jump increas advanc soar grew grow / fall fell fallen drop declin slid slip
    plung sank sink tumbl decreas / lead led head spearhead / begin began begun start launch / end finish
    conclud / buy bought purchas acquir acquisit / kill die dead death fatal / hurt injur wound / big larg huge
    / car auto automobil vehicl / compani firm / show reveal / say said state told tell / meet met meeting / win
    won victori / shut close closur / help aid assist / ask request urg / children kid / film movi / attack
    assault / choos chose chosen select pick / build built construct / leav left quit / speak spoke spoken talk
    / halt stop paus suspend / allow permit let / ban prohibit / doctor physician / lawyer attorney / troop
    soldier
"""
_MEANING = {word: words.split()[0] for words in _SYNONYMS.split("/") for word in words.split()}


@dataclass(frozen=True, slots=True)
class Alignment:
    """Of a claim's items (by index) where each stands in the evidence. `moved`: out of the order of the rest."""

    claim: Sequence[Item]
    evidence: Sequence[Item]
    pairs: Mapping[int, int]
    moved: frozenset[int]

    def slot(self, index: int) -> list[Item]:
        """What the evidence has in the place of an item that it lacks, judged by the matched items around it."""
        left = next((i for i in range(index - 1, -1, -1) if self._held(i)), None)
        right = next((i for i in range(index + 1, len(self.claim)) if self._held(i)), None)
        used = {at for i, at in self.pairs.items() if i not in self.moved}
        near_left = left is not None and index - left <= _REACH
        near_right = right is not None and right - index <= _REACH
        if left is not None and right is not None and (near_left or near_right):
            first, last = self.pairs[left] + 1, self.pairs[right]
            if last - first > _LONGEST_SLOT:
                first, last = (first, first + _REACH) if index - left <= right - index else (last - _REACH, last)
        elif left is not None and near_left:
            first, last = self.pairs[left] + 1, self.pairs[left] + 1 + _REACH
        elif right is not None and near_right:
            first, last = self.pairs[right] - _REACH, self.pairs[right]
        else:
            return []
        return [self.evidence[j] for j in range(max(first, 0), min(last, len(self.evidence))) if j not in used]

    def tight(self, index: int, rivals: Sequence[Item]) -> bool:
        """Whether one of `rivals` stands in the evidence just as the item stands in the claim."""
        left = next((i for i in range(index - 1, -1, -1) if self._held(i)), None)
        right = next((i for i in range(index + 1, len(self.claim)) if self._held(i)), None)
        if left is not None and right is not None and self.pairs[right] - self.pairs[left] <= right - left + _REACH:
            return True
        places = [j for j, item in enumerate(self.evidence) if any(item is rival for rival in rivals)]
        for side in (left, right):
            if side is not None and abs(side - index) <= 2 and self.claim[side].content:
                direction = 1 if index > side else -1
                if any(0 < direction * (j - self.pairs[side]) <= 2 for j in places):
                    return True
        return False

    def _held(self, index: int) -> bool:
        return index in self.pairs and index not in self.moved


def align(claim: Sequence[Item], evidence: Sequence[Item], published: date | None) -> Alignment:
    """The heaviest matching in order (dynamic programming), and behind it the items that only stand elsewhere."""
    match = [_row(mine, evidence, published) for mine in claim]
    pairs = _in_order(claim, match)
    used = set(pairs.values())
    moved = set()
    for i, row in enumerate(match):
        if i in pairs or not claim[i].content:
            continue
        free = [j for j, fits in enumerate(row) if fits and j not in used]
        if free:
            near = [pairs[k] for k in (i - 1, i + 1) if k in pairs]
            pairs[i] = min(free, key=lambda j: min((abs(j - k) for k in near), default=0))
            used.add(pairs[i])
            moved.add(i)
    return Alignment(claim, evidence, pairs, frozenset(moved))


def _row(mine: Item, evidence: Sequence[Item], published: date | None) -> list[bool]:
    """Which items of the evidence say the same; each stem is compared once."""
    fits: dict[tuple[str, bool], bool] = {}
    row = []
    for its in evidence:
        if its.kind != "word":
            row.append(mine.kind != "word" and same(mine, its, published))
        elif mine.kind != "word":
            row.append(False)
        else:
            key = its.key, its.denies
            if key not in fits:
                fits[key] = same(mine, its)
            row.append(fits[key])
    return row


def same(mine: Item, its: Item, published: date | None = None) -> bool:
    """Whether two items say the same: one stem, one value, one day."""
    if mine.quantity and its.quantity:
        return mine.quantity.equals(its.quantity)
    if mine.date and its.date:
        return mine.date.fits(its.date, published)
    if mine.kind != its.kind:
        return False
    if mine.denies or its.denies:
        return mine.denies and its.denies
    if mine.key == its.key or related(mine.key, its.key):
        return True
    return _MEANING.get(mine.key, mine.key) == _MEANING.get(its.key, its.key)


def related(one: str, other: str) -> bool:
    """Whether two stems are alike but for their ends: negotiate and negotiation, Japan and Japanese."""
    if one[:3] != other[:3]:
        return False
    shared = 3
    while shared < min(len(one), len(other)) and one[shared] == other[shared]:
        shared += 1
    return shared >= 5 and max(len(one), len(other)) - shared <= 3


def is_alias(one: str, other: str) -> bool:
    """Whether two stems name one nation or body: "US" and "American"."""
    return any(one in names and other in names for names in _ALIASES)


def _in_order(claim: Sequence[Item], match: Sequence[Sequence[bool]]) -> dict[int, int]:
    width = len(match[0]) if match else 0
    best = [[0.0] * (width + 1) for _ in range(len(claim) + 1)]
    held = [[0.0] * (width + 1) for _ in range(len(claim) + 1)]
    for i, row in enumerate(match, 1):
        weight, above, mine, ends, before = 0.1 + claim[i - 1].weight, best[i - 1], best[i], held[i], held[i - 1]
        for j in range(1, width + 1):
            score = above[j] if above[j] >= mine[j - 1] else mine[j - 1]
            if row[j - 1]:
                together = before[j - 1] + _TOGETHER if before[j - 1] else 0.0
                start = above[j - 1]
                ends[j] = weight + (together if together > start else start)
                if ends[j] > score:
                    score = ends[j]
            mine[j] = score
    return _path(best, held, match, claim)


def _path(
    best: list[list[float]], held: list[list[float]], match: Sequence[Sequence[bool]], claim: Sequence[Item]
) -> dict[int, int]:
    pairs: dict[int, int] = {}
    i, j = len(claim), len(best[0]) - 1
    follow = False  # the match at (i, j) is wanted: its neighbour counted on it
    while i > 0 and j > 0:
        if match[i - 1][j - 1] and (follow or held[i][j] >= max(best[i - 1][j], best[i][j - 1])):
            pairs[i - 1] = j - 1
            follow = bool(held[i - 1][j - 1]) and held[i - 1][j - 1] + _TOGETHER > best[i - 1][j - 1]
            i, j = i - 1, j - 1
        elif best[i - 1][j] >= best[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return pairs
