"""Steps of two jobs side by side: what became of each of one's steps in the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leadmagnet.engine.artifact_url import artifact_url
from leadmagnet.steplog.errors import NoSuchJob, StepsCorrupt, StepsMissing
from leadmagnet.steplog.jsontext import fingerprint
from leadmagnet.web.record import Record as JobRecord
from leadmagnet.web.step_line import StepLine, step_line

#: Values of a record that are compared, and what a list calls them.
_VALUES = {"input": "input", "output": "output", "error": "error"}

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Some steps of a job by place. `problem` says why there are none."""

    job_id: str
    steps: Sequence[Record] = ()
    start: int = 0
    count: int = 0
    problem: str = ""

    @property
    def end(self) -> int:
        """The place after the last of these steps."""
        return self.start + len(self.steps)

    @property
    def is_all(self) -> bool:
        """Whether these are all of the job's steps."""
        return self.start == 0 and self.end >= self.count

    def last_places(self) -> dict[str, int]:
        """The place of the last attempt at each step of the window."""
        return {_name(record, self.start + place): place for place, record in enumerate(self.steps)}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPair:
    """A step of this job (`after`) beside the same step of the other (`before`); one of the two may be missing."""

    before: StepLine | None
    after: StepLine | None
    #: What differs, in words for a list.
    changed: Sequence[str] = ()

    @property
    def line(self) -> StepLine:
        """The one that names the pair."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a pair holds at least one step")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """The pairs of one page, and where the next one looks for partners."""

    pairs: Sequence[StepPair] = ()
    after: Window
    before: Window
    #: The place in the other job after the last partner.
    reached: int = field(default=0)

    @property
    def is_all(self) -> bool:
        """Whether all steps of both jobs were looked at."""
        return self.after.is_all and self.before.is_all


def read_window(record: JobRecord, job_id: str, *, start: int, limit: int) -> Window:
    """The steps from `start`; a record that is damaged or gone is said to be so."""
    try:
        found = record.page(start, limit)
    except (StepsMissing, StepsCorrupt) as error:
        return Window(job_id=job_id, start=start, problem=str(error))
    except NoSuchJob:
        return Window(job_id=job_id, start=start)
    return Window(job_id=job_id, steps=found.steps, start=found.start, count=found.count)


def paired(before: Window, after: Window) -> Pairing:
    """Each step of `after` with its partner: the last attempts of the same step in either window.

    Steps that only `before` has are there where both windows hold everything; else they may be elsewhere in `after`.
    """
    places, partners = after.last_places(), before.last_places()
    pairs = [_pair(before, partners.get(name), after, place) for name, place in places.items()]
    reached = max((partners[name] for name in places if name in partners), default=-1)
    if before.is_all and after.is_all:
        missing = [place for name, place in partners.items() if name not in places]
        pairs += [StepPair(before=_line(before, place), after=None, changed=("gone",)) for place in missing]
    return Pairing(
        pairs=pairs, after=after, before=before, reached=before.start + reached + 1 if reached >= 0 else after.end
    )


def same_addresses(text: str, *, of: str, as_of: str) -> str:
    """`text` with the addresses of one job's files as they would be of another: they differ in any two jobs."""
    return text.replace(artifact_url(of, ""), artifact_url(as_of, ""))


def _name(record: Record, place: int) -> str:
    """What a step is known by in both jobs; records of older systems may have a name only, or nothing."""
    for key in ("step_id", "step_name"):
        name = record.get(key)
        if isinstance(name, str) and name:
            return f"{key}:{name}"
    return f"place:{place}"


def _pair(before: Window, partner: int | None, after: Window, place: int) -> StepPair:
    line = _line(after, place)
    if partner is None:
        return StepPair(before=None, after=line, changed=("new",) if before.is_all else ())
    old, new = before.steps[partner], after.steps[place]
    return StepPair(before=_line(before, partner), after=line, changed=_changes(before.job_id, old, after.job_id, new))


def _line(window: Window, place: int) -> StepLine:
    return step_line(window.start + place, window.steps[place])


def _changes(old_job: str, old: Record, new_job: str, new: Record) -> list[str]:
    was, now = step_line(0, old), step_line(0, new)
    changed = ["status"] if was.status != now.status else []
    changed += ["model"] if was.model != now.model else []
    for key, word in _VALUES.items():
        prints = [fingerprint(record.get(key)).decode(errors="replace") for record in (old, new)]
        if prints[0] != prints[1] and same_addresses(prints[0], of=old_job, as_of=new_job) != prints[1]:
            changed.append(word)
    if not now.kept_from and (now.pictures or new.get("artifact_id")):
        # Made anew under the same name; only who opens both can tell whether they are alike.
        changed.append("pictures" if now.pictures else "file")
    return changed
