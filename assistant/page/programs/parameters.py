"""The doors' common words: what can be called, with which parameters, described for people and for models."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationError

ASK = (
    "Answers a question from the news articles of this corpus. Every sentence of the answer is a statement that the "
    "articles bear out, with a citation whose quote stands letter for letter in an article. When the articles do not "
    "say, `refused` is true and the answer quotes the nearest thing they do say: take that for no answer. `notes` tell "
    "of articles that differ, are old, or lack what was asked for. Nothing but these articles is consulted."
)
SEARCH = (
    "Finds the passages of the news articles that fit a query best, best first, without answering. Each has its "
    "article's id, title, outlet and date, and where in the article it stands (`start` to `end`, in characters)."
)
READ_ARTICLE = (
    "Reads a whole article, by the `article_id` that an answer's citation or a passage names; with its `version` too, "
    "the text is the very one that was cited, and its characters from `start` to `end` are the quote."
)
INGEST = (
    "Fetches web pages, feeds or sitemaps and takes their articles into the corpus. Reports what was added, changed, "
    "unchanged, or skipped and why."
)

Question = Annotated[
    str, Field(description="The question, in plain words; it must stand alone, as no earlier one is known.")
]
Query = Annotated[str, Field(description="What to look for: a question, names, or a few words.")]
Count = Annotated[int, Field(description="How many passages, at most 50.", ge=1, le=50)]
AsOf = Annotated[
    str | None,
    Field(description="The day the question is asked on, as YYYY-MM-DD; later articles do not count. Default: today."),
]
Since = Annotated[str | None, Field(description="Only articles published on this day (YYYY-MM-DD) or later.")]
Until = Annotated[str | None, Field(description="Only articles published on this day (YYYY-MM-DD) or earlier.")]
Source = Annotated[str | None, Field(description="Only articles of this outlet, by the name that citations give it.")]
ArticleId = Annotated[str, Field(description="The `article_id` of a citation or a passage.")]
Version = Annotated[
    int | None, Field(description="The `version` of that citation or passage. Default: the current one.", ge=1)
]
Addresses = Annotated[list[str], Field(description="Addresses that begin with http:// or https://.", min_length=1)]


def faults(error: ValidationError) -> str:
    """What is wrong with which parameter, in a sentence each."""
    return " ".join(f"{'.'.join(map(str, fault['loc'])) or 'The request'}: {fault['msg']}." for fault in error.errors())
