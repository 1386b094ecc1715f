"""The few functions of CloudFormation that the template uses, worked out by hand here."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadmagnet.local.errors import TemplateNotUnderstood
from leadmagnet.local.template import Template, load_template

TEXT = """
Parameters:
  Stage: {Type: String, Default: production}
  Days: {Type: Number, Default: 3}
Conditions:
  Plain: !Equals [!Ref Stage, production]
  Fancy: !Not [!Equals [!Ref Stage, production]]
Resources:
  Thing:
    Type: Any
    Properties:
      Name: !If [Plain, thing, !Sub "thing-${Stage}"]
      Where: !Sub "${AWS::Region}/${Thing.Arn}/${!Literal}"
      Days: !Ref Days
      Fancy: !If [Fancy, "yes", "no"]
      Left: !If [Plain, !Ref "AWS::NoValue", here]
      List: [!Ref "AWS::NoValue", 1]
      Arn: !GetAtt Thing.Arn
      Long: {"Fn::GetAtt": [Thing, Arn]}
      Ref: {"Ref": Thing}
"""


def load(tmp_path: Path, text: str = TEXT, **parameters: str) -> Template:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    return load_template(path, parameters=parameters, facts={"AWS::Region": "eu-west-1"})


def properties(template: Template) -> object:
    return template.resolve(template.resources["Thing"]["Properties"], lambda name, attribute: f"<{name}.{attribute}>")


def test_functions_are_worked_out_with_the_defaults(tmp_path: Path) -> None:
    assert properties(load(tmp_path)) == {
        "Name": "thing",
        "Where": "eu-west-1/<Thing.Arn>/${Literal}",
        "Days": "3",
        "Fancy": "no",
        "List": [1],
        "Arn": "<Thing.Arn>",
        "Long": "<Thing.Arn>",
        "Ref": "<Thing.>",
    }


def test_parameters_go_over_the_defaults(tmp_path: Path) -> None:
    found = properties(load(tmp_path, Stage="staging"))

    assert isinstance(found, dict)
    assert (found["Name"], found["Left"], found["Fancy"]) == ("thing-staging", "here", "yes")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Resources: [", "cannot be read"),
        ("Resources: 3", "no Resources"),
        ("Parameters: {Stage: {Type: String}}\nResources: {}", "Stage"),
        ("Conditions: {Odd: !Or [true]}\nResources: {}", "condition"),
        ("Conditions: {Odd: !Equals [!Ref Nobody, x]}\nResources: {}", "Nobody"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_with_its_mistake(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(TemplateNotUnderstood) as caught:
        load(tmp_path, text)

    assert named in str(caught.value)


def test_a_parameter_that_the_template_does_not_have_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateNotUnderstood, match="no such parameter") as caught:
        load(tmp_path, Stag="staging")

    assert caught.value.facts == {"parameter": "Stag"}


def test_a_missing_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateNotUnderstood) as caught:
        load_template(tmp_path / "none.yaml", parameters={}, facts={})

    assert "none.yaml" in str(caught.value)
