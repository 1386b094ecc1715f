"""How long a vendor asks to be left alone."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: OpenAI writes `6m0s`, `1.5s`, `20ms`.
_PART = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s|m|h|d)")
_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
#: What each vendor limits: the header that tells what is left, and the one that tells when there is more.
_OPENAI = [(f"x-ratelimit-remaining-{what}", f"x-ratelimit-reset-{what}") for what in ("requests", "tokens")]
_ANTHROPIC = [
    (f"anthropic-ratelimit-{what}-remaining", f"anthropic-ratelimit-{what}-reset")
    for what in ("requests", "tokens", "input-tokens", "output-tokens")
]


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds from `now` that the headers of a refusal ask for; None if they do not, or say nothing sensible.

    `retry-after-ms` and `Retry-After` (seconds or a date, RFC 9110) come first; else the vendor's own headers, of
    the limits that are used up.
    """
    held = {name.lower(): value.strip() for name, value in headers.items()}
    milliseconds = _seconds(held.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1_000
    plain = held.get("retry-after")
    if plain is not None:
        seconds = _seconds(plain)
        return _until(_http_date(plain), now) if seconds is None else seconds
    return max(_resets(held, now), default=None)


def _resets(held: Mapping[str, str], now: datetime) -> Iterator[float]:
    for left, reset in (*_OPENAI, *_ANTHROPIC):
        if held.get(left) != "0" or reset not in held:
            continue
        seconds = _until(_iso_date(held[reset]), now)
        seconds = _span(held[reset]) if seconds is None else seconds
        if seconds is not None:
            yield seconds


def _seconds(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def _span(text: str) -> float | None:
    parts = list(_PART.finditer(text))
    if not parts or "".join(part[0] for part in parts) != text:
        return _seconds(text)
    return sum(float(part["number"]) * _UNITS_S[part["unit"]] for part in parts)


def _until(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        return _aware(parsedate_to_datetime(text))
    except (ValueError, OverflowError):
        return None


def _iso_date(text: str) -> datetime | None:
    try:
        return _aware(datetime.fromisoformat(text))
    except ValueError:
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
