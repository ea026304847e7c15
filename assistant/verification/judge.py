"""Checks a sentence against the texts it cites, by code; no model is asked.

The sentence is aligned with the stretches of the texts that share most with it. There its numbers, dates, names,
quotations and denials are compared (`checks.py`, `quotations.py`), and how much of it is borne out becomes a score.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import exp, log

from assistant.answers import Verdict
from assistant.verification import clefts, denials, names, owners, quotations, roles, values
from assistant.verification.alignment import Alignment, align, same
from assistant.verification.checks import Finding, Ground
from assistant.verification.items import Item, Said, items, read
from assistant.verification.said_dates import SaidDate

# A claim may draw on two or three neighbouring sentences of what it cites.
_WINDOW = 3
# The stretches that share most with the claim are looked at closely; more never changed a verdict.
_CANDIDATES = 3
# A stretch that shares less than the best by this much is no evidence for what the best contradicts.
_NEAR = 0.12
# Items of a claim that are looked at: three times the longest sentence of a newspaper.
_LONGEST = 300
# Items of the evidence between two that follow each other in the claim: a phrase, not two mentions.
_CLOSE = 5
# Faults that are counted; more make a sentence no worse.
_MOST = 3
# Sentences at the top of a text among which its dateline stands.
_HEAD = 6
# A sentence that has this share of the claim is the one that it was taken from: what is compared is compared there.
_SOURCE = 0.6


@dataclass(frozen=True, slots=True)
class Verification:
    """What the check found. `score` is 0 to 1; `start`, `end` are the quote's place in `evidence[evidence_index]`.

    Without any evidence there is no best span: `evidence_index` is None and the quote is empty.
    """

    verdict: Verdict
    score: float
    reasons: tuple[str, ...]
    evidence_index: int | None
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring sentences of one text, and the share (0 to 1) of the claim, by weight, that they have."""

    index: int
    sentences: Sequence[Said]
    share: float

    @property
    def span(self) -> tuple[int, int]:
        """Its place, in characters of its text."""
        return self.sentences[0].start, self.sentences[-1].end

    @property
    def items(self) -> list[Item]:
        """The items of its sentences; a clause never reaches from one into the next."""
        return [item for said in self.sentences for item in said.items]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What was found in one stretch; `features` in the order of `FEATURES`."""

    window: Window
    findings: tuple[Finding, ...]
    features: list[float]

    @property
    def faulty(self) -> bool:
        """Whether something in it contradicts the stretch, whatever the rest is worth."""
        return any(finding.grave for finding in self.findings)


def verify(
    sentence: str, evidence: Sequence[str], question: str = "", *, published: Sequence[str | None] = ()
) -> Verification:
    """Whether the texts in `evidence` support `sentence`. Names that stand in `question` need no support.

    `published` gives the texts' dates (ISO, in their order), from which their "Wednesday" and "last year" count.
    """
    found = assess(sentence, evidence, question, published=published)
    plainly = clefts.straightened(sentence)
    if found and plainly and not found.faulty:
        straight = assess(plainly, evidence, question, published=published)
        found = straight if straight and straight.faulty else found
    if found is None:
        return Verification("unsupported", 0.0, ("nothing is cited",), None, 0, 0, "")
    index, (start, end) = found.window.index, found.window.span
    score = _probability(found.features)
    verdict, reasons = _verdict(found, score)
    return Verification(verdict, round(score, 3), reasons, index, start, end, evidence[index][start:end])


def assess(
    sentence: str, evidence: Sequence[str], question: str = "", *, published: Sequence[str | None] = ()
) -> Assessment | None:
    """What `verify` judges by: the stretch that bears the sentence out best, its faults, and what the score is made of.

    None when the texts have no sentence that could be evidence.
    """
    claim, asked = items(sentence)[:_LONGEST], items(question)
    pages = [read(text) for text in evidence]
    days = [_day(published[n] if n < len(published) else None, page) for n, page in enumerate(pages)]
    hits = [[_hits(claim, said, day) for said in page] for page, day in zip(pages, days, strict=True)]
    windows = _windows(claim, pages, hits)
    if not windows:
        return None
    everywhere = [*quotations.unquoted(sentence, evidence)]
    if len(claim) == _LONGEST:
        everywhere.append(Finding("it is too long for one sentence, and was not checked"))
    everywhere += quotations.misattributed(sentence, claim, list(zip(evidence, pages, strict=True)))
    cover = _cover(claim, [each for page in hits for each in page], asked)
    assessed = []
    for window in windows:
        aligned = align(claim, window.items, days[window.index])
        ground = Ground([said for page in pages for said in page], asked, days[window.index], window.share >= _SOURCE)
        findings = tuple(dict.fromkeys([*everywhere, *_differences(aligned, ground)]))
        assessed.append(Assessment(window, findings, _features(aligned, window, cover, findings)))
    return max(assessed, key=lambda each: (not each.faulty, each.window.share))


def _differences(aligned: Alignment, ground: Ground) -> Iterator[Finding]:
    yield from values.values(aligned, ground)
    yield from names.names(aligned, ground)
    yield from names.nothing_told(aligned)
    yield from roles.exchanged(aligned)
    yield from roles.usurped(aligned)
    yield from names.absent(aligned, ground)
    yield from owners.owners(aligned, ground)
    yield from denials.denials(aligned, ground)


def _day(published: str | None, page: Sequence[Said]) -> date | None:
    """The day that a text is from: as given, or as its dateline has it."""
    try:
        if published:
            return datetime.fromisoformat(published).date()
    except ValueError:
        pass  # a date in words: the dateline may be plainer
    said = (item.date for each in page[:_HEAD] for item in each.values if item.date)
    return next((day for day in map(SaidDate.day_of, said) if day), None)


def _windows(
    claim: Sequence[Item], pages: Sequence[Sequence[Said]], hits: Sequence[Sequence[frozenset[int]]]
) -> list[Window]:
    """The stretches that have most of the claim, best first, without those far behind the best."""
    everything = range(len(claim))
    found: list[tuple[float, Window]] = []
    for index, page in enumerate(pages):
        for size in range(1, _WINDOW + 1):
            for first in range(len(page) - size + 1):
                together = frozenset[int]().union(*hits[index][first : first + size])
                window = Window(index, page[first : first + size], _share(claim, everything, together))
                found.append((window.share - _charge(window), window))
    # Where one sentence has most of the claim, what is compared is compared there, and never with words from beside it.
    sources = [each for each in found if len(each[1].sentences) == 1 and each[1].share >= _SOURCE]
    found = sorted(sources or found, key=lambda each: -each[0])
    return [window for rank, window in found[:_CANDIDATES] if rank >= found[0][0] - _NEAR]


def _charge(window: Window) -> float:
    # The charge for length keeps a stretch from growing for the sake of one common word.
    return 0.03 * (len(window.sentences) - 1) + 0.0002 * (window.span[1] - window.span[0])


def _hits(claim: Sequence[Item], said: Said, published: date | None) -> frozenset[int]:
    return frozenset(
        i
        for i, item in enumerate(claim)
        if (item.key in said.keys if item.kind == "word" else any(same(item, each, published) for each in said.values))
    )


@dataclass(frozen=True, slots=True)
class Cover:
    """Which items of a claim stand anywhere, and which in the few sentences that together have most of it."""

    anywhere: frozenset[int]
    few: frozenset[int]


def _cover(claim: Sequence[Item], hits: Sequence[frozenset[int]], asked: Sequence[Item]) -> Cover:
    few = frozenset(i for i, item in enumerate(claim) if any(same(item, each) for each in asked))
    anywhere = few.union(*hits)
    for _ in range(_WINDOW):
        few |= max(hits, key=lambda each: sum(claim[i].weight for i in each - few))
    return Cover(anywhere, few)


FEATURES = ("cover", "share", "together", "values", "names", "words", "grave", "slight", "length")


def _features(aligned: Alignment, window: Window, cover: Cover, findings: Sequence[Finding]) -> list[float]:
    """What the score is made of: shares (0 to 1) of the claim by weight, logarithms of what lacks, and counts."""
    claim = aligned.claim
    content = [i for i, item in enumerate(claim) if item.content]
    valued = [i for i in content if claim[i].kind != "word"]
    named = [i for i in content if claim[i].name]
    words = [i for i in content if claim[i].kind == "word" and not claim[i].name]
    steps = [(a, b) for a, b in pairwise(content) if a in aligned.pairs and b in aligned.pairs]
    close = sum(abs(aligned.pairs[a] - aligned.pairs[b]) <= _CLOSE for a, b in steps)
    return [
        _share(claim, content, cover.few),
        window.share,
        close / max(1, len(content) - 1),
        _share(claim, valued, cover.few),
        log(1 + _lacking(claim, named, cover.anywhere)),
        log(1 + _lacking(claim, words, cover.few)),
        float(min(_MOST, sum(finding.grave for finding in findings))),
        float(min(_MOST, sum(not finding.grave for finding in findings))),
        log(1 + len(content)),
    ]


def _share(claim: Sequence[Item], among: Sequence[int], there: frozenset[int]) -> float:
    total = sum(claim[i].weight for i in among)
    return sum(claim[i].weight for i in among if i in there) / total if total else 1.0


def _lacking(claim: Sequence[Item], among: Sequence[int], there: frozenset[int]) -> float:
    return sum(claim[i].weight for i in among if i not in there)


@cache
def _fitted() -> dict[str, list[float]]:
    fitted: dict[str, list[float]] = json.loads(
        files("assistant.verification").joinpath("scoring.json").read_text("utf-8")
    )
    return fitted


def _probability(features: Sequence[float]) -> float:
    weights = _fitted()["weights"]
    return 1 / (1 + exp(-sum(w * x for w, x in zip(weights, [1.0, *features], strict=True))))


def _verdict(found: Assessment, score: float) -> tuple[Verdict, tuple[str, ...]]:
    partly, supported = _fitted()["thresholds"]
    reasons = [finding.reason for finding in found.findings]
    if score >= supported and not found.faulty:
        return "supported", ()
    if score < supported:
        reasons.append(f"{found.window.share:.0%} of its words stand in the cited text")
    return ("unsupported" if found.faulty or score < partly else "partly"), tuple(reasons)
