"""In which form an item keeps its steps, and what it takes to bring an older form into today's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from leadmagnet.steplog import names
from leadmagnet.steplog.adopting import Adopter
from leadmagnet.steplog.errors import StepsCorrupt, Unavailable
from leadmagnet.steplog.item import BOOKKEEPING_BYTES, LogItem
from leadmagnet.steplog.limits import Limits
from leadmagnet.steplog.table import LogTable, TooLarge

#: `list_and_key` breaks the contract; the `older_...` forms are good and read the same, without our bookkeeping.
Form = Literal["none", "inline", "offloaded", "older_list", "older_key", "list_and_key"]

#: counted: the inline list got our bookkeeping. indexed: so did the document. offloaded: an inline list too large
#: for the limits moved to S3. list_dropped: of list and key, the key was kept.
Adoption = Literal["counted", "indexed", "offloaded", "list_dropped"]

#: Each round that changes nothing means that another writer did; so many mean that something is broken.
_MOST_ROUNDS = 20


def form_of(item: LogItem) -> Form:
    """How the item keeps its steps; StepsCorrupt if it is no form at all."""
    _require_readable(item)
    if item.key is None:
        if names.STEPS not in item.attributes:
            return "none"
        return "inline" if item.adopted else "older_list"
    if names.STEPS in item.attributes:
        return "list_and_key"
    return "offloaded" if item.adopted else "older_key"


def adoption_due(item: LogItem, limits: Limits) -> Adoption | None:
    """What has to be done to the item; None if it is in today's form."""
    due: Mapping[Form, Adoption | None] = {"list_and_key": "list_dropped", "older_key": "indexed"}
    form = form_of(item)
    if form not in ("inline", "older_list"):
        return due.get(form)
    size = item.size if form == "inline" else item.other + item.held + BOOKKEEPING_BYTES
    if item.held > limits.held_inline_bytes or size > limits.item_inline_bytes:
        return "offloaded"
    return None if form == "inline" else "counted"


def adopt(job_id: str, *, table: LogTable, adopter: Adopter, limits: Limits) -> Adoption | None:
    """Bring the job's log into today's form beside whoever writes to it; what was done, None if nothing was due."""
    done: Adoption | None = None
    for _ in range(_MOST_ROUNDS):
        item = table.get(job_id)
        due = adoption_due(item, limits)
        if due is None:
            return done
        done = done or due
        _carry_out(due, item, adopter)
    raise Unavailable("The log changed at every try; migrate the job again.", job_id=job_id)


def _carry_out(due: Adoption, item: LogItem, adopter: Adopter) -> None:
    """One conditional write; if another writer is first, nothing changes."""
    if due in ("indexed", "list_dropped"):
        adopter.adopt_offloaded(item)
        return
    if due == "counted":
        try:
            adopter.adopt_inline(item)
        except TooLarge:
            # Others' attributes grew since the look: even the bookkeeping does not fit beside the steps.
            due = "offloaded"
    if due == "offloaded":
        adopter.offload(item)


def _require_readable(item: LogItem) -> None:
    """StepsCorrupt unless every attribute of ours has the form that we give it."""
    try:
        _ = item.inline, item.document, item.tail, item.ids
        _ = item.count, item.version, item.json_bytes, item.tracked_held, item.tracked_size
        _ = [int(index["N"]) for index in item.ids.values()]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise StepsCorrupt(
            f"An attribute of the step log is not what was written ({type(error).__name__}: {error}); repair the item, "
            "or write the steps anew with replace.",
            job_id=item.job_id,
        ) from error
