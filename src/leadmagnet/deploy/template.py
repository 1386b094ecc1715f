"""The template as one deployment hands it to CloudFormation."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Mapping
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
_NAMED = re.compile(r"\$\{([A-Za-z0-9]+)\}")


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

    Each function that serves gets a new version if something that is part of a version changes: its code, its
    settings, or a parameter that they speak of. (SAM by itself looks at the code and at the text of the settings.)
    """
    template = copy.deepcopy(dict(document))
    shared = template.get("Globals", {}).get("Function", {})
    declared = template.get("Parameters", {})
    values = {name: parameters.get(name, str(each.get("Default", ""))) for name, each in declared.items()}
    for name in (*SERVING.values(), CHECK):
        function = template["Resources"][name]["Properties"]
        function["CodeUri"] = {"Bucket": code[name].bucket, "Key": code[name].key}
        if name in SERVING.values():
            function["AutoPublishCodeSha256"] = _version_mark(shared, function, values)
    # Functions have their own code now.
    shared.pop("CodeUri", None)
    return Rendered(text=json.dumps(_listed(template), separators=(",", ":")))


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


def _version_mark(shared: Mapping[str, Any], function: Mapping[str, Any], values: Mapping[str, str]) -> str:
    own = {key: function[key] for key in _OF_A_VERSION if key in function}
    common = {key: shared[key] for key in _OF_A_VERSION if key in shared and key != "CodeUri"}
    text = json.dumps([own, common], sort_keys=True)
    spoken_of = set(_NAMED.findall(text)) | set(re.findall(r'"Ref": "([A-Za-z0-9]+)"', text))
    facts = {name: value for name, value in values.items() if name in spoken_of}
    return hashlib.sha256(json.dumps([text, facts], sort_keys=True).encode()).hexdigest()


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
