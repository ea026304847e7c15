"""Odd texts that the invariants must hold for."""

from __future__ import annotations

from hypothesis import strategies as st

ODD_TEXTS = {
    "one huge line": "word " * 5000,
    "no spaces": "x" * 5000,
    "blob": "QUJD" * 3000 + " and then some words.",
    "chinese": "日本銀行は金利を引き上げた。" * 300,
    "emoji": "Rates rose 📈 today. 🎉🎉 Everyone 👩‍👩‍👧 cheered!",
    "crlf": "First line.\r\nSecond line.\r\n\r\nThird.",
    "bracketed numbers": "The pact [1] was signed [2]. Article [3] says so. See [12].",
    "no punctuation": "the minister said that the talks went on\nand on\nand on",
    "combining": "Cafe\u0301 owners in Malmo\u0308 met. They said “ja”.",
    "controls": "A\u200b zero width. B\x07ell. Tab\tstop.\u2028Line separator.",
}

_PIECES = st.one_of(
    st.sampled_from(list(ODD_TEXTS.values())).map(lambda text: text[:300]),
    st.text(max_size=80),
    st.sampled_from([". ", "! ", "? ", "\n", "\n\n", " ", "- ", "[1] ", "“", "” ", "\r\n", "Mr. ", "U.S. ", "3.5 "]),
    st.sampled_from(["The talks resume on Monday.", "Prices rose 6.2% in May.", "She denied it [4]."]),
)


def odd_text() -> st.SearchStrategy[str]:
    """Texts with something in them, put together from plain and odd pieces."""
    return st.lists(_PIECES, min_size=1, max_size=12).map("".join).filter(lambda text: bool(text.strip()))


# What chat models write, in pieces that can be put together in any order.
MODEL_WORDS = st.one_of(
    st.sampled_from(
        ["The talks resume.", "Prices rose 6.2%!", "“We go. They come.”", "(He left. Twice.)", "Mr. Li", "U.S."]
    ),
    st.sampled_from(["[1]", "[2, 3]", " [1] [2]", "[passage 2]", "【3】", "[9", "]", "\n[1]\n"]),
    st.sampled_from(["<think>", "</think>", "**", "__", "\n- ", "\n1. ", "\n## ", "\n", "\n\n", " ", ". ", "? "]),
    st.text(max_size=8),
)
