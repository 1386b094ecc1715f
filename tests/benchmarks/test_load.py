"""The load test is bounded, refuses to load others' services unasked, counts right, and leaves nothing behind."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from benchmarks.load import report
from benchmarks.load.jobs import SIZES, delete_jobs, example_submission, import_jobs
from benchmarks.load.options import Options, options_of
from benchmarks.load.running import Answer, Load, Route, routes_of, run

from leadmagnet.cli.data_dir import Ready, ready_path, write_ready

LOCAL = ["--api-url", "http://127.0.0.1:1", "--token", "t"]


class Service:
    """An API in memory: keeps ids of jobs, answers 200 to all else."""

    def __init__(self) -> None:
        self.jobs: set[str] = set()
        self.bodies: list[int] = []
        self.asked: list[str] = []
        self.status = 200

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url="http://service", transport=httpx2.MockTransport(self.answer))

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if request.method == "POST" and request.url.path.endswith(("/jobs", "/import")):
            self.bodies.append(len(request.content))
            job_id = f"job-{len(self.bodies)}"
            self.jobs.add(job_id)
            return httpx2.Response(201, json={"job_id": job_id})
        if request.method == "DELETE":
            self.jobs.discard(request.url.path.rpartition("/")[2])
            return httpx2.Response(204)
        fields = [{"name": "company", "example": "Fjordkaffe"}, {"name": "note", "example": None}]
        return httpx2.Response(self.status, json={"fields": fields})


def refusal(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        options_of(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_an_address_elsewhere_is_loaded_only_with_yes(capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = ["--api-url", "https://api.example.com", "--token", "t"]

    assert "--yes" in refusal(elsewhere, capsys)
    assert options_of([*elsewhere, "--yes"]).api_url == "https://api.example.com"
    assert options_of([*LOCAL]).is_local
    assert options_of(["--api-url", "http://abc.execute-api.localhost:4566/", "--token", "t"]).is_local
    assert "--yes" in refusal(["--api-url", "http://127.0.0.1.example.com", "--token", "t"], capsys)


@pytest.mark.parametrize(
    "wrong",
    [["--seconds", "0"], ["--seconds", "601"], ["--clients", "0"], ["--clients", "65"], ["--warm-up", "-1"]],
)
def test_it_is_bounded(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert "up to 600" in refusal([*LOCAL, *wrong], capsys)


def test_without_an_address_it_is_the_service_that_runs_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_dir = ["--data-dir", str(tmp_path)]
    assert "leadmagnet dev" in refusal(data_dir, capsys)
    ready = Ready(
        api_url="http://127.0.0.1:5",
        sign_in_url="-",
        aws_endpoint_url=None,
        region="-",
        token="its own",
        jobs_table="-",
        bucket="-",
        queue_url="-",
    )
    write_ready(ready_path(tmp_path), ready)

    assert (options_of(data_dir).api_url, options_of(data_dir).token) == ("http://127.0.0.1:5", "its own")


def test_no_token_no_address_and_no_name_are_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("LEADMAGNET_TOKEN", raising=False)

    assert "--token" in refusal(["--api-url", "http://127.0.0.1:1"], capsys)
    assert "is no address" in refusal(["--api-url", "localhost", "--token", "t"], capsys)
    assert "--name" in refusal([*LOCAL, "--name", "../x"], capsys)


def test_jobs_of_every_size_are_made_and_taken_away_again() -> None:
    service, made = Service(), list[str]()
    with service.client() as http:
        jobs = import_jobs(http, made)
        assert [size // 1024 for size in service.bodies] == pytest.approx([s * k for _, s, k in SIZES], rel=0.05)
        assert example_submission(http, "any") == {"company": "Fjordkaffe"}

        left = delete_jobs(http, made)

    assert (list(jobs.values()), left, service.jobs) == (made, [], set())


def test_every_route_is_asked_and_warming_up_is_not_counted() -> None:
    service = Service()
    routes = routes_of({"10 KB": "a", "5 MB": "b"}, lambda http: http.post("/admin/jobs", json={}))

    load = run(service.client, routes, clients=2, seconds=0.3, warm_up=3)

    assert len(load.answers) == len(service.asked) - 2 * 3
    assert {answer.route for answer in load.answers} == {route.name for route in routes}
    assert all(answer.good for answer in load.answers)


def test_what_fails_is_counted_and_the_load_goes_on() -> None:
    service = Service()
    service.status = 503

    def unreachable(http: httpx2.Client) -> httpx2.Response:
        raise httpx2.ConnectError("nobody there", request=http.build_request("GET", "/"))

    routes = [*routes_of({"5 MB": "b"}, unreachable)]
    load = run(service.client, routes, clients=1, seconds=0.2, warm_up=0)
    result = report.result_of(load, options_of(LOCAL), machine_load=0)

    assert set(result.errors) == {"503", "ConnectError"}
    assert all(route.errors == route.answers for route in result.routes)


def test_an_interrupted_load_keeps_what_was_measured() -> None:
    service = Service()

    def interrupted(_: httpx2.Client) -> httpx2.Response:
        raise KeyboardInterrupt

    routes = [
        Route(name="good", weight=1, send=lambda http: http.get("/")),
        Route(name="bad", weight=1, send=interrupted),
    ]
    load = run(service.client, routes, clients=2, seconds=60, warm_up=0)

    assert load.stopped
    assert load.seconds < 60


def test_results_of_several_places_stand_on_one_page(tmp_path: Path) -> None:
    options = replace(options_of(LOCAL), out=tmp_path)
    answers = [
        Answer(
            route="job", at_s=number / 10, took_s=number / 1_000, size_bytes=2_048, status="200" if number else "502"
        )
        for number in range(100)
    ]
    load = Load(["job"], answers, seconds=10.0)

    for name in ("laptop", "aws"):
        named: Options = replace(options, name=name)
        report.write(report.result_of(load, named, machine_load=1), load, tmp_path)

    page = (tmp_path / "load.md").read_text()
    assert page.index("## aws") < page.index("## laptop")
    assert "| job | 100 | 1 | 49 | 89 | 98 | 99 | 2.0 |" in page
    assert "**10 a second**" in page
    assert "errors: 1 502" in page
    assert json.loads((tmp_path / "load-aws.json").read_text())["routes"][0]["p99_ms"] == 98
    assert (tmp_path / "load-laptop.png").stat().st_size > 5_000


@pytest.mark.parametrize(("share", "value"), [(0.5, 2), (0.9, 4), (0.99, 4), (0.25, 1), (0.26, 2)])
def test_a_percentile_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert report.percentile([1, 2, 3, 4], share) == value
