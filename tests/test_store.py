"""The indexes follow the record, are made again when broken, and never show what the record does not hold."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock

from assistant import Assistant, AssistantError, Settings
from corpus import embedder
from corpus.dates import bound
from corpus.store import Corpus
from corpus.types import Bounds
from ingest import ingest
from tests.cheap import CheapEmbedder

Write = Callable[..., Path]
ROOT = Path(__file__).parents[1]

MINE = {"id": "mine", "title": "Mine reopens", "published": "2025-03-01", "text": "The copper mine at Karsk reopened."}
PORT = {
    "id": "port",
    "title": "Port closes",
    "published": "2025-03-02",
    "text": "The port of Veldt was closed.",
}


def found(assistant: Assistant, query: str) -> set[str]:
    return {passage.article_id for passage in assistant.search(query)}


@pytest.fixture
def two(settings: Settings, article_file: Write) -> Settings:
    ingest([str(article_file(MINE, PORT))], settings)
    return settings


def damage_chroma(home: Path) -> None:
    for path in (home / "chroma").rglob("*"):
        if path.is_file():
            os.truncate(path, path.stat().st_size // 3)


def damage_words(home: Path) -> None:
    for path in (home / "words").glob("*.*"):
        os.truncate(path, path.stat().st_size // 3)


def lose(name: str) -> Callable[[Path], None]:
    return lambda home: shutil.rmtree(home / name)


@pytest.mark.parametrize("harm", [damage_chroma, damage_words, lose("chroma"), lose("words")])
def test_a_damaged_or_missing_index_is_made_again(two: Settings, harm: Callable[[Path], None]) -> None:
    harm(two.home)
    with Assistant(two) as assistant:
        assert found(assistant, "copper mine") == {"mine", "port"}
        assert assistant.check() == []


def test_check_names_the_problem_and_repair_ends_it(two: Settings) -> None:
    damage_chroma(two.home)
    with Assistant(two) as assistant:
        assert any("vectors" in problem for problem in assistant.check())
        assert assistant.check(repair=True)
        assert assistant.check() == []


def test_an_index_of_another_record_is_not_believed(two: Settings, tmp_path: Path, article_file: Write) -> None:
    other = Settings(home=tmp_path / "other")
    ingest([str(article_file({"id": "lake", "text": "The lake froze in January."}, name="lake.jsonl"))], other)
    for name in ("chroma", "words"):
        shutil.rmtree(two.home / name)
        shutil.copytree(other.home / name, two.home / name)
    with Assistant(two) as assistant:
        assert found(assistant, "copper mine") == {"mine", "port"}


def test_a_commit_that_the_indexes_missed_is_taken_in_at_the_next_start(two: Settings, article_file: Write) -> None:
    # As after a kill between the record's commit and the indexes' taking in.
    keep = {name: two.home / f"{name}.before" for name in ("chroma", "words")}
    for name, path in keep.items():
        shutil.copytree(two.home / name, path)
    lake = {"id": "lake", "text": "The lake froze in January."}
    ingest([str(article_file({**MINE, "text": "The copper mine at Karsk closed again."}, lake, name="b.jsonl"))], two)
    for name, path in keep.items():
        shutil.rmtree(two.home / name)
        path.rename(two.home / name)
    with Assistant(two) as assistant:
        assert found(assistant, "lake froze") == {"mine", "port", "lake"}
        texts = [passage.text for passage in assistant.search("copper mine")]
        assert texts[0] == "The copper mine at Karsk closed again."
        assert not any("reopened" in text for text in texts)
        assert assistant.check() == []


def test_what_another_process_writes_and_removes_becomes_visible(two: Settings, article_file: Write) -> None:
    lake = article_file({"id": "lake", "text": "The lake froze in January."}, name="lake.jsonl")
    environment = {**os.environ, "ASSISTANT_HOME": str(two.home), "PYTHONPATH": str(ROOT)}
    with Assistant(two) as assistant:
        assert found(assistant, "lake") == {"mine", "port"}
        subprocess.run([sys.executable, "-m", "ingest", str(lake)], env=environment, check=True, capture_output=True)
        assert found(assistant, "lake froze") == {"mine", "port", "lake"}
        subprocess.run(
            [sys.executable, "-m", "assistant", "remove", "mine"], env=environment, check=True, capture_output=True
        )
        assert found(assistant, "copper mine") == {"port", "lake"}


def test_a_removed_article_is_not_found_even_while_the_indexes_still_hold_it(two: Settings) -> None:
    corpus = Corpus(two)
    with Assistant(two) as assistant, FileLock(two.home / "index.lock"):  # keeps the reader from catching up
        assert found(assistant, "copper mine") == {"mine", "port"}
        corpus.record.remove("mine")
        assert found(assistant, "copper mine") == {"port"}
    corpus.close()


def test_a_second_writer_is_told_to_wait(two: Settings, article_file: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corpus.store._LOCK_SECONDS", 0.05)
    corpus = Corpus(two)
    with corpus.writing(), pytest.raises(AssistantError, match="Another process has been writing"):
        ingest([str(article_file(MINE))], two)
    corpus.close()


@pytest.mark.parametrize("field", ["embedding_model", "passage_tokens"])
def test_a_corpus_made_with_other_settings_is_refused_with_what_to_do(two: Settings, field: str) -> None:
    value = {"embedding_model": "some-other-model", "passage_tokens": 64}[field]
    with pytest.raises(AssistantError, match=f"{field}.*ASSISTANT_{field.upper()}=.*new ASSISTANT_HOME"):
        Assistant(two.model_copy(update={field: value}))


def test_a_home_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(AssistantError, match="ASSISTANT_HOME"):
        Assistant(Settings(home=tmp_path / "file" / "corpus"))


@pytest.mark.parametrize("few", [0, 72, 10**9], ids=["by asking for more", "as it comes", "by comparing those left"])
def test_the_nearest_within_bounds_are_the_nearest_of_those_within(
    few: int, settings: Settings, article_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpus.store._FEW", few)
    monkeypatch.setattr(embedder, "shared", lambda name: CheapEmbedder())
    days = [
        {"id": f"a{n}", "source": f"Outlet {n % 5}", "text": f"The mayor of town{n} spoke of bridge{n % 7}."}
        for n in range(60)
    ]
    ingest(
        [str(article_file(*({**day, "published": f"2025-03-{n % 30 + 1:02}"} for n, day in enumerate(days))))], settings
    )
    with closing(Corpus(settings)) as corpus:
        vector = corpus.embedder.embed(["bridge3."])[0]
        entries = corpus.record.added(0, corpus.record.change(), limit=100)
        likeness = {entry.id: float(entry.vector @ vector) for entry in entries}
        assert len(corpus.dense(vector, 60)) == len(likeness) == 60
        for bounds in (
            Bounds(source="outlet 2"),
            Bounds(since=bound("since", "2025-03-20")),
            Bounds(since=bound("since", "2025-03-05"), as_of=bound("as_of", "2025-03-25"), source="Outlet 1"),
            Bounds(as_of=bound("as_of", "2025-03-02")),
        ):
            within = corpus.record.passages([*likeness], bounds)
            assert 0 < len(within) < 60
            found = corpus.dense(vector, 5, bounds)
            assert set(found) <= set(within)  # among which some are equally near
            best = sorted((likeness[key] for key in within), reverse=True)[:5]
            assert [likeness[key] for key in found] == pytest.approx(best)
        assert corpus.dense(vector, 5, Bounds(source="none")) == []


# A real Chroma server


def test_a_chroma_server_holds_the_vectors(settings: Settings, article_file: Write, chroma_url: str) -> None:
    shared = settings.model_copy(update={"chroma_url": chroma_url})
    ingest([str(article_file(MINE, PORT))], shared)
    assert not (shared.home / "chroma").exists()
    with Assistant(shared) as assistant:
        assert found(assistant, "copper mine") == {"mine", "port"}
        assistant.remove("mine")
        assert found(assistant, "copper mine") == {"port"}
        assert assistant.check() == []
    # Any Chroma client can read it.
    import chromadb

    client = chromadb.HttpClient(host="127.0.0.1", port=int(chroma_url.rsplit(":", 1)[1]))
    stored = client.get_collection("passages").get()
    assert stored["documents"] == [PORT["text"]]
    assert stored["metadatas"] and stored["metadatas"][0]["article_id"] == "port"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense", "ftp://127.0.0.1"])
def test_a_chroma_server_that_is_not_there_says_how_to_start_it(settings: Settings, url: str) -> None:
    there = settings.model_copy(update={"chroma_url": url})
    with Assistant(there) as assistant, pytest.raises(AssistantError, match="chroma run"):
        assistant.search("anything")


_WATCHED = """
import sys
spoken_to = set()
def watch(event, arguments):
    if event == "socket.connect":
        spoken_to.add(f"http://{arguments[1][0]}:{arguments[1][1]}")
    elif event == "socket.getaddrinfo":
        spoken_to.add(f"http://{arguments[0]}:{arguments[1]}")
sys.addaudithook(watch)
import assistant
answer = assistant.answer("Where is the copper mine?")
assert answer.model == "reader" and answer.passages, answer
print(*spoken_to)
"""


def test_in_reader_mode_only_the_configured_server_is_spoken_to(
    settings: Settings, article_file: Write, chroma_url: str
) -> None:
    ingest([str(article_file(MINE, PORT))], settings.model_copy(update={"chroma_url": chroma_url}))
    environment = {"ASSISTANT_HOME": str(settings.home), "ASSISTANT_CHROMA_URL": chroma_url, "HF_HUB_OFFLINE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED],
        env=os.environ | environment | {"PYTHONPATH": str(Path(__file__).parents[1])},
        cwd=settings.home,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [chroma_url]
