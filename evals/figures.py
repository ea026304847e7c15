"""From the scores of questions to the figures of a set, each with a 95% interval; and whether two runs differ.

A set is resampled by giving each question a weight: how often it was drawn. A figure is a function of the weights, so
the estimate and all its resamples come out of the same arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]  # weights (samples, questions) → values (samples,)
Record = Mapping[str, Any]  # one question's line of a saved run

RESAMPLES = 1000
BINS = 10
COVERAGES = (0.5, 0.8)
_CHUNK = 100  # resamples drawn at a time, so that a set of 30,000 questions stays within 100 MB


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95% interval, and over how many questions (or sentences, or citations) it is."""

    value: float
    low: float
    high: float
    count: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A later value less an earlier one on the same questions. `p` is two-sided; `count` is of questions."""

    before: float
    after: float
    difference: float
    low: float
    high: float
    p: float
    count: int

    @property
    def is_beyond_chance(self) -> bool:
        return self.p < 0.05


def of_set(records: Sequence[Record], seed: int) -> dict[str, Any]:
    """`{"overall": {name: figure}, "tags": {tag: {name: figure}}}` as plain data, the same for the same seed."""
    answered = [record for record in records if record["scores"]]
    tags = sorted({tag for record in answered for tag in record["tags"]})
    groups = {tag: [record for record in answered if tag in record["tags"]] for tag in tags}
    by_tag = {tag: _of_group(group, seed) for tag, group in groups.items()}
    return {"overall": _of_group(answered, seed), "tags": by_tag}


def _of_group(records: Sequence[Record], seed: int) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    if not records:
        return figures
    statistics = list(_statistics(records))
    values = _resampled([statistic for _, statistic, _ in statistics], len(records), seed)
    for (name, _, count), (value, samples) in zip(statistics, values, strict=True):
        if not np.isnan(value):
            low, high = np.nanpercentile(samples, (2.5, 97.5))
            figures[name] = asdict(Figure(_round(value), _round(low), _round(high), count))
    return figures


def _round(value: float) -> float:
    """Six decimals: sums in another order differ beyond them."""
    return round(float(value), 6)


def _statistics(records: Sequence[Record]) -> Iterator[tuple[str, Statistic, float]]:
    names = dict.fromkeys(name for record in records for name in record["scores"])
    for name in names:
        pairs = _pairs(records, name)
        yield name, _share(pairs), float(pairs[:, 1].sum())
    confidence, right = _judged(records)
    given = float((~np.isnan(confidence)).sum())
    if given:
        yield "aurc", _aurc(confidence, right), given
        for coverage in COVERAGES:
            yield f"risk@{coverage:.0%}", _risk(confidence, right, coverage), given
        yield "calibration_error", _calibration_error(confidence, right), given


def _pairs(records: Sequence[Record], name: str) -> Floats:
    return np.array([record["scores"].get(name, (0.0, 0.0)) for record in records], dtype=np.float64).reshape(-1, 2)


def _share(pairs: Floats) -> Statistic:
    def share(weights: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            result: Floats = (weights @ pairs[:, 0]) / (weights @ pairs[:, 1])
        return result

    return share


def _judged(records: Sequence[Record]) -> tuple[Floats, Floats]:
    """Confidence and rightness (0 or 1) of each answer that was given and can be judged; NaN elsewhere."""
    nothing = float("nan")
    judged = [record["right"] is not None and not record["refused"] for record in records]
    confidence = [record["confidence"] if use else nothing for record, use in zip(records, judged, strict=True)]
    right = [float(record["right"]) if use else nothing for record, use in zip(records, judged, strict=True)]
    return np.array(confidence, dtype=np.float64), np.array(right, dtype=np.float64)


def _aurc(confidence: Floats, right: Floats) -> Statistic:
    """Area under the risk-coverage curve: the mean, over the answers given, of the share wrong among those at least as
    confident. 0 is best. Geifman & El-Yaniv 2017 (arXiv:1705.08500) for the curve, 2019 (1805.08206) for its area.
    """
    used = np.flatnonzero(~np.isnan(confidence))
    order = used[np.argsort(-confidence[used], kind="stable")]
    wrong = 1 - right[order]
    # Answers of equal confidence come in together, so the order of the questions has no say.
    last = np.searchsorted(-confidence[order], -confidence[order], side="right") - 1

    def area(weights: Floats) -> Floats:
        drawn = weights[:, order]
        with np.errstate(invalid="ignore"):
            risk = np.cumsum(drawn * wrong, axis=1)[:, last] / np.cumsum(drawn, axis=1)[:, last]
            result: Floats = np.nansum(risk * drawn, axis=1) / drawn.sum(axis=1)
        return result

    return area


def _risk(confidence: Floats, right: Floats, coverage: float) -> Statistic:
    """The share wrong among the most confident answers that make up this share of all questions; NaN where fewer are
    answered (Geifman & El-Yaniv 2017).
    """
    used = np.flatnonzero(~np.isnan(confidence))
    order = used[np.argsort(-confidence[used], kind="stable")]
    wrong = 1 - right[order]

    def risk(weights: Floats) -> Floats:
        drawn, wanted = weights[:, order], coverage * weights.sum(axis=1, keepdims=True)
        taken = np.clip(wanted - (np.cumsum(drawn, axis=1) - drawn), 0, drawn)
        share: Floats = (taken @ wrong) / np.maximum(taken.sum(axis=1), 1e-12)
        return np.where(drawn.sum(axis=1) < wanted[:, 0], np.nan, share)

    return risk


def _calibration_error(confidence: Floats, right: Floats) -> Statistic:
    """Expected calibration error in ten equal bins: Naeini et al. 2015 (AAAI), as in Guo et al. 2017 (1706.04599)."""
    used = np.flatnonzero(~np.isnan(confidence))
    bins = np.eye(BINS)[_bin(confidence[used])]

    def error(weights: Floats) -> Floats:
        drawn = weights[:, used]
        gap = (drawn * (confidence[used] - right[used])) @ bins
        with np.errstate(invalid="ignore"):
            result: Floats = np.abs(gap).sum(axis=1) / drawn.sum(axis=1)
        return result

    return error


def _bin(confidence: Floats) -> NDArray[np.intp]:
    return np.minimum((confidence * BINS).astype(np.intp), BINS - 1)


def _resampled(statistics: Sequence[Statistic], size: int, seed: int) -> list[tuple[float, Floats]]:
    """For each statistic its value and its resampled ones: the percentile bootstrap of Efron & Tibshirani 1993."""
    random = np.random.default_rng(seed)
    even = np.full(size, 1 / size)
    chunks = [random.multinomial(size, even, _CHUNK) for _ in range(RESAMPLES // _CHUNK)]
    whole = np.ones((1, size))
    return [
        (float(statistic(whole)[0]), np.concatenate([statistic(chunk.astype(np.float64)) for chunk in chunks]))
        for statistic in statistics
    ]


def differences(before: Sequence[Record], after: Sequence[Record], seed: int) -> dict[str, Difference]:
    """Paired bootstrap (Efron & Tibshirani 1993; Koehn 2004, W04-3250) of each score over the questions of both runs,
    matched by id and wording. A score is compared where either run has it.
    """
    earlier = {(record["id"], record["question"]): record for record in before if record["scores"]}
    pairs = [
        (earlier[key], record)
        for record in after
        if record["scores"] and (key := (record["id"], record["question"])) in earlier
    ]
    first, second = [one for one, _ in pairs], [other for _, other in pairs]
    names = dict.fromkeys(name for record in (*first, *second) for name in record["scores"])
    found: dict[str, Difference] = {}
    for name in names:
        shares = _share(_pairs(first, name)), _share(_pairs(second, name))
        (old, old_samples), (new, new_samples) = _resampled(shares, len(pairs), seed)
        gaps = (new_samples - old_samples)[~np.isnan(new_samples - old_samples)]
        if gaps.size and not np.isnan(new - old):
            low, high = np.percentile(gaps, (2.5, 97.5))
            # One is added so that no p is 0: Davison & Hinkley 1997, section 4.2.
            tail = (min((gaps <= 0).sum(), (gaps >= 0).sum()) + 1) / (gaps.size + 1)
            p = min(1.0, 2 * float(tail))
            found[name] = Difference(old, new, new - old, float(low), float(high), p, len(pairs))
    return found


def risk_coverage(records: Sequence[Record]) -> list[tuple[float, float]]:
    """Points (coverage of all questions, share wrong among the answers so far), the most confident first."""
    confidence, right = _judged(records)
    used = ~np.isnan(confidence)
    order = np.argsort(-confidence[used], kind="stable")
    wrong, levels = np.cumsum(1 - right[used][order]), confidence[used][order]
    ends = [i for i in range(len(order)) if i + 1 == len(order) or levels[i + 1] != levels[i]]
    return [((end + 1) / len(records), float(wrong[end]) / (end + 1)) for end in ends]


def reliability(records: Sequence[Record]) -> list[tuple[float, float, int]]:
    """(mean confidence, share right, how many) of each of ten bins that is not empty."""
    confidence, right = _judged(records)
    used = ~np.isnan(confidence)
    confidence, right = confidence[used], right[used]
    bins = _bin(confidence)
    masks = [(bins == b) for b in range(BINS) if (bins == b).any()]
    return [(float(confidence[m].mean()), float(right[m].mean()), int(m.sum())) for m in masks]
