"""How a job is answered: marks and 304, gzip, and answers that may not be as large as the record."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest
from tests.api.service import Service

from leadmagnet.domain.artifact import Artifact
from leadmagnet.domain.job import JobStatus
from leadmagnet.steplog.errors import StepsMissing

URL = "/admin/jobs/j1"


def steps(count: int, size: int) -> list[dict[str, object]]:
    return [{"step_id": f"s{number}", "output": f"{number:04}" + "x" * size} for number in range(count)]


def mark(service: Service, url: str = URL) -> str:
    return service.call("GET", url).headers["etag"]


@pytest.mark.parametrize("url", [URL, URL + "?execution_steps=false"])
def test_a_job_that_is_as_the_client_has_it_is_a_304_without_a_body(service: Service, url: str) -> None:
    service.fakes.add_job("j1", steps=steps(3, 10))
    have = mark(service, url)

    for header in (have, f'"other", {have}', have.removeprefix("W/")):
        answer = service.call("GET", url, headers={"If-None-Match": header})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", have)


def test_the_steps_are_not_read_for_a_304(service: Service) -> None:
    service.fakes.add_job("j1", steps=steps(3, 10))
    have = mark(service)

    def read(_: int) -> None:
        raise AssertionError("the record was read")

    service.fakes.steps.before_chunk = read

    assert service.call("GET", URL, headers={"If-None-Match": have}).status_code == 304


def test_the_mark_changes_with_the_steps_and_with_any_attribute(service: Service) -> None:
    job = service.fakes.add_job("j1", steps=steps(3, 10))
    marks = [mark(service)]
    service.call("POST", f"{URL}/execution-steps", json={"step_id": "new"})
    marks.append(mark(service))
    service.fakes.jobs.stored["j1"] = replace(job, tokens=7)
    marks.append(mark(service))
    service.fakes.steps.offloaded.add("j1")
    marks.append(mark(service))

    assert len(set(marks)) == 4
    answers = [service.call("GET", URL, headers={"If-None-Match": each}).status_code for each in marks]
    assert answers == [200, 200, 200, 304]


def test_the_mark_changes_with_steps_of_the_same_number_and_size(service: Service) -> None:
    service.fakes.add_job("j1", steps=[{"output": "a"}])
    before = mark(service)

    service.call("PUT", f"{URL}/execution-steps", json={"execution_steps": [{"output": "b"}]})

    assert service.call("GET", URL, headers={"If-None-Match": before}).json()["execution_steps"] == [{"output": "b"}]


def test_a_mark_of_another_job_of_equal_content_is_none_of_this_one(service: Service) -> None:
    service.fakes.add_job("j1")
    service.fakes.add_job("j2")

    assert mark(service, "/admin/jobs/j2") != mark(service)


def test_an_answer_without_its_steps_is_none_to_keep(service: Service) -> None:
    def gone(_: int) -> None:
        raise StepsMissing("The object is not there.", job_id="j1", key="k", version="v")

    service.fakes.add_job("j1", steps=steps(3, 10), offloaded=True)
    service.fakes.steps.before_chunk = gone

    answer = service.call("GET", URL)

    assert answer.json()["execution_steps"] == []
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP;q=0.5", "*", "deflate, gzip;q=1.0"])
def test_an_answer_is_compressed_for_whoever_takes_that(service: Service, accepted: str) -> None:
    service.fakes.add_job("j1", steps=steps(40, 500))
    plain = service.call("GET", URL, headers={"Accept-Encoding": "identity"})

    packed = service.call("GET", URL, headers={"Accept-Encoding": accepted})

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert "Accept-Encoding" in packed.headers["vary"]
    with service.http.stream(
        "GET", URL, headers={"Accept-Encoding": accepted, "Authorization": f"Bearer {service.token()}"}
    ) as raw:
        sent = b"".join(raw.iter_raw())
    assert len(sent) < len(plain.content) / 10
    assert gzip.decompress(sent) == plain.content


@pytest.mark.parametrize("accepted", ["identity", "", "br", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip; q=0, *"])
def test_nobody_gets_gzip_who_does_not_take_it(service: Service, accepted: str) -> None:
    service.fakes.add_job("j1", steps=steps(40, 500))

    answer = service.call("GET", URL, headers={"Accept-Encoding": accepted})

    assert "content-encoding" not in answer.headers
    assert len(answer.json()["execution_steps"]) == 40


def limited(service: Service, limit_bytes: int = 20_000) -> None:
    service.fakes.answer_limit_bytes = limit_bytes
    service.refresh()


@pytest.mark.parametrize("knows_sizes", [True, False])
def test_a_job_that_fits_comes_whole_where_answers_have_a_limit(service: Service, knows_sizes: bool) -> None:
    service.fakes.add_job("j1", steps=steps(9, 1_000))
    service.fakes.steps.knows_sizes = knows_sizes
    limited(service)

    job = service.call("GET", URL).json()

    assert len(job["execution_steps"]) == 9
    assert "execution_steps_truncated" not in job


def test_a_job_that_does_not_fit_comes_with_its_first_steps_and_the_ways_to_the_others(service: Service) -> None:
    service.fakes.add_job("j1", steps=steps(100, 1_000), offloaded=True)
    limited(service)

    answer = service.call("GET", URL, headers={"Accept-Encoding": "identity"})

    assert len(answer.content) <= 20_000
    assert answer.headers["cache-control"] == "no-store"
    job = answer.json()
    assert (job["execution_steps_truncated"], job["steps_count"]) == (True, 100)
    assert job["execution_steps_url"] == f"https://s3.example/j1?bytes={job['steps_bytes']}&expires=300"
    seen, following = job["execution_steps"], job["execution_steps_next"]
    while following:
        path, _, query = following.partition("?")
        page = service.call("GET", f"{path}?{query}").json()
        seen += page["steps"]
        following = page["next_start"] and f"{path}?start={page['next_start']}"
    assert seen == steps(100, 1_000)


@pytest.mark.parametrize(
    ("status", "offloaded", "whole"),
    [
        (JobStatus.PROCESSING, True, True),
        (JobStatus.COMPLETED, False, True),
        (JobStatus.COMPLETED, True, False),
    ],
)
def test_there_is_a_link_only_to_a_document_that_is_whole(
    service: Service, status: JobStatus, offloaded: bool, whole: bool
) -> None:
    job = service.fakes.add_job("j1", steps=steps(100, 1_000), offloaded=offloaded)
    service.fakes.jobs.stored["j1"] = replace(job, status=status)
    service.fakes.files.whole = whole
    limited(service)

    answer = service.call("GET", URL).json()

    assert (answer["execution_steps_truncated"], answer["execution_steps_url"]) == (True, None)


def test_one_step_larger_than_any_answer_leaves_room_for_the_job(service: Service) -> None:
    service.fakes.add_job("j1", steps=steps(1, 50_000), offloaded=True)
    limited(service)

    job = service.call("GET", URL).json()

    assert job["execution_steps"] == [{"step_id": "s0", "output": None, "truncated_values": ["output"]}]
    assert job["execution_steps_next"] is None


def test_a_record_of_an_older_system_that_says_no_size_is_measured(service: Service) -> None:
    service.fakes.add_job("j1", steps=steps(100, 1_000), offloaded=True)
    service.fakes.steps.knows_sizes = False
    limited(service)

    job = service.call("GET", URL).json()

    assert job["execution_steps_truncated"] is True
    assert 0 < len(job["execution_steps"]) < 100


def test_a_file_that_fits_no_answer_is_at_an_address_for_a_while(service: Service) -> None:
    service.fakes.add_job("j1")
    for name, size in (("small.png", 20_000), ("large.png", 20_001)):
        service.fakes.artifacts.put("j1", Artifact(id=name, content_type="image/png", content=b"x" * size))
    limited(service)

    small, large = (service.call("GET", f"{URL}/artifacts/{name}.png") for name in ("small", "large"))

    assert (small.status_code, len(small.content)) == (200, 20_000)
    assert (large.status_code, large.headers["location"]) == (307, "https://s3.example/j1/large.png?expires=300")
    assert large.headers["cache-control"] == "no-store"


def test_an_export_that_fits_no_answer_is_a_file_at_an_address_for_a_while(service: Service) -> None:
    service.fakes.add_job("j1", steps=steps(9, 1_000))
    whole = service.call("GET", f"{URL}/export").content
    limited(service, len(whole))
    assert service.call("GET", f"{URL}/export").content == whole
    limited(service, len(whole) - 1)

    answer = service.call("GET", f"{URL}/export")

    assert answer.status_code == 307
    assert answer.headers["location"] == "https://s3.example/exports/j1/job-j1.json?expires=300"
    assert service.fakes.files.exported == whole


def test_a_head_of_a_job_or_its_steps_reads_no_step(service: Service) -> None:
    service.fakes.add_job("j1", steps=[{"step_id": "a", "output": "x"}], offloaded=True)
    paths = ("/admin/jobs/j1", "/admin/jobs/j1/execution-steps", "/admin/jobs/j1/execution-steps/0")
    marks = [service.call("GET", path).headers["etag"] for path in paths]

    def unreadable(_: int) -> None:
        raise AssertionError

    service.fakes.steps.before_chunk = unreadable
    heads = [service.call("HEAD", path) for path in paths]

    assert [(head.status_code, head.headers["etag"]) for head in heads] == [(200, mark) for mark in marks]
    assert all("content-length" not in head.headers for head in heads)
    assert service.call("HEAD", paths[0], headers={"If-None-Match": marks[0]}).status_code == 304


def test_a_head_of_a_file_says_its_size_and_one_of_a_missing_step_that_it_is_missing(service: Service) -> None:
    service.fakes.add_job("j1", steps=[{"step_id": "a"}])
    service.fakes.artifacts.put("j1", Artifact(id="a.png", content_type="image/png", content=b"12345"))

    head = service.call("HEAD", "/admin/jobs/j1/artifacts/a.png")

    assert (head.headers["content-type"], head.headers["content-length"]) == ("image/png", "5")
    assert service.call("HEAD", "/admin/jobs/j1/artifacts/b.png").status_code == 404
    assert service.call("HEAD", "/admin/jobs/j1/execution-steps/1").status_code == 404
