from __future__ import annotations

import re

import pytest
from tests.web.site import TENANT, Site, step

from leadmagnet.domain.access import Role
from leadmagnet.domain.job import JobStatus
from leadmagnet.web.routes import CHANGES, FORMS, READS
from leadmagnet.web.session import Sessions
from leadmagnet.wiring.api import build_api
from leadmagnet.wiring.service import API_SEGMENTS

#: Pages that only lead to another one.
LEADING = ("/", "/jobs/{job_id}/failure", "/jobs/{job_id}/compare/{index}")

VALUES = {"index": "0", "part": "output", "artifact_id": "file.html", "workflow": "market-report"}


def filled(path: str, job_id: str) -> str:
    values = VALUES | {"job_id": job_id}
    return re.sub(r"{(\w+)}", lambda match: values[match[1]], path)


def csrf(http_text: str) -> str:
    return http_text.partition('name="csrf" content="')[2].partition('"')[0]


@pytest.fixture(scope="module")
def job_id(site: Site) -> str:
    job = site.job([step(0)], deliverable="file.html")
    site.file(job, "file.html", b"<h1>Hello</h1>", "text/html")
    return job.id


@pytest.mark.parametrize("path", sorted(READS))
def test_every_page_wants_a_session_and_the_role_it_names(site: Site, job_id: str, path: str) -> None:
    with site.client(None) as stranger, site.client(Role.VIEWER) as viewer, site.client(Role.OPERATOR) as operator:
        assert stranger.get(filled(path, job_id)).status_code in (303, 401)
        assert viewer.get(filled(path, job_id)).status_code == (
            403 if path in FORMS else 303 if path in LEADING else 200
        )
        for_operators = FORMS.get(path) is not Role.ADMIN
        assert operator.get(filled(path, job_id)).status_code in ((200, 303) if for_operators else (403,))


@pytest.mark.parametrize("path", sorted(path for path in READS if "{job_id}" in path))
def test_another_tenants_job_is_the_same_as_none(site: Site, job_id: str, path: str) -> None:
    with site.client(tenant="other") as http:
        theirs, none = http.get(filled(path, job_id)), http.get(filled(path, "NONE"))

    # A page's CSRF token is another each time.
    same = [re.sub(r"[\w-]{16}\.[0-9a-f]{64}", "TOKEN", answer.text) for answer in (theirs, none)]
    assert (theirs.status_code, same[0]) == (404, same[1].replace("NONE", job_id))


@pytest.mark.parametrize("path", sorted(CHANGES))
def test_every_change_wants_its_role_a_csrf_token_and_our_own_origin(site: Site, job_id: str, path: str) -> None:
    target, (role, _) = filled(path, job_id), CHANGES[path]
    ours = {"Origin": site.url}
    with site.client(None) as stranger, site.client(Role.VIEWER) as viewer, site.client(role) as allowed:
        good = csrf(allowed.get("/jobs").text)
        refused = {
            "nobody": stranger.post(target, data={"csrf": good}, headers=ours),
            "no token": allowed.post(target, data={"do": "cancel"}, headers=ours),
            "another session's token": allowed.post(
                target, data={"csrf": csrf(viewer.get("/jobs").text)}, headers=ours
            ),
            "another origin": allowed.post(target, data={"csrf": good}, headers={"Origin": "http://evil.example"}),
            "no origin": allowed.post(target, data={"csrf": good}),
            "a sandboxed page": allowed.post(target, data={"csrf": good}, headers={"Origin": "null"}),
        }
        if role is not Role.VIEWER:
            token = csrf(viewer.get("/jobs").text)
            refused["too low a role"] = viewer.post(target, data={"csrf": token}, headers=ours)
        taken = allowed.post(target, data={"csrf": good, "do": "cancel"}, headers=ours)

    assert {name: answer.status_code for name, answer in refused.items() if answer.status_code != 403} == {
        "nobody": 303
    }
    assert taken.status_code != 403


def test_another_tenants_job_cannot_be_cancelled(site: Site) -> None:
    job = site.job(status=JobStatus.PENDING)
    with site.client(tenant="other") as http:
        token = csrf(http.get("/jobs").text)
        answer = http.post(f"/jobs/{job.id}/cancel", data={"csrf": token}, headers={"Origin": site.url})
        bulk = http.post("/jobs", data={"csrf": token, "do": "cancel", "job": job.id}, headers={"Origin": site.url})

    assert answer.status_code == 404
    assert bulk.headers["location"] == "/jobs?done=cancel.0.1"
    assert site.stores.jobs.get(tenant=TENANT, job_id=job.id).status is JobStatus.PENDING


def test_a_body_that_is_no_form_or_far_too_large_is_refused(site: Site) -> None:
    with site.client() as http:
        ours = {"Origin": site.url}
        assert http.post("/jobs", json={}, headers=ours).status_code == 415
        assert http.post("/jobs", data={"job": "x" * 500_000}, headers=ours).status_code == 413
        form = ours | {"Content-Type": "application/x-www-form-urlencoded"}
        assert http.post("/jobs", content=b"a=1&" * 2_000, headers=form).status_code == 400


def test_every_path_of_the_api_is_the_apis_and_no_page_is(site: Site) -> None:
    described = build_api(site.settings).openapi()["paths"]
    of_api = {path.split("/")[1] for path in described}

    assert of_api <= API_SEGMENTS
    assert not {path.split("/")[1] for path in (*READS, *CHANGES, "/static", "/sign-in")} & API_SEGMENTS
    with site.client(None) as http:
        assert http.get("/admin/nothing").headers["content-type"] == "application/problem+json"
        assert http.get("/nothing").headers["content-type"].startswith("text/html")


def test_a_session_does_not_open_the_api_and_a_token_no_page(site: Site) -> None:
    with site.client() as http:
        assert http.get("/admin/jobs").status_code == 401
    with site.client(None) as http:
        cookie = f"{Sessions(key=site.settings.token_key).cookie_name}={site.token()}"
        assert http.get("/jobs", headers={"Cookie": cookie}).status_code == 303
