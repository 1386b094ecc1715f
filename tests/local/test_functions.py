"""Functions of an engine: their packages are unfolded once, and what they log is in their log."""

from __future__ import annotations

import base64
import inspect
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from ministack.core import lambda_runtime  # type: ignore[import-untyped]  # ships no types

from leadmagnet.deploy.runtime import own_python
from leadmagnet.local.engine import EmbeddedEngine, EngineAccess
from leadmagnet.local.environment import EngineKind

#: What functions need of an engine, in the data folder, where the test can look.
FUNCTIONS = EngineKind(services=("lambda", "iam", "logs", "sts"))
CODE = """
import os

def handler(event, context):
    if event["say"]:
        print("said", event["say"])
    return os.stat(__file__).st_ino
"""


@pytest.fixture
def access(data_dir: Path) -> Iterator[EngineAccess]:
    with EmbeddedEngine(data_dir, notify=lambda _: None, kind=FUNCTIONS) as engine:
        yield engine.access


def test_functions_of_one_package_share_its_files_and_log_what_they_say(access: EngineAccess) -> None:
    client = boto3.client(
        "lambda",
        endpoint_url=access.endpoint_url,
        region_name=access.region,
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key,
        config=Config(proxies={}),
    )
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", CODE)
    files = set()
    for name in ("one", "another"):
        client.create_function(
            FunctionName=name,
            Runtime=f"python{own_python()}",  # type: ignore[arg-type]  # the engine runs ours
            Role="arn:aws:iam::000000000000:role/any",
            Handler="app.handler",
            Code={"ZipFile": package.getvalue()},
        )
        for said in ("a line", "", "the last line"):
            answer = client.invoke(FunctionName=name, Payload=json.dumps({"say": said}), LogType="Tail")
            files.add(answer["Payload"].read())
            assert (f"said {said}" in base64.b64decode(answer.get("LogResult", "")).decode()) == bool(said)

    assert len(files) == 1


def test_ministack_has_what_the_engine_changes() -> None:
    source = inspect.getsource(lambda_runtime.Worker._spawn)

    assert "with zipfile.ZipFile(" in source
    assert "extractall(code_dir)" in source
    waits = inspect.signature(lambda_runtime.Worker._drain_stderr_bounded).parameters
    assert waits["first_line_wait"].default == 0.050
    assert "sys.stdout = sys.stderr" in lambda_runtime._PYTHON_WORKER_SCRIPT
