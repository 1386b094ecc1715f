"""Good versions pass; each kind of broken one is stopped, and the check leaves nothing behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import yaml
from tests.conftest import Aws
from tests.pretraffic.functions import NAMES, Handler, Stage, good_api, good_sweeper, good_worker, stage

from leadmagnet.domain.errors import Invalid
from leadmagnet.pretraffic.synthetic import TENANT
from leadmagnet.settings import Settings
from leadmagnet.wiring.stores import build_stores


@pytest.fixture(scope="module")
def checking(aws: Aws) -> Iterator[Stage]:
    with stage(aws) as made:
        yield made


Change = Callable[[Mapping[str, Any], dict[str, Any]], dict[str, Any]]


def left_behind(checking: Stage, aws: Aws) -> tuple[int, int]:
    """Jobs of the check's tenant, and objects in the bucket, in all their versions."""
    jobs = build_stores(checking.settings).jobs.list(tenant=TENANT, limit=10, cursor=None).jobs
    found: Any = aws.s3.list_object_versions(Bucket=checking.settings.artifacts_bucket)
    return len(jobs), len(found.get("Versions", ())) + len(found.get("DeleteMarkers", ()))


GOOD: dict[str, Callable[[Settings], Handler]] = {"api": good_api, "worker": good_worker, "sweeper": good_sweeper}


@pytest.mark.parametrize("role", GOOD)
def test_a_good_version_passes_and_nothing_is_left_behind(checking: Stage, aws: Aws, role: str) -> None:
    checking.put(role, GOOD[role](checking.settings))

    assert checking.verdict(role) == {}
    assert left_behind(checking, aws) == (0, 0)


def answering(change: Change, handler: Handler) -> Handler:
    """`handler` with its answers to reads of jobs changed."""

    def changed(event: Mapping[str, Any], context: object) -> dict[str, Any]:
        answer = handler(event, context)
        return change(event, answer)

    return changed


def without_steps(event: Mapping[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    if "/admin/jobs/" not in event["rawPath"]:
        return answer
    return {"statusCode": 200, "body": json.dumps({"execution_steps": []}), "isBase64Encoded": False}


def open_to_all(event: Mapping[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"statusCode": 200} if event["rawPath"] == "/admin/jobs" else answer


def unready(event: Mapping[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    return answer | {"statusCode": 503} if event["rawPath"] == "/ready" else answer


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        (without_steps, {"reads an inline record", "reads an offloaded record"}),
        (open_to_all, {"refuses strangers"}),
        (unready, {"reaches table, bucket and queue"}),
    ],
)
def test_an_api_that_does_something_else_is_stopped(
    checking: Stage, aws: Aws, change: Change, failed: set[str]
) -> None:
    checking.put("api", answering(change, good_api(checking.settings)))

    assert set(checking.verdict("api")) == failed
    assert left_behind(checking, aws) == (0, 0)


def test_a_function_that_does_not_start_is_stopped_with_its_own_words(checking: Stage) -> None:
    def broken(_event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        raise ImportError("No module named 'orjson'")

    checking.put("worker", broken)
    checking.put("sweeper", broken)

    assert "No module named 'orjson'" in checking.verdict("worker")["runs a job"]
    assert "No module named 'orjson'" in checking.verdict("sweeper")["reaches table, bucket and queue"]


def test_a_worker_that_says_done_and_does_nothing_is_stopped(checking: Stage, aws: Aws) -> None:
    checking.put("worker", lambda _event, _context: {"batchItemFailures": []})

    failed = checking.verdict("worker")

    assert "the job's status is 'pending', not 'completed'" in failed["runs a job"]
    assert left_behind(checking, aws) == (0, 0)


def test_a_sweeper_that_reaches_nothing_is_stopped(checking: Stage) -> None:
    checking.put("sweeper", lambda _event, _context: {"table": "ok", "bucket": "failed"})

    assert "bucket" in checking.verdict("sweeper")["reaches table, bucket and queue"]


def app_spec(function: str, version: str) -> str:
    properties = {"Name": function, "Alias": "live", "CurrentVersion": "6", "TargetVersion": version}
    resource = {"the-function": {"Type": "AWS::Lambda::Function", "Properties": properties}}
    return json.dumps({"version": 0.0, "Resources": [resource]})


HOOK = {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"}


def test_codedeploy_is_told_what_became_of_the_version_that_it_named(checking: Stage) -> None:
    checking.put("sweeper", good_sweeper(checking.settings), "8")
    checking.put("sweeper", lambda _event, _context: {"table": "failed"}, "9")

    for version in ("8", "9"):
        checking.deployments.app_spec = app_spec(NAMES["sweeper"], version)
        checking.check(HOOK, None)

    assert checking.deployments.told == ["Succeeded", "Failed"]


@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump])
def test_an_app_spec_with_names_in_lower_case_is_understood_too(
    checking: Stage, write: Callable[[object], str]
) -> None:
    checking.put("sweeper", good_sweeper(checking.settings), "8")
    spec = app_spec(NAMES["sweeper"], "8")
    for name in ("Resources", "Type", "Properties", "Name", "Alias", "CurrentVersion", "TargetVersion"):
        spec = spec.replace(f'"{name}"', f'"{name.lower()}"')
    spec = write(json.loads(spec))
    checking.deployments.app_spec, checking.deployments.told = spec, []

    checking.check(HOOK, None)

    assert checking.deployments.told == ["Succeeded"]


@pytest.mark.parametrize("spec", ["", "not json", "[]", "{}", app_spec("a-strangers-function", "3")])
def test_codedeploy_is_told_no_where_the_deployment_cannot_be_understood(checking: Stage, spec: str) -> None:
    checking.deployments.app_spec, checking.deployments.told = spec, []

    with pytest.raises(Invalid):
        checking.check(HOOK, None)

    assert checking.deployments.told == ["Failed"]


@pytest.mark.parametrize("event", [{}, {"function": "api"}, {"function": "nobody", "qualifier": "1"}])
def test_a_question_that_names_no_version_is_refused(checking: Stage, event: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="takes a function"):
        checking.check(event, None)
