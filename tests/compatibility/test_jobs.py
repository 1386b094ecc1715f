"""Jobs that one release submitted or began are read, run and ended by the other."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
from tests.compatibility.plain_reader import read_plainly
from tests.compatibility.release import BEFORE, THIS, Release, now
from tests.steplog.storage import SMALL

if TYPE_CHECKING:
    from tests.conftest import Aws

    from leadmagnet.local.resources import Resources

TWO_WAYS = pytest.mark.parametrize(("first", "second"), [(THIS, BEFORE), (BEFORE, THIS)])

WORKFLOW = dedent("""
    name: three-texts
    submission: [{name: company}]
    steps:
      - {name: a, type: ai_generation, order: 1, instructions: x}
      - {name: b, type: ai_generation, order: 2, instructions: x}
      - {name: c, type: ai_generation, order: 3, instructions: x}
      - {name: report, type: html_generation, order: 4, options: {template: report.html}}
      - {name: deliver, type: final_output, order: 5}
""")


class Crash(BaseException):
    """The process is gone: nothing may catch this."""


class DyingRuns:
    """The job table as a worker sees it that dies right after it has said that it begins a step."""

    def __init__(self, runs: Any, *, at: str) -> None:  # noqa: ANN401 (of any release)
        self._runs = runs
        self._at = at
        self._dead = False

    def take(self, job_id: str, **lease: Any) -> Any:  # noqa: ANN401
        return self._runs.take(job_id, **lease)

    def renew(self, job_id: str, **lease: Any) -> bool:  # noqa: ANN401
        return bool(self._runs.renew(job_id, **lease))

    def save(self, job: Any, **lease: Any) -> bool:  # noqa: ANN401
        said = bool(self._runs.save(job, **lease))
        if self._at in job.running:
            self._dead = True
            raise Crash
        return said

    def release(self, job_id: str, **lease: Any) -> None:  # noqa: ANN401
        if self._dead:
            raise Crash
        self._runs.release(job_id, **lease)


def item(aws: Aws, resources: Resources, job_id: str) -> dict[str, Any]:
    key = {"job_id": {"S": job_id}}
    return dict(aws.dynamodb.get_item(TableName=resources.jobs_table, Key=key, ConsistentRead=True)["Item"])


def records(aws: Aws, resources: Resources, job_id: str, release: str) -> list[dict[str, Any]]:
    """The job's execution steps, as that release's engine understands them."""
    log = Release(release).log(aws, resources.jobs_table, resources.bucket, SMALL)
    found = Release(release).module("adapters.step_record").LoggedSteps(step_log=log).read(job_id)
    return [step.to_record() for step in found]


def in_an_hour_or_two() -> datetime:
    """A time at which every lease that is taken now has ended."""
    return now() + timedelta(hours=2)


@TWO_WAYS
def test_a_job_whose_worker_died_in_a_step_is_finished_by_the_other_release(
    aws: Aws, resources: Resources, first: str, second: str
) -> None:
    begins, ends = Release(first), Release(second)
    job_id = begins.submitted(aws, resources, WORKFLOW, SMALL)
    dying = DyingRuns(begins.runs(aws, resources), at="report")
    with pytest.raises(Crash):
        begins.module("engine.runner").run_job(job_id, parts=begins.parts(aws, resources, SMALL, runs=dying))
    left = item(aws, resources, job_id)
    assert left["running"] == {"M": {"report": {"N": "1"}}}
    # The release before neither writes nor reads when it began.
    assert ("report" in left.get("running_since", {}).get("M", {})) == (first == THIS)
    assert "lease_owner" in left
    # In S3, with what came after in the tail: as the plainest reader does not know it.
    assert left["execution_steps_tail"]["L"]

    parts = ends.parts(aws, resources, SMALL, clock=in_an_hour_or_two)
    job = ends.module("engine.runner").run_job(job_id, parts=parts)

    assert job.status == "completed"
    found = records(aws, resources, job_id, first)
    assert [(step["step_id"], step["attempt"], (step["error"] or {}).get("code")) for step in found[1:]] == [
        ("a", 1, None),
        ("b", 1, None),
        ("c", 1, None),
        ("report", 1, "step_interrupted"),
        ("report", 2, None),
        ("deliver", 1, None),
    ]
    assert records(aws, resources, job_id, second) == found
    assert read_plainly(aws, resources.jobs_table, resources.bucket, job_id) == found


@TWO_WAYS
def test_a_worker_that_was_taken_over_by_the_other_release_changes_nothing_any_more(
    aws: Aws, resources: Resources, first: str, second: str
) -> None:
    job_id = Release(first).submitted(aws, resources, WORKFLOW, SMALL)
    slow, fast = Release(first).runs(aws, resources), Release(second).runs(aws, resources)
    job = slow.take(job_id, owner="slow", now=now(), until=now())
    later = in_an_hour_or_two()
    fast.take(job_id, owner="fast", now=later, until=later + timedelta(seconds=30))
    before = item(aws, resources, job_id)

    with pytest.raises(Release(first).module("domain.errors").LeaseLost):
        slow.save(job.complete(at=later, deliverable=None), owner="slow", until=later)

    assert item(aws, resources, job_id) == before


@TWO_WAYS
def test_a_job_is_cancelled_beside_a_worker_of_the_other_release(
    aws: Aws, resources: Resources, first: str, second: str
) -> None:
    works, asks = Release(first), Release(second)
    job_id = works.submitted(aws, resources, WORKFLOW, SMALL)
    runs = works.runs(aws, resources)
    until = in_an_hour_or_two()
    runs.take(job_id, owner="worker", now=now(), until=until)

    asked = asks.jobs(aws, resources, SMALL).cancel(tenant="acme", job_id=job_id, at=now())

    assert asked.cancel_requested_at is not None
    assert runs.renew(job_id, owner="worker", until=until) is True


@TWO_WAYS
def test_attributes_that_a_release_does_not_know_are_tolerated_and_kept(
    aws: Aws, resources: Resources, first: str, second: str
) -> None:
    submits, works = Release(first), Release(second)
    job_id = submits.submitted(aws, resources, WORKFLOW, SMALL)
    added = {
        "added_text": {"S": "later"},
        "added_map": {"M": {"deep": {"L": [{"N": "1"}]}}},
        "added_none": {"NULL": True},
    }
    for name, value in added.items():
        aws.dynamodb.update_item(
            TableName=resources.jobs_table,
            Key={"job_id": {"S": job_id}},
            UpdateExpression=f"SET {name}=:v",
            ExpressionAttributeValues={":v": value},  # type: ignore[dict-item] # wire form
        )
    known = submits.jobs(aws, resources).get(tenant="acme", job_id=job_id)

    read = works.jobs(aws, resources).get(tenant="acme", job_id=job_id)
    works.module("engine.runner").run_job(job_id, parts=works.parts(aws, resources, SMALL))

    left = item(aws, resources, job_id)
    assert {name: left[name] for name in added} == added
    assert (read.workflow, read.submission, str(read.status)) == (known.workflow, known.submission, "pending")
    listed = works.jobs(aws, resources).list(tenant="acme", limit=50, cursor=None).jobs
    assert job_id in [job.id for job in listed]


def test_every_attribute_that_this_release_writes_is_read_by_the_one_before(aws: Aws, resources: Resources) -> None:
    job_id = Release(THIS).submitted(aws, resources, WORKFLOW, SMALL)
    this = Release(THIS).module("engine.runner")
    this.run_job(job_id, parts=Release(THIS).parts(aws, resources, SMALL))

    def described(release: str) -> dict[str, Any]:
        job = Release(release).jobs(aws, resources).get(tenant="acme", job_id=job_id)
        names = (
            "id tenant workflow workflow_version submission created_at status started_at finished_at steps_total "
            "steps_done tokens cost_usd deliverable error running cancel_requested_at origin instructions"
        )
        return {name: getattr(job, name) for name in names.split()}

    found = described(BEFORE)
    assert found == described(THIS)
    assert (found["status"], found["steps_done"], found["tokens"]) == ("completed", 5, 9)


@TWO_WAYS
def test_jobs_with_and_without_labels_are_listed_by_both_releases(
    aws: Aws, resources: Resources, first: str, second: str
) -> None:
    job_id = Release(first).submitted(aws, resources, WORKFLOW, SMALL)

    jobs = Release(second).jobs(aws, resources)
    listed = {job.id: job for job in jobs.list(tenant="acme", limit=100, cursor=None).jobs}

    assert listed[job_id].workflow == "three-texts"
    known = {job.id: job for job in Release(THIS).jobs(aws, resources).list(tenant="acme", limit=100, cursor=None).jobs}
    assert known[job_id].label == ("Harbour Coffee" if first == THIS else None)


@TWO_WAYS
def test_workflows_and_messages_are_understood_by_the_other_release(
    aws: Aws, resources: Resources, first: str, second: str
) -> None:
    parse = Release(first).module("engine.workflow_file").parse_workflow
    put = Release(first).workflows(aws, resources).put(parse(WORKFLOW.replace("three-texts", f"of-{first[0]}")))

    found = Release(second).workflows(aws, resources).get(put.name)

    assert (found.name, found.version, [step.name for step in found.steps]) == (
        put.name,
        1,
        ["a", "b", "c", "report", "deliver"],
    )
    message = json.dumps({"job_id": "01J", "added": {"later": 1}})
    assert Release(second).module("engine.message").job_id_of(message) == "01J"
