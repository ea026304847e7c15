"""E-mail (.eml), through the standard library: a newsletter's subject, sender, date and text."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage, MIMEPart
from email.utils import parseaddr
from typing import IO

from corpus.text import normalise
from ingest import formats
from ingest.dateline import stated_date
from ingest.formats import Found, Unreadable, html, whole
from ingest.formats.text import decode
from ingest.metadata import Given

_NO_TEXT = "It is no e-mail with text in it. Save the article that it carries as a file of its own."


def read(stream: IO[bytes], kind: str) -> Iterator[Found]:
    """The one article of a message; what is attached is left."""
    message = email.message_from_bytes(whole(stream, formats.ARTICLE_MAX), policy=email.policy.default)
    if not message.keys():
        raise Unreadable(_NO_TEXT)
    given = _body(message)
    sender, address = parseaddr(str(message["from"] or ""))
    sent = stated_date(str(message["date"] or ""))
    yield Found(
        replace(
            given,
            title=normalise(str(message["subject"] or "")).strip() or given.title,
            source=normalise(sender).strip() or address.rpartition("@")[2] or given.source,
            published=sent or given.published,
            dated_by=None if sent else given.dated_by,
        )
    )


def _body(message: EmailMessage) -> Given:
    """The plain text, unless there is none, or one that only says where to find the other."""
    plain, page = (message.get_body(preferencelist=(kind,)) for kind in ("plain", "html"))
    text = normalise(_decoded(plain)).strip() if plain else ""
    source = _decoded(page) if page else ""
    if source and len(text) < len(source) / 100:
        return html.article(source)
    if not text:
        raise Unreadable(_NO_TEXT)
    return Given(text)


def _decoded(part: MIMEPart) -> str:
    data = part.get_payload(decode=True)
    return decode(data, part.get_content_charset()) if isinstance(data, bytes) else ""
