"""Submitting once, deleting, exporting, importing, filtering; and what the service says of itself."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from tests.api.service import TENANT, Service

from leadmagnet import __version__
from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.job import JobError, JobStatus
from leadmagnet.engine.submit_once import job_id_of
from leadmagnet.steplog.errors import Unavailable

BODY = {"workflow": "market-report", "submission": {"company": " Alder & Co "}}
KEY = {"Idempotency-Key": "order-7"}


def test_the_same_key_makes_one_job(service: Service) -> None:
    first = service.call("POST", "/admin/jobs", json=BODY, headers=KEY)
    second = service.call("POST", "/admin/jobs", json=BODY, headers=KEY)

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.headers["location"] == second.headers["location"] == f"/admin/jobs/{job_id_of(TENANT, 'order-7')}"
    assert len(service.fakes.jobs.stored) == 1


def test_a_job_that_was_never_begun_is_queued_again_and_others_are_not(service: Service) -> None:
    job_id = service.call("POST", "/admin/jobs", json=BODY, headers=KEY).json()["job_id"]
    service.fakes.queue.sent.clear()

    service.call("POST", "/admin/jobs", json=BODY, headers=KEY)
    assert service.fakes.queue.sent == [job_id]

    service.fakes.jobs.stored[job_id] = replace(service.fakes.jobs.stored[job_id], status=JobStatus.COMPLETED)
    service.call("POST", "/admin/jobs", json=BODY, headers=KEY)
    assert service.fakes.queue.sent == [job_id]


@pytest.mark.parametrize(
    "other",
    [
        {"workflow": "market-report", "submission": {"company": "Other"}},
        {"workflow": "market-report", "submission": {"company": "Alder & Co", "budget": 7}},
        {"workflow": "another", "submission": {"company": "Alder & Co"}},
    ],
)
def test_the_same_key_with_another_body_is_refused(service: Service, other: dict[str, Any]) -> None:
    service.call("POST", "/admin/jobs", json=BODY, headers=KEY)

    answer = service.call("POST", "/admin/jobs", json=other, headers=KEY)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:leadmagnet:problem:idempotency_key_reused")
    assert len(service.fakes.jobs.stored) == 1


def test_other_keys_and_other_tenants_make_other_jobs(service: Service) -> None:
    for tenant, key in (("acme", "1"), ("acme", "2"), ("other", "1"), ("acme:1", ""), ("acme", "1:")):
        headers = {"Idempotency-Key": key} if key else {}
        assert service.call("POST", "/admin/jobs", json=BODY, headers=headers, tenant=tenant).status_code == 201

    assert len(service.fakes.jobs.stored) == 5


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
def test_a_key_is_short_visible_ascii(service: Service, key: str) -> None:
    answer = service.call("POST", "/admin/jobs", json=BODY, headers={"Idempotency-Key": key})

    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["Idempotency-Key"]


def furnished(service: Service) -> None:
    picture = "/admin/jobs/j1/artifacts/cover.png"
    job = service.fakes.add_job(
        "j1",
        steps=[
            {"step_id": "a", "output": f"see {picture}", "image_urls": [picture]},
            {"step_id": "b", "output": 2**70, "other": "/admin/jobs/j11/artifacts/x"},
        ],
    )
    service.fakes.jobs.stored["j1"] = replace(
        job, tokens=9, cost_usd=0.25, error=JobError(step_id=None, code="c", message="m")
    )
    service.fakes.artifacts.put("j1", Artifact(id="cover.png", content_type="image/png", content=b"\x89PNG"))
    service.fakes.artifacts.put("j1", Artifact(id="report.html", content_type="text/html; charset=utf-8", content=b""))


def test_an_export_holds_everything_and_imports_as_an_equal_job_of_its_own(service: Service) -> None:
    furnished(service)
    exported = service.call("GET", "/admin/jobs/j1/export")

    imported = service.call(
        "POST",
        "/admin/jobs/import",
        content=exported.content,
        headers={"Content-Type": "application/json"},
        tenant="new",
    )

    assert imported.status_code == 201, imported.text
    was, new = service.fakes.jobs.stored["j1"], service.fakes.jobs.stored[imported.json()["job_id"]]
    assert new == replace(was, id=new.id, tenant="new")
    assert new.id != "j1"
    assert service.fakes.steps.logs[new.id] == [
        {
            "step_id": "a",
            "output": f"see /admin/jobs/{new.id}/artifacts/cover.png",
            "image_urls": [f"/admin/jobs/{new.id}/artifacts/cover.png"],
        },
        {"step_id": "b", "output": 2**70, "other": "/admin/jobs/j11/artifacts/x"},
    ]
    for name in ("cover.png", "report.html"):
        assert service.fakes.artifacts.get(new.id, name) == service.fakes.artifacts.get("j1", name)


def test_an_export_is_a_file_with_the_content_of_each_artifact(service: Service) -> None:
    furnished(service)

    answer = service.call("GET", "/admin/jobs/j1/export")

    assert answer.headers["content-disposition"] == 'attachment; filename="job-j1.json"'
    assert answer.json()["artifacts"] == [
        {"id": "cover.png", "content_type": "image/png", "content_base64": base64.b64encode(b"\x89PNG").decode()},
        {"id": "report.html", "content_type": "text/html; charset=utf-8", "content_base64": ""},
    ]
    assert answer.json()["execution_steps"] == service.fakes.steps.logs["j1"]


#: The field that a problem names: what is put in its place.
BROKEN: dict[str, object] = {
    "job.status": "processing",
    "job.created_at": "0001-01-01T00:00:00+14:00",
    "job.deliverable.artifact_id": "absent",
    "job.cost_usd": -1,
    "job.workflow": "two\nlines",
    "artifacts.0.id": "../../x",
    "artifacts.0.content_base64": "%%%",
    "artifacts.0.content_type": "text/html\r\nSet-Cookie: a=b",
    "artifacts": [{"id": "twice", "content_type": "a/b", "content_base64": ""}] * 2,
    "format": 2,
    "execution_steps.0": "step",
}


def broken(exported: dict[str, Any], field: str) -> dict[str, Any]:
    *way, last = [int(part) if part.isdigit() else part for part in field.split(".")]
    place: Any = exported
    for part in way:
        place = place[part]
    place[last] = BROKEN[field]
    return exported


@pytest.mark.parametrize("field", BROKEN)
def test_a_file_that_is_no_exported_job_is_refused_and_leaves_nothing(service: Service, field: str) -> None:
    furnished(service)
    wrong = broken(service.call("GET", "/admin/jobs/j1/export").json(), field)

    answer = service.call("POST", "/admin/jobs/import", json=wrong)

    assert answer.status_code == 422
    assert field in {each["field"] for each in answer.json()["errors"]}
    assert set(service.fakes.jobs.stored) == {"j1"}
    assert {job_id for job_id, _ in service.fakes.artifacts.kept} == {"j1"}


def test_an_import_that_fails_halfway_leaves_no_half_a_job(service: Service) -> None:
    furnished(service)
    exported = service.call("GET", "/admin/jobs/j1/export").json()

    def silent(*_: object, **__: object) -> int:
        raise Unavailable("S3 did not answer.")

    service.fakes.steps.replace = silent  # type: ignore[method-assign] # the fault

    answer = service.call("POST", "/admin/jobs/import", json=exported)

    assert answer.status_code == 503
    assert set(service.fakes.jobs.stored) == {"j1"}
    assert {job_id for job_id, _ in service.fakes.artifacts.kept} == {"j1"}


def test_a_deleted_job_is_gone_with_its_files(service: Service) -> None:
    furnished(service)

    answer = service.call("DELETE", "/admin/jobs/j1")

    assert (answer.status_code, answer.content) == (204, b"")
    assert service.call("GET", "/admin/jobs/j1").status_code == 404
    assert service.call("DELETE", "/admin/jobs/j1").status_code == 404
    assert service.fakes.artifacts.kept == {}


@pytest.mark.parametrize("status", [JobStatus.PENDING, JobStatus.PROCESSING])
def test_a_job_that_may_still_run_is_not_deleted(service: Service, status: JobStatus) -> None:
    furnished(service)
    service.fakes.jobs.stored["j1"] = replace(service.fakes.jobs.stored["j1"], status=status)

    answer = service.call("DELETE", "/admin/jobs/j1")

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:leadmagnet:problem:illegal_transition")
    assert "cancel it" in answer.json()["detail"]
    assert service.fakes.files.deleted == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=failed", ["j2"]),
        ("workflow=market-report&status=completed", ["j1"]),
        ("q=j2", ["j2"]),
        ("created_from=2026-11-22T12:00:00Z", ["j1", "j2"]),
        ("created_from=2026-11-22T13:00:01%2B01:00", []),
        ("created_to=2026-11-22T11:59:59", []),
        ("", ["j1", "j2"]),
    ],
)
def test_a_list_shows_what_its_filter_names(service: Service, query: str, found: list[str]) -> None:
    service.fakes.add_job("j1")
    failed = service.fakes.add_job("j2")
    service.fakes.jobs.stored["j2"] = replace(failed, status=JobStatus.FAILED)

    assert [job["job_id"] for job in service.call("GET", f"/admin/jobs?{query}").json()["jobs"]] == found


def test_versions_of_a_workflow_come_newest_first(service: Service) -> None:
    source = service.call("GET", "/admin/workflows/market-report").json()["source"]
    changed = source.replace("title: Market report", "title: Second").encode()
    service.call("PUT", "/admin/workflows/market-report", content=changed, headers={"Content-Type": "text/yaml"})

    answer = service.call("GET", "/admin/workflows/market-report/versions").json()

    assert [(each["version"], each["title"], each["steps"]) for each in answer["versions"]] == [
        (2, "Second", 3),
        (1, "Market report", 3),
    ]
    assert service.call("GET", "/admin/workflows/absent/versions").status_code == 404


def test_a_workflow_can_be_checked_without_being_stored(service: Service) -> None:
    source = service.call("GET", "/admin/workflows/market-report").json()["source"]
    yaml = {"Content-Type": "application/yaml"}

    good = service.call("POST", "/admin/workflows/validate", content=source.encode(), headers=yaml)
    bad = service.call("POST", "/admin/workflows/validate", content=b"name: x\nsteps: 7\n", headers=yaml)

    assert (good.status_code, good.json()["version"], good.json()["name"]) == (200, 0, "market-report")
    assert bad.status_code == 422
    assert {"line", "field", "message"} <= set(bad.json()["errors"][0])
    assert len(service.fakes.workflows.versions["market-report"]) == 1


def test_readiness_says_which_thing_does_not_answer(service: Service) -> None:
    assert service.http.get("/ready").json() == {"ready": True, "checks": service.fakes.checks}

    service.fakes.checks["bucket"] = "failed"
    answer = service.http.get("/ready")

    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.json()["checks"]["bucket"] == "failed"


def test_the_version_is_the_packages(service: Service) -> None:
    assert service.http.get("/version").json() == {"version": __version__}
