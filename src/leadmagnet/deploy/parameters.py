"""The template's parameters as a deployment will have them in force, and where each value comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from leadmagnet.deploy.errors import DeployFailed

#: A template as YAML or JSON gives it, functions in their long form.
Document: TypeAlias = Mapping[str, Any]

#: `kept` since an earlier deployment, `changed` by this one, `given` to a new stack, or the template's own.
Origin = Literal["changed", "kept", "given", "default"]
_HIDDEN = "(hidden)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a deployment."""

    name: str
    value: str
    origin: Origin
    #: The value until now, of a changed one.
    before: str = ""


def check_parameters(document: Document, given: Mapping[str, str]) -> None:
    """DeployFailed if a parameter was given that the template does not have, or with a value that it does not take."""
    declared = document.get("Parameters", {})
    for name, value in given.items():
        if name not in declared:
            known = ", ".join(declared)
            raise DeployFailed(f"The template has no parameter {name}. It has: {known}.")
        allowed = [_text(each) for each in declared[name].get("AllowedValues", ())]
        if allowed and value not in allowed:
            raise DeployFailed(f"{name} cannot be {value!r}. It takes: {', '.join(allowed)}.")


def all_values(document: Document, given: Mapping[str, str]) -> dict[str, str]:
    """Every parameter of the template with its value."""
    declared = document.get("Parameters", {})
    return {name: given.get(name, _text(each.get("Default", ""))) for name, each in declared.items()}


def in_force(document: Document, given: Mapping[str, str], before: Mapping[str, str]) -> list[Parameter]:
    """All that will be in force, by name, where `before` are those of the stack as it is (none of a new one).

    What the template declares as a secret (`NoEcho`) is not told.
    """
    defaults = all_values(document, {})
    values = all_values(document, {**before, **given})
    found = [_parameter(name, values[name], default, before) for name, default in sorted(defaults.items())]
    secret = {name for name, each in document.get("Parameters", {}).items() if _text(each.get("NoEcho", "")) == "true"}
    return [
        Parameter(name=each.name, value=_HIDDEN, origin=each.origin, before=_HIDDEN) if each.name in secret else each
        for each in found
    ]


def _parameter(name: str, value: str, default: str, before: Mapping[str, str]) -> Parameter:
    was = before.get(name, default)
    if before and value != was:
        return Parameter(name=name, value=value, origin="changed", before=was)
    if value == default:
        return Parameter(name=name, value=value, origin="default")
    return Parameter(name=name, value=value, origin="kept" if before else "given")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
