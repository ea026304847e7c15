"""The language of a text, by its letters (py3langid: 97 languages, a model of 4 MB, 0.2 ms a text)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN = "und"  # as ISO 639 writes that it cannot be told
_HEAD = 2_000  # characters: more tell nothing more
_SURE = 0.5  # below this probability: a few words, or a list of names


def language(text: str) -> str:
    """An ISO 639 code such as "en", or `UNKNOWN`."""
    code, probability = _identifier().classify(text[:_HEAD])
    return str(code) if probability >= _SURE and code != "zxx" else UNKNOWN


@cache
def _identifier() -> LanguageIdentifier:
    # Imported here: to load the model takes half a second.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
