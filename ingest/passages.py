"""Cuts an article into passages: whole sentences, tiling the text, each short enough to be embedded in full."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from corpus import text as texts

Span = texts.Span
CountTokens = Callable[[Sequence[str]], list[int]]

# Title and date may take this much of what the embedder sees; a longer title is cut for it (and only for it).
_HEADER_TOKENS = 48
# Tokens that the embedder adds around a text.
_SPECIAL_TOKENS = 2
# A run of characters that the tokenizer takes for few tokens (a base64 blob is one unknown word) must not become a
# passage that nobody can read: news runs to 4 or 5 characters a token, so ten count as one at least.
_CHARACTERS_PER_TOKEN = 10


def header(title: str, published: str | None, count_tokens: CountTokens) -> str:
    """What stands before a passage when it is embedded: the title and the day."""
    day = f" ({published[:10]})" if published else ""
    words = title.split()
    while words and count_tokens([" ".join(words) + day])[0] > _HEADER_TOKENS:
        words = words[: len(words) * 3 // 4]
    return f"{' '.join(words)}{day}\n"


def cut(text: str, head: str, count_tokens: CountTokens, *, passage_tokens: int, max_tokens: int) -> list[Span]:
    """The spans of the passages: in order, without gap or overlap, from 0 to `len(text)`.

    Each holds at most `passage_tokens` tokens, fewer where the embedder (`max_tokens`) could not take `head` and it. A
    sentence over that limit is cut at a space, or anywhere when it has none.
    """
    limit = min(passage_tokens, max_tokens - _SPECIAL_TOKENS - count_tokens([head])[0])
    starts = [start for start, _ in texts.sentences(text)]
    pieces = list(_between([0, *starts[1:], len(text)])) if starts else [(0, len(text))]
    weights = _weights(text, pieces, count_tokens)
    fine: list[tuple[Span, int]] = []
    for piece, weight in zip(pieces, weights, strict=True):
        fine += [(piece, weight)] if weight <= limit else _cut_sentence(text, piece, limit, count_tokens)
    return _pack(fine, limit)


def _between(edges: Sequence[int]) -> Iterable[Span]:
    return pairwise(edges)


def _weights(text: str, pieces: Sequence[Span], count_tokens: CountTokens) -> list[int]:
    counts = count_tokens([text[start:end] for start, end in pieces])
    lengths = (end - start for start, end in pieces)
    return [max(count, length // _CHARACTERS_PER_TOKEN) for count, length in zip(counts, lengths, strict=True)]


def _cut_sentence(text: str, piece: Span, limit: int, count_tokens: CountTokens) -> list[tuple[Span, int]]:
    start, end = piece
    edges = [start, *(at + 1 for at in range(start, end - 1) if text[at].isspace()), end]
    words = list(_between(edges))
    pieces = zip(words, _weights(text, words, count_tokens), strict=True)
    cut_up: list[tuple[Span, int]] = []
    for (first, last), weight in pieces:
        if last - first <= limit:
            cut_up.append(((first, last), weight))
        else:
            # A "word" of more characters than the limit may be a script without spaces: no character is more than a
            # token. Its parts stand alone, since joined they may have more tokens than each has by itself.
            cut_up += [(part, limit) for part in _between([*range(first, last, limit), last])]
    return cut_up


def _pack(pieces: Sequence[tuple[Span, int]], limit: int) -> list[Span]:
    spans: list[Span] = []
    room = 0
    for (start, end), weight in pieces:
        if spans and weight <= room:
            spans[-1] = (spans[-1][0], end)
            room -= weight
        else:
            spans.append((start, end))
            room = limit - weight
    return spans
