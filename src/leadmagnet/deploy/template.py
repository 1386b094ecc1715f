"""The template as one deployment hands it to CloudFormation."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from leadmagnet.deploy.code_store import Code
from leadmagnet.deploy.names import CHECK, SERVING
from leadmagnet.deploy.parameters import Document, all_values

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
    #: Of the release: what a version is made of.
    mark: str = ""

    def is_published(self, published: Mapping[str, str]) -> bool:
        """Whether every serving function has a version of this release (`published`: their marks, or beginnings)."""
        return all(name in published and self.mark.startswith(published[name]) for name in SERVING.values())

    @property
    def name(self) -> str:
        """A name that its content makes."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]


def render(
    document: Document,
    *,
    code: Mapping[str, Code],
    parameters: Mapping[str, str],
    published: Mapping[str, str] = MappingProxyType({}),
) -> Rendered:
    """`document` with each function's code from `code` (by logical name), as JSON.

    If anything changes that is part of a version (code, settings, a parameter that they speak of), every function
    gets a new one, so that the same number is the same release for all of them. SAM by itself looks at each
    function alone, and at the text of its settings, not at the parameters behind them.

    `published` holds the marks of versions that shall stay what `live` names: functions named there change where
    nobody calls them, on `$LATEST`, and no version is made of it.
    """
    template = copy.deepcopy(dict(document))
    shared = template["Globals"]["Function"]
    functions = _functions(template)
    for name, properties in functions.items():
        properties["CodeUri"] = {"Bucket": code[name].bucket, "Key": code[name].key}
    # Functions have their own code now.
    shared.pop("CodeUri", None)
    mark = _release_mark([shared, *functions.values()], all_values(template, parameters))
    # Lambda publishes no version of a function in which nothing changed; this always does.
    shared.setdefault("Environment", {}).setdefault("Variables", {})[_RELEASE] = mark[:12]
    for name in SERVING.values():
        kept = published.get(name, mark)
        functions[name]["AutoPublishCodeSha256"] = mark if mark.startswith(kept) else kept
    return Rendered(text=json.dumps(_listed(template), separators=(",", ":")), mark=mark)


def pinned(document: Document, versions: Mapping[str, Mapping[str, Any]]) -> Document:
    """`document` with everything that is part of a version as `versions` says it (by logical name).

    Those are values, not references: parameters and settings of `document` reach no function.
    """
    template = copy.deepcopy(dict(document))
    shared = template["Globals"]["Function"]
    for name, properties in _functions(template).items():
        for key in _OF_A_VERSION:
            shared.pop(key, None)
            if key != "Description":
                properties.pop(key, None)
        properties.update(versions[name])
    return template


def only(document: Document, resources: Iterable[str]) -> Rendered:
    """`document` with nothing but these resources."""
    kept = {name: document["Resources"][name] for name in resources}
    parts = {key: document[key] for key in ("AWSTemplateFormatVersion", "Parameters", "Conditions") if key in document}
    return Rendered(text=json.dumps(_listed(parts | {"Resources": kept}), separators=(",", ":")))


def _functions(template: Document) -> dict[str, dict[str, Any]]:
    """The properties of every function, to be changed in place."""
    return {name: template["Resources"][name]["Properties"] for name in (*SERVING.values(), CHECK)}


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
