from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.api.service import NOW, TENANT, Service

from leadmagnet.domain.access import Role
from leadmagnet.domain.job import JobStatus


def test_a_job_that_nobody_runs_is_cancelled_at_once(service: Service) -> None:
    job = service.fakes.add_job("j1")
    service.fakes.jobs.stored["j1"] = replace(job, status=JobStatus.PENDING, finished_at=None)

    answer = service.call("POST", "/admin/jobs/j1/cancel", role=Role.OPERATOR)

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


def test_a_job_that_a_worker_owns_is_cancelled_by_it(service: Service) -> None:
    job = service.fakes.add_job("j1")
    service.fakes.jobs.stored["j1"] = replace(job, status=JobStatus.PENDING, finished_at=None)
    service.fakes.jobs.take("j1", owner="w", now=NOW, until=NOW + timedelta(seconds=30))

    answer = service.call("POST", "/admin/jobs/j1/cancel")

    assert (answer.status_code, answer.json()["status"]) == (202, "processing")
    assert answer.json()["cancel_requested_at"] == NOW.isoformat(timespec="milliseconds")


def test_a_job_that_ended_cannot_be_cancelled(service: Service) -> None:
    service.fakes.add_job("j1")

    answer = service.call("POST", "/admin/jobs/j1/cancel")

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:leadmagnet:problem:illegal_transition")


def test_a_rerun_is_a_new_job_with_a_link_and_in_the_queue(service: Service) -> None:
    service.fakes.add_job("j1")
    edit = {"instructions": {"outline": "Better: {{ submission.company }}"}, "submission": {"company": "Other"}}

    made = service.call("POST", "/admin/jobs/j1/rerun", json=edit).json()

    assert (made["rerun_of"], made["rerun_from"], made["status"]) == ("j1", None, "pending")
    assert (made["instructions"], made["submission"]["company"]) == (edit["instructions"], "Other")
    assert service.fakes.queue.sent == [made["job_id"]]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"from_step": "outlin"}, 'did you mean "outline"'),
        ({"instructions": {"outline": "{{ submission.compny }}"}}, "instructions.outline"),
        ({"submission": {"compny": "x"}}, "compny"),
        ({"from": "outline"}, "from"),
        ([], "errors"),
    ],
)
def test_a_rerun_that_cannot_be_run_says_why(service: Service, body: object, told: str) -> None:
    service.fakes.add_job("j1")

    answer = service.call("POST", "/admin/jobs/j1/rerun", json=body)

    assert answer.status_code == 422
    assert told in answer.text.replace('\\"', '"')
    assert service.fakes.queue.sent == []


def test_usage_is_told_by_day_and_workflow_with_totals(service: Service) -> None:
    for number, days in enumerate((0, 0, 3, 40)):
        job = service.fakes.add_job(f"j{number}", age=timedelta(days=days))
        service.fakes.jobs.stored[job.id] = replace(job, tokens=10, cost_usd=0.5)
    service.fakes.add_job("theirs", tenant="other")

    usage = service.call("GET", "/admin/usage", role=Role.VIEWER).json()

    assert [(row["day"], row["jobs"], row["tokens"]) for row in usage["rows"]] == [
        ("2026-11-19", 1, 10),
        ("2026-11-22", 2, 20),
    ]
    assert (usage["first"], usage["last"]) == ("2026-10-24", "2026-11-22")
    assert (usage["tokens"], usage["cost_usd"]) == (30, 1.5)


@pytest.mark.parametrize(
    "query",
    [
        "first=2026-03-02&last=2026-03-01",
        "first=2020-01-01",
        "last=0001-01-01",
        "first=x",
        "first=9999-12-31&last=9999-12-30",
    ],
)
def test_days_that_cannot_be_told_of_are_refused(service: Service, query: str) -> None:
    assert service.call("GET", f"/admin/usage?{query}").status_code == 422


def test_dead_letters_are_listed_and_sent_again(service: Service) -> None:
    service.fakes.add_job("j1")
    service.fakes.add_job("theirs", tenant="other")
    for job_id in ("j1", "theirs"):
        service.fakes.dead.add(json.dumps({"job_id": job_id}))

    [letter] = service.call("GET", "/admin/dead-letters", role=Role.OPERATOR).json()["dead_letters"]
    sent = service.call("POST", "/admin/dead-letters/redrive").json()

    assert (letter["job_id"], letter["status"], letter["workflow"]) == ("j1", "completed", "market-report")
    assert sent == {"job_ids": ["j1"]}
    assert service.fakes.queue.sent == ["j1"]
    assert [message.body for message in service.fakes.dead.messages] == ['{"job_id": "theirs"}']
    assert service.call("GET", "/admin/dead-letters", tenant=TENANT).json() == {"dead_letters": []}
