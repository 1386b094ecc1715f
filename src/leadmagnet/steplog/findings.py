"""What an examination can find, and what to do about each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from leadmagnet.steplog.adoption import Form

FindingKind = Literal[
    "table_missing",
    "table_key_wrong",
    "bucket_missing",
    "versioning_off",
    "bucket_public",
    "check_refused",
    "list_and_key",
    "object_missing",
    "length_wrong",
    "content_corrupt",
    "counters_wrong",
    "item_unreadable",
    "item_large",
    "foreign_key",
    "job_id_unusable",
    "not_examined",
]

#: What to do about each kind.
ADVICE: Mapping[FindingKind, str] = {
    "table_missing": "Create the table with the key job_id, or name the right one.",
    "table_key_wrong": "A table's key cannot be changed: create one with the string key job_id and copy the items.",
    "bucket_missing": "Create the bucket (versioned, private), or name the right one.",
    "versioning_off": "Turn versioning on: aws s3api put-bucket-versioning --versioning-configuration Status=Enabled",
    "bucket_public": "Block public access: aws s3api put-public-access-block, all four settings true.",
    "check_refused": "Allow the action to whoever runs the doctor; until then this is not known.",
    "list_and_key": "Run leadmagnet migrate --apply: the S3 key wins.",
    "object_missing": "Remove the delete marker or restore the object from a backup; what cannot be restored is lost: "
    "write the steps anew with replace.",
    "length_wrong": "Restore the object from a backup; somebody wrote to it past the step log.",
    "content_corrupt": "Restore the object from a backup; somebody wrote to it past the step log.",
    "counters_wrong": "An older system wrote to the log after us; stop it. Where the count of an inline list is wrong, "
    "leadmagnet migrate --apply counts again; otherwise write the steps anew with replace.",
    "item_unreadable": "Repair the item by hand, or write the steps anew with replace.",
    "item_large": "Make the job's other attributes smaller, or run leadmagnet migrate --apply to move its steps to S3.",
    "foreign_key": "Copy the object to the job's own key and put that on the item; sweeps do not see this reference.",
    "job_id_unusable": "Give the job another id; steps cannot be stored under this one.",
    "not_examined": "Run the doctor again.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it must be."""

    kind: FindingKind
    message: str
    job_id: str | None = None
    key: str | None = None
    version: str | None = None

    @property
    def advice(self) -> str:
        """What to do about it."""
        return ADVICE[self.kind]


@dataclass(slots=True, kw_only=True)
class Examination:
    """Counts of an examination; they grow while it runs."""

    deep: bool
    jobs: int = 0
    #: How the jobs keep their steps.
    forms: Counter[Form] = field(default_factory=Counter)
    findings: Counter[FindingKind] = field(default_factory=Counter)

    @property
    def healthy(self) -> bool:
        """Whether nothing was found."""
        return not self.findings
