"""Running a set: what is saved, going on after a kill, and what fails on the way. And the report of such a run."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from assistant import Answer, Article, Assistant, AssistantError, Settings
from evals import report
from evals.questions import Question, QuestionSet
from evals.run import load, run
from tests.answers_by_hand import answered, passage

HOSTILE = '<script>alert("1")</script><img src="http://example.org/x.png">'
TEXTS = {"a": "Ann came.", "b": f"Bo said {HOSTILE}"}
QUESTIONS = QuestionSet(
    "set.jsonl",
    (
        Question(id="1", question="Who came?", answers=("Ann",), gold_article_ids=("a",), tags=("who",)),
        Question(id="2", question="Who spoke?", answers=("Cy",), as_of="2024-05-01", tags=(HOSTILE,)),
        Question(id="3", question="Why?", answerable=False),
        Question(id="4", question=f"What? {HOSTILE}", answers=("Ann",), gold_article_ids=("a",)),
    ),
    ("set.jsonl, line 9: question: Field required.",),
)


class Engine:
    """Stands in for `Assistant`: quotes one article a question, and stops dead after `life` answers."""

    def __init__(self, life: int = 100, fails: str = "") -> None:
        self.life, self.fails, self.asked = life, fails, list[str]()

    def answer(self, question: str, as_of: str | None = None) -> Answer:
        if question == self.fails:
            raise AssistantError("The model server is away.")
        if len(self.asked) == self.life:
            raise KeyboardInterrupt
        self.asked.append(question)
        if question == "Why?":
            return answered(refused=True, confidence=0.1)
        key = "a" if question == "Who came?" else "b"
        return answered((key, TEXTS[key]), passages=[passage("b", TEXTS["b"]), passage("a", TEXTS["a"])])

    def search(self, query: str, k: int, as_of: str | None = None) -> list[Any]:
        return [passage("b", TEXTS["b"]), passage("a", TEXTS["a"])]

    def article(self, article_id: str, version: int | None = None) -> Article:
        return Article(article_id, 1, "", None, None, None, TEXTS[article_id])

    def articles(self) -> list[Any]:
        return [SimpleNamespace(id=article_id) for article_id in TEXTS]


def evaluated(engine: Engine, tmp_path: Path, **options: Any) -> dict[str, Any]:
    settings = Settings(home=tmp_path / "home", database_url="postgresql://me:secret@host/db")
    return run(cast(Assistant, engine), QUESTIONS, settings, **options)


def lasting(done: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in done.items() if name not in ("made", "cost", "saved")}


def test_a_run_is_saved_whole_and_can_be_loaded(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    done = evaluated(Engine(), tmp_path, progress=lambda count, total: seen.append((count, total)))
    assert load(Path(done["saved"])) == json.loads(json.dumps(done))
    causes = [record["cause"] for record in done["records"]]
    assert causes == [None, "not retrieved", None, "retrieved but not read"]
    assert done["figures"]["overall"]["contains"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    assert done["figures"]["overall"]["exact_quotes"]["value"] == 1.0
    assert seen == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    assert done["corpus"]["articles"] == 2 and done["models"] == ["reader"] and done["problems"]
    assert "secret" not in Path(done["saved"]).read_text("utf-8")
    assert [path.suffix for path in Path(done["saved"]).parent.iterdir()] == [".json"]


def test_two_runs_give_the_same_and_so_do_several_workers(tmp_path: Path) -> None:
    first, again = evaluated(Engine(), tmp_path), evaluated(Engine(), tmp_path)
    several = evaluated(Engine(), tmp_path, workers=3)
    assert lasting(first) == lasting(again) == lasting(several)


def test_a_killed_run_goes_on_and_equals_an_unbroken_one(tmp_path: Path) -> None:
    whole = evaluated(Engine(), tmp_path / "whole", save=tmp_path / "whole.json")
    broken = tmp_path / "broken.json"
    with pytest.raises(KeyboardInterrupt):
        evaluated(Engine(life=2), tmp_path, save=broken)
    partial = tmp_path / "broken.json.partial.jsonl"
    assert not broken.exists()
    # A kill in the middle of a write leaves half a line.
    partial.write_bytes(partial.read_bytes()[:-7])
    engine = Engine()
    resumed = evaluated(engine, tmp_path, save=broken)
    assert len(engine.asked) == 3 and not partial.exists()
    assert lasting(resumed) == lasting(whole)


def test_a_run_of_something_else_is_not_gone_on_with(tmp_path: Path) -> None:
    place = tmp_path / "run.json"
    with pytest.raises(KeyboardInterrupt):
        evaluated(Engine(life=2), tmp_path, save=place)
    engine = Engine()
    run(cast(Assistant, engine), QUESTIONS, Settings(home=tmp_path, threshold=0.9), save=place)
    assert len(engine.asked) == 4


def test_a_question_that_fails_is_told_and_the_rest_is_measured(tmp_path: Path) -> None:
    done = evaluated(Engine(fails="Who spoke?"), tmp_path)
    assert [record["error"] for record in done["records"]] == [None, "The model server is away.", None, None]
    assert done["figures"]["overall"]["contains"]["count"] == 2
    assert "The model server is away." in report.page(done)


def test_what_is_no_saved_run_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"format": 0}', "utf-8")
    for name in ("other.json", "missing.json"):
        with pytest.raises(AssistantError, match=name):
            load(tmp_path / name)


class Page(HTMLParser):
    """Collects tags, and what they would load or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.open, self.links = set[str](), list[str](), list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [name for name, _ in attributes if name in ("src", "href", "srcset") or name.startswith("on")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_loads_nothing_and_shows_hostile_text_as_text(tmp_path: Path) -> None:
    page = report.page(evaluated(Engine(), tmp_path))
    parsed = Page(page)
    assert not parsed.open and not parsed.links and not {"script", "img", "link", "iframe"} & parsed.tags
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;" in page
    assert not re.search(r"url\(|@import", page) and "default-src 'none'" in page


def test_the_page_holds_figures_plots_and_failures_by_cause(tmp_path: Path) -> None:
    page = report.page(evaluated(Engine(), tmp_path))
    assert "33.3%" in page and "contains the answer" in page and "95% interval" in page
    assert page.count('class="plot"') == 3 and "p50 / p95 / p99, ms" in page
    assert "<b>not retrieved</b>: 1" in page and "<b>retrieved but not read</b>: 1" in page
    assert "line 9: question: Field required." in page and "Expected:</b> Cy" in page


def test_two_runs_side_by_side_show_what_turned(tmp_path: Path) -> None:
    before = evaluated(Engine(), tmp_path, save=tmp_path / "before.json")
    after = json.loads(json.dumps(before))
    after["records"][0] |= {"cause": "refused wrongly", "scores": {"contains": [0.0, 1.0]}}
    after["records"][1] |= {"cause": None, "scores": {"contains": [1.0, 1.0]}}
    page = report.page(after, before)
    assert "<b>Turned to failure</b>: 1" in page and "<b>Turned to success</b>: 1" in page
    assert "may be chance" in page and "paired bootstrap" in page
    other = {**before, "corpus": {"articles": 3, "sha256": "…"}}
    assert "over different articles" in report.page(after, other)
    assert "no question in common" in report.page(after, {**before, "records": []})
