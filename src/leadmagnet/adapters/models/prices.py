"""What a call cost."""

from __future__ import annotations

from genai_prices import Usage as PricedUsage
from genai_prices import calc_price

from leadmagnet.domain.execution_step import Usage


def usage_of(
    *, vendor: str, model: str, input_tokens: int, output_tokens: int, details: PricedUsage | None = None
) -> Usage:
    """Tokens and their price in USD; `cost_usd` None where genai-prices knows no price for the model.

    The vendor's list price, also when a compatible server answers under a vendor's model name.
    `details` may split the tokens further (cached ones, those of images), as far as prices differ.
    """
    counted = details or PricedUsage(input_tokens=input_tokens, output_tokens=output_tokens)
    try:
        cost = float(calc_price(counted, model, provider_id=_PRICE_LISTS[vendor]).total_price)
    except (LookupError, ValueError):
        cost = None
    return Usage(input_tokens=input_tokens, output_tokens=output_tokens, cost_usd=cost)


#: Our vendors' names in genai-prices.
_PRICE_LISTS = {"openai": "openai", "anthropic": "anthropic", "bedrock": "aws"}
