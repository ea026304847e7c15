"""More than one machine: one PostgreSQL, one Chroma server, and processes with nothing of their own but caches."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from assistant import Settings
from corpus import embedder
from corpus.errors import AssistantError
from corpus.store import Corpus
from ingest import ingest
from tests.browser import answered, chat
from tests.cheap import CheapEmbedder, found
from tests.servers import PostgreSQL, chroma_server, free_port

Write = Callable[..., Path]

MINE = {"id": "mine", "title": "Mine reopens", "text": "The copper mine at Karsk reopened on Monday."}
PORT = {"id": "port", "title": "Port closes", "text": "The port of Veldt was closed because of a storm."}
LAKE = {"id": "lake", "title": "Cold days", "text": "Lake Orlo froze in January for the first time."}


def test_two_pages_answer_from_one_server_and_one_database_while_another_process_writes(
    browser: Browser, postgresql: PostgreSQL, chroma_url: str, tmp_path: Path, article_file: Write
) -> None:
    shared = {"chroma_url": chroma_url, "database_url": postgresql.database()}
    first, second, writer = (Settings(home=tmp_path / name, **shared) for name in ("first", "second", "writer"))
    with chat(first) as one, chat(second) as two:
        assert len(ingest([str(article_file(MINE, PORT))], writer).added) == 2
        pages = [browser.new_page(), browser.new_page()]
        for page, address in zip(pages, (one, two), strict=True):
            page.goto(address)
            assert "Karsk" in answered(page, "Where did the copper mine reopen?")
        ingest([str(article_file(LAKE))], writer)
        for page in pages:
            assert "Orlo froze" in answered(page, "Which lake froze in January?")
        with closing(Corpus(writer)) as corpus:
            corpus.remove("mine")
            assert corpus.check(repair=False) == []
        for page in pages:
            assert "Karsk" not in answered(page, "Where did the copper mine reopen?")
            expect(page.locator(".problem")).to_have_count(0)
    for settings in (first, second):
        assert not (settings.home / "record.sqlite").exists() and not (settings.home / "chroma").exists()
        with closing(Corpus(settings)) as corpus:
            assert corpus.check(repair=False) == []


# What follows does without the models


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every corpus that is opened has an embedder that costs nothing."""
    monkeypatch.setattr(embedder, "shared", lambda name: CheapEmbedder())


def towns(count: int) -> list[dict[str, object]]:
    return [{"id": f"t{n}", "text": f"In town{n} the mayor spoke of bridge{n}. " * 20} for n in range(count)]


def test_indexes_of_ones_own_follow_a_shared_database(
    postgresql: PostgreSQL, cheap: None, tmp_path: Path, article_file: Write
) -> None:
    url = postgresql.database()
    one, two = (Corpus(Settings(home=tmp_path / name, database_url=url)) for name in ("one", "two"))
    with closing(one), closing(two):
        ingest([str(article_file(*towns(3)))], one.settings)
        assert "t2" in found(one, "town2") & found(two, "town2")
        two.remove("t2")
        assert "t2" not in found(one, "town2") | found(two, "town2")
        ingest([str(article_file(*towns(3)))], two.settings)
        assert "t2" in found(one, "town2") & found(two, "town2")
        assert one.check(repair=False) == two.check(repair=False) == []


def test_an_index_that_another_process_makes_again_is_found_again(
    postgresql: PostgreSQL, chroma_url: str, cheap: None, tmp_path: Path, article_file: Write
) -> None:
    shared = {"chroma_url": chroma_url, "database_url": postgresql.database()}
    one, two = (Corpus(Settings(home=tmp_path / name, **shared)) for name in ("one", "two"))
    with closing(one), closing(two):
        ingest([str(article_file(*towns(3)))], one.settings)
        assert "t1" in found(one, "town1") & found(two, "town1")
        two._vectors.rebuild(0)
        assert "t1" in found(one, "town1") & found(two, "town1")


@pytest.mark.parametrize("away", ["database", "chroma"])
def test_a_server_that_goes_away_loses_nothing(
    away: str, cheap: None, tmp_path: Path, article_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of an ingest, and under a reader: both are told, and both go on when it is back."""
    monkeypatch.setattr("ingest.pipeline._BATCH", 4)
    monkeypatch.setattr("ingest.pipeline.CHUNK", 8)
    file, port, embed = str(article_file(*towns(40))), free_port(), CheapEmbedder.embed
    server = PostgreSQL()
    with closing(server):
        settings = Settings(
            home=tmp_path / "one", database_url=server.database(), chroma_url=f"http://127.0.0.1:{port}"
        )
        batches = 0
        chroma = chroma_server(tmp_path / "chroma", port)

        def cut(self: CheapEmbedder, texts: list[str]) -> object:
            nonlocal batches
            batches += 1
            if batches == 5:
                server.stop(signal.SIGQUIT) if away == "database" else chroma.__exit__(None, None, None)
            return embed(self, texts)

        chroma.__enter__()
        with closing(Corpus(settings.model_copy(update={"home": tmp_path / "two"}))) as reader:
            with monkeypatch.context() as patched:
                patched.setattr(CheapEmbedder, "embed", cut)
                with pytest.raises(AssistantError, match={"database": "cannot be used", "chroma": "chroma run"}[away]):
                    ingest([file], settings)
            with pytest.raises(AssistantError):
                reader.dense(reader.embedder.embed(["town1"])[0], 3)
            if away == "database":
                server.start()
            else:
                chroma = chroma_server(tmp_path / "chroma", port)
                chroma.__enter__()
            there = reader.record.counts()[0]
            assert 0 < there < 40 and "t1" in found(reader, "town1")
            report = ingest([file], settings)
            assert (len(report.unchanged), len(report.added), report.changed) == (there, 40 - there, [])
            assert "t39" in found(reader, "town39") and reader.check(repair=False) == []
        chroma.__exit__(None, None, None)
