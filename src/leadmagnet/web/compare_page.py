"""A job beside another, mostly the one that it ran again: totals, step by step, and both deliverables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from starlette.responses import Response

from leadmagnet.domain.errors import JobNotFound
from leadmagnet.web import formats
from leadmagnet.web.answers import page
from leadmagnet.web.job_head import JobHead, head_of, job_head
from leadmagnet.web.step_pairs import Pairing, paired, read_window
from leadmagnet.web.visit import Visit

#: Steps are looked for in the other job among those at about the same place: so many pages of it.
_PAGES_AROUND = 3
_LONGEST_ID_CHARS = 200


class Figure(NamedTuple):
    """A figure of both jobs or steps, and by how much it changed."""

    label: str
    before: str
    after: str
    change: str = ""

    @property
    def differs(self) -> bool:
        """Whether the two are not the same."""
        return self.before != self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The two jobs; `before` is the one that the other is compared with."""

    before: JobHead
    after: JobHead

    @property
    def is_rerun(self) -> bool:
        """Whether one ran the other again."""
        return self.after.job.origin is not None and self.after.job.origin.job_id == self.before.job.id


def show(visit: Visit) -> Response:
    """The comparison; without a job to compare with, a form that asks for one."""
    after, other = job_head(visit), other_id(visit)
    if not other:
        return _ask(visit, after, problem="")
    try:
        sides = Sides(before=head_of(visit, other), after=after)
    except JobNotFound:
        return _ask(visit, after, problem=f"There is no job {other}; it may have been deleted.")
    return page(
        visit,
        "compare.html",
        sides=sides,
        totals=list(_totals(sides)),
        pairing=_pairing(visit, sides),
        limit=_limit(sides),
        change=formats.change_text,
        duration_of=formats.duration_text,
        cost_of=formats.cost_text,
    )


def other_id(visit: Visit) -> str:
    """The job to compare with: the query's, else the one that this one ran again; empty if there is none."""
    job = visit.parts.operator.jobs.get(tenant=visit.caller.tenant, job_id=visit.path("job_id"))
    return visit.query("with").strip()[:_LONGEST_ID_CHARS] or (job.origin.job_id if job.origin else "")


def _ask(visit: Visit, after: JobHead, *, problem: str) -> Response:
    return page(visit, "compare_with.html", head=after, problem=problem)


def _limit(sides: Sides) -> int:
    return min(sides.before.limit, sides.after.limit)


def _pairing(visit: Visit, sides: Sides) -> Pairing:
    """One page of this job's steps, and the other's around the place where the page before found the last partner."""
    limit, start = _limit(sides), visit.whole_number("from")
    around = visit.whole_number("around", start)
    after = read_window(sides.after.record, sides.after.job.id, start=start, limit=limit)
    near = max(0, around - limit)
    before = read_window(sides.before.record, sides.before.job.id, start=near, limit=_PAGES_AROUND * limit)
    return paired(before, after)


def _totals(sides: Sides) -> Iterator[Figure]:
    old, new = sides.before, sides.after
    yield Figure("Status", old.job.status.value, new.job.status.value)
    yield figure("Duration", old.duration_ms, new.duration_ms, formats.duration_text)
    yield figure("Cost", old.job.cost_usd, new.job.cost_usd, formats.cost_text)
    yield figure("Tokens", old.job.tokens, new.job.tokens, formats.number_text)
    yield figure("Steps done", old.job.steps_done, new.job.steps_done, formats.number_text)
    yield figure("Record", old.summary.size_bytes, new.summary.size_bytes, formats.bytes_text)
    names = sorted({*old.job.submission, *new.job.submission})
    asked = [name for name in names if old.job.submission.get(name) != new.job.submission.get(name)]
    for name in asked:
        texts = [_short(head.job.submission.get(name, "")) for head in (old, new)]
        yield Figure(name.replace("_", " ").capitalize(), *texts)
    for name in _edited(old, new):
        yield Figure(f"Instructions of {new.titles.get(name, name)}", *(_source(head, name) for head in (old, new)))


def _edited(old: JobHead, new: JobHead) -> Sequence[str]:
    names = sorted({*old.job.instructions, *new.job.instructions})
    return [name for name in names if old.job.instructions.get(name) != new.job.instructions.get(name)]


def _source(head: JobHead, name: str) -> str:
    return "edited for this job" if name in head.job.instructions else "the workflow\u2019s own"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 200 else text[:199] + "\u2026"


def figure(label: str, before: float | None, after: float | None, write: Callable[[Any], str]) -> Figure:
    """A number of both, as `write` writes it."""
    return Figure(label, write(before), write(after), formats.change_text(before, after, write))
