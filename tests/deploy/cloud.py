"""CloudFormation and Lambda as far as a deployment can tell: a template's functions, their versions and `live`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadmagnet.deploy.code_store import Code, CodeStore
from leadmagnet.deploy.commands import Commands
from leadmagnet.deploy.data import Data, Kept
from leadmagnet.deploy.deployment import LOGICAL, Deployment, Wish
from leadmagnet.deploy.functions import Functions, Verdict, Version
from leadmagnet.deploy.names import CHECK, SERVING, Names
from leadmagnet.deploy.package import Package
from leadmagnet.deploy.stack import Stack, StackResource, StackState
from leadmagnet.local.files import template_path
from leadmagnet.local.template import read_template

NAMES = Names.of("staging")
OLD, NEW, NEXT = "0" * 64, "1" * 64, "2" * 64
_PHYSICAL = {SERVING[role]: name for role, name in NAMES.functions.items()} | {CHECK: NAMES.check}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a version is made of."""

    code: str
    runtime: str
    memory_mb: int
    variables: Mapping[str, str]


class Store(CodeStore):
    """Has every package but those that it lacks."""

    def __init__(self) -> None:
        self.templates: dict[str, str] = {}
        self.lacks: set[str] = set()

    def prepare(self) -> None:
        pass

    def put_package(self, package: Package) -> Code:
        return Code(bucket="code", key=package.sha256)

    def package_of(self, sha256: str) -> Code | None:
        return None if sha256 in self.lacks else Code(bucket="code", key=sha256)

    def put_template(self, name: str, text: str) -> str:
        self.templates[name] = text
        return name


class Lambda(Functions):
    """`$LATEST`, versions and `live` of each function; the check does as it is told."""

    def __init__(self) -> None:
        self.latest: dict[str, Content] = {}
        self.versions: dict[str, list[Content]] = {name: [] for name in SERVING.values()}
        self.live_numbers: dict[str, int] = {}
        self.checked: list[str] = []
        self.do_check: Callable[[], None] = lambda: None

    def are_there(self) -> bool:
        return bool(self.latest)

    def live(self) -> dict[str, Version]:
        return {role: self._numbered(name, self.live_numbers[name]) for role, name in SERVING.items()}

    def published(self) -> dict[str, list[Version]]:
        return {
            role: [self._numbered(name, number) for number in range(1, len(self.versions[name]) + 1)]
            for role, name in SERVING.items()
        }

    def configurations(self) -> dict[str, dict[str, Any]]:
        contents = {name: self.serving(name) for name in SERVING.values()} | {CHECK: self.latest[CHECK]}
        return {
            _PHYSICAL[name]: {
                "Runtime": each.runtime,
                "MemorySize": each.memory_mb,
                "Environment": {"Variables": dict(each.variables)},
            }
            for name, each in contents.items()
        }

    def latest_sha256(self) -> dict[str, str]:
        return {_PHYSICAL[name]: each.code for name, each in self.latest.items()}

    def put_code(self, code: Mapping[str, Code]) -> None:
        for name, physical in _PHYSICAL.items():
            if physical in code:
                self.latest[name] = with_code(self.latest[name], code[physical].key)

    def move(self, versions: Mapping[str, str]) -> None:
        self.live_numbers |= {SERVING[role]: int(number) for role, number in versions.items()}

    def check(self, qualifiers: Mapping[str, str]) -> list[Verdict]:
        self.do_check()
        self.checked += qualifiers.values()
        return []

    def serving(self, name: str = "WorkerFunction") -> Content:
        """What answers."""
        return self.versions[name][self.live_numbers[name] - 1]

    def _numbered(self, name: str, number: int) -> Version:
        return Version(number=str(number), sha256=self.versions[name][number - 1].code)


