"""What `leadmagnet destroy` says in the end is so: of the data, and of where commands are led."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.test_deploy_words import ACCOUNT
from tests.deploy.cloud import Cloud

from leadmagnet.cli import destroy as module
from leadmagnet.cli.data_dir import Ready, ready_path, write_ready
from leadmagnet.deploy.data import Kept

TABLE = Kept(logical="JobsTable", type="AWS::DynamoDB::Table", name="leadmagnet-jobs-staging", ours=True)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The installation `staging` on an engine, which the command finds."""
    made = Cloud()
    account = replace(ACCOUNT, endpoint_url="http://engine")
    monkeypatch.setattr(module, "chosen_account", lambda **_: account)
    monkeypatch.setattr(module, "build_deployment", lambda *_, **__: made.deployment)
    return made


def ready(jobs_table: str) -> Ready:
    return Ready(
        api_url="",
        sign_in_url="",
        aws_endpoint_url=None,
        region="",
        token="",
        jobs_table=jobs_table,
        bucket="",
        queue_url="",
    )


@pytest.mark.usefixtures("cloud")
def test_data_that_is_not_there_is_not_promised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module.destroy(environment="staging", embedded=True, data_dir=tmp_path, yes=True)

    assert capsys.readouterr().err.endswith("Gone.\n")


def test_data_that_was_kept_is_taken_up_later(cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.data.found.append(TABLE)

    module.destroy(environment="staging", embedded=True, data_dir=tmp_path, yes=True)

    assert "A later deployment takes the data up again." in capsys.readouterr().err


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(("led_to", "stays"), [("leadmagnet-jobs", True), ("leadmagnet-jobs-staging", False)])
def test_commands_are_led_to_another_installation_as_before_and_nowhere_instead_of_one_that_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], led_to: str, stays: bool
) -> None:
    write_ready(ready_path(tmp_path), ready(led_to))

    module.destroy(environment="staging", embedded=True, data_dir=tmp_path, yes=True)

    assert ready_path(tmp_path).exists() == stays
    assert ("lead nowhere now" in capsys.readouterr().err) != stays
