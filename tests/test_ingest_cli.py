"""The flags of `ingest`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from ingest.cli import main
from tests import web_server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of two articles, one of which was ingested and is gone."""
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path / "corpus"))
    folder = tmp_path / "news"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.txt").write_text(f"The talks went on until Friday night, said minister {name}.")
    assert main([str(folder)]) == 0
    (folder / "b.txt").unlink()
    return folder


@pytest.mark.parametrize("arguments", [[], ["a.txt", "--watch", "--every", "soon"]])
def test_bad_usage_is_exit_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


def test_prune_lists_and_asks_whoever_is_there(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = io.StringIO("n\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    capsys.readouterr()
    assert main([str(folder), "--prune", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["pruned"] == []
    assert f"gone: {folder.as_uri()}/b.txt\nRemove these 1 articles" in captured.err
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main([str(folder), "--prune"]) == 0
    assert "1 removed" in capsys.readouterr().err


def test_watch_goes_on_until_it_is_interrupted(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = []

    def sleep(seconds: float) -> None:
        rounds.append(seconds)
        (folder / "c.txt").write_text("A third article came in while the folder was watched.")
        if len(rounds) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("ingest.watch.watch.__kwdefaults__", {"sleep": sleep})
    capsys.readouterr()
    assert main([str(folder), "--watch", "--every", "1h", "--json"]) == 130
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (len(first["added"]), len(second["added"])) == (0, 1) and 3500 < rounds[0] <= 3600


def test_what_failed_can_be_forgotten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.pdf").write_bytes(b"%PDF")
    assert main([str(folder)]) == 1
    assert main([str(folder / "a.txt")]) == 0
    assert "bad.pdf: It is damaged" in capsys.readouterr().err
    assert main(["--forget", str(folder / "bad.pdf"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"forgotten": [f"{folder.as_uri()}/bad.pdf"]}


def test_private_addresses_are_asked_only_when_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSISTANT_HOME", str(tmp_path / "corpus"))
    monkeypatch.setenv("ASSISTANT_FETCH_DELAY", "0")
    with web_server.serving() as server:
        assert main([f"{server.url}/a"]) == 1
        assert "--allow-private" in capsys.readouterr().err and not server.asked
        assert main([f"{server.url}/a", "--allow-private"]) == 1
        assert "404" in capsys.readouterr().err and server.asked["/a"] == 1
