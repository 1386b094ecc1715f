"""What deploying says: parameters in force, and commands that can be typed as they stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from leadmagnet.cli.app import app
from leadmagnet.cli.cloud_options import DEFAULT_ENGINE_DIR, commands_for
from leadmagnet.cli.deploy_report import say_building, say_plan
from leadmagnet.deploy.deployment import Plan
from leadmagnet.deploy.errors import AwsRefused
from leadmagnet.deploy.names import Names
from leadmagnet.deploy.parameters import Parameter
from leadmagnet.deploy.runtime import Runtime
from leadmagnet.wiring.deployment import Account

NOBODY = cast("Any", None)
ACCOUNT = Account(
    account="111122223333",
    region="eu-west-1",
    caller="arn:aws:iam::111122223333:user/ops",
    endpoint_url=None,
    cloudformation=NOBODY,
    dynamodb=NOBODY,
    functions=NOBODY,
    logs=NOBODY,
    calls=NOBODY,
    s3=NOBODY,
    secrets=NOBODY,
    sqs=NOBODY,
)


def command(environment: str, *, embedded: bool, data_dir: Path = DEFAULT_ENGINE_DIR, region: str | None = None) -> str:
    commands = commands_for(Names.of(environment), embedded=embedded, data_dir=data_dir, region=region)
    return commands("destroy")


def test_a_command_that_is_named_leads_to_the_same_installation() -> None:
    assert command("production", embedded=False) == "leadmagnet destroy"
    assert command("production", embedded=False, region="eu-west-1") == "leadmagnet destroy --region eu-west-1"
    assert command("staging", embedded=True) == "leadmagnet destroy --environment staging --embedded"
    there = command("production", embedded=True, data_dir=Path("my engine"))
    assert there == "leadmagnet destroy --embedded --data-dir 'my engine'"


def test_the_plan_tells_changed_and_kept_parameters_from_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    parameters = [
        Parameter(name="AlarmEmail", value="b@x.example", origin="changed"),
        Parameter(name="Bedrock", value="no", origin="default"),
        Parameter(name="TextModel", value="openai:gpt-5", origin="kept"),
    ]

    say_plan(ACCOUNT, Names.of("staging"), Runtime.here(), parameters, Plan(is_new=False, kept=()))

    said = capsys.readouterr().err
    assert "AlarmEmail=b@x.example  (was empty)" in said
    assert "TextModel=openai:gpt-5  (kept)" in said
    assert "Defaults    Bedrock=no" in said


def test_only_a_first_build_is_said_to_take_long(capsys: pytest.CaptureFixture[str]) -> None:
    say_building(installed=True)
    again = capsys.readouterr().err
    say_building(installed=False)

    assert "half a minute" not in again
    assert "half a minute" in capsys.readouterr().err


@pytest.mark.parametrize("command_name", ["deploy", "rollback", "destroy"])
def test_the_region_is_taken_from_where_everything_of_aws_looks_and_another_endpoint_is_not_aws(
    monkeypatch: pytest.MonkeyPatch, command_name: str
) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    with pytest.raises(AwsRefused, match=r"http://127\.0\.0\.1:9, which is not AWS"):
        app([command_name], standalone_mode=False)
