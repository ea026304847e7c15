"""Four small plots as inline SVG. Colours and sizes come from the page's style sheet, so they follow dark and light."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

Point = tuple[float, float]

_WIDTH, _HEIGHT = 360, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 18, 40
_RANKS = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 20))


def risk_coverage(curves: Mapping[str, Sequence[Point]]) -> str:
    """A line per run through (share of questions answered, share of the answers wrong), most confident first."""
    most = max([risk for points in curves.values() for _, risk in points] + [0.1])
    top = min(1.0, most * 1.1)
    body = [*_frame("share of questions answered", "share wrong", 1.0, top)]
    for number, points in enumerate(curves.values()):
        path = " ".join(f"{_x(x, 1.0):.1f},{_y(y, top):.1f}" for x, y in points)
        body.append(f'<polyline class="line s{number}" points="{path}"/>')
        body += [f'<circle class="dot s{number}" cx="{_x(*end):.1f}" cy="{_y(y, top):.1f}" r="3"/>'
                 for x, y in points[-1:] for end in [(x, 1.0)]]  # fmt: skip
    return _svg(body, "Risk and coverage") + _legend(list(curves))


def reliability(bins: Sequence[tuple[float, float, int]]) -> str:
    """A dot per bin at (mean confidence, share right), its area by how many answers; on the diagonal is honest."""
    most = max((count for _, _, count in bins), default=1)
    body = [*_frame("confidence", "share right", 1.0, 1.0)]
    body.append(
        f'<line class="guide" x1="{_x(0, 1):.1f}" y1="{_y(0, 1):.1f}" x2="{_x(1, 1):.1f}" y2="{_y(1, 1):.1f}"/>'
    )
    for confidence, right, count in bins:
        radius = 3 + 9 * (count / most) ** 0.5
        body.append(
            f'<circle class="dot s0" cx="{_x(confidence, 1):.1f}" cy="{_y(right, 1):.1f}" r="{radius:.1f}">'
            f"<title>{count} answers: confidence {confidence:.2f}, right {right:.0%}</title></circle>"
        )
    return _svg(body, "Reliability of the confidence")


def gold_ranks(ranks: Sequence[int | None]) -> str:
    """Bars: how many questions have their gold article at which rank."""
    labels = [str(low) if low == high else f"{low}-{high}" for low, high in _RANKS] + ["past 20"]
    counts = [sum(rank is not None and low <= rank <= high for rank in ranks) for low, high in _RANKS]
    counts.append(len(ranks) - sum(counts))
    most = 4 * -(-max(*counts, 1) // 4)  # a multiple of 4, so that the four grid lines fall on whole questions
    step = (_WIDTH - _LEFT - _RIGHT) / len(labels)
    body = [*_frame("rank of the gold article", "questions", None, float(most))]
    for number, (label, count) in enumerate(zip(labels, counts, strict=True)):
        left, height = _LEFT + number * step, _y(0, most) - _y(count, most)
        body.append(
            f'<rect class="bar" x="{left + 3:.1f}" y="{_y(count, most):.1f}" width="{step - 6:.1f}" '
            f'height="{height:.1f}"/><text x="{left + step / 2:.1f}" y="{_y(count, most) - 4:.1f}" '
            f'text-anchor="middle">{count or ""}</text>'
            f'<text x="{left + step / 2:.1f}" y="{_HEIGHT - _BOTTOM + 15}" text-anchor="middle">{label}</text>'
        )
    return _svg(body, "Rank of the gold article")


def latency(stages: Mapping[str, Mapping[str, float]]) -> str:
    """A row per stage: a bar to p50, a thin one to p95, a tick at p99, and the three in milliseconds."""
    most = max([stage["p99"] for stage in stages.values()] + [1e-9])
    rows = []
    for name, stage in stages.items():
        p50, p95, p99 = (100 * stage[p] / most for p in ("p50", "p95", "p99"))
        words = " / ".join(f"{1000 * stage[p]:,.1f}" for p in ("p50", "p95", "p99"))
        rows.append(
            f'<tr><th>{escape(name)}</th><td class="n">{words}</td><td class="wide">'
            f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" class="row" role="img" aria-label="{words} ms">'
            f'<rect class="thin" x="0" y="4" width="{p95:.2f}" height="2"/><rect class="bar" x="0" y="2" '
            f'width="{p50:.2f}" height="6"/><rect class="bar" x="{max(0, p99 - 0.6):.2f}" y="1" width=".6" height="8"/>'
            "</svg></td></tr>"
        )
    return f'<table><tr><th>stage</th><th class="n">p50 / p95 / p99, ms</th><th></th></tr>{"".join(rows)}</table>'


def _x(value: float, most: float) -> float:
    return _LEFT + value / most * (_WIDTH - _LEFT - _RIGHT)


def _y(value: float, most: float) -> float:
    return _HEIGHT - _BOTTOM - value / most * (_HEIGHT - _TOP - _BOTTOM)


def _frame(x_name: str, y_name: str, x_most: float | None, y_most: float) -> Iterator[str]:
    """Grid lines with their values, and the names of the axes; no values along x where the caller writes its own."""
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _y(part * y_most, y_most)
        value = f"{part * y_most:.0f}" if y_most > 1 else f"{part * y_most:.0%}"
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{value}</text>'
        if x_most is not None:
            x = _x(part * x_most, x_most)
            yield f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 15}" text-anchor="middle">{part * x_most:.0%}</text>'
    yield f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 6}" text-anchor="middle">{x_name}</text>'
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    yield f'<text transform="translate(10 {middle}) rotate(-90)" text-anchor="middle">{y_name}</text>'


def _svg(body: Sequence[str], name: str) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" class="plot" role="img" aria-label="{name}">{"".join(body)}</svg>'


def _legend(names: Sequence[str]) -> str:
    if len(names) < 2:
        return ""
    return (
        '<p class="legend">'
        + " ".join(f'<span class="s{i}">■ {escape(n)}</span>' for i, n in enumerate(names))
        + "</p>"
    )
