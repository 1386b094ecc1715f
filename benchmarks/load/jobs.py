"""Jobs that a load test reads and submits, and how it takes them away again."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import httpx2

from benchmarks.steplog.subjects import make_step

#: Name, steps, KB of each. The largest passes a function's answer of 6 MB, so that only its beginning is sent.
SIZES = (("10 KB", 5, 2), ("260 KB", 13, 20), ("1 MB", 25, 40), ("5 MB", 50, 100))
_ENDED_WITHIN_S = 60.0
_LOOK_EVERY_S = 0.5
_DELETED = (204, 404)


def import_jobs(http: httpx2.Client, made: list[str]) -> dict[str, str]:
    """A finished job of each size, its name to its id; each id goes to `made` as soon as there is one."""
    jobs = {}
    for name, steps, kib in SIZES:
        jobs[name] = _imported(http, steps, kib)
        made.append(jobs[name])
    return jobs


def _imported(http: httpx2.Client, steps: int, kib: int) -> str:
    body = {
        "format": 1,
        "job": {
            "workflow": "load-test",
            "workflow_version": 1,
            "submission": {},
            "status": "completed",
            "created_at": "2026-01-01T00:00:00+00:00",
        },
        "execution_steps": [make_step(number, kib * 1024) for number in range(steps)],
        "artifacts": [],
    }
    answer = http.post("/admin/jobs/import", json=body)
    if answer.status_code != 201:
        raise SystemExit(f"A job of {steps * kib} KB could not be imported ({answer.status_code}): {answer.text[:300]}")
    return str(answer.json()["job_id"])


def example_submission(http: httpx2.Client, workflow: str) -> dict[str, Any]:
    """The examples of the workflow's fields."""
    answer = http.get(f"/admin/workflows/{workflow}")
    if answer.status_code != 200:
        raise SystemExit(f"The workflow {workflow} cannot be read ({answer.status_code}): {answer.text[:300]}")
    fields = answer.json()["fields"]
    return {field["name"]: field["example"] for field in fields if field.get("example") is not None}


def delete_jobs(http: httpx2.Client, job_ids: Iterable[str]) -> list[str]:
    """Cancel, wait for and delete these jobs; the ids of those that are still there."""
    left = list(job_ids)
    for job_id in left:
        http.post(f"/admin/jobs/{job_id}/cancel")
    deadline = time.monotonic() + _ENDED_WITHIN_S
    while left:
        left = [job_id for job_id in left if http.delete(f"/admin/jobs/{job_id}").status_code not in _DELETED]
        if not left or time.monotonic() > deadline:
            break
        time.sleep(_LOOK_EVERY_S)
    return left
