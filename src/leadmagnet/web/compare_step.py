"""One step of a job beside the same step of another: figures, pictures, and what changed in what went in and out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from leadmagnet.domain.errors import ArtifactNotFound, Invalid
from leadmagnet.engine.large_output import WHOLE_IN, whole_output
from leadmagnet.web import formats
from leadmagnet.web.answers import page, see
from leadmagnet.web.compare_page import Figure, Sides, figure, other_id
from leadmagnet.web.job_head import JobHead, head_of, job_head
from leadmagnet.web.pages import part
from leadmagnet.web.step_line import StepLine, step_line
from leadmagnet.web.step_page import Picture, pictures_of, record_of
from leadmagnet.web.step_pairs import same_addresses
from leadmagnet.web.text_diff import TextDiff, text_diff
from leadmagnet.web.value_view import size_bytes, sorted_text
from leadmagnet.web.visit import Visit

#: What is compared as text, and how the page calls it. `file` is the page that a step made.
_PARTS = {"input": "Input", "output": "Output", "file": "The file that it made", "error": "Error"}
_TEXT_FILES = ("text/", "application/json")


@dataclass(frozen=True, slots=True, kw_only=True)
class SideOfStep:
    """The step in one of the jobs."""

    job_id: str
    line: StepLine
    pictures: Sequence[Picture]
    #: Texts by part.
    texts: Mapping[str, str]
    sizes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDiff:
    """What changed in one value of the step."""

    part: str
    label: str
    diff: TextDiff
    before_bytes: int
    after_bytes: int
    whole: bool

    @property
    def can_show_more(self) -> bool:
        """Whether "show all" would compare more."""
        return not self.whole and (self.diff.cut or self.diff.more)


def show(visit: Visit) -> Response:
    """The two steps; the comparison of the jobs where the address names no partner."""
    after, other = job_head(visit), other_id(visit)
    place = visit.query("other")
    if not other or not (place.isascii() and place.isdigit()):
        return see(f"/jobs/{part(after.job.id)}/compare")
    sides = Sides(before=head_of(visit, other), after=after)
    old = _side(visit, sides.before, place)
    new = _side(visit, after, visit.path("index"), as_of=sides.before.job.id)
    diffs = list(_diffs(old, new, whole=visit.query("whole")))
    return page(
        visit,
        "compare_step.html",
        sides=sides,
        old=old,
        new=new,
        figures_of=list(_figures(old.line, new.line)),
        diffs=diffs,
    )


def _side(visit: Visit, head: JobHead, place: str, *, as_of: str = "") -> SideOfStep:
    job_id = head.job.id
    index, record, _ = record_of(head.record, job_id, place)
    values = {"input": record.get("input"), "output": _output(visit, job_id, record), "error": record.get("error")}
    values["file"] = _file(visit, job_id, record)
    texts = {name: sorted_text(value) for name, value in values.items() if value is not None}
    if as_of:
        texts = {name: same_addresses(text, of=job_id, as_of=as_of) for name, text in texts.items()}
    return SideOfStep(
        job_id=job_id,
        line=step_line(index, record),
        pictures=pictures_of(job_id, record),
        texts=texts,
        sizes={name: size_bytes(value) for name, value in values.items() if value is not None},
    )


def _output(visit: Visit, job_id: str, record: Mapping[str, Any]) -> object:
    """The output; what stands for a larger one as long as that is there."""
    output = record.get("output")
    if not isinstance(output, Mapping) or WHOLE_IN not in output:
        return output
    try:
        return whole_output(dict(output), job_id=job_id, artifacts=visit.parts.operator.artifacts)
    except (ArtifactNotFound, Invalid, ValueError):
        return output


def _file(visit: Visit, job_id: str, record: Mapping[str, Any]) -> str | None:
    """The text of the page that the step made, if it made one."""
    name = record.get("artifact_id")
    if not isinstance(name, str) or not name or record.get("image_urls"):
        return None
    try:
        artifact = visit.parts.operator.artifacts.get(job_id, name)
    except (ArtifactNotFound, Invalid):
        return None
    return artifact.content.decode(errors="replace") if artifact.content_type.startswith(_TEXT_FILES) else None


def _diffs(old: SideOfStep, new: SideOfStep, *, whole: str) -> Iterator[PartDiff]:
    for name, label in _PARTS.items():
        if name in old.texts or name in new.texts:
            yield PartDiff(
                part=name,
                label=label,
                diff=text_diff(old.texts.get(name, ""), new.texts.get(name, ""), whole=whole == name),
                before_bytes=old.sizes.get(name, 0),
                after_bytes=new.sizes.get(name, 0),
                whole=whole == name,
            )


def _figures(old: StepLine, new: StepLine) -> Iterator[Figure]:
    yield Figure("Status", old.status, new.status)
    yield Figure("Model", old.model or "none", new.model or "none")
    yield figure("Attempt", old.attempt, new.attempt, formats.number_text)
    yield figure("Duration", old.duration_ms, new.duration_ms, formats.duration_text)
    yield figure("Tokens", old.tokens, new.tokens, formats.number_text)
    yield figure("Cost", old.cost_usd, new.cost_usd, formats.cost_text)
    yield figure("Size", old.size_bytes, new.size_bytes, formats.bytes_text)
