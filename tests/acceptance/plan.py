"""The user's test plan, as its file says it: chapters, what they ask for, and the commands that they print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import dropwhile
from pathlib import Path

PLAN = Path(__file__).with_name("test-plan.md")

_HEADING = re.compile(r"#{2,3} (.+)")
_LABEL = re.compile(r"\*\*(.+?)\*\*: ?(.*)")
#: A step, a result or a box to tick: "1. ...", "- ✅ ...", "- [ ] ...".
_POINT = re.compile(r"(?:\d+\.|-(?: ✅| \[ \])?) (.+)")
#: What continues the point above it: a point below a point.
_DETAIL = re.compile(r" +(?:- )?(.+)")
_FENCE = "```"
_CHECKLIST = "Test Execution Checklist"


@dataclass(slots=True, kw_only=True)
class Chapter:
    """One heading of the plan and what stands under it."""

    title: str
    #: By label ("Steps", "Expected Results"; "" without a label): the points, each with its details.
    points: dict[str, list[str]] = field(default_factory=dict)
    objective: str = ""
    #: The printed commands, in their order, without the remarks between them.
    commands: list[str] = field(default_factory=list)

    @property
    def number(self) -> int | None:
        """The number of a test case; None of any other chapter."""
        found = re.match(r"Test Case (\d+):", self.title)
        return int(found[1]) if found else None

    def under(self, label: str) -> tuple[str, ...]:
        """The points under `label`."""
        return tuple(self.points.get(label, ()))

    @property
    def steps(self) -> tuple[str, ...]:
        """What is to be done, in order."""
        return self.under("Steps")

    @property
    def results(self) -> tuple[str, ...]:
        """What must be shown: what is expected, and scenarios, metrics and logs that are to be looked at."""
        labels = [label for label in self.points if label != "Steps"]
        return tuple(point for label in labels for point in self.points[label])


@cache
def chapters() -> Mapping[str, Chapter]:
    """Every chapter of the plan by its title; cases also as "Test Case 1"."""
    found: dict[str, Chapter] = {}
    for chapter in _read(PLAN.read_text(encoding="utf-8").splitlines()):
        found[chapter.title] = chapter
        if chapter.number is not None:
            found[f"Test Case {chapter.number}"] = chapter
    return found


def to_perform() -> tuple[Chapter, ...]:
    """The chapters that ask for steps or results, in their order: what a whole run performs and shows.

    What stands before the first case says what a run needs, and the checklist names the cases a second time.
    """
    each = {chapter.title: chapter for chapter in chapters().values()}.values()
    asked = dropwhile(lambda chapter: chapter.number is None, each)
    return tuple(chapter for chapter in asked if chapter.title != _CHECKLIST and (chapter.steps or chapter.results))


def box_text(chapter: Chapter) -> str:
    """The chapter's line of the plan's checklist; its title if it has none."""
    begins = chapter.title.partition(":")[0] + ":"
    return next((line for line in chapters()[_CHECKLIST].under("") if line.startswith(begins)), chapter.title)


def _read(lines: list[str]) -> Iterator[Chapter]:
    chapter = Chapter(title="")
    label = ""
    rest = iter(lines)
    for line in rest:
        if heading := _HEADING.fullmatch(line):
            yield chapter
            chapter, label = Chapter(title=heading[1]), ""
        elif line.startswith(_FENCE):
            chapter.commands.extend(_commands(rest))
        elif labelled := _LABEL.fullmatch(line):
            label = labelled[1]
            if label == "Objective":
                chapter.objective = labelled[2]
        elif point := _POINT.fullmatch(line):
            chapter.points.setdefault(label, []).append(point[1])
        elif (detail := _DETAIL.fullmatch(line)) and chapter.points.get(label):
            chapter.points[label][-1] += f"\n{detail[1]}"
    yield chapter


def _commands(rest: Iterator[str]) -> Iterator[str]:
    """The commands of a block; remarks and empty lines part them."""
    command: list[str] = []
    for line in rest:
        if line.strip() and not line.startswith((_FENCE, "#")):
            command.append(line)
            continue
        if command:
            yield "\n".join(command)
            command = []
        if line.startswith(_FENCE):
            return
