"""Addresses become articles: pages, feeds, sitemaps, again and again, from a server that misbehaves."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant, Settings
from corpus.store import Corpus
from corpus.types import Article
from ingest import Report, ingest
from ingest.web import crawl, fetch
from tests import files, web_server
from tests.web_server import BODY, WebServer, fails, page, redirects, remembers


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    monkeypatch.setattr(fetch, "_BACKOFF", 0.0)
    with web_server.serving() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "corpus", fetch_private=True, fetch_delay=0)


def articles(settings: Settings) -> dict[str, Article]:
    with Assistant(settings) as assistant:
        return {listed.id: assistant.article(listed.id) for listed in assistant.articles()}


def outcome(report: Report) -> tuple[int, int, int, int]:
    return len(report.added), len(report.changed), len(report.unchanged), len(report.skipped)


def rss(server: WebServer, *items: tuple[str, str]) -> str:
    listed = "".join(
        f"<item><title>{path} in the feed</title><link>{server.url}{path}</link><pubDate>{when}</pubDate></item>"
        for path, when in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{listed}</channel></rss>'


WHEN = "Mon, 07 Apr 2025 09:00:00 +0200"


def test_a_page_with_all_it_states(server: WebServer, settings: Settings) -> None:
    stated = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": "Ministers meet",
        "datePublished": "2025-04-07T09:00:00+02:00",
        "author": {"@type": "Person", "name": "Jane Doe"},
        "publisher": {"@type": "Organization", "name": "The Example"},
    }
    head = f'<script type="application/ld+json">{json.dumps(stated)}</script>'
    server.answers["/a?utm_source=x"] = server.answers["/a"] = page("Ministers meet", head=head)
    report = ingest([f"{server.url}/a?utm_source=x#top"], settings)
    assert outcome(report) == (1, 0, 0, 0) and report.added == [f"{server.url}/a"]
    article = articles(settings)[f"{server.url}/a"]
    assert (article.title, article.source, article.author) == ("Ministers meet", "The Example", "Jane Doe")
    assert (article.published, article.dated_by, article.language) == ("2025-04-07T09:00:00+02:00", "json-ld", "en")
    assert article.url == f"{server.url}/a" and BODY in article.text
    assert outcome(ingest([f"{server.url}/a"], settings)) == (0, 0, 1, 0)


def test_what_a_page_may_say_of_its_own_address(server: WebServer, settings: Settings) -> None:
    for path, stated in (("/a", "https://www.example.com/a"), ("/b", f"{server.url}/"), ("/c", f"{server.url}/d")):
        server.answers[path] = page(f"Page {path}", head=f'<link rel="canonical" href="{stated}">')
    report = ingest([f"{server.url}{path}" for path in ("/a", "/b", "/c")], settings)
    assert report.added == [f"{server.url}{path}" for path in ("/a", "/b", "/d")]


def test_kinds_and_labels(server: WebServer, settings: Settings) -> None:
    cyrillic = "Министр заявил, что переговоры начнутся в понедельник и что пошлины на сталь будут снижены. " * 2
    server.answers |= {
        "/2025/04/07/a.pdf": lambda h: h.give(files.pdf(), kind="application/pdf"),
        "/b": lambda h: h.give(files.pdf(BODY.replace("steel", "coal")), kind="application/octet-stream"),
        "/c.png": lambda h: h.give(b"\x89PNG", kind="image/png"),
        "/d": lambda h: h.give(page("Д", cyrillic).encode("cp1251"), kind="text/html; charset=windows-1251"),
        "/e": lambda h: h.give(page("E", BODY + " “Café” £5").encode("cp1252"), kind="text/html; charset=klingon"),
        "/f.txt": lambda h: h.give(BODY, kind="text/plain"),
        "/g": lambda h: h.give("<html></html>"),
    }
    report = ingest([f"{server.url}{path}" for path in server.answers], settings)
    assert outcome(report) == (5, 0, 0, 2)
    reasons = {Path(skipped.origin).name: skipped.reason for skipped in report.skipped}
    assert "image/png" in reasons["c.png"] and "No article text" in reasons["g"]
    found = {key.removeprefix(server.url): article for key, article in articles(settings).items()}
    assert (found["/2025/04/07/a.pdf"].published, found["/2025/04/07/a.pdf"].dated_by) == ("2025-04-07", "url")
    assert "переговоры начнутся" in found["/d"].text and found["/d"].language == "ru"
    assert "“Café” £5" in found["/e"].text


def test_a_page_that_has_not_changed_is_not_fetched_and_a_removed_one_is(server: WebServer, settings: Settings) -> None:
    server.answers["/a"] = remembers(page("A"))
    url = f"{server.url}/a"
    assert outcome(ingest([url], settings)) == (1, 0, 0, 0)
    report = ingest([url], settings)
    assert report.unchanged == [url] and server.headers_of["/a"]["If-None-Match"] == '"1"'
    server.answers["/a"] = remembers(page("A", BODY.replace("steel", "coal")), '"2"')
    assert outcome(ingest([url], settings)) == (0, 1, 0, 0)
    with Assistant(settings) as assistant:
        assert "steel" in assistant.article(url, version=1).text and "coal" in assistant.article(url).text
        assistant.remove(url)
    assert outcome(ingest([url], settings)) == (1, 0, 0, 0)


def test_a_run_that_dies_before_it_has_stored_a_page_asks_for_it_again(
    server: WebServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers["/a"] = remembers(page("A"))
    url = f"{server.url}/a"
    ingest([url], settings)
    server.answers["/a"] = remembers(page("A", BODY.replace("steel", "coal")), '"2"')

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Corpus, "write", die)
        ingest([url], settings)
    assert outcome(ingest([url], settings)) == (0, 1, 0, 0)


def test_a_feed(server: WebServer, settings: Settings) -> None:
    server.answers |= {
        "/feed": lambda h: h.give(rss(server, ("/a", WHEN), ("/b", WHEN), ("/gone", WHEN)), kind="application/rss+xml"),
        "/a": page("A"),
        "/b": page("B", head='<meta property="article:published_time" content="2025-04-06">'),
    }
    report = ingest([f"{server.url}/feed"], settings)
    assert outcome(report) == (2, 0, 0, 1) and "404" in report.skipped[0].reason
    found = articles(settings)
    assert (found[f"{server.url}/a"].published, found[f"{server.url}/a"].dated_by) == (
        "2025-04-07T09:00:00+02:00",
        "feed",
    )
    assert (found[f"{server.url}/b"].published, found[f"{server.url}/b"].dated_by) == ("2025-04-06", "metadata")
    server.asked.clear()
    assert outcome(ingest([f"{server.url}/feed"], settings)) == (0, 0, 2, 1)
    assert server.asked["/a"] == 0 and server.asked["/gone"] == 1  # what failed is tried again


def test_a_feed_says_when_an_article_has_changed(
    server: WebServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers |= {"/feed": rss(server, ("/a", WHEN)), "/a": page("A")}
    ingest([f"{server.url}/feed"], settings)
    server.answers["/a"] = page("A", BODY.replace("steel", "coal"))
    assert outcome(ingest([f"{server.url}/feed"], settings)) == (0, 0, 1, 0)
    server.answers["/feed"] = rss(server, ("/a", "Tue, 08 Apr 2025 09:00:00 +0200"))
    assert outcome(ingest([f"{server.url}/feed"], settings)) == (0, 1, 0, 0)
    server.answers["/a"] = page("A", BODY.replace("steel", "wine"))
    monkeypatch.setattr(crawl, "_RECHECK", 0)  # a day later
    assert outcome(ingest([f"{server.url}/feed"], settings)) == (0, 1, 0, 0)


def test_what_failed_is_tried_again_when_the_feed_no_longer_names_it(server: WebServer, settings: Settings) -> None:
    server.answers |= {"/feed": remembers(rss(server, ("/a", WHEN))), "/a": fails(3, 500, page("A"))}
    feed = f"{server.url}/feed"
    first = ingest([feed], settings)
    assert outcome(first) == (0, 0, 0, 1) and "500" in first.skipped[0].reason
    other = ingest([f"{server.url}/nothing"], settings)
    assert [failure.uri for failure in other.failing] == [f"{server.url}/a"]
    again = ingest([feed], settings)  # the feed answers 304
    assert outcome(again) == (1, 0, 0, 0)
    assert ingest([feed], settings).failing[0].uri == f"{server.url}/nothing"


ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<entry><title>A</title><link href="/a"/><updated>2025-04-07T09:00:00+02:00</updated></entry></feed>"""
URLSET = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>{url}/a</loc><lastmod>2025-04-07</lastmod>
<news:news><news:publication_date>2025-04-05</news:publication_date><news:title>T</news:title></news:news></url>
<url><loc>{url}/b</loc></url><url><loc>javascript:alert(1)</loc></url></urlset>"""
INDEX = """<sitemapindex><sitemap><loc>{url}/map.xml.gz</loc></sitemap>
<sitemap><loc>{url}/index</loc></sitemap></sitemapindex>"""


def test_atom_and_sitemaps(server: WebServer, settings: Settings) -> None:
    server.answers |= {
        "/atom": lambda h: h.give(ATOM, kind="text/xml"),
        "/index": lambda h: h.give(INDEX.format(url=server.url), kind="application/xml"),
        "/map.xml.gz": lambda h: h.give(gzip.compress(URLSET.format(url=server.url).encode()), kind="application/gzip"),
        "/a": page("A"),
        "/b": page("B"),
    }
    report = ingest([f"{server.url}/index"], settings)
    assert outcome(report) == (2, 0, 0, 1) and "no address of a page" in report.skipped[0].reason
    assert articles(settings)[f"{server.url}/a"].published == "2025-04-05"
    assert outcome(ingest([f"{server.url}/atom"], settings)) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    "source",
    [
        "<rss><channel></channel></rss>",
        "<rss><channel><item>",
        f"<?xml version='1.0'?>{files.BOMB}<rss><channel><item><title>&i;</title></item></channel></rss>",
        "<urlset>" + "<url>" * 10_000,
        f"<?xml version='1.0'?>{files.BOMB}<urlset><url><loc>&i;</loc></url></urlset>",
    ],
)
def test_hostile_lists(server: WebServer, settings: Settings, source: str) -> None:
    server.answers["/feed"] = lambda h: h.give(source, kind="application/xml")
    report = ingest([f"{server.url}/feed"], settings)
    assert len(report.skipped) == 1 and report.skipped[0].reason.endswith(".")


def test_robots_and_redirects_count_for_the_links_of_a_feed(server: WebServer, settings: Settings) -> None:
    server.answers |= {
        "/robots.txt": "User-agent: *\nDisallow: /no",
        "/feed": rss(server, ("/no/a", WHEN), ("/away", WHEN), ("/b", WHEN), ("/c", WHEN)),
        "/away": redirects("/c"),
        "/b": page("B"),
        "/c": page("C"),
    }
    report = ingest([f"{server.url}/feed"], settings)
    reasons = [skipped.reason for skipped in report.skipped]
    assert len(reasons) == 1 and "robots.txt" in reasons[0] and server.asked["/no/a"] == 0
    assert sorted(articles(settings)) == [f"{server.url}/b", f"{server.url}/c"]


def test_private_addresses_are_refused_unless_allowed(server: WebServer, tmp_path: Path) -> None:
    server.answers["/a"] = page("A")
    report = ingest([f"{server.url}/a"], Settings(home=tmp_path / "corpus"))
    assert "ASSISTANT_FETCH_PRIVATE" in report.skipped[0].reason and not server.asked


def test_no_address(settings: Settings) -> None:
    targets: list[Any] = ["http://", "https://[", "http://example.com:port/"]
    assert [skipped.origin for skipped in ingest(targets, settings).skipped] == targets
