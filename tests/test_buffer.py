"""Sentences out of a stream of words."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import example, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from assistant.buffer import SentenceBuffer
from tests.texts import MODEL_WORDS, odd_text

MODEL_TEXT = st.lists(MODEL_WORDS, max_size=25).map("".join) | odd_text()


def buffered(text: str, cuts: list[int]) -> tuple[list[str], list[str]]:
    """What a buffer gives while the text comes in portions, and what at the end."""
    buffer = SentenceBuffer()
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    given = [piece for start, end in itertools.pairwise(edges) for piece in buffer.feed(text[start:end])]
    return given, buffer.finish()


@given(MODEL_TEXT, st.lists(st.integers(0, 10_000), max_size=8))
@example("It fell. [1, 2] It rose.", list(range(24)))
@example("Hm.<think> It fell. It rose. </think> It stood. [1] Yes.", list(range(56)))
@budget(max_examples=150, deadline=None)
def test_sentences_do_not_depend_on_the_portions_they_came_in(text: str, cuts: list[int]) -> None:
    assert buffered(text, cuts) == buffered(text, [])


@given(st.lists(MODEL_WORDS.filter(lambda words: "think>" not in words), max_size=25).map("".join))
@budget(max_examples=150, deadline=None)
def test_nothing_is_lost_or_given_twice(text: str) -> None:
    given_early, rest = buffered(text, [])
    assert re.findall(r"[^\W\d_]", "".join(given_early + rest)) == re.findall(r"[^\W\d_]", text)


@pytest.mark.parametrize(
    "markers", [" [1]", "[1]", " [1][2]", " [1] [2]", " [1, 2]", " [passage 1]", " 【1】", "\n[1]\n"]
)
@pytest.mark.parametrize("end", [".", "!", ".”", "%."])
def test_a_sentence_waits_for_the_markers_behind_it(end: str, markers: str) -> None:
    text = f"The first fell 6{end}{markers} The second rose."
    buffer = SentenceBuffer()
    first, second = text.split(" The ")
    assert not any(buffer.feed(letter) for letter in f"{first} The")
    [given] = buffer.feed(" ")
    assert re.findall(r"\d", given) == re.findall(r"\d", first)
    assert [*buffer.feed(second), *buffer.finish()] == [f"The {second}"]


def test_thoughts_layout_and_unfinished_speech() -> None:
    text = (
        "<think>The user asks. I say so.</think>\n## Answer\n\n**Japan** has no leader. [1]\n\n- Bessent leads the "
        "U.S. side [2]\n2. “We go. They come,” he said. [3] Then (he left. Twice.) they slept."
    )
    assert buffered(text, []) == (
        [
            "Answer",
            "Japan has no leader [1].",
            "Bessent leads the U.S. side [2]",
            "“We go. They come,” he said [3].",
        ],
        ["Then (he left. Twice.) they slept."],
    )


def test_thoughts_that_never_end_are_never_said() -> None:
    assert buffered("It fell. <think> It rose. It", []) == ([], ["It fell."])
    assert buffered("So it seems. </think> It fell.", []) == (["So it seems."], ["It fell."])
