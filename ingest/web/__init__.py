"""Pages, feeds and sitemaps: fetched with care, then read like files."""

from ingest.web.crawl import Web

__all__ = ["Web"]
