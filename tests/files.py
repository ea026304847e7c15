"""Small files of every format, and hostile ones, made where they are needed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage

import docx
from pypdf import PdfReader, PdfWriter

TITLE = "Ministers meet in Geneva"
BODY = "The ministers met in Geneva on Monday and agreed to cut the duties on steel, the chairman said."


def pdf(text: str = BODY, info: Mapping[str, str] | None = None, pages: int = 1) -> bytes:
    """A PDF whose every page says `text`."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    kids = " ".join(f"{n} 0 R" for n in range(5, 5 + pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {pages}/Kids[{kids}]/Resources<</Font<</F1 3 0 R>>>>/MediaBox[0 0 612 792]>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        *[b"<</Type/Page/Parent 2 0 R/Contents 4 0 R>>"] * pages,
    ]
    out, offsets = io.BytesIO(b"%PDF-1.4\n"), []
    out.seek(0, 2)
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj%s endobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    if not info:
        return out.getvalue()
    writer = PdfWriter(clone_from=PdfReader(out))
    writer.add_metadata(dict(info))
    whole = io.BytesIO()
    writer.write(whole)
    return whole.getvalue()


def word(text: str = BODY, **properties: object) -> bytes:
    """A Word document with a heading, a paragraph and a table."""
    document = docx.Document()
    for name, value in properties.items():
        setattr(document.core_properties, name, value)
    document.add_heading(TITLE, 1)
    document.add_paragraph(text)
    cells = document.add_table(1, 2).rows[0].cells
    cells[0].text, cells[1].text = "Steel", "25%"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def archive(members: Mapping[str, bytes | str]) -> bytes:
    """A ZIP of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'
PACKAGE = """<?xml version="1.0"?>{doctype}<package xmlns="http://www.idpf.org/2007/opf">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>
<dc:publisher>The Example</dc:publisher>
<dc:date>2025-04-07T09:00:00+00:00</dc:date><dc:language>en</dc:language><dc:creator>Jane Doe</dc:creator></metadata>
<manifest><item id="a" href="a%20b.xhtml"/><item id="b" href="b.xhtml"/></manifest>
<spine><itemref idref="b"/><itemref idref="a"/><itemref idref="gone"/></spine></package>"""


def epub(title: str = TITLE, doctype: str = "") -> bytes:
    """A book of two pages, listed in another order than they are named."""
    page = "<html><body><p>{}</p></body></html>".format
    return archive(
        {
            "META-INF/container.xml": CONTAINER,
            "OEBPS/content.opf": PACKAGE.format(title=title, doctype=doctype),
            "OEBPS/a b.xhtml": page("The second page tells how the talks went on until Friday night."),
            "OEBPS/b.xhtml": page(BODY),
        }
    )


def mail(plain: str | None = BODY, html: str | None = None) -> bytes:
    """A newsletter."""
    message = EmailMessage()
    message["Subject"], message["From"] = f"{TITLE} – café", "The Example <news@example.com>"
    message["Date"] = "Mon, 07 Apr 2025 09:00:00 +0200"
    if plain is not None:
        message.set_content(plain)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


# Ten levels of ten: "&i;" would be ten thousand million characters.
BOMB = "<!DOCTYPE x [<!ENTITY a 'ha'>{}]>".format(
    "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(10))
)
