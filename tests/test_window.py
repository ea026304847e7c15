from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.window import fitted, tokens
from corpus.text import sentences
from corpus.types import Passage
from tests.texts import odd_text


def passage(text: str) -> Passage:
    return Passage("a", 1, "Title", None, None, None, 7, 7 + len(text), text)


# Counted with SmolLM2's tokenizer.
@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("日本銀行は金利を引き上げた。米国との協議は水曜日に始まる。", 52),
        ("Der Bundestag beschließt eine Haushaltssperre für das kommende Jahr.", 26),
        ("Центральный банк повысил ставку до 6,2 процента в среду.", 43),
        ("البنك المركزي يرفع الفائدة يوم الأربعاء", 36),
        ("L'État a décidé d'augmenter les impôts après l'été.", 24),
        ("한국은행은 금리를 인상했다고 밝혔다.", 44),
        ("Prices: 3.14%, 2,718; 1,618 (41/2) $5.5bn € 7", 36),
        ("केंद्रीय बैंक ने ब्याज दर बढ़ाई", 36),
    ],
)
def test_tokens_are_not_underrated(text: str, counted: int) -> None:
    assert counted <= tokens(text) <= 3 * counted


@settings(deadline=None)
@given(st.lists(odd_text(), max_size=5), st.integers(-10, 3_000))
def test_whole_sentences_best_first_within_the_room(texts: list[str], room: int) -> None:
    passages = [passage(text) for text in texts]
    chosen = fitted(passages, room, each=10)
    assert sum(tokens(p.text) + 10 for p in chosen) <= max(room, 0)
    for given_passage, whole in zip(chosen, passages, strict=False):
        assert whole.text.startswith(given_passage.text)
        assert given_passage.end - given_passage.start == len(given_passage.text)
        ends = {end for _, end in sentences(whole.text)} | {len(whole.text)}
        assert len(given_passage.text) in ends
    assert all(p is whole for p, whole in zip(chosen[:-1], passages, strict=False))


def test_what_fits_is_given_whole() -> None:
    passages = [passage("One. Two."), passage("Three.")]
    assert fitted(passages, 1_000, each=10) == passages
    assert fitted(passages, 0, each=10) == []
