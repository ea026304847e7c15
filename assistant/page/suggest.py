"""Questions to begin with, from the corpus itself: about the names that its articles mention."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import chain, zip_longest

from corpus.types import Article

# Two to five capitalised words in a row, inside a sentence: at its beginning any word is capitalised.
_NAME = re.compile(r"(?<=[a-z,;] )(?:the )?(?:[A-Z][\w’'-]*[ ]){1,4}[A-Z][\w-]+")
# Headlines and lists capitalise everything, and do not end as sentences do.
_SENTENCE_ENDS = (".", "!", "?", ".”", '."', "!”", "?”")


def suggest(articles: Iterable[Article], limit: int = 4) -> list[str]:
    """Up to `limit` questions that these articles can answer: the name that each mentions most, then each one's next.

    An article that names nobody and nothing is asked about by its title.
    """
    chosen: list[str] = []
    for subject in chain.from_iterable(zip_longest(*(_subjects(article) for article in articles))):
        if len(chosen) == limit:
            break
        if subject and not any(subject in other or other in subject for other in chosen):
            chosen.append(subject)
    return [f"What do the articles say about {subject}?" for subject in chosen]


def _subjects(article: Article) -> list[str]:
    """The names in the order of how often they are mentioned, and of where first."""
    lines = (line.rstrip() for line in article.text.split("\n"))
    names = Counter(chain.from_iterable(_NAME.findall(line) for line in lines if line.endswith(_SENTENCE_ENDS)))
    return [name for name, _ in names.most_common()] or [f"“{' '.join(article.title.split())}”"]
