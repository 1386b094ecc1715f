"""Jobs as their workers write them: one owner at a time, by a lease on the job's item.

The owner's name is a token that no other run uses. Every write of a worker, the step log's too, has the condition
that the item still names it, so that whoever lost the lease changes nothing any more, however late its requests
arrive. An owner numbers its writes: one that arrives after a later one of the same owner changes nothing either, or
it would take back what the owner had said it begins. The clocks of workers decide only when a job may be taken over,
never whether two may write.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from leadmagnet.adapters.expiry import EXPIRES_AT, expiry_attributes
from leadmagnet.adapters.job_item import changing_attributes, time_of, time_text
from leadmagnet.adapters.job_requests import job_not_found, read_job, update_job
from leadmagnet.domain.errors import LeaseHeld, LeaseLost
from leadmagnet.domain.job import Job, JobStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: Attributes of the job's item while a worker owns it.
LEASE_OWNER = "lease_owner"
LEASE_UNTIL = "lease_until"
#: The number of the owner's last write.
LEASE_WRITE = "lease_write"
#: Whether nobody owns the job at `:now`.
UNOWNED = f"(attribute_not_exists({LEASE_OWNER}) OR {LEASE_UNTIL}<:now)"

_OURS = f"{LEASE_OWNER}=:owner"
#: Equal is a retry of the same request.
_IN_ORDER = f"{_OURS} AND {LEASE_WRITE}<=:write"
_NOBODYS = f"REMOVE {LEASE_OWNER},{LEASE_UNTIL},{LEASE_WRITE}"
_NO_CANCEL = "attribute_not_exists(cancel_requested_at)"


class JobRunTable:
    """JobRuns on one DynamoDB table."""

    def __init__(self, *, dynamodb: DynamoDBClient, table: str, keep: timedelta | None = None) -> None:
        """`keep` is for how long after its end a job's item stays; None: for ever."""
        self._dynamodb = dynamodb
        self._table = table
        self._keep = keep
        self._writes = count(1)

    def take(self, job_id: str, *, owner: str, now: datetime, until: datetime) -> Job:
        """The job, processing, and `owner`'s until then; or the job as it is if it is at rest.

        JobNotFound if it does not exist; LeaseHeld if another worker owns it.
        """
        taken = self._update(
            job_id,
            f"SET {LEASE_OWNER}=:owner,{LEASE_UNTIL}=:until,{LEASE_WRITE}=:none,#status=:processing,"
            # Somebody may have set a job at rest back to work by hand; it must not vanish meanwhile.
            f"started_at=if_not_exists(started_at,:now) ADD executions :one REMOVE {EXPIRES_AT}",
            # Refuses the retry of a request that had taken effect, too: it would count the execution twice.
            f"#status IN (:pending,:processing) AND {UNOWNED}",
            names={"#status": "status"},
            values={
                ":owner": {"S": owner},
                ":until": {"S": time_text(until)},
                ":now": {"S": time_text(now)},
                ":none": {"N": "0"},
                ":one": {"N": "1"},
                ":pending": {"S": JobStatus.PENDING.value},
                ":processing": {"S": JobStatus.PROCESSING.value},
            },
        )
        job = read_job(self._dynamodb, self._table, job_id)
        if job is None:
            raise job_not_found(job_id)
        if not taken and not job.status.at_rest:
            self._must_be_ours(job_id, owner, now)
        return job

    def renew(self, job_id: str, *, owner: str, until: datetime) -> bool:
        """Keep the job until then; whether somebody asked for it to be cancelled. LeaseLost if it is not `owner`'s."""
        return self._write(job_id, owner, f"SET {LEASE_UNTIL}=:until", {}, {":until": {"S": time_text(until)}})

    def save(self, job: Job, *, owner: str, until: datetime) -> bool:
        """Write status, progress, error and deliverable, and renew as above; a job at rest is nobody's from then on."""
        attributes = changing_attributes(job) | expiry_attributes(job, self._keep)
        values: dict[str, Any] = {f":{name}": value for name, value in attributes.items()}
        names = {f"#{name}": name for name in attributes}
        change = "SET " + ",".join(f"#{name}=:{name}" for name in attributes)
        if job.status.at_rest:
            return self._write_end(job, owner, f"{change} {_NOBODYS}", names, values)
        values[":until"] = {"S": time_text(until)}
        return self._write(job.id, owner, change + f",{LEASE_UNTIL}=:until", names, values)

    def release(self, job_id: str, *, owner: str) -> None:
        """Give the job back, so that another worker may take it at once; nothing if it is not `owner`'s any more."""
        self._update(job_id, _NOBODYS, _OURS, names={}, values={":owner": {"S": owner}})

    def _write(self, job_id: str, owner: str, change: str, names: Mapping[str, str], values: Mapping[str, Any]) -> bool:
        """Make the change as `owner`; whether somebody asked for the job to be cancelled."""
        change += f",{LEASE_WRITE}=:write"
        values = {**values, ":owner": {"S": owner}, ":write": {"N": str(next(self._writes))}}
        # Two conditions tell the usual case from the two others without reading the item, which may be large.
        if self._update(job_id, change, f"{_IN_ORDER} AND {_NO_CANCEL}", names=names, values=values):
            return False
        if self._update(job_id, change, _IN_ORDER, names=names, values=values):
            return True
        raise _lost(job_id, owner)

    def _write_end(
        self, job: Job, owner: str, change: str, names: Mapping[str, str], values: Mapping[str, Any]
    ) -> bool:
        if self._update(job.id, change, _OURS, names=names, values={**values, ":owner": {"S": owner}}):
            return False
        stored = read_job(self._dynamodb, self._table, job.id)
        # The end gives up the lease, so a retry of our own request that had taken effect is refused.
        if stored is None or changing_attributes(stored) != changing_attributes(job):
            raise _lost(job.id, owner)
        return False

    def _must_be_ours(self, job_id: str, owner: str, now: datetime) -> None:
        """Pass, after `take` was refused, if that was the retry of our own request; else LeaseHeld or JobNotFound."""
        answer = self._dynamodb.get_item(
            TableName=self._table,
            Key={"job_id": {"S": job_id}},
            ConsistentRead=True,
            ProjectionExpression=f"job_id,{LEASE_OWNER},{LEASE_UNTIL}",
        )
        if "Item" not in answer:
            raise job_not_found(job_id)
        if answer["Item"].get(LEASE_OWNER) == {"S": owner}:
            return
        raise LeaseHeld(
            "Another worker runs this job; it is taken over if that one stops to renew its lease.",
            job_id=job_id,
            # None: it was given back this moment.
            until=time_of(answer["Item"], LEASE_UNTIL) or now,
        )

    def _update(
        self, job_id: str, change: str, condition: str, *, names: Mapping[str, str], values: Mapping[str, Any]
    ) -> bool:
        return update_job(self._dynamodb, self._table, job_id, change, condition, names=names, values=values)


def _lost(job_id: str, owner: str) -> LeaseLost:
    return LeaseLost(
        "The job is no longer this worker's; what it was doing is left to the job's new owner.",
        job_id=job_id,
        owner=owner,
    )
