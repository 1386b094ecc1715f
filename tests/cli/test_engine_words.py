"""What `leadmagnet engine` says can be typed as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Aws

from leadmagnet.cli.engine import welcome
from leadmagnet.local.engine import EngineAccess


def test_the_lines_for_the_aws_cli_reach_the_engine_with_queues_too(
    aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    access = EngineAccess(
        endpoint_url=aws.endpoint_url, region=aws.region, access_key_id="test", secret_access_key="test"
    )
    url = aws.sqs.create_queue(QueueName="spoken-of")["QueueUrl"]

    welcome(access, "")

    said = capsys.readouterr()
    lines = [line.strip() for line in (said.out + said.err).splitlines()]
    typed = [line for line in lines if line.startswith(("export ", "aws "))]
    assert [line.split()[0] for line in typed] == ["export"] * 3 + ["aws"]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        ["/bin/bash", "-ec", "\n".join([*typed, "aws dynamodb list-tables"])],
        env=plain | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "AWS_MAX_ATTEMPTS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert url in done.stdout
