"""Writers killed with `kill -9` in a loop: nothing acknowledged is lost, nothing doubled, nothing left behind."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from tests.steplog.writer_program import LIMITS, step_of

from leadmagnet.steplog import StepLog
from leadmagnet.steplog.sweep_report import SweepReport
from leadmagnet.steplog.sweeping import sweep

if TYPE_CHECKING:
    from tests.conftest import Aws

    from leadmagnet.local.resources import Resources

_WRITERS = 3
#: CI gives a minute; a developer's run is content with less.
_SECONDS = float(os.environ.get("KILL_SECONDS", "6"))
#: However slow the machine, so many kills there are: enough that some come in the middle of a step.
_LEAST_KILLS = 8
_PROGRAM = Path(__file__).with_name("writer_program.py")


class Writer:
    """A writer that lives many lives and remembers what its lives said was done."""

    def __init__(self, number: int, where: list[str]) -> None:
        self.number = number
        self.acknowledged = 0
        self._where = where
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        # A new life begins with the step whose answer the last one did not live to see: as a redelivery would.
        command = [sys.executable, str(_PROGRAM), *self._where, str(self.number), str(self.acknowledged)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def live(self, steps: int) -> None:
        """Wait for so many acknowledgements."""
        assert self._process.stdout is not None
        for _ in range(steps):
            self._heard(self._process.stdout.readline())

    def kill(self) -> None:
        """End this life at once, in the middle of whatever it does, and hear what it said last."""
        self._process.kill()
        rest, _ = self._process.communicate()
        for line in rest.splitlines():
            self._heard(line)

    def rise(self) -> None:
        """Begin the next life."""
        self._process = self._start()

    def _heard(self, line: str) -> None:
        assert int(line) == self.acknowledged
        self.acknowledged += 1


@contextmanager
def writers(where: list[str]) -> Iterator[list[Writer]]:
    running = [Writer(number, where) for number in range(_WRITERS)]
    try:
        yield running
    finally:
        for writer in running:
            writer.kill()


@pytest.mark.long
def test_killed_writers_lose_nothing_double_nothing_and_leave_only_orphans_that_a_sweep_removes(
    aws: Aws, resources: Resources
) -> None:
    log = StepLog(dynamodb=aws.dynamodb, s3=aws.s3, table=resources.jobs_table, bucket=resources.bucket, limits=LIMITS)
    job_id = f"job-{uuid4().hex}"
    item = {"job_id": {"S": job_id}}
    aws.dynamodb.put_item(TableName=resources.jobs_table, Item=item | log.empty(item))
    chance = random.Random(7)
    end, kills = monotonic() + _SECONDS, 0

    with writers([aws.endpoint_url, resources.jobs_table, resources.bucket, job_id]) as running:
        while kills < _LEAST_KILLS or monotonic() < end:
            victim = chance.choice(running)
            victim.live(chance.randrange(1, 12))
            victim.kill()
            victim.rise()
            kills += 1

    _assert_complete(log.read(job_id), running)
    log.seal(job_id)
    swept, again = (_sweep_all(aws, resources, dry_run=dry_run) for dry_run in (False, True))
    assert (swept.problems, again.removed_total) == ([], 0)
    _assert_complete(json.loads(b"".join(log.stream(job_id))), running)


def _sweep_all(aws: Aws, resources: Resources, *, dry_run: bool) -> SweepReport:
    """Sweep as a day later."""
    return sweep(
        dynamodb=aws.dynamodb,
        s3=aws.s3,
        table=resources.jobs_table,
        bucket=resources.bucket,
        dry_run=dry_run,
        now=lambda: datetime.now(UTC) + timedelta(days=1, hours=1),
    )


def _assert_complete(steps: list[dict[str, object]], running: list[Writer]) -> None:
    """Each writer's steps are there once each, in its order: all acknowledged ones, and at most one more."""
    for writer in running:
        numbers = [step["number"] for step in steps if step["writer"] == writer.number]
        assert numbers == list(range(len(numbers)))
        assert writer.acknowledged <= len(numbers) <= writer.acknowledged + 1
    assert all(step == step_of(int(str(step["writer"])), int(str(step["number"]))) for step in steps)
