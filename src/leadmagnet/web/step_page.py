"""One execution step: what went in, what came out, what it took; and each value as a download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from leadmagnet.domain.errors import Invalid, NotFound
from leadmagnet.domain.job import Job
from leadmagnet.engine.artifact_url import artifact_url
from leadmagnet.engine.large_output import WHOLE_IN
from leadmagnet.web.answers import fragment
from leadmagnet.web.files import file_path, hand_out, own_file
from leadmagnet.web.formats import bytes_text
from leadmagnet.web.record import Record
from leadmagnet.web.step_line import StepLine, step_line
from leadmagnet.web.value_view import Choice, ValueView, looks_like_html, source_text, view_value
from leadmagnet.web.visit import Visit

#: What of a record can be looked at and taken away by itself.
PARTS = ("output", "input", "error", "usage_info")
_WHOLE = "step"
_PAGE_ENDINGS = (".html", ".htm")
_MOST_INDEX_DIGITS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that a step made. `src` is None for one that lies elsewhere: nothing is loaded from there."""

    name: str
    src: str | None
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDetail:
    """One step, ready for its template."""

    job_id: str
    line: StepLine
    views: Mapping[str, ValueView]
    pictures: Sequence[Picture]
    #: Where the file that the step made is served, and whether it is a page.
    file: str | None
    file_is_page: bool
    #: Where the whole output is, if it was too large for the record.
    whole_output: str | None
    count: int
    #: Whether the job is at rest, and this is a step of its workflow.
    can_rerun: bool


def panel(visit: Visit) -> Response:
    """The step alone, for the side of the job's page."""
    return fragment(visit, "step.html", step=step_detail(visit, *_opened(visit)))


def value(visit: Visit) -> Response:
    """One value of the step, in the form that was chosen."""
    part = _known(visit.path("part"))
    job, index, record, _ = _step(visit)
    view = view_value(part, record.get(part), choice_of(visit))
    return fragment(visit, "value.html", view=view, job_id=job.id, index=index)


def download(visit: Visit) -> Response:
    """One value of the step, or all of it, as a file; `?preview` shows a text of HTML in a sandbox."""
    job, index, record, _ = _step(visit)
    part = visit.path("part")
    wanted = record if part == _WHOLE else record.get(_known(part))
    text = source_text(wanted)
    name, content = f"{job.id}-{index}-{part}", text.encode(errors="replace")
    limit = visit.parts.answer_limit_bytes
    if limit is not None and len(content) > limit:
        raise Invalid(
            f"This is {bytes_text(len(content))}, more than an answer here can hold. Whoever runs this service can "
            f"export the whole job {job.id}."
        )
    if "preview" in visit.request.query_params and isinstance(wanted, str):
        return hand_out(visit, content, "text/html; charset=utf-8", name, download=False)
    kind, suffix = _type_of(wanted)
    return hand_out(visit, content, kind, f"{name}.{suffix}", download=True)


def step_detail(visit: Visit, job: Job, steps: Record) -> StepDetail:
    """The step that the address names, with the value that its query chooses."""
    job_id = job.id
    index, record, count = record_of(steps, job_id, visit.path("index"))
    line = step_line(index, record)
    chosen, choice = visit.query("part"), choice_of(visit)
    views = {
        part: view_value(part, record.get(part), choice if part == chosen else Choice())
        for part in PARTS
        if record.get(part) is not None
    }
    return StepDetail(
        job_id=job_id,
        line=line,
        views=views,
        pictures=pictures_of(job_id, record),
        file=_file(job_id, record),
        file_is_page=str(record.get("artifact_id")).lower().endswith(_PAGE_ENDINGS),
        whole_output=_whole_output(job_id, record.get("output")),
        count=count,
        can_rerun=job.status.at_rest and bool(line.step_id) and line.type != "form_submission",
    )


def choice_of(visit: Visit) -> Choice:
    """What of a value the query chooses."""
    return Choice(
        mode=visit.query("as"),
        at=visit.query("at"),
        first=visit.whole_number("first"),
        piece=visit.whole_number("piece"),
        whole=visit.query("whole") == "1",
    )


def _opened(visit: Visit) -> tuple[Job, Record]:
    job, stored = visit.parts.records.open(tenant=visit.caller.tenant, job_id=visit.path("job_id"))
    return job, Record(stored)


def _step(visit: Visit) -> tuple[Job, int, Mapping[str, Any], int]:
    """The job, the step's place, its record, and how many there are."""
    job, steps = _opened(visit)
    return job, *record_of(steps, job.id, visit.path("index"))


def index_of(place: str) -> int | None:
    """The place as a number; None for what can be none."""
    known = place.isascii() and place.isdigit() and len(place) <= _MOST_INDEX_DIGITS
    return int(place) if known else None


def record_of(steps: Record, job_id: str, place: str) -> tuple[int, Mapping[str, Any], int]:
    """The place as a number, the record there, and how many there are; NotFound for a place that the job lacks."""
    index = index_of(place)
    found = None if index is None else steps.page(index, 1)
    if index is not None and found is not None and found.steps:
        return index, found.steps[0], found.count
    raise NotFound("The job has no execution step at this place; go back to the job.", job_id=job_id)


def _known(part: str) -> str:
    if part not in PARTS:
        raise NotFound("A step has no such part; go back to the job.", part=part[:60])
    return part


def _type_of(wanted: object) -> tuple[str, str]:
    if not isinstance(wanted, str):
        return "application/json", "json"
    return ("text/html; charset=utf-8", "html") if looks_like_html(wanted) else ("text/markdown; charset=utf-8", "md")


def pictures_of(job_id: str, record: Mapping[str, Any]) -> Sequence[Picture]:
    """The pictures that the record names."""
    urls = record.get("image_urls")
    sizes = {each.get("url"): each for each in _objects(record.get("output"))}
    return [_picture(job_id, url, sizes.get(url, {})) for url in (urls if isinstance(urls, list) else []) if url]


def _objects(output: object) -> Sequence[Mapping[str, Any]]:
    return [each for each in output if isinstance(each, Mapping)] if isinstance(output, list) else []


def _picture(job_id: str, url: object, facts: Mapping[str, Any]) -> Picture:
    width, height = facts.get("width"), facts.get("height")
    return Picture(
        name=str(url).rpartition("/")[2][:200],
        src=own_file(job_id, str(url)),
        width=width if isinstance(width, int) else 0,
        height=height if isinstance(height, int) else 0,
    )


def _file(job_id: str, record: Mapping[str, Any]) -> str | None:
    """The page that the step made; its pictures are shown by themselves."""
    name = record.get("artifact_id")
    return file_path(job_id, name) if isinstance(name, str) and name and not record.get("image_urls") else None


def _whole_output(job_id: str, output: object) -> str | None:
    if isinstance(output, Mapping) and isinstance(output.get(WHOLE_IN), str):
        return own_file(job_id, artifact_url(job_id, output[WHOLE_IN]))
    return None
