"""The report of a run: the plan's checklist for a terminal, and a page with everything that was done."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from tests.acceptance.plan import box_text
from tests.acceptance.recording import CaseRecord, State

_HERE = Path(__file__).parent


#: How a box looks in a terminal.
_MARKS: Mapping[State, str] = {"done": "x", "left out": "-", "open": " "}


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box of the checklist."""

    text: str
    case: CaseRecord

    @property
    def note(self) -> str:
        """What its tests took, or that there were none."""
        if self.case.ran:
            return f"{self.case.seconds:.1f} s"
        return "left out" if self.case.state == "left out" else "not run"


def boxes(cases: Sequence[CaseRecord]) -> list[Box]:
    """A box for each chapter, the cases' in the words of the plan's checklist."""
    return [Box(text=box_text(case.chapter), case=case) for case in cases]


def checklist_lines(cases: Sequence[CaseRecord]) -> Iterator[str]:
    """The checklist with its ticks and times, and what stands against a tick."""
    for box in boxes(cases):
        case = box.case
        yield f"- [{_MARKS[case.state]}] {box.text:<66}{box.note:>9}"
        for verdict in case.verdicts:
            if not verdict.passed:
                yield f"        failed: {verdict.test}"
        for point, reason in case.left_out.items():
            yield f"        left out: {point}: {reason}"
        # Of a chapter that did not run, everything is missing.
        for point in case.missing if case.ran else ():
            yield f"        not shown: {point}"


def write_page(path: Path, cases: Sequence[CaseRecord], *, where: str, seconds: float) -> None:
    """Write the page to `path`; it needs no other file."""
    templates = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters["coded"] = _coded
    page = templates.get_template("report.html").render(
        boxes=boxes(cases),
        where=where,
        seconds=seconds,
        at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        style=Markup((_HERE / "report.css").read_text(encoding="utf-8")),  # noqa: S704 (our own file)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def _coded(text: str) -> Markup:
    """The plan's text, with what stands between backticks as code."""
    return Markup(re.sub("`(.+?)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped right here)
