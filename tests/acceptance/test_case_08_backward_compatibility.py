"""Test case 8: jobs as older systems left them are still whole."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.acceptance.api import Api
from tests.acceptance.jobs import Jobs, key_of
from tests.acceptance.recording import CaseLog
from tests.acceptance.records import difference, exact, from_json, steps_of, to_attribute

CHAPTER = "Test Case 8"
#: Other names and other shapes than today's.
OLD_STEPS: list[dict[str, Any]] = [
    {"step_order": 0, "step_name": "Form Submission", "input": {"email": "anna@alder.example"}, "output": None},
    {"step_order": 1, "step_name": "Research", "output": "Grüße 😀", "cost": 0.1, "tokens": 12345678901234567890},
    {"step_order": 1, "step_name": "Research", "output": {"nested": [[1, 2.50, -3e-9], [], {}]}, "success": True},
    {},
    {"": "", "image_urls": ["https://old.example/1.png"], "usage_info": {"cost_usd": "0.10"}},
]
#: The limit was 350 KB once, so such a list lies in an item.
FAT_STEPS = steps_of(345_000, mark="old")


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    """An item as an older system wrote it."""

    steps: list[dict[str, Any]]
    item: dict[str, Any] = field(default_factory=dict)
    #: What lies in S3; None if nothing does.
    document: str | None = None


OLDER = {
    "a list and nothing else": Older(steps=OLD_STEPS, item={"execution_steps": OLD_STEPS}),
    "a list among other attributes": Older(
        steps=OLD_STEPS,
        item={"execution_steps": OLD_STEPS, "status": "completed", "created_at": "2024-05-01T10:00:00Z", "owner": "x"},
    ),
    "a list of 345,000 bytes": Older(steps=FAT_STEPS, item={"execution_steps": FAT_STEPS}),
    "a status that is no longer one": Older(
        steps=OLD_STEPS[:2], item={"execution_steps": OLD_STEPS[:2], "status": "done", "created_at": "yesterday"}
    ),
    "no steps at all": Older(steps=[], item={"status": "completed"}),
    "null for steps": Older(steps=[], item={"execution_steps": None, "execution_steps_s3_key": None}),
    "a key and nothing else": Older(steps=OLD_STEPS, document=json.dumps(OLD_STEPS, indent=2)),
    "a key of a large document": Older(steps=FAT_STEPS, document=json.dumps(FAT_STEPS, ensure_ascii=False)),
    "a list and a key, which wins": Older(
        steps=OLD_STEPS, item={"execution_steps": OLD_STEPS[:1]}, document=json.dumps(OLD_STEPS)
    ),
}


def put(jobs: Jobs, older: Older) -> str:
    """The id of such an item in table and bucket."""
    job_id = jobs.put_item({name: to_attribute(value) for name, value in older.item.items()})
    if older.document is not None:
        jobs.put_document(job_id, older.document)
        jobs.change_item(job_id, "SET execution_steps_s3_key = :key", {":key": {"S": key_of(job_id)}})
    return job_id


@pytest.mark.shows("Existing jobs remain accessible", "No breaking changes")
@pytest.mark.parametrize("kind", OLDER)
def test_they_read_the_same_and_take_another_step(case: CaseLog, jobs: Jobs, older_api: Api, kind: str) -> None:
    older, more = OLDER[kind], {"step_id": "today's", "output": "new", "cost": 0.25}
    with case.step(1):
        job_id = put(jobs, older)
        item = jobs.item(job_id)
    with case.step(2):
        answer = older_api.send("GET", f"/admin/jobs/{job_id}")
    with case.step(3):
        assert answer.status_code == 200
        assert difference(from_json(answer.content)["execution_steps"], exact(older.steps)) is None
        assert difference(older_api.paged_steps(job_id, limit=3), exact(older.steps)) is None

    # Reading changes nothing: the older system may still be there.
    assert jobs.item(job_id) == item
    assert older_api.append(job_id, more) == len(older.steps)
    where, held = jobs.kept(job_id)
    assert where == ("offloaded" if older.document or older.steps is FAT_STEPS else "inline")
    assert difference(held, exact([*older.steps, more])) is None
    assert difference(older_api.steps(job_id), exact([*older.steps, more])) is None


@pytest.mark.shows("No breaking changes")
@pytest.mark.parametrize("kind", ["a list and nothing else", "a key and nothing else", "a list and a key, which wins"])
def test_they_take_a_replacement(jobs: Jobs, older_api: Api, kind: str) -> None:
    job_id = put(jobs, OLDER[kind])
    steps = [{"step_id": "today's", "output": "new"}]

    older_api.replace(job_id, steps)

    assert jobs.kept(job_id) == ("inline", exact(steps))
    assert difference(older_api.steps(job_id), exact(steps)) is None


@pytest.mark.shows("No breaking changes")
def test_they_are_listed_and_can_be_deleted(jobs: Jobs, api: Api) -> None:
    job_id = jobs.put_item(
        {
            "tenant": {"S": jobs.stack.run},
            "created_at": {"S": "2024-05-01T10:00:00Z"},
            "status": {"S": "completed"},
            "execution_steps": to_attribute(OLD_STEPS),
        }
    )

    assert job_id in {job["job_id"] for job in api.must("GET", "/admin/jobs?created_to=2024-12-31")["jobs"]}
    assert api.send("DELETE", f"/admin/jobs/{job_id}").status_code == 204
    assert api.send("GET", f"/admin/jobs/{job_id}").status_code == 404
