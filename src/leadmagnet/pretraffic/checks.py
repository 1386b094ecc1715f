"""What a version of each function must be able to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from leadmagnet.domain.errors import LeadmagnetError
from leadmagnet.domain.job import JobStatus
from leadmagnet.pretraffic.invoking import FunctionVersion
from leadmagnet.pretraffic.outcome import Check, Outcome, Unexpected, must_be
from leadmagnet.pretraffic.synthetic import STEPS, SyntheticJobs
from leadmagnet.steplog import StepLogError

#: Estimated at more than 300 KB, so that it lies in S3.
_LARGE = 350 * 1024
_INLINE_STEPS: list[dict[str, Any]] = [
    {"step_id": "a", "step_order": 0, "output": "Grüße", "cost": 0.1},
    {"step_id": "b", "output": None},
]
_LARGE_STEPS: list[dict[str, Any]] = [
    {"step_id": "a", "step_order": 0, "output": "x" * _LARGE},
    {"step_id": "b", "output": [1, 2.5, "ö"]},
]

_Checks = Iterator[tuple[str, Callable[[], None]]]


def check_api(version: FunctionVersion, *, jobs: SyntheticJobs, token: str) -> Outcome:
    """Whether a version of the API answers, knows who may ask, and reads records from the item and from S3."""

    def cases() -> _Checks:
        yield "answers", lambda: must_be("the status of /health", version.get("/health")[0], HTTPStatus.OK)
        yield "reaches table, bucket and queue", lambda: _is_ready(version)
        yield (
            "refuses strangers",
            lambda: must_be("the status without a token", version.get("/admin/jobs")[0], HTTPStatus.UNAUTHORIZED),
        )
        yield "reads an inline record", lambda: _reads(version, jobs, token, _INLINE_STEPS)
        yield "reads an offloaded record", lambda: _reads(version, jobs, token, _LARGE_STEPS)

    return _outcome(cases())


def check_worker(version: FunctionVersion, *, jobs: SyntheticJobs) -> Outcome:
    """Whether a version of the worker runs a job whole."""

    def runs_a_job() -> None:
        with jobs.waiting() as job:
            must_be("what it could not handle", version.deliver(json.dumps({"job_id": job.id})), [])
            after, steps = jobs.look_at(job)
            must_be("the job's status", after.status.value, JobStatus.COMPLETED.value)
            must_be("the record", tuple(step["step_id"] for step in steps), STEPS)
            if after.deliverable is None or not jobs.file_of(job, after.deliverable).content:
                raise Unexpected("the job has no deliverable")

    return _outcome(iter([("runs a job", runs_a_job)]))


def check_sweeper(version: FunctionVersion) -> Outcome:
    """Whether a version of the sweeper starts and reaches what it needs."""

    def is_ready() -> None:
        _all_ok(version.invoke({"task": "check"}))

    return _outcome(iter([("reaches table, bucket and queue", is_ready)]))


def _outcome(cases: _Checks) -> Outcome:
    return Outcome(checks=tuple(_checked(name, case) for name, case in cases))


def _checked(name: str, case: Callable[[], None]) -> Check:
    try:
        case()
    except (Unexpected, LeadmagnetError, StepLogError, ClientError, BotoCoreError) as error:
        return Check(name=name, ok=False, detail=str(error))
    return Check(name=name, ok=True)


def _is_ready(version: FunctionVersion) -> None:
    status, body = version.get("/ready")
    must_be("the status of /ready", (status, body[:200] if status != HTTPStatus.OK else b""), (HTTPStatus.OK, b""))


def _all_ok(found: Mapping[str, Any]) -> None:
    failed = sorted(name for name, state in found.items() if state != "ok")
    must_be("what did not answer", failed, [])


def _reads(version: FunctionVersion, jobs: SyntheticJobs, token: str, steps: Sequence[Mapping[str, Any]]) -> None:
    with jobs.at_rest(steps) as job:
        status, body = version.get(f"/admin/jobs/{job.id}", token=token)
        must_be("the status", status, HTTPStatus.OK)
        if json.loads(body).get("execution_steps") != list(steps):
            # The steps are ours, but too long to be told.
            raise Unexpected("the record that it answers with is not the one that was stored")
