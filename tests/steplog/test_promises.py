"""Each promise of docs/steplog.md, the tests that would fail without it, and the planted bugs that prove they would."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.steplog.simulation.planted import BUGS

_HERE = Path(__file__).parent
_PAGE = _HERE.parents[1] / "docs" / "steplog.md"

_SCHEDULES = "test_simulation.py::test_every_promise_holds_in_every_schedule"
_KILLS = "test_kill.py::test_killed_writers_lose_nothing_double_nothing_and_leave_only_orphans_that_a_sweep_removes"
_MISSING = "a reader believes a missing object at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """How a promise begins on the page, and what shows it."""

    says: str
    tests: tuple[str, ...]
    bugs: tuple[str, ...] = ()


PROMISES: tuple[Promise, ...] = (
    Promise(
        says="An acknowledged append is in every later read",
        tests=(_SCHEDULES, _KILLS, "test_stateful.py::test_in_memory_the_log_is_a_list"),
        bugs=("merge drops a late append", "eventual reads", "tail of another moment than the document"),
    ),
    Promise(
        says="Any number of writers",
        tests=(_SCHEDULES, _KILLS),
        bugs=("flush without its condition", "replace and offload without the version condition"),
    ),
    Promise(
        says="The same `step_id`",
        tests=(_SCHEDULES, "test_contract.py::test_every_form_knows_its_steps_again"),
        bugs=(
            "idempotency check left out",
            "a page of ids claimed unread",
            "ids not carried through offload",
            "retry on an unknown outcome under another id",
        ),
    ),
    Promise(
        says="A crash at any request",
        tests=(_SCHEDULES, _KILLS),
        bugs=("S3 after DynamoDB", "an older pointer is not pinned", "own document deleted after an unknown outcome"),
    ),
    Promise(
        says="A reader with an old pointer",
        tests=(_SCHEDULES, "test_contract.py::test_a_deleted_current_object_is_still_read_by_its_version"),
        bugs=("no version in the pointer", _MISSING),
    ),
    Promise(
        says="No request is refused for item size",
        tests=(
            _SCHEDULES,
            "test_contract.py::test_whatever_else_the_item_holds_no_request_is_refused_for_size",
            "test_sizes.py::test_an_item_of_409600_bytes_is_accepted_and_one_more_is_refused",
        ),
        bugs=("no look at the item's size", "size without attribute names"),
    ),
    Promise(
        says="What goes in comes out equal",
        tests=(
            "test_stateful.py::test_in_memory_the_log_is_a_list",
            "test_stateful.py::test_on_the_real_engine_the_log_is_a_list",
            "test_contract.py::test_what_goes_in_comes_out_wherever_it_is_stored",
            "test_contract.py::test_a_step_that_json_cannot_say_is_refused_and_nothing_written",
        ),
    ),
    Promise(
        says="Hashes are checked on read",
        tests=(
            "test_contract.py::test_changed_bytes_are_found_whichever_way_they_are_read",
            "test_contract.py::test_a_changed_chunk_is_found",
            "test_contract.py::test_a_missing_object_is_named_with_its_key_and_version",
        ),
        bugs=("chunk's hash unchecked", "document's hash unchecked", "page's checksum unchecked"),
    ),
    Promise(
        says="An append costs what the step costs",
        tests=("test_cost.py::test_a_job_sends_few_bytes_per_byte_of_steps_at_any_length",),
    ),
    Promise(
        says="Streaming, sealing and paging",
        tests=("test_cost.py::test_stream_seal_and_page_of_200_mb_take_little_memory",),
    ),
)


def test_every_promise_on_the_page_is_here_in_its_order() -> None:
    section = _PAGE.read_text("utf-8").partition("## Promises")[2].partition("\n## ")[0]
    promised = re.findall(r"^\d+\. (.+)$", section, flags=re.MULTILINE)
    assert len(promised) == len(PROMISES)
    for text, promise in zip(promised, PROMISES, strict=True):
        assert text.startswith(promise.says)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.says)
def test_every_promise_has_its_tests_and_its_bugs(promise: Promise) -> None:
    for test in promise.tests:
        file, _, name = test.partition("::")
        assert f"\ndef {name}(" in (_HERE / file).read_text("utf-8"), test
    known = {bug.name for bug in BUGS}
    assert known.issuperset(promise.bugs)
