"""Reads a step's `options` for models: the right type and range, or a message that names the option.

Workflows are checked when they are saved; this holds for requests that came another way.
"""

from __future__ import annotations

from collections.abc import Mapping

from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.engine.model_options import TEXT_RANGES

Options = Mapping[str, JsonValue]


def whole_number(options: Options, name: str) -> int | None:
    """The option, in its range, as an integer; None if it is not given; Invalid otherwise."""
    value = number(options, name)
    return None if value is None else int(value)


def number(options: Options, name: str) -> float | None:
    """The option, in its range, as a number; None if it is not given; Invalid otherwise."""
    value = options.get(name)
    if value is None:
        return None
    if not TEXT_RANGES[name].holds(value) or not isinstance(value, int | float):
        raise _unusable(name, value, str(TEXT_RANGES[name]))
    return float(value)


def choice(options: Options, name: str, *, among: tuple[str, ...], default: str) -> str:
    """The option if it is one of `among`, `default` if it is not given; Invalid otherwise."""
    value = options.get(name, default)
    if not isinstance(value, str) or value not in among:
        raise _unusable(name, value, f"one of {', '.join(among)}")
    return value


def flag(options: Options, name: str) -> bool:
    """The option if it is true or false, false if it is not given; Invalid otherwise."""
    value = options.get(name, False)
    if not isinstance(value, bool):
        raise _unusable(name, value, "true or false")
    return value


def words(options: Options) -> int | None:
    """How many words are wanted (`words`); None if the step does not say."""
    return whole_number(options, "words")


def json_schema(options: Options) -> Mapping[str, JsonValue] | None:
    """The JSON Schema that an answer must satisfy (`json_schema`); None if Markdown is wanted."""
    value = options.get("json_schema")
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _unusable("json_schema", value, "a JSON Schema, as an object")
    return value


def no_web_search(options: Options, model: str, able: str) -> None:
    """Invalid if the step wants a web search (`web_search`), which `model` cannot do; models of `able` can."""
    if flag(options, "web_search"):
        raise Invalid(
            f"The model {model!r} cannot search the web; take out the option `web_search`, "
            f"or use a model of one of these vendors: {able}.",
            option="web_search",
            model=model,
        )


def _unusable(name: str, value: object, wanted: str) -> Invalid:
    shown = repr(value)
    return Invalid(f"The option {name!r} must be {wanted}, not {shown[:60]}; correct it in the workflow.", option=name)
