"""Reads a step's `options` for models: the right type and range, or a message that names the option."""

from __future__ import annotations

from collections.abc import Mapping

from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.json_value import JsonValue

Options = Mapping[str, JsonValue]


def whole_number(options: Options, name: str, *, low: int, high: int) -> int | None:
    """The option as an integer from `low` to `high`; None if it is not given; Invalid otherwise."""
    value = options.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _unusable(name, value, f"a whole number from {low:,} to {high:,}")
    return value


def number(options: Options, name: str, *, low: float, high: float) -> float | None:
    """The option as a float from `low` to `high`; None if it is not given; Invalid otherwise."""
    value = options.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise _unusable(name, value, f"a number from {low:g} to {high:g}")
    return float(value)


def choice(options: Options, name: str, *, among: tuple[str, ...], default: str) -> str:
    """The option if it is one of `among`, `default` if it is not given; Invalid otherwise."""
    value = options.get(name, default)
    if not isinstance(value, str) or value not in among:
        raise _unusable(name, value, f"one of {', '.join(among)}")
    return value


def words(options: Options) -> int | None:
    """How many words are wanted (`words`, 60 to 5,000); None if the step does not say."""
    return whole_number(options, "words", low=60, high=5_000)


def json_schema(options: Options) -> Mapping[str, JsonValue] | None:
    """The JSON Schema that an answer must satisfy (`json_schema`); None if Markdown is wanted."""
    value = options.get("json_schema")
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _unusable("json_schema", value, "a JSON Schema, as an object")
    return value


def _unusable(name: str, value: object, wanted: str) -> Invalid:
    shown = repr(value)
    return Invalid(f"The option {name!r} must be {wanted}, not {shown[:60]}; correct it in the workflow.", option=name)
