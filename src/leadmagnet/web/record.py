"""A job's steps as one request to a page sees them, each fetched and parsed once however often it is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leadmagnet.steplog import Page, Summary
from leadmagnet.web.parts import StoredRecord
from leadmagnet.web.step_line import StepLine, step_line


class Record:
    """What a job's item said when the request came, and those of its steps that were asked for since."""

    def __init__(self, stored: StoredRecord) -> None:
        """The record that lies in `stored`; nothing of it is read yet."""
        self._stored = stored
        self._read: list[Page] = []
        self._lines: dict[int, StepLine] = {}

    @property
    def summary(self) -> Summary:
        """Count, bytes and place."""
        return self._stored.summary

    def page(self, start: int, limit: int) -> Page:
        """Some steps, by place; of what was read before a part costs nothing, so ask for the widest first."""
        for known in self._read:
            end = min(start + limit, known.count)
            if known.start <= start and end <= known.start + len(known.steps):
                steps = known.steps[start - known.start : max(0, end - known.start)]
                return Page(steps=steps, start=start, count=known.count, next_start=end if end < known.count else None)
        found = self._stored.page(start, limit)
        self._read.append(found)
        return found

    def lines(self, found: Page) -> Sequence[StepLine]:
        """The steps of a page without their values."""
        return [self._line(found.start + place, step) for place, step in enumerate(found.steps)]

    def _line(self, index: int, step: Mapping[str, Any]) -> StepLine:
        # What a step weighs is found by writing it: too much for doing it again in the timeline.
        if index not in self._lines:
            self._lines[index] = step_line(index, step)
        return self._lines[index]
