"""What comes in at the door, and what is turned away with a reason."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.text import normalise
from ingest import formats
from ingest.formats import jsonl
from ingest.load import ID_MAX, Loaded, Skipped, load

SEEDS = Path(__file__).parents[1] / "seeds"
BODY = "Prices rose on Monday as traders waited for the ministers to meet, the exchange said in a statement."
PAGE = f"""<!doctype html><html><head><title>Prices rise on hopes of talks</title>
<link rel="canonical" href="https://www.example.com/prices?utm_source=feed">
<meta property="og:site_name" content="The Example">
<meta property="og:image" content="https://www.example.com/2019/01/02/photo.jpg">
<meta property="article:modified_time" content="2025-04-09T09:00:00Z">
{{head}}</head><body><nav><a href="/">Home</a></nav><article><h1>Prices rise on hopes of talks</h1>
<p>{BODY}</p><p>The last such vote was held on March 3, 2021, and the one before on 2019-02-01.</p></article>
<footer>Copyright 2018 The Example</footer></body></html>"""


def one(target: Path | str) -> Loaded:
    (item,) = load(str(target))
    assert isinstance(item, Loaded), item
    return item


def reason(target: Path | str) -> str:
    (item,) = load(str(target))
    assert isinstance(item, Skipped), item
    return item.reason


def jsonl_file(folder: Path, *lines: object) -> Path:
    path = folder / "articles.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_the_seed() -> None:
    item = one(SEEDS)
    assert item.title == "Japan Moves to Front of US Tariff Negotiation Queue Amid Industry Concerns"
    assert (item.source, item.url, item.published, item.by_path) == (None, None, None, True)
    assert item.id == next(SEEDS.glob("*.txt")).resolve().as_uri()
    assert item.text == next(SEEDS.glob("*.txt")).read_text(encoding="utf-8")


@settings(deadline=None)  # loading the readers takes longer than reading
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\r\n\t\ufeff"), min_size=1))
def test_a_plain_text_is_kept_whole(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.txt"
        path.write_bytes(text.encode())
        (item,) = load(str(path))
    kept = normalise(text)
    assert item.text == kept if isinstance(item, Loaded) else not kept.strip()


@settings(deadline=None)  # loading the readers takes longer than reading
@given(st.binary(max_size=300), st.sampled_from([".txt", ".md", ".html", ".jsonl", ".jsonl.gz"]))
def test_any_bytes_are_taken_or_turned_away(data: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        path.write_bytes(data)
        for item in load(str(path)):
            assert item.text.strip() if isinstance(item, Loaded) else item.reason.endswith(".")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = f"“El niño” costs £5\n\n{BODY}"
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    assert one(tmp_path / "a.txt").text == text


def test_other_encodings_are_detected(tmp_path: Path) -> None:
    text = "Министр заявил, что переговоры начнутся в понедельник.\n" * 3
    (tmp_path / "a.txt").write_bytes(text.encode("cp1251"))
    assert one(tmp_path / "a.txt").text == text


def test_cut_off_utf8_is_utf8(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(f"“El niño” costs £5, {BODY} “".encode()[:-1])
    assert one(tmp_path / "a.txt").text == f"“El niño” costs £5, {BODY} \ufffd"


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 4, b"\x00\x01\x02\x03" * 100, b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff"]
)
@pytest.mark.parametrize("suffix", [".txt", ".md", ".html"])
def test_binary_is_turned_away(tmp_path: Path, data: bytes, suffix: str) -> None:
    (tmp_path / f"a{suffix}").write_bytes(data)
    assert "looks binary" in reason(tmp_path)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
@pytest.mark.parametrize("text", ["", " \n\t\n", "\ufeff"])
def test_empty_is_turned_away(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert "empty" in reason(tmp_path) or "No article text" in reason(tmp_path)


def test_a_huge_file_is_turned_away_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "ARTICLE_MAX", 2**20)
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(200 * 2**20)
    tracemalloc.start()
    said = reason(tmp_path / "a.txt")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "200 MiB" in said and ".jsonl" in said
    assert peak < 10 * 2**20


def test_markdown(tmp_path: Path) -> None:
    stated = "title: Prices rise\ndate: April 7, 2025\nsource: The Example\nurl: https://example.com/a#top"
    (tmp_path / "a.md").write_text(f"---\n{stated}\n---\n# Heading\n\n{BODY}\n", encoding="utf-8")
    item = one(tmp_path)
    assert (item.title, item.source, item.published) == ("Prices rise", "The Example", "2025-04-07")
    assert (item.id, item.url, item.by_path) == ("https://example.com/a", "https://example.com/a", False)
    assert item.text == f"# Heading\n\n{BODY}\n"


def test_a_title_is_found_or_the_name_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"# Heading of it\n\n{BODY}", encoding="utf-8")
    (tmp_path / "prices_on-monday.txt").write_text(BODY, encoding="utf-8")
    assert [item.title for item in load(str(tmp_path)) if isinstance(item, Loaded)] == [
        "Heading of it",
        "prices on monday",
    ]


def test_page(tmp_path: Path) -> None:
    head = '<meta property="article:published_time" content="2025-04-07T09:00:00+02:00">'
    (tmp_path / "a.html").write_text(PAGE.format(head=head), encoding="utf-8")
    item = one(tmp_path)
    assert (item.title, item.source) == ("Prices rise on hopes of talks", "The Example")
    assert (item.id, item.url, item.by_path) == ("https://www.example.com/prices",) * 2 + (False,)
    assert item.published == "2025-04-07T09:00:00+02:00"
    assert BODY in item.text and "Home" not in item.text and "Copyright" not in item.text


@pytest.mark.parametrize(
    ("head", "day"),
    [
        ("", None),
        (
            '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2025-04-07"}</script>',
            "2025-04-07",
        ),
        ('<meta name="date" content="04/07/2025">', None),
        ('<meta name="date" content="soon"><meta name="dc.date" content="7 April 2025">', "2025-04-07"),
    ],
)
def test_a_page_is_dated_where_it_says_so(tmp_path: Path, head: str, day: str | None) -> None:
    (tmp_path / "a.htm").write_text(PAGE.format(head=head), encoding="utf-8")
    assert one(tmp_path).published == day


def test_a_page_in_its_declared_encoding(tmp_path: Path) -> None:
    page = PAGE.format(head='<meta charset="iso-8859-1">').replace("Monday", "Monday in “Peña”")
    (tmp_path / "a.html").write_bytes(page.encode("cp1252"))
    assert "Monday in “Peña”" in one(tmp_path).text


@pytest.mark.parametrize("start", ["<p>", "<nav></nav><p>", ""])
def test_a_fragment_is_a_page(tmp_path: Path, start: str) -> None:
    (tmp_path / "a.html").write_text(f"{start}{BODY}</p>", encoding="utf-8")
    assert one(tmp_path).text == BODY


@pytest.mark.parametrize(
    "html",
    ["<div>" * 50_000 + BODY, "<b><i>" * 5_000 + BODY, f"{BODY}<ul><li>" * 2_000, "<" * 50_000, f"<svg><p>{BODY}"],
)
def test_hostile_pages(tmp_path: Path, html: str) -> None:
    (tmp_path / "a.html").write_text(html, encoding="utf-8")
    (tmp_path / "b.html").write_text(f"<html><body>{html}", encoding="utf-8")
    assert len(list(load(str(tmp_path)))) == 2


def test_jsonl_fields(tmp_path: Path) -> None:
    whole = {
        "id": "a1",
        "url": "https://www.example.com/a?utm_medium=x",
        "title": "Prices\n rise",
        "source": "The Example",
        "published": "2025-04-07T09:00:00Z",
        "text": "\ufeffPrices\r\nrose \ud800.\x00",
        "author": ["ignored"],
    }
    found = list(
        load(str(jsonl_file(tmp_path, whole, "", {"url": whole["url"], "text": BODY, "title": None}, {"text": BODY})))
    )
    first, second, third = (item for item in found if isinstance(item, Loaded))
    path = tmp_path / "articles.jsonl"
    assert first == Loaded(
        id="a1",
        by_path=False,
        title="Prices rise",
        source="The Example",
        url="https://www.example.com/a",
        published="2025-04-07T09:00:00Z",
        text="Prices\nrose \ufffd.",
        origin=f"{path}:1",
        uri=path.resolve().as_uri(),
        dated_by="metadata",
    )
    assert (second.id, second.source, second.by_path) == ("https://www.example.com/a", "example.com", False)
    assert (third.id, third.by_path, third.origin) == (f"{path.resolve().as_uri()}#L4", True, f"{path}:4")
    assert third.title.startswith("Prices rose on Monday")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"text": "a"', "not JSON"),
        ("[" * 100_000, "not usable JSON"),
        ('{"n": ' + "1" * 10_000 + ', "text": "a"}', "not usable JSON"),
        ('["a"]', "not a JSON object"),
        ('{"title": "a"}', "'text' is missing or empty"),
        ('{"text": " \\n"}', "'text' is missing or empty"),
        ('{"text": null}', "'text' is missing or empty"),
        ('{"text": 5}', "'text' is not a string but int"),
        ('{"text": "a", "id": 5}', "'id' is not a string but int"),
        ('{"text": "a", "title": ["a"]}', "'title' is not a string but list"),
        ('{"text": "a", "published": 1744016400}', "'published' is not a string but int"),
        ('{"text": "a", "published": "April 7"}', "'published' is 'April 7', which is no ISO date"),
        ('{"text": "a", "id": ""}', "Its id is empty"),
        ('{"text": "a", "id": "a\\u0007"}', "control characters"),
        (json.dumps({"text": "a", "id": "a" * (ID_MAX + 1)}), f"longer than {ID_MAX} characters"),
    ],
)
def test_a_broken_line_is_named_and_the_rest_goes_on(tmp_path: Path, line: str, said: str) -> None:
    path = jsonl_file(tmp_path, {"text": BODY}, line, {"text": BODY})
    first, broken, last = load(str(path))
    assert isinstance(broken, Skipped) and said in broken.reason and broken.origin == f"{path}:2"
    assert isinstance(first, Loaded) and isinstance(last, Loaded)


def test_a_line_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"text": "a"}\n{"text": "\xe9"}\r\n{"text": "b"}')
    first, broken, last = load(str(path))
    assert isinstance(broken, Skipped) and "not UTF-8" in broken.reason
    assert isinstance(first, Loaded) and isinstance(last, Loaded) and (first.text, last.text) == ("a", "b")
    path.write_bytes('{"text": "a"}\n'.encode("utf-16") * 3)
    assert "UTF-16" in reason(path)


def test_a_line_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "ARTICLE_MAX", 1000)
    monkeypatch.setattr(jsonl, "_REST", 10)
    path = jsonl_file(tmp_path, {"text": "a" * 5000}, {"text": BODY}, {"text": "b" * 5000})
    first, second, third = load(str(path))
    assert isinstance(first, Skipped) and "longer than" in first.reason
    assert isinstance(second, Loaded) and second.origin.endswith(":2")
    assert isinstance(third, Skipped) and third.origin.endswith(":3")


def test_gzip_whole_cut_off_and_false(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    data = gzip.compress("\n".join(json.dumps({"text": os.urandom(3000).hex()}) for _ in range(20)).encode())
    path.write_bytes(data)
    assert [item.origin.rpartition(":")[2] for item in load(str(path)) if isinstance(item, Loaded)] == [
        str(number) for number in range(1, 21)
    ]
    path.write_bytes(data[: len(data) // 2])
    *taken, broken = load(str(path))
    assert isinstance(broken, Skipped) and "cannot be read from here on" in broken.reason
    assert taken and all(isinstance(item, Loaded) for item in taken)
    path.write_bytes(b'{"text": "a"}')
    assert "cannot be read" in reason(path)


def test_memory_stays_flat(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    line = json.dumps({"text": BODY * 100}).encode() + b"\n"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(6000):
            file.write(line)
    assert 6000 * len(line) > 50 * 2**20
    items = load(str(path))
    next(items)
    tracemalloc.start()
    for _ in zip(items, range(300), strict=False):
        pass
    early = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert early < 5 * 2**20


def test_a_folder_is_walked_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    for name in ["b.txt", "a/z.txt", "a/b/y.TXT", ".hidden.txt", ".git/c.txt", "a/photo.jpg"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(BODY, encoding="utf-8")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    found = list(load(str(tmp_path)))
    assert [Path(item.origin).relative_to(tmp_path).as_posix() for item in found] == [
        "a/b/y.TXT",
        "a/photo.jpg",
        "a/z.txt",
        "b.txt",
        "loop",
    ]
    assert [type(item) for item in found] == [Loaded, Skipped, Loaded, Loaded, Skipped]
    assert isinstance(found[1], Skipped)
    assert "not a kind that is read (.txt, .md, .html, " in found[1].reason


def test_one_file_has_one_id_by_any_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a b#1.txt").write_text(BODY, encoding="utf-8")
    (tmp_path / "link.txt").symlink_to(tmp_path / "a b#1.txt")
    monkeypatch.chdir(tmp_path)
    paths = ["a b#1.txt", f"../{tmp_path.name}/a b#1.txt", "link.txt"]
    assert {one(path).id for path in paths} == {f"{tmp_path.resolve().as_uri()}/a%20b%231.txt"}


@pytest.mark.parametrize("name", [os.fsdecode(b"caf\xe9.txt"), "a\nb.txt"])
def test_strange_names(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(BODY, encoding="utf-8")
    item = one(tmp_path)
    assert (item.id + item.origin + item.title).encode()
    assert "\n" not in item.id + item.title


def test_a_path_too_long_for_an_id(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 200) / ("b" * 200) / ("c" * 200)
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text(BODY, encoding="utf-8")
    assert "shorter path" in reason(tmp_path)


def test_what_is_not_there(tmp_path: Path) -> None:
    assert "no file or folder" in reason(tmp_path / "missing.txt")
    assert "no file or folder" in reason("a\x00b.txt")
    assert "cannot be read" in reason("a" * 5000)
    assert "holds no articles" in reason(tmp_path)
    assert "No path" in reason(" ")
    (tmp_path / "pipe.txt").symlink_to("/dev/zero")
    assert "no regular file" in reason(tmp_path)


def test_what_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.txt").write_text(BODY, encoding="utf-8")
    (tmp_path / "b.jsonl").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(Path, "open", refuse)
    assert [item.reason for item in load(str(tmp_path)) if isinstance(item, Skipped)] == [
        "It cannot be read: Permission denied. Check that the file is whole and that you may read it."
    ] * 2
    monkeypatch.setattr(Path, "iterdir", refuse)
    assert "Permission denied" in reason(tmp_path)
