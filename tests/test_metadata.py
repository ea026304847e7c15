"""Titles, outlets, links and dates: taken where stated, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import dates
from ingest.dateline import iso, stated_date, text_date, wire_agency
from ingest.metadata import TITLE_MAX, canonical_url, front_matter, headline, one_line, opening, outlet

SEED = next((Path(__file__).parents[1] / "seeds").glob("*.txt"))
BODY = "Prices rose on Monday as traders waited for the ministers to meet, the exchange said in a statement.\n"


def test_seed_has_its_headline_and_no_date() -> None:
    text = SEED.read_text(encoding="utf-8")
    assert headline(text) == "Japan Moves to Front of US Tariff Negotiation Queue Amid Industry Concerns"
    assert text_date(text) is None
    assert outlet(None, None, text) is None


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"Prices rise on hopes of talks\n{BODY}", "Prices rise on hopes of talks"),
        (f"Who leads the talks?\n\n{BODY}", "Who leads the talks?"),
        (f"# Prices rise\n\n{BODY}", "Prices rise"),
        (f"## Prices rise. Ministers meet\n{BODY}", "Prices rise. Ministers meet"),
        (f"In brief:\n- Prices rise. Nobody knows why.\nMinisters meet in Geneva\n{BODY}", "Ministers meet in Geneva"),
        ("A and " + "A" * 290 + "!", None),  # endless where names are matched carelessly
        (
            f"In brief:\n- Prices rise on hopes\n1. Prices fall again\nMinisters meet in Geneva\n{BODY}",
            "Ministers meet in Geneva",
        ),
        (
            f"MARKETS\nBy Jane Doe\nApril 7, 2025\nPrices rise on hopes of talks\n{BODY}",
            "Prices rise on hopes of talks",
        ),
        (f"Jane Doe and John Roe\nGENEVA, Switzerland —\n{BODY}", None),
        (BODY, None),
        ("Prices rose. Then they fell, and nobody knew why\n", None),
        ("", None),
    ],
)
def test_headline(text: str, title: str | None) -> None:
    assert headline(text) == title


def test_a_wrapped_paragraph_is_no_headline() -> None:
    wrapped = (
        "Prices rose on Monday as traders waited for the ministers of the seven\n"
        "countries to meet in Geneva, where they are to talk about the duties on\n"
        "steel and cars that were announced in the spring, the exchange said.\n"
    )
    assert headline(wrapped) is None
    assert headline(f"Prices rise on hopes of talks\n\n{wrapped}") == "Prices rise on hopes of talks"


@given(st.text())
def test_one_line_is_one_short_line(text: str) -> None:
    line = one_line(text)
    assert len(line) <= TITLE_MAX
    assert line.splitlines() in ([], [line])
    assert one_line(line) == line


def test_opening_cuts_between_words() -> None:
    assert opening("word " * 100).removesuffix("…").split() == ["word"] * 19
    assert opening("日本" * 100) == "日本" * 49 + "日…"
    assert opening("Few words\n") == "Few words"


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2025-04-07", "2025-04-07"),
        ("20250407", "2025-04-07"),
        ("2025-04-07T09:00:00", "2025-04-07"),
        ("2025-04-07 09:00:00", "2025-04-07"),
        ("2025-04-07T09:00:00Z", "2025-04-07T09:00:00Z"),
        ("2025-04-07T09:00:00+09:00", "2025-04-07T09:00:00+09:00"),
        ("2025-04-07 09:00+09:00", "2025-04-07T09:00:00+09:00"),
        ("April 7, 2025", "2025-04-07"),
        ("Monday, Apr. 7th, 2025", "2025-04-07"),
        ("7 April 2025", "2025-04-07"),
        ("Mon, 07 Apr 2025 09:00:00 GMT", "2025-04-07T09:00:00+00:00"),
        ("Mon, 07 Apr 2025 09:00:00 +0530", "2025-04-07T09:00:00+05:30"),
        ("APRIL 7, 2025 9:30 a.m. ET", "2025-04-07T09:30:00-04:00"),
        ("January 7, 2025 12:05 p.m. ET", "2025-01-07T12:05:00-05:00"),
        ("Published: 9:30 AM EDT, Mon April 7, 2025", "2025-04-07T09:30:00-04:00"),
        ("April 7, 2025, 9:30 IST", "2025-04-07"),  # Indian, Irish or Israeli
        ("April 7, 2025, 25:30 GMT", "2025-04-07"),
        ("April 7, 2025, 9:30", "2025-04-07"),
        ("First published on 7 April 2025 | Updated 9 April 2025", "2025-04-07"),
        ("04/07/2025", None),
        ("April 7", None),
        ("April 2025", None),
        ("2025", None),
        ("February 30, 2025", None),
        ("2025-02-30", None),
        ("Updated: April 7, 2025", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_stated_date(value: str, day: str | None) -> None:
    assert stated_date(value) == day


@given(st.datetimes(timezones=st.timezones()) | st.dates())
def test_iso_keeps_the_moment(moment: dates.When) -> None:
    assert not isinstance(moment, str)
    assert dates.parse(iso(moment.isoformat())) == dates.parse(moment.isoformat())


@given(st.text())
def test_a_stated_date_can_be_parsed(value: str) -> None:
    day = stated_date(value)
    assert day is None or dates.parse(day) is not None


@pytest.mark.parametrize(
    ("top", "day"),
    [
        ("Prices rise on hopes\nApril 7, 2025\n", "2025-04-07"),
        ("Prices rise on hopes\nPublished: 2025-04-07\nUpdated: 2025-04-09\n", "2025-04-07"),
        ("Prices rise on hopes\nAll is well, he said.\nPublished: 2025-04-07T09:00:00Z\n", "2025-04-07T09:00:00Z"),
        ("GENEVA, April 7, 2025 (Reuters) — Prices rose.\n", "2025-04-07"),
        ("NEW YORK, Apr. 7, 2025 /PRNewswire/ -- Prices rose.\n", "2025-04-07"),
        ("GENEVA, April 7 (Reuters) — Prices rose.\n", None),
        ("On April 7, 2025 — the day of the vote — prices rose.\n", None),
        ("On Monday, April 7, 2025 — the day of the vote — prices rose.\n", None),
        ("Published April 7, 2025, the report says that prices rose.\n", None),
        ("A year of talks\nFebruary 1, 2025\nApril 2, 2025\n", None),
        ("The talks began in winter.\nApril 2, 2025\nThey went on in spring.\n", None),
        ("GENEVA, February 30, 2025 (Reuters) — Prices rose.\n", None),
    ],
)
def test_text_date(top: str, day: str | None) -> None:
    assert text_date(f"{top}{BODY}The vote of March 3, 2021 stands.\n") == day


@pytest.mark.parametrize(
    ("line", "agency"),
    [
        ("LONDON (Reuters) — Prices rose.", "Reuters"),
        ("WASHINGTON, April 7 (AP) - Prices rose.", "AP"),
        ("NATO (North Atlantic Treaty Organization) — an alliance — met.", None),
        ("He told reporters (Reuters) — and nobody else — that prices rose.", None),
    ],
)
def test_wire_agency(line: str, agency: str | None) -> None:
    assert wire_agency(line) == agency


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://www.Example.com/a?utm_source=x&id=5&fbclid=y#top", "https://www.example.com/a?id=5"),
        ("HTTPS://example.com:443", "https://example.com/"),
        ("http://user:secret@example.com/a", "http://example.com/a"),
        ("https://example.com/news?12345", "https://example.com/news?12345"),
        ("https://example.com/a?gallery=3&eid=4&b=%20c", "https://example.com/a?gallery=3&eid=4&b=%20c"),
        ("https://example.com/#!/story/1", "https://example.com/#!/story/1"),
        (" https://example.com/a ", "https://example.com/a"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("/relative", None),
        ("https://", None),
        ("https://[", None),
        ("https://example.com:port/", None),
        ("https://example.com/a b", None),
        ("java\nscript:alert(1)", None),
        ("", None),
    ],
)
def test_canonical_url(url: str, canonical: str | None) -> None:
    assert canonical_url(url) == canonical


@given(st.from_regex(r"https?://[a-z]{1,9}\.com(:[0-9]{1,4})?(/[ -~]{0,20})?", fullmatch=True))
def test_canonical_url_is_a_fixed_point(url: str) -> None:
    canonical = canonical_url(url)
    assert canonical is None or canonical_url(canonical) == canonical


def test_outlet_is_the_name_then_the_host_then_the_agency() -> None:
    line = "LONDON (Reuters) — Prices rose."
    assert outlet("The  Times", "https://www.example.com/a", line) == "The Times"
    assert outlet("https://www.example.org/", "https://www.example.com/a", line) == "example.org"
    assert outlet(None, "https://www.example.com/a", line) == "example.com"
    assert outlet(" ", None, line) == "Reuters"
    assert outlet(None, None, BODY) is None


def test_front_matter_gives_strings() -> None:
    given = front_matter(
        f"---\nTitle: 1984\ndate: 2025-04-07 09:00:00\npublisher: 'The: Times'\ntags: [a, b]\n---\n{BODY}"
    )
    assert (given.title, given.published, given.source, given.text) == ("1984", "2025-04-07", "The: Times", BODY)
    assert (given.id, given.url) == (None, None)


def test_front_matter_of_a_web_clipper() -> None:
    given = front_matter(f"---\nsource: https://example.com/a\npublished: soon\n---\n{BODY}")
    assert (given.source, given.url, given.published) == (None, "https://example.com/a", None)


@pytest.mark.parametrize(
    "text",
    [
        f"---\ntitle: 'open\n---\n{BODY}",
        f"---\n- a list\n---\n{BODY}",
        f"---\n{'[' * 5000}\n---\n{BODY}",
        f"---\n{BODY}",
        f"{BODY}---\ntitle: late\n---\n",
    ],
)
def test_broken_front_matter_is_text(text: str) -> None:
    assert front_matter(text).text == text
    assert front_matter(text).title is None
