"""sweep, doctor and migrate as child processes, on the real engine and the storage that a service names."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest
from tests.conftest import Aws, furnish
from tests.end_to_end.program import leadmagnet
from tests.steplog.storage import Storage, older_states, storage

from leadmagnet.cli.data_dir import Ready, ready_path, write_ready
from leadmagnet.cli.position_file import keep_position, kept_position
from leadmagnet.cli.storage import storage_settings
from leadmagnet.domain.errors import Invalid
from leadmagnet.steplog.keys import chunk_key, document_key
from leadmagnet.steplog.migrating import migrate


@pytest.fixture
def store(aws: Aws) -> Storage:
    return storage(aws, furnish(aws, Environment=f"t{uuid4().hex[:12]}"))


def announce(store: Storage, folder: Path) -> None:
    """The ready file of a service on that storage, in the data folder of `folder`."""
    path = ready_path(folder / ".leadmagnet")
    path.parent.mkdir(parents=True)
    ready = Ready(
        api_url="http://127.0.0.1:1",
        sign_in_url="-",
        aws_endpoint_url=store.aws.endpoint_url,
        region=store.aws.region,
        token="-",
        jobs_table=store.table,
        bucket=store.bucket,
        queue_url="-",
    )
    write_ready(path, ready)


def run(store: Storage, folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What the command answers when the environment names the storage."""
    env = {
        "AWS_ENDPOINT_URL": store.aws.endpoint_url,
        "AWS_REGION": store.aws.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "JOBS_TABLE": store.table,
        "ARTIFACTS_BUCKET": store.bucket,
    }
    return leadmagnet(*arguments, cwd=folder, env=env)


@pytest.mark.parametrize("command", ["sweep", "doctor", "migrate", "settle"])
def test_without_any_storage_a_command_says_how_to_name_one(tmp_path: Path, command: str) -> None:
    done = leadmagnet(command, "--json", cwd=tmp_path, env={"ARTIFACTS_BUCKET": ""})

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: Nothing says which table and bucket")
    assert done.stderr.count("\n") == 1
    assert "ARTIFACTS_BUCKET" in done.stderr
    assert "leadmagnet dev" in done.stderr


@pytest.mark.parametrize("command", ["sweep", "doctor", "migrate", "settle"])
def test_storage_that_is_not_there_is_one_message(store: Storage, tmp_path: Path, command: str) -> None:
    store.job(execution_steps={"L": []})
    store.aws.dynamodb.delete_table(TableName=store.table)
    store.aws.s3.delete_public_access_block(Bucket=store.bucket)
    store.aws.s3.delete_bucket(Bucket=store.bucket)

    done = run(store, tmp_path, command)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "does not exist" in done.stderr + done.stdout


