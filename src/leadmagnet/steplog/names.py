"""What the log's attributes on the item are called."""

from __future__ import annotations

#: The first two are the contract with tools outside.
STEPS = "execution_steps"
KEY = "execution_steps_s3_key"
VERSION_ID = "execution_steps_s3_version"
DOCUMENT = "execution_steps_doc"
TAIL = "execution_steps_tail"
VERSION = "steps_version"
COUNT = "steps_count"
JSON_BYTES = "steps_bytes"
#: DynamoDB bytes of the steps and references that the item holds. (The names are short: each append sends them.)
HELD = "steps_held"
#: DynamoDB bytes of the whole item, as of the last look at it; appends keep it up to date.
ITEM = "steps_item"
#: A name for the last write that was not an append: who wrote it recognises its own write by it.
EPOCH = "steps_epoch"
#: A name for the write with which the log began anew and forgot its older step_ids: a replace, mostly. It cannot take
#: effect a second time, and pages of ids that are out of use have been so since then.
ORIGIN = "steps_origin"
#: Digest of each step_id to its step's index.
IDS = "steps_ids"
#: The S3 page that holds the step_ids which no longer fit in IDS.
IDS_PAGE = "steps_ids_page"

OURS = (
    STEPS, KEY, VERSION_ID, DOCUMENT, TAIL, VERSION, COUNT, JSON_BYTES, HELD, ITEM, EPOCH, ORIGIN, IDS, IDS_PAGE,
)  # fmt: skip
