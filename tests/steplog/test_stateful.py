"""The step log beside a plain Python list: whatever is done to both, both say the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from tests.conftest import Aws
from tests.steplog.simulation.dynamodb import MemoryTable
from tests.steplog.simulation.s3 import MemoryBucket
from tests.steplog.simulation.subject import real

from leadmagnet.local.resources import Resources
from leadmagnet.steplog import Limits, StepConflict, StepLog, VersionConflict
from leadmagnet.steplog.jsontext import loads

_LIMITS = Limits(
    inline_bytes=1500,
    tail_step_bytes=200,
    tail_bytes=700,
    tail_entries=5,
    merge_bytes=2500,
    ids=4,
    part_bytes=1000,
    upload_bytes=1500,
)

#: Where one form of storage ends and the other begins.
_EDGES: list[Any] = [
    1e38,
    1e40,
    1e100,
    2.5e-130,
    5e-324,
    10**38,
    10**125,
    10**126,
    3.0,
    "x" * 400,
    "\x00",
    "😀",
    [],
    {},
]

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**60), max_value=10**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(_EDGES)
    | _TEXT
)
_VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3))


def _nested(levels: int) -> object:
    value: object = "deep"
    for level in range(levels):
        value = [value] if level % 2 else {"": value}
    return value


_STEPS = st.dictionaries(_TEXT, _VALUES | st.sampled_from([28, 29, 30, 31, 60]).map(_nested), max_size=4)


class StepLogMachine(RuleBasedStateMachine):
    """Every operation, in every order that hypothesis thinks of."""

    def __init__(self, aws: Aws | None = None, resources: Resources | None = None) -> None:
        super().__init__()
        self._job = f"job-{uuid4().hex}"
        self._dynamodb: Any = MemoryTable("jobs") if aws is None else aws.dynamodb
        self._s3: Any = MemoryBucket("bucket", part_bytes=1000) if aws is None else aws.s3
        self._table = "jobs" if resources is None else resources.jobs_table
        self._bucket = "bucket" if resources is None else resources.bucket
        self._dynamodb.put_item(TableName=self._table, Item={"job_id": {"S": self._job}})
        self._ids = count()
        self._log = self._new_log()
        self._steps: list[dict[str, Any]] = []
        self._places: dict[str, int] = {}

    def _new_log(self) -> StepLog:
        return StepLog(dynamodb=self._dynamodb, s3=self._s3, table=self._table, bucket=self._bucket, limits=_LIMITS)

    @rule(step=_STEPS)
    def append(self, step: dict[str, Any]) -> None:
        step_id = f"s{next(self._ids)}"
        appended = self._log.append(self._job, step, step_id=step_id)
        assert appended.index == len(self._steps)
        self._places[step_id] = len(self._steps)
        self._steps.append(step)

    @rule(value=st.sampled_from(_EDGES))
    def append_an_edge(self, value: object) -> None:
        self.append({"value": value})

    @precondition(lambda self: self._places)
    @rule(data=st.data())
    def append_again(self, data: st.DataObject) -> None:
        step_id = data.draw(st.sampled_from(sorted(self._places)))
        index = self._places[step_id]
        assert self._log.append(self._job, self._steps[index], step_id=step_id).index == index

    @precondition(lambda self: self._places)
    @rule(data=st.data())
    def append_other_content_under_a_used_id(self, data: st.DataObject) -> None:
        step_id = data.draw(st.sampled_from(sorted(self._places)))
        other = {**self._steps[self._places[step_id]], "a name that no step has": True}
        with pytest.raises(StepConflict):
            self._log.append(self._job, other, step_id=step_id)

    @rule(steps=st.lists(_STEPS, max_size=6))
    def replace(self, steps: list[dict[str, Any]]) -> None:
        version = self._log.summary(self._job).version
        assert self._log.replace(self._job, steps, expected_version=version) == version + 1
        self._steps, self._places = list(steps), {}

    @rule(steps=st.lists(_STEPS, max_size=2))
    def replace_an_old_version(self, steps: list[dict[str, Any]]) -> None:
        with pytest.raises(VersionConflict):
            self._log.replace(self._job, steps, expected_version=self._log.summary(self._job).version + 1)

    @rule()
    def seal(self) -> None:
        self._log.seal(self._job)
        summary = self._log.summary(self._job)
        if summary.s3_key is not None:
            body = self._s3.get_object(Bucket=self._bucket, Key=summary.s3_key)["Body"].read()
            _assert_same(loads(body), self._steps)

    @rule()
    def forget_all_that_a_writer_remembers(self) -> None:
        self._log = self._new_log()

    @rule(start=st.integers(0, 20), limit=st.integers(1, 20))
    def page(self, start: int, limit: int) -> None:
        page = self._log.page(self._job, start, limit)
        _assert_same(page.steps, self._steps[start : start + limit])
        assert page.count == len(self._steps)
        assert page.next_start == (start + limit if start + limit < len(self._steps) else None)

    @rule()
    def stream(self) -> None:
        text = b"".join(self._log.stream(self._job))
        _assert_same(loads(text), self._steps)
        assert self._log.summary(self._job).size_bytes == len(text)

    @invariant()
    def reads_as_the_list(self) -> None:
        _assert_same(self._log.read(self._job), self._steps)
        assert self._log.summary(self._job).count == len(self._steps)


def _assert_same(found: object, expected: object) -> None:
    """Equal, and of the same kinds: 1 and True are equal too."""
    assert found == expected
    assert _kinds(found) == _kinds(expected)


def _kinds(value: object) -> object:
    """The kinds of JSON that a value is made of; 3.0 is stored as 3, so numbers are one kind."""
    if isinstance(value, dict):
        return {name: _kinds(element) for name, element in value.items()}
    if isinstance(value, list):
        return [_kinds(element) for element in value]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


@pytest.fixture(autouse=True)
def _shrunk() -> Iterator[None]:
    with real().shrunk():
        yield


def test_in_memory_the_log_is_a_list() -> None:
    run_state_machine_as_test(StepLogMachine, settings=settings(max_examples=250, stateful_step_count=30))


def test_on_the_real_engine_the_log_is_a_list(aws: Aws, resources: Resources) -> None:
    class OnTheEngine(StepLogMachine):
        def __init__(self) -> None:
            super().__init__(aws, resources)

    run_state_machine_as_test(OnTheEngine, settings=settings(max_examples=8, stateful_step_count=25))
