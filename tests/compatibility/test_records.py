"""Records that one release wrote read equal by the other, are added to by both, and have nothing lost by either."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from tests.compatibility.kept_record import KeptRecord, kept, written_by
from tests.compatibility.plain_reader import read_plainly
from tests.compatibility.release import BEFORE, THIS, Release
from tests.conftest import Aws
from tests.steplog.storage import SMALL, Storage, older_states, quick_storage, steps

from leadmagnet.steplog.settling import settle

#: Who writes, and who reads what was written.
BOTH_WAYS = pytest.mark.parametrize(("writer", "reader"), [(THIS, BEFORE), (BEFORE, THIS)])
PARTIAL = {
    "with steps in the tail",
    "with chunks in the tail",
    "with steps and chunks in the tail",
    "with a manifest and pages of ids",
}


def of_release(store: Storage, name: str) -> Storage:
    """The same storage, as that release writes to it."""
    return replace(store, log=Release(name).log(store.aws, store.table, store.bucket, SMALL))


@pytest.fixture(scope="module")
def store(aws: Aws) -> Storage:
    return quick_storage(aws)


@pytest.fixture(scope="module")
def records(store: Storage) -> dict[str, Sequence[KeptRecord]]:
    """By release, its record in every state: of the one before, those that it really wrote back then."""
    return {THIS: list(written_by(THIS, store)), BEFORE: list(kept(BEFORE))}


def plainly(store: Storage, job_id: str) -> Any:  # noqa: ANN401 (JSON)
    return read_plainly(store.aws, store.table, store.bucket, job_id)


def test_there_is_a_record_of_the_release_before_in_every_state(records: dict[str, Sequence[KeptRecord]]) -> None:
    states_of = {name: {record.state for record in found} for name, found in records.items()}

    assert states_of[THIS] == states_of[BEFORE]
    assert states_of[BEFORE] > PARTIAL


@BOTH_WAYS
def test_records_in_every_state_read_equal_by_the_other_release(
    store: Storage, records: dict[str, Sequence[KeptRecord]], writer: str, reader: str
) -> None:
    log, own = of_release(store, reader).log, of_release(store, writer).log

    for record in records[writer]:
        job_id, state, middle = record.put_back(store), record.state, len(record.steps) // 2
        assert log.read(job_id) == record.steps, state
        assert b"".join(log.stream(job_id)) == b"".join(own.stream(job_id)), state
        assert log.page(job_id, start=middle, limit=3).steps == record.steps[middle : middle + 3], state
        assert fields(log.summary(job_id)) == fields(own.summary(job_id)), state


@BOTH_WAYS
def test_both_releases_add_to_a_record_and_no_id_is_forgotten(
    store: Storage, records: dict[str, Sequence[KeptRecord]], writer: str, reader: str
) -> None:
    own, other = of_release(store, writer).log, of_release(store, reader).log

    for record in records[writer]:
        job_id, state, count = record.put_back(store), record.state, len(record.steps)
        for number, size in enumerate((10, 900, 2_500)):
            step = {"output": "n" * size, "number": number}
            assert other.append(job_id, step, step_id=f"new-{number}").index == count + number, state
            # The same again, from the release that did not record it.
            assert own.append(job_id, step, step_id=f"new-{number}").index == count + number, state
        other.seal(job_id)
        assert own.read(job_id)[:count] == record.steps, state
        assert own.summary(job_id).count == count + 3, state
        assert plainly(store, job_id) == own.read(job_id), state


@BOTH_WAYS
def test_either_release_replaces_what_the_other_wrote(
    store: Storage, records: dict[str, Sequence[KeptRecord]], writer: str, reader: str
) -> None:
    own, other = of_release(store, writer).log, of_release(store, reader).log

    for record in records[writer]:
        job_id, state = record.put_back(store), record.state
        version = own.summary(job_id).version
        for many in (steps(40), steps(2)):
            version = other.replace(job_id, many, expected_version=version)
            assert own.read(job_id) == many, state
            assert own.summary(job_id).version == version, state


@pytest.mark.parametrize("writer", [THIS, BEFORE])
def test_the_plainest_reader_sees_all_of_a_record_once_it_is_sealed(
    store: Storage, records: dict[str, Sequence[KeptRecord]], writer: str
) -> None:
    log = of_release(store, writer).log

    for record in records[writer]:
        job_id, state = record.put_back(store), record.state
        # Before, too, but for what only a job in flight can be like, and what breaks the contract.
        if state not in {*PARTIAL, "list and key"}:
            assert plainly(store, job_id) == record.steps, state
        # What the engine does before it says that a job has come to rest.
        log.seal(job_id)
        assert plainly(store, job_id) == record.steps, state


def test_this_release_settles_what_the_one_before_left(aws: Aws, records: dict[str, Sequence[KeptRecord]]) -> None:
    store = quick_storage(aws)
    jobs = [(record.put_back(store), record) for record in records[BEFORE]]
    for job_id, _ in jobs:
        store.set_attribute(job_id, "status", {"S": "completed"})

    report = settle(**store.where, limits=SMALL)

    assert (report.sealed, report.settled) == (5, True)
    for job_id, record in jobs:
        assert plainly(store, job_id) == record.steps, record.state


def test_ids_that_went_to_pages_are_known_to_the_other_release(
    store: Storage, records: dict[str, Sequence[KeptRecord]]
) -> None:
    for writer, reader in ((THIS, BEFORE), (BEFORE, THIS)):
        record = next(each for each in records[writer] if "steps_ids_page" in each.item)
        job_id, log = record.put_back(store), of_release(store, reader).log

        assert log.append(job_id, record.steps[0], step_id="step-0").index == 0
        assert log.summary(job_id).count == len(record.steps)


def test_a_fleet_of_both_releases_loses_nothing(store: Storage) -> None:
    job_id = of_release(store, BEFORE).appended(1)
    logs = [of_release(store, name).log for name in (THIS, BEFORE) * 4]

    def write(writer: int) -> None:
        for number in range(8):
            step = {"output": "x" * (1_200 if number % 3 == 0 else 60), "of": f"{writer}-{number}"}
            logs[writer].append(job_id, step, step_id=f"{writer}-{number}")

    with ThreadPoolExecutor(len(logs)) as pool:
        list(pool.map(write, range(len(logs))))

    found = logs[0].read(job_id)
    assert sorted(step["of"] for step in found[1:]) == sorted(f"{w}-{n}" for w in range(len(logs)) for n in range(8))
    assert logs[1].read(job_id) == found


@pytest.mark.parametrize("guard_of", [THIS, BEFORE])
def test_a_guard_fences_off_whichever_release_lost_the_job(store: Storage, guard_of: str) -> None:
    job_id = store.job(lease_owner={"S": "the other's"})
    steplog = Release(guard_of).module("steplog")
    guard = steplog.Guard(attribute="lease_owner", value="mine")

    with pytest.raises(steplog.GuardFailed):
        of_release(store, guard_of).log.append(job_id, {"a": 1}, step_id="a", guard=guard)


def test_records_of_older_systems_read_the_same_by_both(store: Storage) -> None:
    for state, job_id in older_states(store):
        found = [of_release(store, name).log.read(job_id) for name in (THIS, BEFORE)]
        assert found[0] == found[1] != [], state


def fields(value: Any) -> dict[str, Any]:  # noqa: ANN401 (of any release)
    """A frozen value's fields; a release may have more of them than the other."""
    return {name: getattr(value, name) for name in ("count", "size_bytes", "stored", "s3_key", "version", "last_step")}
