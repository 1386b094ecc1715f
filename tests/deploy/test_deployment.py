"""What a deployment does where something breaks off half-way: old code comes back, a half-made stack is made whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from leadmagnet.deploy.code_store import Code, CodeStore
from leadmagnet.deploy.deployment import Deployment, Wish
from leadmagnet.deploy.errors import AwsRefused
from leadmagnet.deploy.functions import Functions, Verdict, Version
from leadmagnet.deploy.names import ALIAS, Names
from leadmagnet.deploy.package import Package
from leadmagnet.deploy.stack import Stack, StackState
from leadmagnet.local.files import template_path
from leadmagnet.local.template import read_template

NAMES = Names.of("staging")
OLD, NEW = "0" * 64, "1" * 64


class AnyStore(CodeStore):
    """Has every package."""

    def __init__(self) -> None:
        self.templates: dict[str, str] = {}

    def prepare(self) -> None:
        pass

    def put_package(self, package: Package) -> Code:
        return Code(bucket="code", key=package.sha256)

    def package_of(self, sha256: str) -> Code:
        return Code(bucket="code", key=sha256)

    def put_template(self, name: str, text: str) -> str:
        self.templates[name] = text
        return name


class MadeStack(Stack):
    """A stack that is there and takes every change."""

    def __init__(self) -> None:
        self.name = NAMES.stack
        self.changes: list[tuple[str, str]] = []

    def state(self) -> StackState:
        return StackState(status="UPDATE_ROLLBACK_COMPLETE", parameters={}, outputs={})

    def change(self, template_url: str, parameters: Mapping[str, str], *, imports: Any = ()) -> bool:  # noqa: ANN401
        assert parameters["Environment"] == NAMES.environment
        assert not imports
        self.changes.append((template_url, parameters.get("Canary", "false")))
        return True


class LatestCode(Functions):
    """Functions whose `$LATEST` is a dictionary, and whose check does as it is told."""

    def __init__(
        self, latest: dict[str, str], check: Callable[[], None] = lambda: None, *, versions: tuple[str, ...] = ("1",)
    ) -> None:
        self.latest = latest
        self.versions = [Version(number=number, sha256=OLD) for number in versions]
        self.checked: list[str] = []
        self._do_check = check

    def are_there(self) -> bool:
        return bool(self.latest)

    def live(self) -> dict[str, Version]:
        return dict.fromkeys(NAMES.functions, self.versions[0])

    def published(self) -> dict[str, list[Version]]:
        return dict.fromkeys(NAMES.functions, self.versions)

    def latest_sha256(self) -> dict[str, str]:
        return dict(self.latest)

    def put_code(self, code: Mapping[str, Code]) -> None:
        self.latest |= {name: each.key for name, each in code.items()}

    def check(self, qualifiers: Mapping[str, str]) -> list[Verdict]:
        self._do_check()
        self.checked += qualifiers.values()
        return []


def deployment(functions: Functions, stack: Stack, store: CodeStore | None = None) -> Deployment:
    # Data and claims are asked about only where there is no stack.
    nothing: Any = None
    return Deployment(
        names=NAMES,
        stack=stack,
        functions=functions,
        store=store or AnyStore(),
        data=nothing,
        claims=nothing,
        tell=lambda _: None,
    )


def wish(canary: str = "false") -> Wish:
    package = Package(path=Path("package.zip"), sha256=NEW, zipped_bytes=1, unzipped_bytes=1)
    parameters = {"Environment": NAMES.environment, "Canary": canary}
    return Wish(document=read_template(template_path()), parameters=parameters, package=package)


@pytest.mark.parametrize("broken", [AwsRefused("AWS does not answer."), KeyboardInterrupt()])
def test_old_code_comes_back_when_its_successor_could_not_be_checked_to_the_end(broken: BaseException) -> None:
    def check() -> None:
        raise broken

    functions = LatestCode(dict.fromkeys((*NAMES.functions.values(), NAMES.check), OLD), check)

    with pytest.raises(type(broken)):
        deployment(functions, MadeStack()).deploy(wish())

    assert set(functions.latest.values()) == {OLD}


def test_new_code_stays_once_it_was_checked() -> None:
    functions = LatestCode(dict.fromkeys((*NAMES.functions.values(), NAMES.check), OLD))

    deployment(functions, MadeStack()).deploy(wish())

    assert set(functions.latest.values()) == {NEW}


def test_a_stack_that_took_up_its_data_and_got_no_further_gets_its_functions() -> None:
    functions, stack = LatestCode({}), MadeStack()

    done = deployment(functions, stack).deploy(wish())

    assert done.changed
    assert len(stack.changes) == 1
    assert set(functions.checked) == {ALIAS}


def code_in(template: str) -> set[str]:
    resources = json.loads(template)["Resources"].values()
    return {each["Properties"]["CodeUri"]["Key"] for each in resources if each["Type"] == "AWS::Serverless::Function"}


@pytest.mark.parametrize(
    ("published", "expected"),
    [(("1",), [({NEW}, "true")]), (("1", "2"), [({OLD}, "false"), ({NEW}, "true")])],
)
def test_codedeploy_goes_on_from_a_version_that_cloudformation_knows_to_serve(
    published: tuple[str, ...], expected: list[tuple[set[str], str]]
) -> None:
    latest = dict.fromkeys((*NAMES.functions.values(), NAMES.check), OLD)
    stack, store = MadeStack(), AnyStore()

    deployment(LatestCode(latest, versions=published), stack, store).deploy(wish("true"))

    assert [(code_in(store.templates[name]), canary) for name, canary in stack.changes] == expected
