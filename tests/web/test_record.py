from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.web.site import step

from leadmagnet.steplog import Page, Summary
from leadmagnet.web.record import Record

COUNT = 100


@dataclass
class Counted:
    """A stored record that notes what is read of it."""

    asked: list[tuple[int, int]] = field(default_factory=list)
    summary: Summary = field(
        default_factory=lambda: Summary(count=COUNT, size_bytes=None, stored="inline", s3_key=None, version=1)
    )

    def page(self, start: int = 0, limit: int = 50) -> Page:
        self.asked.append((start, limit))
        steps: list[dict[str, Any]] = [step(number) for number in range(start, min(start + limit, COUNT))]
        end = start + len(steps)
        return Page(steps=steps, start=start, count=COUNT, next_start=end if end < COUNT else None)


def test_a_part_of_what_was_read_is_not_read_again() -> None:
    stored = Counted()
    record = Record(stored)
    wide = record.page(50, 50)

    assert record.page(60, 20) == Counted().page(60, 20)
    assert record.page(99, 1) == Counted().page(99, 1)
    assert record.page(90, 50).next_start is None
    assert stored.asked == [(50, 50)]
    assert record.lines(wide)[10] is record.lines(record.page(60, 1))[0]


def test_what_lies_elsewhere_is_read_and_nothing_lies_beyond_the_end() -> None:
    stored = Counted()
    record = Record(stored)
    record.page(50, 50)

    assert record.page(40, 20) == Counted().page(40, 20)
    assert record.page(500, 1).steps == []
    assert stored.asked == [(50, 50), (40, 20)]
