"""Cancel, rerun, retry, dead letters and stranded jobs, as an operator meets them on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.compatible_server import CompatibleServer, Failure, Silence, Text
from tests.end_to_end.program import Dev, answer, dev, leadmagnet

pytestmark = pytest.mark.long
WORKFLOW = """
name: two-texts
submission: [{name: company, example: Alder & Sons}]
steps:
  - {name: first, type: ai_generation, model: "openai:gpt-4o-mini", instructions: "First {{ submission.company }}."}
  - {name: second, type: ai_generation, model: "openai:gpt-4o-mini", instructions: "Second {{ submission.company }}.",
     retry: {attempts: 2, backoff_s: 0}}
  - {name: page, type: html_generation, instructions: "<h1>{{ steps.first.output }} {{ steps.second.output }}</h1>"}
  - {name: done, type: final_output}
"""
SUBMIT = ("jobs", "submit", "two-texts", "--example")


@pytest.fixture(scope="module")
def server() -> Iterator[CompatibleServer]:
    with CompatibleServer() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cwd = tmp_path_factory.mktemp("operating")
    (cwd / "two-texts.yaml").write_text(WORKFLOW, encoding="utf-8")
    return cwd


@pytest.fixture(scope="module")
def service(server: CompatibleServer, folder: Path) -> Iterator[Dev]:
    vendor = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-test", "LEADMAGNET_LEASE_S": "1"}
    with dev(folder, env=vendor) as running:
        assert leadmagnet("workflows", "put", "two-texts.yaml", cwd=folder).returncode == 0
        yield running


def steps_of(folder: Path, job_id: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = answer("jobs", "steps", job_id, cwd=folder)["steps"]
    return steps


def test_a_job_whose_model_hangs_is_cancelled_without_waiting_for_it(
    service: Dev, server: CompatibleServer, folder: Path
) -> None:
    del service
    server.answer_text(Silence())
    job_id = answer(*SUBMIT, cwd=folder)["job_id"]
    asked = len(server.requests)
    while len(server.requests) == asked and not answer("jobs", "show", job_id, cwd=folder)["running"]:
        pass

    cancelled = leadmagnet("jobs", "cancel", job_id, cwd=folder)
    watched = leadmagnet("jobs", "watch", job_id, "--json", cwd=folder)
    server.answer_text(Text("Of use."))

    assert cancelled.returncode == 0, cancelled.stderr
    assert (watched.returncode, json.loads(watched.stdout)["status"]) == (1, "cancelled")
    assert [(step["step_id"], step["error"] and step["error"]["code"]) for step in steps_of(folder, job_id)] == [
        ("form_submission", None),
        ("first", "step_cancelled"),
    ]
    assert leadmagnet("jobs", "cancel", job_id, cwd=folder).returncode == 0


def test_a_step_that_failed_for_a_moment_is_tried_again_and_both_attempts_are_recorded(
    service: Dev, server: CompatibleServer, folder: Path
) -> None:
    del service
    server.answer_text(Text("One."), Failure(503, "overloaded"), Text("Two."))

    job = answer(*SUBMIT, "--watch", cwd=folder)

    assert job["status"] == "completed"
    attempts = [(step["step_id"], step["attempt"], step["status"]) for step in steps_of(folder, job["job_id"])]
    assert attempts[1:4] == [("first", 1, "completed"), ("second", 1, "failed"), ("second", 2, "completed")]


def test_a_failed_job_is_run_again_from_where_it_failed_with_better_instructions(
    service: Dev, server: CompatibleServer, folder: Path
) -> None:
    del service
    server.answer_text(Text("One."), Failure(400, "too long"))
    failed = json.loads(leadmagnet(*SUBMIT, "--watch", "--json", cwd=folder).stdout)
    server.answer_text(Text("Two, better."))
    asked = len(server.requests)

    edits = ("--from-failure", "--instructions", "second=Shorter: {{ steps.first.output }}")
    job = answer("jobs", "rerun", failed["job_id"], *edits, "--watch", cwd=folder)

    assert failed["status"] == "failed"
    assert (job["status"], job["rerun_of"]) == ("completed", failed["job_id"])
    [request] = server.requests[asked:]
    assert "Shorter: One." in str(request.body["messages"])
    _, first, *_ = steps_of(folder, job["job_id"])
    assert (first["step_id"], first["kept_from"]) == ("first", failed["job_id"])
    refused = leadmagnet("jobs", "rerun", job["job_id"], "--from", "secnd", cwd=folder)
    assert (refused.returncode, 'did you mean "second"' in refused.stderr) == (1, True)


def test_usage_counts_what_the_jobs_of_today_used(service: Dev, folder: Path) -> None:
    del service
    job = answer(*SUBMIT, "--watch", cwd=folder)
    used = answer("usage", cwd=folder)

    [row] = [each for each in used["rows"] if each["workflow"] == "two-texts"]
    assert row["tokens"] >= job["tokens"] > 0
    assert "two-texts" in leadmagnet("usage", cwd=folder).stdout


def test_a_job_is_exported_imported_and_deleted(service: Dev, folder: Path) -> None:
    del service
    job = answer(*SUBMIT, "--watch", cwd=folder)
    written = leadmagnet("jobs", "export", job["job_id"], "--out", "job.json", cwd=folder)
    imported = answer("jobs", "import", "job.json", cwd=folder)

    assert written.returncode == 0, written.stderr
    assert steps_of(folder, imported["job_id"])[1]["output"] == steps_of(folder, job["job_id"])[1]["output"]
    assert leadmagnet("jobs", "delete", imported["job_id"], "--yes", cwd=folder).returncode == 0
    gone = leadmagnet("jobs", "export", imported["job_id"], "--out", "gone.json", cwd=folder)
    assert (gone.returncode, "There is no such job" in gone.stderr) == (1, True)
    assert sorted(path.name for path in folder.glob("*.json*")) == ["job.json", "ready.json"]


def test_a_dead_letter_is_listed_and_sent_again(service: Dev, folder: Path) -> None:
    job = answer(*SUBMIT, "--watch", cwd=folder)
    url = service.ready["queue_url"].replace("leadmagnet-jobs", "leadmagnet-jobs-dead")
    body = json.dumps({"job_id": job["job_id"]})
    # The AWS CLI goes by the queue's region otherwise, whatever the environment says.
    at = ("--endpoint-url", service.ready["aws_endpoint_url"])
    service.aws("sqs", "send-message", "--queue-url", url, "--message-body", body, *at)

    [letter] = answer("queue", "dead", "list", cwd=folder)
    redriven = answer("queue", "dead", "redrive", cwd=folder)

    assert (letter["job_id"], letter["status"]) == (job["job_id"], "completed")
    assert redriven == [job["job_id"]]
    assert leadmagnet("queue", "dead", "list", cwd=folder).stdout == "No dead letters.\n"
    missing = leadmagnet("queue", "dead", "redrive", "nobody", cwd=folder)
    assert (missing.returncode, missing.stderr) == (1, "Not among the dead letters: nobody\n")


def test_a_job_whose_message_was_lost_is_found_and_finished(service: Dev, folder: Path) -> None:
    job = answer(*SUBMIT, "--watch", cwd=folder)
    # As a fault between storing the job and sending its message would leave it.
    stranded = service.item(job["job_id"]) | {"job_id": {"S": "stranded-1"}, "status": {"S": "pending"}}
    for name in ("finished_at", "started_at", "deliverable"):
        stranded.pop(name)
    service.aws("dynamodb", "put-item", "--table-name", service.ready["jobs_table"], "--item", json.dumps(stranded))

    recovered = answer("queue", "recover", "--idle", "0m", cwd=folder)

    assert "stranded-1" in recovered
    assert answer("jobs", "watch", "stranded-1", cwd=folder)["status"] == "completed"
