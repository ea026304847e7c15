"""One page that holds a whole run and loads nothing: figures, plots, and each failure with what was said and read.

Everything from questions, answers and articles is escaped, and the page may run no script and load nothing at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from evals import figures, plots
from evals.figures import Difference
from evals.labels import LABELS, PER_TAG, percent

Run = Mapping[str, Any]

_STYLE = Path(__file__).with_name("report.css")
_HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>{style}</style></head><body>"""
_CAUSES = ("not retrieved", "retrieved but not read", "refused wrongly", "answered wrongly")


def page(run: Run, before: Run | None = None) -> str:
    """The report as one HTML document; with an earlier run, what turned since and whether it is more than chance."""
    title = f"Evaluation of {run['questions']['name']}"
    parts = [_HEAD.format(title=escape(title), style=_STYLE.read_text(encoding="utf-8")), *_opening(run, title)]
    if before:
        parts += _comparison(before, run)
    parts += [*_figures(run), *_plots(run, before), *_tags(run), *_failures(run), *_making(run), "</body></html>"]
    return "\n".join(parts)


def _opening(run: Run, title: str) -> Iterator[str]:
    models = ", ".join(run["models"]) or "none"
    failed = [record for record in run["records"] if record["error"] is not None]
    yield f"<h1>{escape(title)}</h1>"
    yield (
        f'<p class="soft">{run["questions"]["count"]} questions, {run["corpus"]["articles"]} articles, '
        f"model {escape(models)}, {escape(run['made'])}</p>"
    )
    for problem in run["problems"]:
        yield f'<p class="bad">Left out: {escape(problem)}</p>'
    for record in failed:
        yield f'<p class="bad">Not asked to the end: {escape(record["id"])}: {escape(record["error"])}</p>'


def _figures(run: Run) -> Iterator[str]:
    overall = run["figures"]["overall"]
    for group, names in LABELS.items():
        rows = [_figure_row(overall[name], label) for name, label in names.items() if name in overall]
        if rows:
            yield (
                f'<h2>{group}</h2><div class="scroll"><table><tr><th>measure</th><th class="n">value</th>'
                f'<th class="n">95% interval</th><th class="n">of</th></tr>{"".join(rows)}</table></div>'
            )


def _figure_row(figure: Mapping[str, float], label: str) -> str:
    value, interval = percent(figure["value"]), f"{percent(figure['low'])} to {percent(figure['high'])}"
    cells = "".join(f'<td class="n">{cell}</td>' for cell in (f"<b>{value}</b>", interval, f"{figure['count']:.0f}"))
    return f"<tr><th>{label}</th>{cells}</tr>"


def _plots(run: Run, before: Run | None) -> Iterator[str]:
    records = _measured(run)
    curves = {"this run": figures.risk_coverage(records)}
    if before:
        curves["before"] = figures.risk_coverage(_measured(before))
    ranks = [record["gold_rank"] for record in records if record["gold_article_ids"]]
    cards = {
        "Risk and coverage": plots.risk_coverage(curves) if curves["this run"] else "",
        "Reliability of the confidence": plots.reliability(bins) if (bins := figures.reliability(records)) else "",
        "Rank of the gold article": plots.gold_ranks(ranks) if ranks else "",
        "Latency by stage": f'<div class="scroll">{plots.latency(run["cost"]["latency"])}</div>',
    }
    yield '<h2>Plots</h2><div class="grid2">'
    yield from (f'<div class="card"><h3>{name}</h3>{plot}</div>' for name, plot in cards.items() if plot)
    yield "</div>"


def _measured(run: Run) -> list[Mapping[str, Any]]:
    return [record for record in run["records"] if record["error"] is None]


def _tags(run: Run) -> Iterator[str]:
    tags = run["figures"]["tags"]
    if not tags:
        return
    labels = {name: label for names in LABELS.values() for name, label in names.items()}
    names = [name for name in PER_TAG if any(name in tag for tag in tags.values())]
    yield '<h2>By tag</h2><div class="scroll"><table><tr><th>tag</th>'
    yield "".join(f'<th class="n">{labels[name]}</th>' for name in names) + "</tr>"
    for tag, values in tags.items():
        cells = "".join(_cell(values.get(name)) for name in names)
        yield f"<tr><th>{escape(tag)}</th>{cells}</tr>"
    yield "</table></div>"


def _cell(figure: Mapping[str, float] | None) -> str:
    if figure is None:
        return '<td class="n soft">-</td>'
    interval = f"{percent(figure['low'])} to {percent(figure['high'])}, of {figure['count']:.0f}"
    return f'<td class="n">{percent(figure["value"])}<br><small>{interval}</small></td>'


