"""Adds up what models used."""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum

from leadmagnet.domain.execution_step import Usage


def total_usage(usages: Iterable[Usage]) -> Usage:
    """All of `usages` as one; its cost is None as soon as one price is unknown."""
    used = list(usages)
    prices = [usage.cost_usd for usage in used if usage.cost_usd is not None]
    return Usage(
        input_tokens=sum(usage.input_tokens for usage in used),
        output_tokens=sum(usage.output_tokens for usage in used),
        cost_usd=fsum(prices) if len(prices) == len(used) else None,
    )


def known_cost_usd(usages: Iterable[Usage]) -> float:
    """What is known to have been spent; the same sum in whatever order the steps ended."""
    return fsum(usage.cost_usd for usage in usages if usage.cost_usd is not None)
