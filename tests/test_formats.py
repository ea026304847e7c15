"""Every format gives its text, and title, outlet, date where the file says so; what is hostile says why and ends."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from ingest import formats
from ingest.formats import archive
from ingest.load import Loaded, Skipped, load
from tests import files
from tests.files import BODY, TITLE


def put(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def taken(path: Path) -> list[Loaded]:
    items = list(load(str(path)))
    assert all(isinstance(item, Loaded) for item in items), items
    return [item for item in items if isinstance(item, Loaded)]


def reasons(path: Path) -> list[str]:
    return [item.reason for item in load(str(path)) if isinstance(item, Skipped)]


def test_pdf(tmp_path: Path) -> None:
    stated = {"/Title": TITLE, "/Author": "Jane Doe", "/CreationDate": "D:20250407090000+02'00'"}
    (item,) = taken(put(tmp_path, "a.pdf", files.pdf(info=stated)))
    assert (item.text, item.title, item.author) == (BODY, TITLE, "Jane Doe")
    assert (item.published, item.dated_by) == ("2025-04-07T09:00:00+02:00", "created")


def test_a_dateline_says_more_than_the_day_a_file_was_made(tmp_path: Path) -> None:
    data = files.pdf("GENEVA, March 3, 2025 - The ministers met.", {"/CreationDate": "D:20250407090000Z"})
    (item,) = taken(put(tmp_path, "the_talks.pdf", data))
    assert (item.title, item.published, item.dated_by) == ("the talks", "2025-03-03", "dateline")


def test_word(tmp_path: Path) -> None:
    data = files.word(title=TITLE, author="Jane Doe", created=datetime(2025, 4, 7, 9))
    (item,) = taken(put(tmp_path, "a.docx", data))
    assert item.text == f"{TITLE}\n\n{BODY}\n\nSteel | 25%"
    assert (item.title, item.author, item.published, item.dated_by) == (TITLE, "Jane Doe", "2025-04-07", "created")
    (item,) = taken(put(tmp_path, "a.docx", files.word()))
    assert (item.title, item.author, item.published) == (TITLE, None, None)


def test_epub_in_reading_order(tmp_path: Path) -> None:
    (item,) = taken(put(tmp_path, "a.epub", files.epub()))
    assert item.text.index("agreed to cut") < item.text.index("The second page")
    assert (item.title, item.source, item.author, item.language) == (TITLE, "The Example", "Jane Doe", "en")
    assert (item.published, item.dated_by) == ("2025-04-07T09:00:00+00:00", "metadata")


def test_mail(tmp_path: Path) -> None:
    (item,) = taken(put(tmp_path, "a.eml", files.mail()))
    assert (item.text, item.title, item.source) == (BODY, f"{TITLE} – café", "The Example")
    assert (item.published, item.dated_by) == ("2025-04-07T09:00:00+02:00", "metadata")
    page = f"<html><body><article><p>{BODY}</p><p>{BODY[:60]}.</p></article>{'<br>' * 800}</body></html>"
    (item,) = taken(put(tmp_path, "a.eml", files.mail("See the web version.", page)))
    assert item.text.startswith(BODY)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_table(tmp_path: Path, separator: str) -> None:
    header = separator.join(["Headline", "Content", "Publisher", "Date", "Note"])
    row = separator.join([TITLE, f'"{BODY}\nIt went on."', "The Example", '"April 7, 2025"', "x"])
    empty = separator.join([TITLE, "", "", "", ""])
    items = list(load(str(put(tmp_path, "a.csv", f"\ufeff{header}\r\n{row}\r\n\r\n{empty}\r\n"))))
    first, second = items
    assert isinstance(first, Loaded) and isinstance(second, Skipped)
    assert (first.text, first.title, first.source) == (f"{BODY}\nIt went on.", TITLE, "The Example")
    assert (first.published, first.origin.rpartition(":")[2]) == ("2025-04-07", "3")
    assert "row has no text" in second.reason and second.origin.endswith(":5")


def test_a_table_of_another_encoding_and_one_without_text(tmp_path: Path) -> None:
    (item,) = taken(put(tmp_path, "a.tsv", f"title\ttext\nEl niño\t“Peña” said: {BODY}\n".encode("cp1252")))
    assert (item.title, item.text[:6]) == ("El niño", "“Peña”")
    assert "No column holds" in reasons(put(tmp_path, "a.tsv", "a\tb\n1\t2\n"))[0]


def test_archive(tmp_path: Path) -> None:
    members = {
        "news/a_b.txt": BODY,
        "c.pdf": files.pdf(),
        "d.jsonl": f'{{"text": "{BODY} Twice."}}\nnot json\n',
        "e.docx": files.word(),
        ".hidden.txt": BODY,
        "photo.jpg": b"x",
        "inner.zip": files.archive({"a.txt": BODY}),
        "broken.docx": b"PK no document",
    }
    path = put(tmp_path, "a.zip", files.archive(members))
    items = list(load(str(path)))
    places = {item.origin.removeprefix(f"{path}:"): item for item in items}
    assert {place for place, item in places.items() if isinstance(item, Loaded)} == {
        "news/a_b.txt",
        "c.pdf",
        "d.jsonl:1",
        "e.docx",
    }
    first = places["news/a_b.txt"]
    assert isinstance(first, Loaded) and (first.title, first.by_path) == ("a b", True)
    assert first.id == f"{path.as_uri()}#news/a_b.txt" and first.uri == path.as_uri()
    why = {place: item.reason for place, item in places.items() if isinstance(item, Skipped)}
    assert "not a kind" in why["photo.jpg"] and "archive within an archive" in why["inner.zip"]
    assert "damaged" in why["broken.docx"] and "not JSON" in why["d.jsonl:2"]


@pytest.mark.parametrize("name", ["../a.txt", "/etc/a.txt", "a/../../b.txt", "C:\\a.txt", "..\\a.txt"])
def test_names_that_lead_out_of_an_archive(tmp_path: Path, name: str) -> None:
    path = put(tmp_path, "a.zip", files.archive({name: BODY, "good.txt": BODY}))
    items = list(load(str(path)))
    assert [type(item) for item in items] == [Skipped, Loaded]
    assert "points outside" in items[0].reason  # type: ignore[union-attr]


def test_bombs_in_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_FREE", 2**20)
    bomb = files.archive({"a.txt": BODY, "b.txt": bytes(8 * 2**20), "c.txt": BODY})
    with pytest.raises(formats.Unreadable, match="ZIP bomb"):
        for found in archive.read(io.BytesIO(bomb), ".zip"):
            assert found.member in "a.txt b.txt"
    with pytest.raises(formats.Unreadable, match="ZIP bomb"):
        archive.check_expansion(io.BytesIO(bomb))


def test_archives_that_are_none(tmp_path: Path) -> None:
    assert "damaged" in reasons(put(tmp_path, "a.zip", b"PK\x03\x04 and no more"))[0]
    assert "holds no files" in reasons(put(tmp_path, "a.zip", files.archive({})))[0]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("a.txt", BODY)
    locked = bytearray(out.getvalue())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(mark) + offset] |= 1
    assert "locked with a password" in reasons(put(tmp_path, "a.zip", bytes(locked)))[0]


def test_a_pdf_of_too_many_pages_and_one_of_pictures(tmp_path: Path) -> None:
    assert "10,000 pages" in reasons(put(tmp_path, "a.pdf", files.pdf(pages=10_000)))[0]
    assert "pictures of text" in reasons(put(tmp_path, "a.pdf", files.pdf(text="")))[0]
    assert "damaged" in reasons(put(tmp_path, "a.pdf", b"%PDF-1.4 and no more"))[0]


def test_entity_bombs_do_not_expand(tmp_path: Path) -> None:
    assert "damaged" in reasons(put(tmp_path, "a.epub", files.epub(title="&i;", doctype=files.BOMB)))[0]
    with zipfile.ZipFile(io.BytesIO(files.word())) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    bomb = parts["word/document.xml"].decode().replace("?>", f"?>{files.BOMB}", 1).replace("Steel", "&i;")
    assert "damaged" in reasons(put(tmp_path, "a.docx", files.archive({**parts, "word/document.xml": bomb})))[0]


@pytest.mark.parametrize("label", ["utf-8", "iso-8859-1", "shift_jis", "klingon", "utf-16", "cp1251"])
def test_pages_whose_label_is_wrong(tmp_path: Path, label: str) -> None:
    said = f"{BODY} “El niño”, he said, “cost £5 in the café”. " * 3
    page = f'<html><head><meta charset="{label}"></head><body><article><p>{said}</p></article></body></html>'
    for encoding in ("utf-8", "cp1252"):
        (item,) = taken(put(tmp_path, "a.html", page.encode(encoding)))
        assert "“El niño”" in item.text and "£5 in the café" in item.text


def test_a_page_in_the_encoding_it_states(tmp_path: Path) -> None:
    said = "Министр заявил, что переговоры начнутся в понедельник, и что пошлины на сталь будут снижены. " * 3
    page = f'<html><head><meta charset="windows-1251"></head><body><article><p>{said}</p></article></body></html>'
    (item,) = taken(put(tmp_path, "a.html", page.encode("cp1251")))
    assert "переговоры начнутся" in item.text


@pytest.mark.parametrize("tag", ["<div>", "<b><i>", "<ul><li>"])
def test_a_page_nested_a_million_deep(tmp_path: Path, tag: str) -> None:
    page = tag * (1_000_000 // tag.count("<")) + BODY
    assert "No article text was found" in reasons(put(tmp_path, "a.html", page))[0]
