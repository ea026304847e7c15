"""Denials ("not", "has yet to", "refused to") that only one of claim and evidence has, and opposites."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.verification.alignment import Alignment
from assistant.verification.checks import Finding, Ground
from assistant.verification.items import Item

_SCOPE = 5  # items behind "not" among which is what it denies
_OPPOSITES = tuple(
    frozenset(pair.split("/"))
    for pair in """
    rise/fall rose/fell increas/decreas gain/lose gain/lost won/lost win/lose accept/reject approv/reject
    up/down more/less more/fewer over/under abov/below befor/after support/oppos allow/ban allow/prohibit
    confirm/deni open/close first/last high/low higher/lower highest/lowest best/worst win/loss victori/defeat
    profit/loss guilti/innoc legal/illeg start/end began/end buy/sell bought/sold import/export arriv/depart
    includ/exclud pass/fail succeed/fail climb/fell climb/drop rose/drop surg/plung jump/drop ahead/behind
    agre/disagre mani/few all/none strong/weak north/south east/west northern/southern eastern/western young/old
    younger/older man/woman men/women male/femal his/her he/she father/mother son/daughter brother/sister
    husband/wife morn/even
    """.split()  # noqa: SIM905
)


def denials(aligned: Alignment, ground: Ground) -> Iterator[Finding]:
    """Denials that only one of the two has, and words that are opposites."""
    used = set(aligned.pairs.values())
    spare = {j for j, item in enumerate(aligned.evidence) if item.denies and j not in used}
    partners = {j: i for i, j in aligned.pairs.items()}
    open_cues = []
    for index, item in enumerate(aligned.claim):
        if not item.denies or (index in aligned.pairs and index not in aligned.moved):
            continue
        answer = _answer(aligned, index, spare)
        if answer is not None:
            spare.discard(answer)
        elif any(i in aligned.pairs for i in _heads(aligned.claim, index) or [index - 1]):
            open_cues.append(index)
    for index in open_cues:
        reason = f"“{_phrase(aligned.claim, index)}” is not in the cited text, which does not deny it"
        yield Finding(reason, ground.firm)
    for at in sorted(spare):
        if not open_cues and _drops(aligned, at, partners):
            yield Finding(f"the cited text says “{_phrase(aligned.evidence, at)}”", ground.firm)
    yield from _opposites(aligned)


def _answer(aligned: Alignment, index: int, spare: set[int]) -> int | None:
    """The evidence's own denial of what the claim denies at `index`."""
    for head in _heads(aligned.claim, index):
        at = aligned.pairs.get(head)
        near = [j for j in spare if at is not None and 0 < at - j <= _SCOPE + 2]
        if near:
            return max(near)
    slot = {id(item) for item in aligned.slot(index)}
    return next((j for j in sorted(spare) if id(aligned.evidence[j]) in slot), None)


def _heads(items: Sequence[Item], cue: int) -> list[int]:
    """What is denied: the first two words with content behind the denial."""
    heads: list[int] = []
    for index in range(cue + 1, min(cue + 1 + _SCOPE, len(items))):
        if items[index].text.lower() == "but":
            break
        if not items[index].denies:
            heads.append(index)
    return [index for index in heads if items[index].content][:2] or heads[:2]


def _drops(aligned: Alignment, cue: int, partners: dict[int, int]) -> bool:
    """Whether the claim says what the evidence denies there."""
    if any(j in partners and partners[j] not in aligned.moved for j in _heads(aligned.evidence, cue) or [cue - 1]):
        return True
    item = aligned.evidence[cue]
    if item.key in ("not", "no", "never", "none", "without"):
        return False
    # "denied reports that …", "has yet to confirm who …": all that follows in the clause is not said to be so.
    sentence = [j for j in partners if aligned.evidence[j].sentence == item.sentence and aligned.evidence[j].telling]
    inside = [j for j in sentence if j > cue and aligned.evidence[j].clause == item.clause]
    return bool(inside) and 2 * len(inside) >= len(sentence)


def _opposites(aligned: Alignment) -> Iterator[Finding]:
    for index, item in enumerate(aligned.claim):
        if index in aligned.pairs or item.kind != "word":
            continue
        keys = {item.key, item.text.lower()}
        for other in aligned.slot(index):
            theirs = {other.key, other.text.lower()}
            if any(len(pair & keys) == 1 and pair - keys <= theirs for pair in _OPPOSITES):
                yield Finding(f"“{item.text}” is not in the cited text; it says “{other.text}”")


def _phrase(items: Sequence[Item], index: int) -> str:
    return " ".join(item.text for item in items[max(0, index - 1) : index + 3])
