"""The report of a run: the plan's checklist for a terminal, and a page with everything that was done."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from tests.acceptance.plan import checklist
from tests.acceptance.recording import CaseRecord

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box of the checklist; `case` is None if nothing of its chapter ran."""

    text: str
    case: CaseRecord | None

    @property
    def ticked(self) -> bool:
        """Whether all of it was done and seen."""
        return self.case is not None and self.case.passed


def boxes(cases: Sequence[CaseRecord]) -> list[Box]:
    """The plan's checklist in its words, then its other chapters that were run."""
    by_number = {case.chapter.number: case for case in cases if case.chapter.number is not None}
    ticked = [Box(text=text, case=by_number.get(number)) for number, text in enumerate(checklist(), 1)]
    return ticked + [Box(text=case.chapter.title, case=case) for case in cases if case.chapter.number is None]


def checklist_lines(cases: Sequence[CaseRecord]) -> Iterator[str]:
    """The checklist with its ticks and times, and what stands against a tick."""
    for box in boxes(cases):
        took = "" if box.case is None else f"{box.case.seconds:7.1f} s"
        yield f"- [{'x' if box.ticked else ' '}] {box.text:<66}{took or '   not run'}"
        if box.case is None:
            continue
        for verdict in box.case.verdicts:
            if not verdict.passed:
                yield f"        failed: {verdict.test}"
        for point in box.case.missing:
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
