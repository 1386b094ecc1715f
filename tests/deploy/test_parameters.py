"""Which parameters a deployment will have in force, told before anything is done."""

from __future__ import annotations

from typing import Any

import pytest

from leadmagnet.deploy.errors import DeployFailed
from leadmagnet.deploy.parameters import Parameter, check_parameters, in_force
from leadmagnet.local.files import template_path
from leadmagnet.local.template import read_template


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return read_template(template_path())


def of(found: list[Parameter], name: str) -> Parameter:
    (one,) = (each for each in found if each.name == name)
    return one


def test_all_that_will_be_in_force_is_told_with_where_it_comes_from(document: dict[str, Any]) -> None:
    before = {"Environment": "production", "TextModel": "openai:gpt-5", "AlarmEmail": "a@example.com"}

    found = in_force(document, {"AlarmEmail": "b@example.com"}, before)

    assert {each.name for each in found} == set(document["Parameters"])
    assert of(found, "TextModel") == Parameter(name="TextModel", value="openai:gpt-5", origin="kept")
    assert of(found, "AlarmEmail").origin == "changed"
    assert (of(found, "AlarmEmail").value, of(found, "AlarmEmail").before) == ("b@example.com", "a@example.com")
    assert of(found, "LogRetentionDays") == Parameter(name="LogRetentionDays", value="30", origin="default")


def test_a_value_that_goes_back_to_the_default_is_a_change(document: dict[str, Any]) -> None:
    found = in_force(document, {"Canary": "false"}, {"Canary": "true"})

    assert of(found, "Canary") == Parameter(name="Canary", value="false", origin="changed", before="true")


def test_of_a_new_stack_what_is_given_is_neither_kept_nor_changed(document: dict[str, Any]) -> None:
    assert of(in_force(document, {"Canary": "true"}, {}), "Canary").origin == "given"


def test_a_secret_is_never_told() -> None:
    document = {"Parameters": {"Key": {"Type": "String", "NoEcho": True, "Default": ""}}}

    found = in_force(document, {"Key": "s3cret"}, {"Key": "0ld"})

    assert "s3cret" not in repr(found)
    assert "0ld" not in repr(found)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"TextModle": "x"}, "no parameter TextModle"),
        ({"Canary": "yes"}, "true, false"),
        ({"Bedrock": "on"}, "yes, no"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_before_anything_is_asked(
    document: dict[str, Any], given: dict[str, str], said: str
) -> None:
    with pytest.raises(DeployFailed, match=said):
        check_parameters(document, given)
