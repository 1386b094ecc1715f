"""What a run of the plan did and saw, for its report."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from tests.acceptance.plan import Chapter, chapters, to_perform

Kind = Literal["command", "request", "note"]
#: "left out": nothing failed and nothing is missing, but something was left out for a reason.
State = Literal["done", "left out", "open"]

#: A report is read by people: of a longer text it shows the beginning and the end.
_MOST_SHOWN_CHARS = 1_600
#: Whoever has a signed address has what it leads to.
_SIGNED = re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\"\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One command or request with its answer, or a remark."""

    kind: Kind
    text: str
    answer: str = ""
    seconds: float = 0.0
    #: When it was noted, by `time.perf_counter`.
    at: float = 0.0


@dataclass(slots=True, kw_only=True)
class Scene:
    """What was done for one step of the plan, or by one test."""

    heading: str
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A number that the plan asks for."""

    metric: str
    what: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one test ended, and which points of the plan it shows."""

    test: str
    passed: bool
    shows: tuple[str, ...]
    fault: str = ""


@dataclass(slots=True, kw_only=True)
class CaseRecord:
    """One chapter of the plan as it went."""

    chapter: Chapter
    scenes: list[Scene] = field(default_factory=list)
    performed: set[int] = field(default_factory=set)
    #: The numbers, from 0, of the plan's own commands that were run.
    printed: set[int] = field(default_factory=set)
    verdicts: list[Verdict] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    #: Results that this run does not show, by their first line, and why.
    left_out: dict[str, str] = field(default_factory=dict)
    #: How long its tests took.
    seconds: float = 0.0

    def shown(self, point: str) -> bool:
        """Whether a test that shows `point` ran, and all that do passed."""
        showing = [verdict.passed for verdict in self.verdicts if first_line(point) in verdict.shows]
        return bool(showing) and all(showing)

    @property
    def played(self) -> list[Scene]:
        """The scenes in which anything was done, in the order in which it was."""
        return sorted((scene for scene in self.scenes if scene.entries), key=lambda scene: scene.entries[0].at)

    @property
    def missing(self) -> list[str]:
        """Steps, commands and results of the plan that nothing performed, ran or showed, and that nobody left out."""
        chapter = self.chapter
        steps = [step for number, step in enumerate(chapter.steps, 1) if number not in self.performed]
        commands = [command for number, command in enumerate(chapter.commands) if number not in self.printed]
        results = [point for point in chapter.results if not self.shown(point)]
        points = [first_line(point) for point in steps + commands + results]
        return [point for point in points if point not in self.left_out]

    @property
    def ran(self) -> bool:
        """Whether any of its tests did."""
        return bool(self.verdicts)

    @property
    def state(self) -> State:
        """Whether everything that the plan says of this chapter was done and seen."""
        if self.missing or not all(verdict.passed for verdict in self.verdicts):
            return "open"
        return "left out" if self.left_out else "done"


class Recorder:
    """Gathers what happens, in the chapter and scene that are on."""

    def __init__(self) -> None:
        self._cases: dict[str, CaseRecord] = {}
        self._case: CaseRecord | None = None
        self._scene: Scene | None = None
        self._secrets: dict[str, str] = {}

    @property
    def cases(self) -> tuple[CaseRecord, ...]:
        """All that the plan asks for in its order, as far as it went; also what nobody has begun."""
        return tuple(self.case(chapter.title) for chapter in to_perform())

    def case(self, title: str) -> CaseRecord:
        """The record of the chapter with that title, or of "Test Case 1"."""
        chapter = chapters()[title]
        return self._cases.setdefault(chapter.title, CaseRecord(chapter=chapter))

    def hide(self, secret: str, shown_as: str) -> None:
        """Never show `secret`."""
        self._secrets[secret] = shown_as

    @contextmanager
    def scene(self, case: CaseRecord, heading: str) -> Iterator[None]:
        """What happens meanwhile belongs under `heading`."""
        before = self._case, self._scene
        self._case, self._scene = case, Scene(heading=heading)
        case.scenes.append(self._scene)
        try:
            yield
        finally:
            self._case, self._scene = before

    def add(self, kind: Kind, text: str, answer: str = "", *, since: float | None = None) -> None:
        """Note what was done, and since when (by `time.perf_counter`) it went on."""
        if self._scene is not None:
            seconds = 0.0 if since is None else time.perf_counter() - since
            entry = Entry(
                kind=kind, text=self._fit(text), answer=self._fit(answer), seconds=seconds, at=time.perf_counter()
            )
            self._scene.entries.append(entry)

    def redacted(self, text: str) -> str:
        """The text without what opens doors."""
        for secret, shown_as in self._secrets.items():
            text = text.replace(secret, shown_as)
        return _SIGNED.sub(r"\1...", text)

    def _fit(self, text: str) -> str:
        text = self.redacted(text).strip()
        if len(text) <= _MOST_SHOWN_CHARS:
            return text
        left_out = len(text) - _MOST_SHOWN_CHARS
        return f"{text[: _MOST_SHOWN_CHARS - 300]}\n[... {left_out:,} characters ...]\n{text[-300:]}"


class Stopwatch:
    """Time that was spent and not yet accounted for."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def add(self, *, since: float) -> None:
        """Count what went by since then (by `time.monotonic`)."""
        self._seconds += time.monotonic() - since

    def pop(self) -> float:
        """The seconds that were counted since the last time."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLog:
    """What a test file says about its chapter while it runs."""

    record: CaseRecord
    recorder: Recorder

    @contextmanager
    def step(self, number: int) -> Iterator[None]:
        """Perform the plan's step of that number."""
        heading = f"Step {number}. {first_line(self.record.chapter.steps[number - 1])}"
        with self.recorder.scene(self.record, heading):
            yield
        self.record.performed.add(number)

    def note(self, text: str) -> None:
        """Say something about what is being done."""
        self.recorder.add("note", text)

    def measure(self, metric: str, what: str, value: str) -> None:
        """Put a number into the report, under a metric that the plan names."""
        self.record.measurements.append(Measurement(metric=metric, what=what, value=value))


def first_line(point: str) -> str:
    """A point of the plan without its details."""
    return point.partition("\n")[0]
