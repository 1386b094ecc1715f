"""The template as CloudFormation gets it: the same release number for all functions, and only when there is one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from leadmagnet.deploy.code_store import Code
from leadmagnet.deploy.deployment import Wish
from leadmagnet.deploy.names import CHECK, SERVING
from leadmagnet.deploy.package import Package
from leadmagnet.deploy.template import only, render
from leadmagnet.local.files import template_path
from leadmagnet.local.template import read_template

FUNCTIONS = (*SERVING.values(), CHECK)
A, B = Code(bucket="code", key="a.zip"), Code(bucket="code", key="b.zip")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return read_template(template_path())


def rendered(
    document: dict[str, Any], code: Code = A, parameters: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    text = render(document, code=dict.fromkeys(FUNCTIONS, code), parameters=parameters).text
    found: dict[str, Any] = json.loads(text)
    return found


def marks(template: dict[str, Any]) -> set[str]:
    return {template["Resources"][name]["Properties"]["AutoPublishCodeSha256"] for name in SERVING.values()}


def test_the_same_wish_gives_the_same_template(document: dict[str, Any]) -> None:
    assert rendered(document) == rendered(document)


def test_all_functions_get_the_same_mark_and_it_is_in_what_a_version_holds(document: dict[str, Any]) -> None:
    template = rendered(document)

    (mark,) = marks(template)
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    # Lambda publishes no version of a function in which nothing changed.
    assert mark.startswith(variables["LEADMAGNET_RELEASE"])


@pytest.mark.parametrize(
    ("code", "parameters"),
    [(B, {}), (A, {"TextModel": "openai:gpt-5"}), (A, {"OidcIssuer": "https://id.example"})],
)
def test_code_and_parameters_of_functions_make_a_new_version(
    document: dict[str, Any], code: Code, parameters: dict[str, str]
) -> None:
    assert marks(rendered(document, code, parameters)) != marks(rendered(document))


@pytest.mark.parametrize("parameter", ["LogRetentionDays", "AlarmEmail", "WorkerConcurrency"])
def test_a_parameter_that_no_function_sees_makes_no_version(document: dict[str, Any], parameter: str) -> None:
    # Lambda would refuse it: a version is published once.
    assert marks(rendered(document)) == marks(rendered(document, A, {parameter: "50"}))


def test_a_value_that_is_the_default_changes_nothing(document: dict[str, Any]) -> None:
    assert rendered(document) == rendered(document, A, {"TextModel": "offline"})


def test_what_is_not_named_keeps_its_value_unless_the_template_has_dropped_it(document: dict[str, Any]) -> None:
    package = Package(path=Path("none"), sha256="", zipped_bytes=0, unzipped_bytes=0)
    wish = Wish(document=document, parameters={"TextModel": "offline"}, package=package)

    whole = wish.over({"TextModel": "openai:gpt-5", "Canary": "true", "Dropped": "x"})

    assert whole.parameters == {"TextModel": "offline", "Canary": "true"}
    assert whole.shifts_by_codedeploy


def test_attributes_are_named_as_json_wants_them(document: dict[str, Any]) -> None:
    role = rendered(document)["Resources"]["ApiFunction"]["Properties"]["Role"]

    assert role == {"Fn::GetAtt": ["ApiRole", "Arn"]}


def test_data_that_is_taken_up_stands_alone(document: dict[str, Any]) -> None:
    template = json.loads(only(document, ["JobsTable"]).text)

    assert list(template["Resources"]) == ["JobsTable"]
    assert "Transform" not in template
    assert "Outputs" not in template


def test_the_template_is_found_where_sam_looks_for_it() -> None:
    assert template_path().parent == Path(__file__).parents[2]
