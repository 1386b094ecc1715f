"""Whoever looks at every effect and every paid call: who may do what, and what was done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.engine.simulation.life import Life, Sender
from tests.steplog.simulation.answers import Attribute
from tests.steplog.simulation.truth import Violation

from leadmagnet.domain.execution_step import ExecutionStep, StepStatus

#: What a worker says of its job; who cancels a job that nobody runs may say it too.
_STATE = ("status", "steps_done", "tokens", "cost_usd", "running", "deliverable", "error", "finished_at")
_AT_REST = ("completed", "failed", "cancelled")


class Claim(NamedTuple):
    """One attempt at one step."""

    job_id: str
    step: str
    attempt: int


@dataclass(slots=True, kw_only=True)
class Watch:
    """What happened in a schedule. Each method raises Violation if it must not have."""

    #: Who wrote on the item that it begins that attempt.
    claims: dict[Claim, str | None] = field(default_factory=dict)
    #: Who paid for that attempt.
    calls: dict[Claim, str | None] = field(default_factory=dict)
    #: All records by job, in the order in which they took effect.
    records: dict[str, list[ExecutionStep]] = field(default_factory=dict)
    #: The jobs that were cancelled while nobody ran them.
    cancelled_unowned: set[str] = field(default_factory=set)
    #: The runs that the store told that somebody asked for the job to be cancelled.
    told_to_cancel: set[str | None] = field(default_factory=set)
    #: The runs that ended as they should: whatever they began they recorded.
    ended_well: set[str] = field(default_factory=set)

    def wrote(self, before: Attribute, after: Attribute, sender: Sender, values: Attribute) -> None:
        """An update took effect."""
        if _number(after, "steps_count") > _number(before, "steps_count"):
            self._recorded(before, sender)
        had, has = _text(before, "lease_owner"), _text(after, "lease_owner")
        if has is not None and has != had:
            self._taken(before, sender, values, has)
            return
        changed = [name for name in (*_STATE, "lease_owner", "lease_until") if before.get(name) != after.get(name)]
        if not changed:
            return
        if _text(before, "status") in _AT_REST:
            raise Violation(f"{sender.name} changed {changed} of a job at rest")
        if sender.owner is None:
            self._cancelled(before, after, sender, values)
        elif sender.owner != had:
            raise Violation(f"{sender.name} wrote {changed} as {sender.owner}, but the job was {had}'s")
        elif "cancel_requested_at" in before:
            self.told_to_cancel.add(sender.owner)
        for step, number in after.get("running", {}).get("M", {}).items():
            self.claims.setdefault(Claim(after["job_id"]["S"], step, int(number["N"])), sender.owner)

    def _taken(self, before: Attribute, sender: Sender, values: Attribute, has: str) -> None:
        had, until = _text(before, "lease_owner"), _text(before, "lease_until")
        if has != sender.owner:
            raise Violation(f"{sender.name} took the job for {has}, but is {sender.owner}")
        if had is not None and (until is None or until >= values[":now"]["S"]):
            raise Violation(f"{sender.name} took the job, which was {had}'s until {until}")
        if _text(before, "status") in _AT_REST:
            raise Violation(f"{sender.name} took a job at rest")

    def _cancelled(self, before: Attribute, after: Attribute, sender: Sender, values: Attribute) -> None:
        had, until = _text(before, "lease_owner"), _text(before, "lease_until")
        if had is not None and (until is None or until >= values[":now"]["S"]):
            raise Violation(f"{sender.name} wrote a job that was {had}'s until {until}")
        if _text(after, "status") != "cancelled":
            raise Violation(f"{sender.name}, who owns nothing, made the job {_text(after, 'status')}")
        self.cancelled_unowned.add(after["job_id"]["S"])

    def _recorded(self, before: Attribute, sender: Sender) -> None:
        step, job_id = sender.recording, before["job_id"]["S"]
        if step is None:
            raise Violation(f"{sender.name} recorded something without appending a step")
        if _text(before, "status") in _AT_REST:
            raise Violation(f"{sender.name} recorded {step.step_id} of a job at rest")
        # A rerun records what it keeps before it asks for the new job.
        if sender.owner is None and ("lease_owner" in before or "rerun_of" not in before):
            raise Violation(f"{sender.name} recorded {step.step_id} for nobody")
        if sender.owner is not None and sender.owner != _text(before, "lease_owner"):
            raise Violation(f"{sender.name} recorded {step.step_id}, but the job was not {sender.owner}'s")
        records = self.records.setdefault(job_id, [])
        for known in records:
            if known.step_id == step.step_id and known.attempt == step.attempt:
                raise Violation(f"{step.step_id} attempt {step.attempt} was recorded twice")
            if known.step_id == step.step_id and known.status is StepStatus.COMPLETED:
                raise Violation(f"{step.step_id} was recorded again after it had completed")
        records.append(step)

    def acknowledged(self, body: str, item: Attribute, others: Collection[str]) -> None:
        """A message is gone; `others` are those that are left."""
        if _text(item, "status") not in _AT_REST and body not in others:
            raise Violation(f"the last message of {body} was acknowledged, and the job is {_text(item, 'status')}")

    def begins(self, life: Life, claim: Claim) -> None:
        """A run begins an attempt."""
        if life.told_to_stop:
            raise Violation(f"{life.name} began {claim} although it knew: {life.told_to_stop}")
        if life.owner in self.told_to_cancel:
            raise Violation(f"{life.name} began {claim} although the store had told it to cancel")

    def pays(self, owner: str | None, claim: Claim) -> None:
        """A model is called for an attempt."""
        if claim not in self.claims:
            raise Violation(f"{claim} was paid for and never claimed")
        if self.claims[claim] != owner:
            raise Violation(f"{owner} paid for {claim}, which {self.claims[claim]} had claimed")
        if claim in self.calls:
            raise Violation(f"{claim} was paid for twice")
        for record in self.records.get(claim.job_id, ()):
            if record.step_id == claim.step and record.status is StepStatus.COMPLETED:
                raise Violation(f"{claim} was paid for although the step had completed")
        self.calls[claim] = owner


def _text(item: Mapping[str, Any], name: str) -> str | None:
    text: str | None = item.get(name, {}).get("S")
    return text


def _number(item: Mapping[str, Any], name: str) -> int:
    return int(item.get(name, {}).get("N", "0"))
