"""`leadmagnet settle` as a child process, on the real engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.test_storage import run
from tests.compatibility.kept_record import kept
from tests.compatibility.release import BEFORE
from tests.conftest import Aws
from tests.steplog.storage import Storage, quick_storage


@pytest.fixture
def store(aws: Aws) -> Storage:
    return quick_storage(aws)


def with_tail(store: Storage, status: str) -> str:
    record = next(each for each in kept(BEFORE) if each.state == "with steps in the tail")
    job_id = record.put_back(store)
    store.set_attribute(job_id, "status", {"S": status})
    return job_id


def test_it_names_what_it_seals_and_ends_with_0_once_all_is_plain(store: Storage, tmp_path: Path) -> None:
    job_id, _ = with_tail(store, "completed"), store.job(status={"S": "completed"})

    planned = run(store, tmp_path, "settle", "--dry-run")
    done = run(store, tmp_path, "settle", "--resume", tmp_path / "position.json")

    assert (planned.returncode, planned.stdout) == (
        0,
        f"{job_id}  would be sealed\n2 jobs: 1 would be sealed, 0 not settled.\n",
    )
    assert (done.returncode, done.stdout) == (0, f"{job_id}  sealed\n2 jobs: 1 sealed, 0 not settled.\n")
    assert not (tmp_path / "position.json").exists()


def test_jobs_in_flight_end_it_with_1_unless_they_are_sealed_so_far(store: Storage, tmp_path: Path) -> None:
    job_id = with_tail(store, "processing")

    counted = run(store, tmp_path, "settle", "--wait", "0.1")
    so_far = json.loads(run(store, tmp_path, "settle", "--in-flight", "--json").stdout)

    assert counted.returncode == 1
    assert f"{job_id}  in flight: an older reader sees its first steps only" in counted.stdout
    assert "1 jobs: 0 sealed, 1 in flight (1 partial), 0 not settled." in counted.stdout
    assert "--wait" in counted.stderr
    assert (so_far["settled"], so_far["in_flight_sealed"], so_far["sealed"]) == (True, 1, [job_id])
    assert (so_far["in_flight"], so_far["in_flight_partial"], so_far["problems"]) == ([job_id], 0, [])


def test_a_job_that_cannot_be_settled_is_named_and_ends_it_with_1(store: Storage, tmp_path: Path) -> None:
    job_id = store.job(execution_steps_s3_key={"S": "jobs/x/execution_steps.json"})

    done = run(store, tmp_path, "settle")

    assert done.returncode == 1
    assert f"{job_id}  not settled: " in done.stdout
    assert done.stdout.endswith("1 jobs: 0 sealed, 1 not settled.\n")


def test_a_file_that_holds_no_position_is_refused(store: Storage, tmp_path: Path) -> None:
    position = tmp_path / "position.json"
    position.write_text('{"position": "e30="}')

    done = run(store, tmp_path, "settle", "--resume", position)

    assert done.returncode == 1
    assert "position.json" in done.stderr
    assert "Traceback" not in done.stderr
