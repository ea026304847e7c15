"""Which of the things that state a date is believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.metadata import Given
from ingest.published import address_date, dated

DATELINE = "GENEVA, March 3, 2025 (Reuters) - The ministers met."


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://example.com/2025/04/07/talks", "2025-04-07"),
        ("https://example.com/news/2025-04-07-talks.html", "2025-04-07"),
        ("https://example.com/world/2025/apr/7/talks", "2025-04-07"),
        ("https://example.com/2025/04/talks", None),
        ("https://example.com/2025/13/07/talks", None),
        ("https://example.com/item/12025/04/07", None),
        ("https://example.com/1848/03/18/talks", None),
        ("https://example.com/talks?on=2025/04/07", None),
        (f"https://example.com/{datetime.now(UTC) + timedelta(days=3):%Y/%m/%d}/talks", None),
        ("", None),
    ],
)
def test_the_day_in_an_address(url: str, day: str | None) -> None:
    assert address_date(url) == day


def test_the_order() -> None:
    url = "https://example.com/2025/04/07/talks"
    stated = Given(DATELINE, published="2025-01-01", dated_by="json-ld", created="2025-05-05")
    assert dated(stated, url) == ("2025-01-01", "json-ld")
    assert dated(Given(DATELINE, published="2025-01-01"), url) == ("2025-01-01", "metadata")
    assert dated(Given(DATELINE, created="2025-05-05"), url) == ("2025-04-07", "url")
    assert dated(Given(DATELINE, created="2025-05-05"), None) == ("2025-03-03", "dateline")
    assert dated(Given("The ministers met.", created="2025-05-05"), None) == ("2025-05-05", "created")
    assert dated(Given("The ministers met."), None) == (None, None)
