"""Where a setting's value comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import AssistantError, Settings


def test_an_argument_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("ASSISTANT_TOP_K=3\nASSISTANT_HOME=from-file\nOTHER=1\n")
    assert (Settings().top_k, Settings().home) == (3, Path("from-file"))
    monkeypatch.setenv("ASSISTANT_TOP_K", "4")
    assert Settings().top_k == 4
    assert Settings(top_k=5).top_k == 5


def test_out_of_the_box_nothing_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings()
    assert (settings.home, settings.model) == (Path(".assistant"), "reader")
    assert (settings.chroma_url, settings.database_url) == (None, None)


def test_models_to_choose_from_are_parted_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_MODELS", "openai:gpt-5-mini, ollama:qwen3,")
    assert Settings().models == ("openai:gpt-5-mini", "ollama:qwen3")
    assert Settings(models=("*",)).models == ("*",)


def test_equal_settings_are_one_key() -> None:
    assert hash(Settings(home="a")) == hash(Settings(home="a")) and Settings(home="a") == Settings(home="a")


@pytest.mark.parametrize(("field", "value"), [("threshold", 1.5), ("top_k", 0), ("model_timeout", "soon")])
def test_a_value_that_cannot_be_used_names_the_setting(field: str, value: object) -> None:
    with pytest.raises(AssistantError, match=f"ASSISTANT_{field.upper()}"):
        Settings(**{field: value})
