"""The graph that OpenVINO runs: the same figures as torch's, and none of torch's company."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from assistant import AssistantError, Settings, spans
from corpus import bert, embedder
from corpus.embedder import DEFAULT_MODEL, packaged

ROOT = Path(__file__).parents[1]
TEXTS = [
    "who leads Japan's talks?",
    "Bridge closed\n2025-04-08\nThe harbour bridge was closed on Monday; repairs cost 4.5 million crowns.",
    "Ферри ходит каждые десять минут. " * 9,
    "One sentence that is said again and again. " * 60,  # more than is embedded
    "",
]


@pytest.fixture(scope="module")
def embedding() -> Path:
    folder = packaged()
    assert folder
    return folder


@pytest.fixture(scope="module")
def reading() -> Path:
    return Path(str(files("assistant").joinpath("weights")))


def test_vectors_are_those_of_sentence_transformers(embedding: Path) -> None:
    ours, theirs = embedder._Bert(embedding), embedder._SentenceTransformer(str(embedding))
    assert (ours.max_tokens, ours.dimension) == (theirs.max_tokens, theirs.dimension)
    assert ours.count(TEXTS) == theirs.count(TEXTS)
    vectors = [model.encode(TEXTS) for model in (ours, theirs)]
    unit = [each / np.linalg.norm(each, axis=1, keepdims=True) for each in vectors]
    assert (unit[0] * unit[1]).sum(axis=1).min() >= 0.999


def test_logits_are_those_of_transformers(reading: Path) -> None:
    ours, theirs = spans._Bert(reading), spans._Transformers(str(reading))
    encoded = [model.encode("How much do the repairs cost?", TEXTS) for model in (ours, theirs)]
    assert [each.ids for each in encoded[0]] == [each.ids for each in encoded[1]]
    assert [each.offsets for each in encoded[0]] == [each.offsets for each in encoded[1]]
    for mine, other in zip(ours.logits(encoded[0]), theirs.logits(encoded[1]), strict=True):
        assert mine.shape == other.shape
        assert np.abs(mine - other).max() < 0.4  # of about 12; two roundings to bfloat16


def test_a_vector_is_the_same_whatever_is_asked_beside_it() -> None:
    together = embedder.shared(DEFAULT_MODEL).embed(TEXTS)
    found: dict[int, np.ndarray] = {}
    threads = [
        Thread(target=lambda n=n: found.__setitem__(n, embedder.shared(DEFAULT_MODEL).embed([TEXTS[n]])[0]))
        for n in range(len(TEXTS))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(together[number], found[number]) for number in range(len(TEXTS)))


@pytest.mark.parametrize("broken", [b"", b"no weights", None])
def test_weights_that_are_not_whole_are_an_error_with_the_way_out(
    tmp_path: Path, reading: Path, broken: bytes | None
) -> None:
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).symlink_to(reading / name)
    weights = broken if broken is not None else (reading / "model.safetensors").read_bytes()[:1_000_000]
    (tmp_path / "model.safetensors").write_bytes(weights)
    with pytest.raises(AssistantError, match="ASSISTANT_READER_MODEL"):
        spans.SpanModel(str(tmp_path)).load()


@pytest.mark.parametrize(
    ("change", "file"),
    [
        ({"model_type": "roberta"}, "config.json"),
        ({"hidden_act": "relu"}, "config.json"),
        ({"dtype": "bfloat16"}, "config.json"),
        ({"position_embedding_type": "relative_key"}, "config.json"),
        ({"pooling_mode_cls_token": True}, "1_Pooling/config.json"),
        ({"do_lower_case": True}, "sentence_bert_config.json"),
    ],
)
def test_what_the_graph_does_not_compute_is_left_to_torch(
    tmp_path: Path, embedding: Path, change: dict[str, object], file: str
) -> None:
    for source in embedding.rglob("*.*"):
        place = tmp_path / source.relative_to(embedding)
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(source)
    assert embedder._is_plain(tmp_path)
    changed = json.loads((tmp_path / file).read_text("utf-8")) | change
    (tmp_path / file).unlink()
    (tmp_path / file).write_text(json.dumps(changed), "utf-8")
    assert not embedder._is_plain(tmp_path)


def test_without_openvino_torch_runs_the_models(monkeypatch: pytest.MonkeyPatch, reading: Path) -> None:
    monkeypatch.setattr(bert, "find_spec", lambda name: None)
    assert isinstance(embedder._load(DEFAULT_MODEL), embedder._SentenceTransformer)
    assert isinstance(spans._load(str(reading)), spans._Transformers)


def test_a_question_of_a_whole_page_is_read_as_far_as_it_goes() -> None:
    question, text = "why was it closed " * 100, "The bridge was closed on Monday."
    ((mark,),) = spans.shared(spans.DEFAULT_MODEL).mark(question, [text], ["Bridge"], [[(0, len(text))]])
    assert 0 <= mark.start < mark.end <= len(text)


def test_threads_are_as_many_as_openmp_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert bert.threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "")
    assert bert.threads() >= 1


def imported(code: str, home: Path, among: str) -> list[str]:
    """Which of the packages a program of that code has imported at its end."""
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys\n{code}\nprint(*(set({among.split()}) & sys.modules.keys()), file=sys.stderr)",
        ],
        env={"ASSISTANT_HOME": str(home), "HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stderr.split()


def test_an_answer_of_the_reader_needs_no_torch_and_tells_nobody_of_itself(seed_settings: Settings) -> None:
    code = """from assistant.cli import main; assert main(["ask", "who leads Japan's talks?"]) == 0"""
    heavy = "torch transformers sentence_transformers langchain langchain_core gradio openvino_telemetry"
    assert imported(code, seed_settings.home, f"openvino {heavy}") == ["openvino"]
    assert not (seed_settings.home / "intel").exists()


@pytest.mark.parametrize("command", ["assistant", "ingest"])
def test_help_needs_next_to_nothing(tmp_path: Path, command: str) -> None:
    code = f"""
from {command}.cli import main
try:
    main(["--help"])
except SystemExit:
    pass"""
    assert imported(code, tmp_path, "numpy pydantic sqlalchemy chromadb tantivy openvino httpx langchain_core") == []
