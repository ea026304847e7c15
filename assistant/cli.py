"""The `assistant` command: verbs on the public API, each of which imports what it needs."""

from __future__ import annotations

import argparse
import contextlib
import sys
import textwrap
import threading
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.page import command as page_command
from corpus.console import FAILED, MISUSED, print_json, run
from corpus.errors import AssistantError
from evals.arguments import add_arguments

if TYPE_CHECKING:
    from assistant.answers import Answer
    from assistant.engine import Assistant

_WIDTH = 100


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    return run(lambda: int(options.run(options)), as_json=getattr(options, "json", False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="assistant", description="Ask questions about the articles in the corpus.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Any, summary: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=summary, description=summary)
        added.set_defaults(run=run)
        if name != "chat":
            added.add_argument("--json", action="store_true", help="print one JSON document")
        return added

    ask = verb("ask", _ask, "Answer a question, with citations; or say that the articles do not.")
    ask.add_argument("question")
    _add_bounds(ask)
    ask.add_argument(
        "--model",
        help="reader (no chat model), PROVIDER:MODEL such as openai:gpt-5-mini or ollama:qwen3, or llamacpp:FILE.gguf",
    )
    search = verb("search", _search, "List the passages that fit a query, best first.")
    search.add_argument("query")
    search.add_argument("-k", type=int, default=20, metavar="N", help="how many (default 20)")
    _add_bounds(search)
    page_command.add_arguments(verb("chat", _chat, "Serve the chat page, and beside it the doors for programs."))
    user = verb("user", page_command.user, "Add a person, or with --token a program, to the file of chat --auth.")
    page_command.add_user_arguments(user)
    evaluate = verb("eval", _eval, "Ask a set of questions and measure the answers.")
    add_arguments(evaluate)
    verb("articles", _articles, "List the articles, newest first.")
    show = verb("show", _show, "Show an article.")
    show.add_argument("article_id")
    remove = verb("remove", _remove, "Remove an article from everywhere.")
    remove.add_argument("article_id")
    exporting = verb("export", _export, "Write all articles, with all their versions, to a file that ingest takes.")
    exporting.add_argument("file", metavar="FILE.jsonl", help="compressed if its name ends in .jsonl.gz")
    check = verb("check", _check, "Say whether the corpus is whole.")
    check.add_argument(
        "--repair", action="store_true", help="make it whole: rebuild the search indexes from the record"
    )
    return parser


def _add_bounds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as-of", metavar="DATE", help="the day the question is asked on: later articles do not count")
    parser.add_argument("--since", metavar="DATE", help="only articles published on that day or later")
    parser.add_argument("--until", metavar="DATE", help="only articles published on that day or earlier")
    parser.add_argument("--source", metavar="NAME", help="only articles of this outlet")


def _bounds(options: argparse.Namespace) -> dict[str, str | None]:
    return {name: getattr(options, name) for name in ("as_of", "since", "until", "source")}


def _open(**settings: Any) -> Assistant:
    from assistant.engine import Assistant
    from corpus.settings import Settings

    return Assistant(Settings(**settings))


def _ask(options: argparse.Namespace) -> int:
    with _open(**({"model": options.model} if options.model else {})) as assistant:
        assistant.load()
        answer = assistant.answer(options.question, **_bounds(options))
    if options.json:
        print_json(answer.as_dict())
    else:
        print(_readable(answer))
    return 0


def _readable(answer: Answer) -> str:
    lines = [*textwrap.wrap(answer.text, _WIDTH), ""]
    if answer.short_answer and answer.short_answer != answer.sentences[0].text:
        lines = [answer.short_answer, "", *lines]
    for c in answer.citations:
        lines.append(f"[{c.marker}] {_described(c.title, c.source, c.published)}")
        quote = f"“{' '.join(c.quote.split())}”"
        lines += textwrap.wrap(quote, _WIDTH, initial_indent="    ", subsequent_indent="    ")
        lines.append(f"    {c.article_id}, characters {c.start} to {c.end}")
    for note in answer.notes:
        lines += ["", *textwrap.wrap(f"({note.kind}) {note.text}", _WIDTH)]
    return "\n".join([*lines, "", f"as of {answer.as_of} · {answer.model} · confidence {answer.confidence:.2f}"])


def _described(title: str, source: str | None, published: str | None) -> str:
    return " · ".join([title, source or "outlet unknown", published or "undated"])


def _search(options: argparse.Namespace) -> int:
    with _open() as assistant:
        passages = assistant.search(options.query, options.k, **_bounds(options))
    if options.json:
        print_json([asdict(passage) for passage in passages])
        return 0
    for rank, p in enumerate(passages, 1):
        copies = f" · also in {len(p.copies)} more" if p.copies else ""
        print(f"{rank}. {_described(p.title, p.source, p.published)}{copies} · {p.score:.3f}")
        shown = textwrap.shorten(p.text, 3 * _WIDTH, placeholder=" …")
        print(textwrap.fill(shown, _WIDTH, initial_indent="   ", subsequent_indent="   "))
        print(f"   {p.article_id}, characters {p.start} to {p.end}")
    if not passages:
        print("No passage was found.", file=sys.stderr)
    return 0


def _chat(options: argparse.Namespace) -> int:
    serving = page_command.serving(options)
    if serving is None:
        return MISUSED
    from assistant.page.app import serve

    with _open() as assistant:
        # Beside the serving: the page is there at once, and the first question seldom has to wait.
        threading.Thread(target=_load, args=(assistant,), daemon=True).start()
        serve(assistant, host=options.host, port=options.port, options=serving)
    return 0


def _load(assistant: Assistant) -> None:
    # What is wrong with the models or the corpus, the first question tells the person who asks it.
    with contextlib.suppress(AssistantError):
        assistant.load()


def _eval(options: argparse.Namespace) -> int:
    from corpus.settings import Settings
    from evals import command

    return command.main(options, Settings())


def _articles(options: argparse.Namespace) -> int:
    with _open() as assistant:
        articles = assistant.articles()
    if options.json:
        print_json([asdict(article) for article in articles])
        return 0
    for a in articles:
        print(f"{_described(a.title, a.source, a.published)}\n   {a.id}, version {a.version}, {a.passages} passages")
    print(f"{len(articles)} articles", file=sys.stderr)
    return 0


def _show(options: argparse.Namespace) -> int:
    with _open() as assistant:
        article = assistant.article(options.article_id)
    if options.json:
        print_json(asdict(article))
    else:
        where = f"\n{article.url}" if article.url else ""
        print(f"{_described(article.title, article.source, article.published)}{where}\n\n{article.text}")
    return 0


def _remove(options: argparse.Namespace) -> int:
    with _open() as assistant:
        assistant.remove(options.article_id)
    if options.json:
        print_json({"removed": options.article_id})
    print(f"Removed {options.article_id}.", file=sys.stderr)
    return 0


def _export(options: argparse.Namespace) -> int:
    from corpus.export import export
    from corpus.settings import Settings
    from corpus.store import Corpus

    with contextlib.closing(Corpus(Settings())) as corpus:
        count = export(corpus.record, Path(options.file))
    if options.json:
        print_json({"file": options.file, "articles": count})
    print(f"{count} articles, each version counted. To take them in: ingest {options.file}", file=sys.stderr)
    return 0


def _check(options: argparse.Namespace) -> int:
    with _open() as assistant:
        problems = assistant.check(repair=options.repair)
    repaired = bool(problems) and options.repair
    if options.json:
        print_json({"problems": problems, "repaired": repaired})
    for problem in problems:
        print(problem, file=sys.stderr)
    verdict = "The corpus is whole." if not problems else "Repaired." if repaired else "Run: assistant check --repair"
    print(verdict, file=sys.stderr)
    return 0 if repaired or not problems else FAILED