def test_the_storage_of_the_running_service_is_found(store: Storage, tmp_path: Path) -> None:
    announce(store, tmp_path)
    store.appended(20)

    done = leadmagnet("doctor", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout == "1 jobs (offloaded 1): nothing found.\n"
    assert store.table in done.stderr
    assert store.bucket in done.stderr


def test_what_the_environment_names_goes_before_the_running_service(store: Storage, tmp_path: Path) -> None:
    announce(store, tmp_path)

    named = storage_settings({"ARTIFACTS_BUCKET": "named", "JOBS_TABLE": "t"}, tmp_path / ".leadmagnet")
    local = storage_settings({"JOBS_TABLE": "t"}, tmp_path / ".leadmagnet")

    assert (named.artifacts_bucket, named.jobs_table, named.endpoint_url) == ("named", "t", None)
    assert (local.artifacts_bucket, local.jobs_table) == (store.bucket, store.table)
    assert (local.endpoint_url, local.access_key_id) == (store.aws.endpoint_url, "test")
    with pytest.raises(Invalid):
        storage_settings({}, tmp_path / "elsewhere")


def test_a_sweep_takes_only_what_is_out_of_its_grace(store: Storage, tmp_path: Path) -> None:
    orphan = store.put(chunk_key(store.job(), "orphan"))

    kept = run(store, tmp_path, "sweep")
    named = run(store, tmp_path, "sweep", "--grace", "0m", "--allow-short-grace", "--dry-run")

    assert (kept.returncode, kept.stdout) == (0, "1 log objects: 0 deleted (0 B), 1 too young.\n")
    assert orphan in store.versions()
    assert named.stdout.splitlines() == [
        f"would delete  {orphan[0]}  {orphan[1]}  2 B  (chunk, unreferenced)",
        "1 log objects: 1 would be deleted (2 B), 0 too young. chunk 1",
    ]
    assert orphan in store.versions()

    taken = run(store, tmp_path, "sweep", "--grace", "0m", "--allow-short-grace")

    assert taken.returncode == 0
    assert store.versions() == set()


def test_a_sweep_as_json_is_json_and_nothing_else(store: Storage, tmp_path: Path) -> None:
    job_id = store.job()
    key, version = store.put(document_key(job_id))

    report = json.loads(run(store, tmp_path, "sweep", "--grace", "0d", "--allow-short-grace", "--json").stdout)

    assert (report["dry_run"], report["objects"], report["problems"]) == (False, 1, [])
    assert report["removed"] == {"document": {"objects": 1, "bytes": 2}}
    [orphan] = report["orphans"]
    assert (orphan["job_id"], orphan["key"], orphan["version"], orphan["reason"]) == (
        job_id,
        key,
        version,
        "unreferenced",
    )


def test_problems_of_a_sweep_end_with_1(store: Storage, tmp_path: Path) -> None:
    key, version = store.put(document_key("gone"))

    done = run(store, tmp_path, "sweep", "--grace", "0m", "--allow-short-grace")

    assert done.returncode == 1
    assert "gone: Left alone: the job has no item" in done.stderr
    assert store.versions() == {(key, version)}
    assert run(store, tmp_path, "sweep", "--grace", "0m", "--allow-short-grace", "--trust-table").returncode == 0
    assert store.versions() == set()


@pytest.mark.parametrize("grace", ["59m", "0h", "soon", "-3h", "24"])
def test_a_grace_that_is_too_short_or_none_is_wrong_usage(tmp_path: Path, grace: str) -> None:
    done = leadmagnet("sweep", "--grace", grace, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "--grace" in done.stderr


def test_the_doctor_ends_with_1_and_says_what_to_do(store: Storage, tmp_path: Path) -> None:
    job_id = store.job(execution_steps={"L": []}, execution_steps_s3_key={"S": "jobs/x/execution_steps.json"})

    plain, deep = run(store, tmp_path, "doctor"), run(store, tmp_path, "doctor", "--deep", "--json")

    assert plain.returncode == deep.returncode == 1
    assert f"{job_id}  list_and_key: " in plain.stdout
    assert "    Run leadmagnet migrate --apply: the S3 key wins.\n" in plain.stdout
    report = json.loads(deep.stdout)
    assert (report["deep"], report["healthy"], report["forms"]) == (True, False, {"list_and_key": 1})
    assert set(report["findings_by_kind"]) == {"list_and_key", "foreign_key", "object_missing"}
    assert {finding["job_id"] for finding in report["findings"]} == {job_id}


def test_a_migration_writes_only_when_it_is_told_to(store: Storage, tmp_path: Path) -> None:
    jobs = [job_id for _, job_id in older_states(store)]
    before = [store.item(job_id) for job_id in jobs]

    planned = run(store, tmp_path, "migrate")

    assert planned.returncode == 0
    assert planned.stdout.endswith("4 jobs: would be: counted 2, indexed 1, list_dropped 1.\n")
    assert planned.stdout.count("would be") == 5
    assert "--apply" in planned.stderr
    assert [store.item(job_id) for job_id in jobs] == before

    done = json.loads(run(store, tmp_path, "migrate", "--apply", "--json").stdout)

    assert done["done"] == {"counted": 2, "indexed": 1, "list_dropped": 1}
    assert {each["job_id"] for each in done["migrated"]} == set(jobs)
    assert run(store, tmp_path, "migrate", "--apply").stdout == "4 jobs: nothing to do.\n"


def test_a_migration_goes_on_from_its_file_and_removes_it_at_the_end(store: Storage, tmp_path: Path) -> None:
    from_the_end = "eyJ0YWJsZSI6ICJ4IiwgImFmdGVyIjogInkifQ=="
    position = tmp_path / "position.json"
    position.write_text(json.dumps({"position": from_the_end}))

    other = run(store, tmp_path, "migrate", "--resume", position)
    position.write_text("{}")
    none = run(store, tmp_path, "migrate", "--resume", position)
    position.unlink()
    fresh = run(store, tmp_path, "migrate", "--resume", position)

    assert [other.returncode, none.returncode, fresh.returncode] == [1, 1, 0]
    assert "belongs to the table x" in other.stderr
    assert "position.json" in none.stderr
    assert not position.exists()


def test_jobs_that_were_left_alone_end_a_migration_with_1(store: Storage, tmp_path: Path) -> None:
    job_id = store.job()
    store.set_attribute(job_id, "execution_steps_s3_key", {"S": document_key(job_id)})

    done = run(store, tmp_path, "migrate", "--apply")

    assert done.returncode == 1
    assert f"{job_id}  left alone: " in done.stdout
    assert document_key(job_id) in done.stdout


def test_the_rest_of_a_table_is_migrated_from_the_position_in_the_file(
    store: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(dict(older_states(store))) == 4
    honest = store.aws.dynamodb.scan
    monkeypatch.setattr(store.aws.dynamodb, "scan", lambda **request: honest(**request, Limit=3))
    positions: list[str | None] = []
    migrate(**store.where, on_progress=lambda report: positions.append(report.position))
    file = tmp_path / "position.json"
    keep_position(file, positions[0])

    done = run(store, tmp_path, "migrate", "--apply", "--json", "--resume", file)

    assert json.loads(done.stdout)["jobs"] == 1
    assert not file.exists()


def test_a_position_is_kept_whole_and_removed_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "position.json"

    keep_position(file, "first")
    keep_position(file, "second")

    assert (kept_position(file), [path.name for path in tmp_path.iterdir()]) == ("second", ["position.json"])
    keep_position(file, None)
    assert (kept_position(file), list(tmp_path.iterdir())) == (None, [])
