from __future__ import annotations

from datetime import UTC, datetime

import pytest

from leadmagnet.adapters.models.retry_after import retry_after_s

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after": "0"}, 0),
        ({"Retry-After": "Sun, 01 Mar 2026 12:02:00 GMT"}, 120),
        ({"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0),
        ({"Retry-After": "Sun Mar  1 12:00:07 2026"}, 7),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h2m3.5s"}, 3_723.5),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "12"}, 12),
        (
            {
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-tokens": "0",
                "x-ratelimit-reset-tokens": "8s",
            },
            8,
        ),
        (
            {
                "anthropic-ratelimit-input-tokens-remaining": "0",
                "anthropic-ratelimit-input-tokens-reset": "2026-03-01T12:00:45Z",
            },
            45,
        ),
    ],
)
def test_the_wait_that_a_vendor_asks_for_is_read_in_every_way_it_is_written(
    headers: dict[str, str], seconds: float
) -> None:
    assert retry_after_s(headers, now=NOW) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"retry-after": ""},
        {"retry-after": "soon"},
        {"retry-after": "-3"},
        {"retry-after": "nan"},
        {"retry-after": "inf"},
        {"retry-after": "9" * 400},
        {"retry-after": "Sun, 99 Mar 2026 12:02:00 GMT"},
        {"x-ratelimit-remaining-requests": "7", "x-ratelimit-reset-requests": "6m0s"},
        {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "a while"},
        {"x-ratelimit-remaining-requests": "0"},
    ],
)
def test_what_says_nothing_sensible_is_no_wait(headers: dict[str, str]) -> None:
    assert retry_after_s(headers, now=NOW) is None
