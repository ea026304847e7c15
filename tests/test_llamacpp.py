from __future__ import annotations

import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest

from assistant import Assistant, AssistantError, Settings, llamacpp
from tests.model_server import smollm2_file


def test_a_file_answers_and_its_process_ends_with_the_assistant(
    seed_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens: loopback must not go there
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # two wait for each other on a busy machine
    path = smollm2_file()
    changes = {
        "model": f"llamacpp:{path}",
        "top_k": 1,
        "model_max_tokens": 24,
        "model_context": 100_000,
        "repair": False,
    }
    with Assistant(seed_settings.model_copy(update=changes)) as assistant:
        assert path not in llamacpp._running  # nothing is loaded before the first question
        answer = assistant.answer("who leads Japan's talks?")
        assert not any("connection" in note.text for note in answer.notes), answer.notes
        assert answer.usage["input_tokens"] > 100 and 0 < answer.usage["output_tokens"] <= 24
        with Assistant(assistant.settings) as second:
            running = llamacpp._running[path]
            second.answer("How much did the Nikkei climb?")
            assert llamacpp._running[path] is running
        assert running.process.poll() is None  # the first assistant still needs it
        assert running.served.context == 8_192  # what the file says, not what was asked for
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                f"{running.served.url}/models", timeout=10
            )
    assert running.process.returncode == 0 and path not in llamacpp._running


def test_what_llama_cpp_cannot_run_is_said(tmp_path: Path) -> None:
    assert find_spec("xllamacpp")
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(500))
    with pytest.raises(AssistantError, match=r"llama\.cpp could not run .*broken\.gguf"):
        llamacpp.serve(llamacpp.path_of(f"llamacpp:{broken}"), 1_024)
    assert broken not in llamacpp._running
