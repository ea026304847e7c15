"""How fast the page is, in a real browser: from the start of the program to an article open at its quote.

    python -m benchmarks.page CORPUS QUESTIONS [--save results/page.json] [--limit N]

CORPUS is a folder as `ASSISTANT_HOME`, best a copy; QUESTIONS a file as `assistant eval` takes it. The questions are
asked one after the other, each in a new chat, without a chat model. The first is told apart: it waits for the models.
Times are taken by the browser itself, in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from evals import questions

_CHROMIUM = ["--no-sandbox", "--disable-gpu"]
_WAIT = 120_000  # milliseconds
# Resolves when something stands in the page, looked for whenever the page changes.
_WHEN = """
const when = (ready) => new Promise((resolve) => {
  const look = () => { if (ready()) { observer.disconnect(); resolve(performance.now()); } };
  const observer = new MutationObserver(look);
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  look();
});
"""
_ASK = f"""async (question) => {{ {_WHEN}
  const box = document.querySelector("#composer textarea");
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, question);
  box.dispatchEvent(new Event("input", {{ bubbles: true }}));
  await new Promise(requestAnimationFrame);
  const started = performance.now();
  document.querySelector("#send").click();
  const said = await when(() => document.querySelector(".said")?.textContent);
  const whole = await when(() => document.querySelector(".turn[aria-busy=false]"));
  return {{ first_word: said - started, answer: whole - started }};
}}"""
_OPEN = f"""async () => {{ {_WHEN}
  const started = performance.now();
  document.querySelector(".source").click();
  await when(() => document.querySelector("#panel mark"));
  await new Promise(requestAnimationFrame);
  return {{ citation: performance.now() - started }};
}}"""


@contextmanager
def serving(corpus: Path) -> Iterator[str]:
    """The page's address, as `assistant chat` tells it."""
    environment = os.environ | {"ASSISTANT_HOME": str(corpus), "ASSISTANT_MODEL": "reader"}
    command = [sys.executable, "-m", "assistant", "chat", "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        try:
            told = (re.search(r"http://[\d.:]+", line) for line in process.stderr)
            yield next(found.group() for found in told if found)
        finally:
            process.terminate()


def measure(page: Page, question: str) -> dict[str, float]:
    """Milliseconds until the first words, the whole answer, and the article open at the quote."""
    if not page.locator(".welcome").count():
        page.get_by_role("button", name="New chat").click()
    page.locator(".welcome").wait_for(timeout=_WAIT)
    times: dict[str, float] = page.evaluate(_ASK, question)
    return times | (page.evaluate(_OPEN) if page.locator(".source").count() else {})


def run(corpus: Path, asked: list[str]) -> dict[str, Any]:
    """Everything that was measured, and on what."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_CHROMIUM)
        started = perf_counter()
        with serving(corpus) as address:
            listening = perf_counter() - started
            page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
            page.goto(address)
            page.locator(".welcome").wait_for(timeout=_WAIT)
            usable = perf_counter() - started
            first, *rest = (measure(page, question) for question in asked)
            page.reload()
            again = perf_counter()
            page.locator(".welcome").wait_for(timeout=_WAIT)
            reloaded = perf_counter() - again
        browser.close()
    return {
        "machine": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores",
        "load": os.getloadavg(),
        "start": {"listening": 1000 * listening, "usable": 1000 * usable, "reloaded": 1000 * reloaded},
        "first_question": first,
        "questions": rest,
    }


def table(measured: dict[str, Any]) -> Iterator[str]:
    """A line per measure: p50 and p95 over the questions, and the first question's."""
    for name, value in measured["start"].items():
        yield f"{name:12}{value:>9.0f}"
    yield f"{'':12}{'p50':>9}{'p95':>9}{'first':>9}  (ms, {len(measured['questions'])} questions)"
    for name in ("first_word", "answer", "citation"):
        values = [each[name] for each in measured["questions"] if name in each]
        p50, p95 = np.percentile(values, (50, 95))
        yield f"{name:12}{p50:>9.0f}{p95:>9.0f}{measured['first_question'].get(name, float('nan')):>9.0f}"


def main() -> None:
    """Measure, save, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--save", type=Path, default=Path("results/page.json"))
    parser.add_argument("--limit", type=int, default=30, help="how many questions (default 30)")
    args = parser.parse_args()
    asked = [question.question for question in questions.read(args.questions).questions[: args.limit]]
    measured = run(args.corpus, asked)
    args.save.parent.mkdir(parents=True, exist_ok=True)
    args.save.write_text(json.dumps(measured, indent=1), encoding="utf-8")
    print("\n".join(table(measured)))


if __name__ == "__main__":
    main()
