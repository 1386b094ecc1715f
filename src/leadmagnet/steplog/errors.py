"""What can go wrong with a step log; every error carries the job, and the S3 key and version where one is meant.

StepLogError
├── InvalidStep          what was given is not JSON, or not an object
├── InvalidJobId         the name cannot be part of an S3 key
├── NoSuchJob            the table has no such item
├── StepConflict         the step_id is recorded with other content
├── GuardFailed          the item is not as the append demanded
├── VersionConflict      the log is no longer at the version expected
├── NoRoom               the job's other attributes leave no room for a pointer
├── StepsMissing         the item names an S3 object that is not there
├── StepsCorrupt         what is stored is not what was written
├── NotConfigured        table, bucket or versioning is not as it must be
├── NotPermitted         AWS refused for want of a permission
└── Unavailable          AWS did not answer; sending the same call again is safe
"""

from __future__ import annotations


class StepLogError(Exception):
    """The root of all errors of this package."""

    def __init__(
        self, message: str, *, job_id: str | None = None, key: str | None = None, version: str | None = None
    ) -> None:
        """Keep the sentence that says what to do, and which job and S3 object it is about."""
        super().__init__(message)
        self.message = message
        self.job_id = job_id
        self.key = key
        self.version = version

    def __str__(self) -> str:
        facts = {"job_id": self.job_id, "key": self.key, "version": self.version}
        trail = " ".join(f"{name}={value}" for name, value in facts.items() if value is not None)
        return f"{self.message} [{trail}]" if trail else self.message


class InvalidStep(StepLogError):
    """A step that JSON cannot say, or that is not an object; nothing was written."""


class InvalidJobId(StepLogError):
    """A job id that cannot be part of an S3 key."""


class NoSuchJob(StepLogError):
    """The table holds no item for this job; create the job before its steps."""


class StepConflict(StepLogError):
    """The step_id is recorded already, with other content; nothing was written."""


class GuardFailed(StepLogError):
    """The job's item is not as the append's guard demands; nothing was recorded. Give up the job: others have it."""


class VersionConflict(StepLogError):
    """The log is not at the version that the caller expected; read it again and decide."""


class NoRoom(StepLogError):
    """The item's other attributes fill it; make them smaller, then send the step again."""


class StepsMissing(StepLogError):
    """The job's item names an S3 object that does not exist."""


class StepsCorrupt(StepLogError):
    """A stored object or attribute is not what was written: wrong hash, length or form."""


class NotConfigured(StepLogError):
    """The table or the bucket is missing, or the bucket keeps no versions."""


class NotPermitted(StepLogError):
    """AWS refused a request for want of a permission; the message names the action."""


class Unavailable(StepLogError):
    """AWS did not answer in time, or answered with an error of its own.

    Nothing is known to be lost: an append may be sent again with the same step_id.
    """