def _failures(run: Run) -> Iterator[str]:
    yield "<h2>Failures by cause</h2>"
    for cause in _CAUSES:
        failed = [record for record in run["records"] if record.get("cause") == cause]
        if failed:
            yield f"<details><summary><b>{cause}</b>: {len(failed)}</summary>"
            yield from map(_asked, failed)
            yield "</details>"
    if not any(record.get("cause") for record in run["records"]):
        yield "<p>None.</p>"


def _asked(record: Mapping[str, Any]) -> str:
    """One question: what was expected, what was said, what was cited, and the passages it was read from."""
    answer = record["answer"]
    expected = " / ".join(record["answers"]) or ("no answer" if record["answerable"] is False else "not given")
    said = "Declined" if answer["refused"] else "Answered"
    tags = " ".join(f'<span class="tag">{escape(tag)}</span>' for tag in record["tags"])
    cited = "".join(
        f"<blockquote>[{c['marker']}] {escape(c['quote'])}<br>{_from(c)}</blockquote>" for c in answer["citations"]
    )
    passages = "".join(f"<blockquote>{escape(p['text'])}<br>{_from(p)}</blockquote>" for p in answer["passages"])
    return (
        f"<details><summary>{escape(record['question'])} <small>{escape(record['id'])}</small> {tags}</summary>"
        f"<p><b>Expected:</b> {escape(expected)}</p>"
        f'<p class="said"><b>{said}</b> (confidence {answer["confidence"]:.2f}, as of {escape(answer["as_of"])}): '
        f"{escape(answer['text'])}</p>{cited}"
        f"<details><summary>The {len(answer['passages'])} passages read</summary>{passages}</details></details>"
    )


def _from(item: Mapping[str, Any]) -> str:
    parts = [item["title"], item["source"], item["published"] or "undated"]
    return f"<small>{escape(' · '.join(part for part in parts if part))}</small>"


def _comparison(before: Run, run: Run) -> Iterator[str]:
    found = figures.differences(before["records"], run["records"], run["seed"])
    yield f"<h2>Against the run of {escape(before['made'])}</h2>"
    if not found:
        yield "<p>The two runs have no question in common.</p>"
        return
    if before["corpus"] != run["corpus"]:
        yield '<p class="bad">The two runs are over different articles.</p>'
    yield f"<p>{next(iter(found.values())).count} questions in both; paired bootstrap.</p>"
    yield '<div class="scroll"><table><tr><th>measure</th><th class="n">before</th><th class="n">now</th>'
    yield '<th class="n">difference</th><th class="n">95% interval</th><th class="n">p</th></tr>'
    for names in LABELS.values():
        yield from (_difference_row(found[name], label) for name, label in names.items() if name in found)
    yield "</table></div>"
    for heading, turned in _turned(_measured(before), _measured(run)).items():
        yield f"<details><summary><b>{heading}</b>: {len(turned)}</summary>{''.join(map(_asked, turned))}</details>"


def _difference_row(d: Difference, label: str) -> str:
    verdict = "<b>more than chance</b>" if d.is_beyond_chance else '<span class="soft">may be chance</span>'
    values = (
        percent(d.before),
        percent(d.after),
        f"{100 * d.difference:+.1f}",
        f"{100 * d.low:+.1f} to {100 * d.high:+.1f}",
    )
    cells = "".join(f'<td class="n">{value}</td>' for value in values)
    return f'<tr><th>{label}</th>{cells}<td class="n">{d.p:.3f} {verdict}</td></tr>'


def _turned(
    before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]
) -> dict[str, list[Mapping[str, Any]]]:
    """Questions of both runs that failed in one and not in the other."""
    causes = {(record["id"], record["question"]): record["cause"] for record in before}
    both = [record for record in now if (record["id"], record["question"]) in causes]
    worse = [r for r in both if r["cause"] and not causes[r["id"], r["question"]]]
    better = [r for r in both if not r["cause"] and causes[r["id"], r["question"]]]
    return {"Turned to failure": worse, "Turned to success": better}


def _making(run: Run) -> Iterator[str]:
    names = ("settings", "corpus", "versions", "prompts", "cost", "seed", "depth", "today", "fingerprint")
    made = json.dumps({name: run[name] for name in names}, indent=1, ensure_ascii=False)
    yield "<h2>How it was made</h2><details><summary>Settings, versions, cost</summary>"
    yield f"<pre>{escape(made)}</pre></details>"
