"""The template as one deployment hands it to CloudFormation."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from leadmagnet.deploy.code_store import Code
from leadmagnet.deploy.errors import DeployFailed
from leadmagnet.deploy.names import CHECK, SERVING

#: A template as YAML or JSON gives it, functions in their long form.
Document: TypeAlias = Mapping[str, Any]

#: What of a function's properties is part of a published version.
_OF_A_VERSION = (
    "Architectures",
    "CodeUri",
    "Description",
    "Environment",
    "EphemeralStorage",
    "Handler",
    "LoggingConfig",
    "MemorySize",
    "Runtime",
    "Timeout",
    "Tracing",
)
#: Names in `!Sub` and `!Ref`.
_NAMED = re.compile(r"(?<=\$\{)[A-Za-z0-9]+(?=\})|(?<=\"Ref\": \")[A-Za-z0-9]+(?=\")")
#: Tells a release from the next one, in every function's environment.
_RELEASE = "LEADMAGNET_RELEASE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A template that is ready to go."""

    text: str

    @property
    def name(self) -> str:
        """A name that its content makes."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]


def render(document: Document, *, code: Mapping[str, Code], parameters: Mapping[str, str]) -> Rendered:
    """`document` with each function's code from `code` (by logical name), as JSON.

    If anything changes that is part of a version (code, settings, a parameter that they speak of), every function
    gets a new one, so that the same number is the same release for all of them. SAM by itself looks at each
    function alone, and at the text of its settings, not at the parameters behind them.
    """
    template = copy.deepcopy(dict(document))
    shared = template["Globals"]["Function"]
    functions = {name: template["Resources"][name]["Properties"] for name in (*SERVING.values(), CHECK)}
    for name, properties in functions.items():
        properties["CodeUri"] = {"Bucket": code[name].bucket, "Key": code[name].key}
    # Functions have their own code now.
    shared.pop("CodeUri", None)
    mark = _release_mark([shared, *functions.values()], _values(template, parameters))
    # Lambda publishes no version of a function in which nothing changed; this always does.
    shared["Environment"]["Variables"][_RELEASE] = mark[:12]
    for name in SERVING.values():
        functions[name]["AutoPublishCodeSha256"] = mark
    return Rendered(text=json.dumps(_listed(template), separators=(",", ":")))


def only(document: Document, resources: Iterable[str]) -> Rendered:
    """`document` with nothing but these resources."""
    kept = {name: document["Resources"][name] for name in resources}
    parts = {key: document[key] for key in ("AWSTemplateFormatVersion", "Parameters", "Conditions") if key in document}
    return Rendered(text=json.dumps(_listed(parts | {"Resources": kept}), separators=(",", ":")))


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


def _values(template: Document, given: Mapping[str, str]) -> dict[str, str]:
    declared = template.get("Parameters", {})
    return {name: given.get(name, _text(each.get("Default", ""))) for name, each in declared.items()}


def _release_mark(functions: Sequence[Mapping[str, Any]], values: Mapping[str, str]) -> str:
    parts = [{key: each[key] for key in _OF_A_VERSION if key in each} for each in functions]
    text = json.dumps(parts, sort_keys=True)
    spoken_of = set(_NAMED.findall(text))
    facts = {name: value for name, value in sorted(values.items()) if name in spoken_of}
    return hashlib.sha256(json.dumps([text, facts]).encode()).hexdigest()


def _listed(node: Any) -> Any:  # noqa: ANN401 (a template's nodes)
    """The same in JSON's words: `Fn::GetAtt` takes a dotted name in YAML alone."""
    if isinstance(node, list):
        return [_listed(each) for each in node]
    if not isinstance(node, Mapping):
        return node
    if set(node) == {"Fn::GetAtt"} and isinstance(node["Fn::GetAtt"], str):
        return {"Fn::GetAtt": node["Fn::GetAtt"].split(".", 1)}
    return {key: _listed(value) for key, value in node.items()}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
