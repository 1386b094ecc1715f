"""The whole service as its users meet it: one command, the real engine, real HTTP, signals."""

from __future__ import annotations

import json
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.end_to_end.program import Dev, answer, dev, leadmagnet
from tests.local.processes import engine_pid, is_gone

#: What the step log keeps in the item of a job whose record is inline.
OF_THE_STEP_LOG = ("execution_steps", "steps_version", "steps_count", "steps_bytes")
SUBMIT = ("jobs", "submit", "market-report", "--example")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Dev]:
    with dev(folder) as running:
        yield running


def http(service: Dev) -> httpx2.Client:
    """A client with the ready file's token."""
    bearer = {"Authorization": f"Bearer {service.ready['token']}"}
    return httpx2.Client(base_url=service.ready["api_url"], headers=bearer, trust_env=False)


def test_the_ready_file_says_where_everything_is(service: Dev, folder: Path) -> None:
    assert set(service.ready) == {
        "api_url",
        "sign_in_url",
        "aws_endpoint_url",
        "region",
        "token",
        "jobs_table",
        "bucket",
        "queue_url",
    }
    assert service.ready["jobs_table"] == "leadmagnet-jobs"
    assert stat.S_IMODE((folder / "ready.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / ".leadmagnet" / "token.key").stat().st_mode) == 0o600


def test_a_job_submitted_by_http_is_there_for_the_command_line(service: Dev, folder: Path) -> None:
    with http(service) as client:
        [form] = [
            each for each in client.get("/admin/workflows").json()["workflows"] if each["name"] == "market-report"
        ]
        submission = {field["name"]: field["example"] for field in form["fields"]}
        job = client.post("/admin/jobs", json={"workflow": "market-report", "submission": submission}).json()

    watched = answer("jobs", "watch", job["job_id"], cwd=folder)

    assert watched["status"] == "completed"
    assert watched["steps_done"] == watched["steps_total"]
    listed = answer("jobs", "list", cwd=folder)["jobs"]
    assert job["job_id"] in [each["job_id"] for each in listed]


def test_a_watched_job_ends_with_its_record_and_deliverable(service: Dev, folder: Path) -> None:
    job = answer(*SUBMIT, "--watch", cwd=folder)
    shown = answer("jobs", "show", job["job_id"], cwd=folder)
    steps = answer("jobs", "steps", job["job_id"], cwd=folder)

    assert job["status"] == "completed"
    assert shown["execution_steps"] == steps["steps"]
    assert shown["execution_steps"][0]["step_type"] == "form_submission"
    with http(service) as client:
        page = client.get(shown["deliverable"]["url"])
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("sandbox;")
    assert shown["submission"]["company"] in page.text


@pytest.mark.usefixtures("service")
def test_a_watched_job_that_fails_ends_with_exit_code_1(folder: Path) -> None:
    workflow = folder / "doomed.yaml"
    workflow.write_text(
        "name: doomed\n"
        "submission:\n  - {name: company, example: Alder}\n"
        "steps:\n"
        "  - {name: text, type: ai_generation, model: 'openai:none-such', instructions: Write.}\n"
        "  - {name: page, type: html_generation, instructions: '{{ steps.text.output }}'}\n"
        "  - {name: done, type: final_output}\n"
    )
    assert leadmagnet("workflows", "put", workflow, cwd=folder).returncode == 0

    done = leadmagnet("jobs", "submit", "doomed", "--example", "--watch", cwd=folder)

    assert done.returncode == 1
    assert "failed" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_record_whose_s3_object_is_gone_reads_as_empty_and_is_logged(service: Dev, folder: Path) -> None:
    job_id = answer(*SUBMIT, "--watch", cwd=folder)["job_id"]
    item = service.item(job_id)
    key = f"jobs/{job_id}/execution_steps.json"
    kept = {name: item[name] for name in item if name not in OF_THE_STEP_LOG}
    service.aws(
        "dynamodb",
        "put-item",
        "--table-name",
        service.ready["jobs_table"],
        "--item",
        json.dumps(kept | {"execution_steps_s3_key": {"S": key}}),
    )

    shown = answer("jobs", "show", job_id, cwd=folder)

    assert shown["execution_steps"] == []
    log = (folder / ".leadmagnet" / "leadmagnet.log").read_text()
    [line] = [line for line in log.splitlines() if "Error loading execution_steps from S3" in line and job_id in line]
    assert "ERROR" in line
    assert key in line


def test_tokens_are_made_for_a_role(service: Dev, folder: Path) -> None:
    token = leadmagnet("token", "--role", "viewer", cwd=folder).stdout.strip()
    bearer = {"Authorization": f"Bearer {token}"}

    with httpx2.Client(base_url=service.ready["api_url"], headers=bearer, trust_env=False) as client:
        assert client.get("/admin/jobs").status_code == 200
        assert client.post("/admin/jobs", json={"workflow": "x", "submission": {}}).status_code == 403


@pytest.mark.usefixtures("service")
def test_output_for_a_pipe_has_no_control_characters(folder: Path) -> None:
    commands = [(*SUBMIT, "--watch"), ("jobs", "list"), ("workflows", "list"), ("workflows", "show", "market-report")]

    for command in commands:
        done = leadmagnet(*command, cwd=folder)
        assert done.returncode == 0, done.stderr
        assert not [char for char in done.stdout + done.stderr if ord(char) < 32 and char != "\n"]


@pytest.mark.usefixtures("service")
def test_a_second_service_on_the_same_folder_is_refused_and_the_first_goes_on(folder: Path) -> None:
    second = leadmagnet("dev", "--port", "0", cwd=folder)

    assert second.returncode == 1
    assert "--data-dir" in second.stderr
    assert "Traceback" not in second.stderr
    assert answer("workflows", "list", cwd=folder)["workflows"]


def test_a_taken_port_is_refused_before_anything_starts(service: Dev, folder: Path) -> None:
    port = service.ready["api_url"].rpartition(":")[2]

    second = leadmagnet("dev", "--port", port, "--data-dir", "other", cwd=folder)

    assert second.returncode == 1
    assert f"Port {port} is taken" in second.stderr
    assert not (folder / "other").exists()


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)], ids=["SIGTERM", "SIGINT"]
)
def test_a_stopped_service_leaves_no_process_and_knows_its_jobs_again(tmp_path: Path, number: signal.Signals) -> None:
    with dev(tmp_path) as first:
        job_id = answer(*SUBMIT, "--watch", cwd=tmp_path)["job_id"]
        engine = engine_pid(tmp_path / ".leadmagnet")
        code, said = first.stop(number)

    assert code == 0
    assert "Stopping" in said
    assert "Traceback" not in said
    assert is_gone(engine)
    assert not (tmp_path / "ready.json").exists()
    unreachable = leadmagnet("jobs", "list", cwd=tmp_path)
    assert (unreachable.returncode, "leadmagnet dev" in unreachable.stderr) == (1, True)

    with dev(tmp_path) as second:
        assert answer("jobs", "show", job_id, cwd=tmp_path)["status"] == "completed"
        assert second.ready["aws_endpoint_url"] == first.ready["aws_endpoint_url"]
        versions = [each["version"] for each in answer("workflows", "list", cwd=tmp_path)["workflows"]]
        assert versions == [1, 1, 1]