class Formation(Stack):
    """Compares templates, not functions, and publishes a version where SAM would name a new resource."""

    def __init__(self, store: Store, functions: Lambda) -> None:
        self.name = NAMES.stack
        self.made: StackState | None = None
        self.marks: dict[str, str] = {}
        self.parameters_given: list[Mapping[str, str]] = []
        self._known: dict[str, Content] = {}
        self._store = store
        self._functions = functions

    def state(self) -> StackState | None:
        return self.made

    def resources(self) -> list[StackResource]:
        tables = [StackResource(logical="JobsTable", type="AWS::DynamoDB::Table", physical=NAMES.tables[0])]
        return tables if self.made else []

    def release_marks(self, functions: Sequence[str]) -> dict[str, str]:
        return {name: self.marks[name][:10] for name in functions if name in self.marks}

    def delete(self) -> None:
        self.made = None

    def change(self, template_url: str, parameters: Mapping[str, str], *, imports: Any = ()) -> bool:  # noqa: ANN401
        assert not imports
        assert parameters["Environment"] == NAMES.environment
        template = json.loads(self._store.templates[template_url])
        wanted = {name: content_of(template, name, parameters) for name in LOGICAL}
        marks = {name: _properties(template, name)["AutoPublishCodeSha256"] for name in SERVING.values()}
        changed = self._known != wanted or self.release_marks(list(marks)) != {n: m[:10] for n, m in marks.items()}
        for name in LOGICAL:
            if self._known.get(name) != wanted[name]:
                self._functions.latest[name] = wanted[name]
        for name, mark in marks.items():
            if self.marks.get(name, "")[:10] != mark[:10]:
                self._functions.versions[name].append(self._functions.latest[name])
                self._functions.live_numbers[name] = len(self._functions.versions[name])
        self._known, self.marks = wanted, marks
        self.parameters_given.append(parameters)
        self.made = StackState(status="UPDATE_COMPLETE", parameters=dict(parameters), outputs={})
        return changed


class Cloud:
    """An installation, deployed once with old code."""

    def __init__(self) -> None:
        self.store, self.functions, self.data = Store(), Lambda(), KeptData()
        self.stack = Formation(self.store, self.functions)
        # As a deployment that took up its data and got no further leaves it.
        parameters = {"Environment": NAMES.environment}
        self.stack.made = StackState(status="IMPORT_COMPLETE", parameters=parameters, outputs={})
        self.deployment = Deployment(
            names=NAMES,
            stack=self.stack,
            functions=self.functions,
            store=self.store,
            data=self.data,
            claims=NOTHING,
            commands=Commands(options=" --environment staging"),
            tell=lambda _: None,
        )
        self.deployment.deploy(wish(OLD))


class KeptData(Data):
    """What an earlier stack left."""

    def __init__(self) -> None:
        self.found: list[Kept] = []

    def kept(self) -> list[Kept]:
        return self.found


#: For parts that are asked about only where there is no stack.
NOTHING: Any = None


def wish(code: str, *, memory_mb: int = 1769, **parameters: str) -> Wish:
    """Our template with the worker's memory, and with code of that hash."""
    document = read_template(template_path())
    document["Resources"]["WorkerFunction"]["Properties"]["MemorySize"] = memory_mb
    package = Package(path=Path("package.zip"), sha256=code, zipped_bytes=1, unzipped_bytes=1)
    return Wish(document=document, parameters={"Environment": NAMES.environment} | parameters, package=package)


def content_of(template: Mapping[str, Any], name: str, parameters: Mapping[str, str]) -> Content:
    """What CloudFormation puts on `$LATEST` of the function."""
    values = {key: str(each.get("Default", "")) for key, each in template["Parameters"].items()} | dict(parameters)
    shared, own = template["Globals"]["Function"], _properties(template, name)
    variables = _variables(shared) | _variables(own)

    def resolved(value: Any) -> Any:  # noqa: ANN401 (a template's nodes)
        named = value.get("Ref") if isinstance(value, dict) else None
        return values.get(named, json.dumps(value)) if isinstance(value, dict) else value

    return Content(
        code=own["CodeUri"]["Key"],
        runtime=resolved(own.get("Runtime", shared.get("Runtime"))),
        memory_mb=own["MemorySize"],
        variables={key: resolved(value) for key, value in variables.items()},
    )


def with_code(content: Content, code: str) -> Content:
    """The same with other code."""
    return Content(code=code, runtime=content.runtime, memory_mb=content.memory_mb, variables=content.variables)


def _properties(template: Mapping[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"][name]["Properties"]
    return found


def _variables(part: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part.get("Environment", {}).get("Variables", {})
    return found