def test_without_the_embedded_engine_the_service_works_on_the_one_that_is_named(
    service: Dev, folder: Path, tmp_path: Path
) -> None:
    job_id = answer(*SUBMIT, "--watch", cwd=folder)["job_id"]
    engine = {
        "AWS_ENDPOINT_URL": service.ready["aws_endpoint_url"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }

    with dev(tmp_path, "--no-embedded", env=engine):
        shown = answer("jobs", "show", job_id, cwd=tmp_path)

    assert shown["status"] == "completed"
    assert not (tmp_path / ".leadmagnet" / "engine").exists()


def test_without_engine_and_names_the_missing_settings_are_named(tmp_path: Path) -> None:
    refused = leadmagnet("dev", "--no-embedded", "--port", "0", cwd=tmp_path)

    assert refused.returncode == 1
    assert "ARTIFACTS_BUCKET" in refused.stderr
    assert "JOBS_QUEUE_URL" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_engine_that_does_not_answer_is_one_message(tmp_path: Path) -> None:
    nobody = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}

    refused = leadmagnet("dev", "--no-embedded", "--port", "0", cwd=tmp_path, env=nobody)

    assert refused.returncode == 1
    assert "http://127.0.0.1:9" in refused.stderr
    assert "Traceback" not in refused.stderr
