"""The numbers that decide where steps are kept."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB

#: DynamoDB refuses an item above 400 KB, attribute names included.
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
DYNAMODB_ITEM_BYTES = 400 * KIB

#: S3 refuses a part of a multipart upload below 5 MiB, except the last.
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
S3_PART_BYTES = 5 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a step log leaves the job's item, and how its tail is kept short. All may be set by the caller."""

    #: Steps whose estimated size is above this are kept in S3 (300 KB leaves room for the job itself).
    inline_bytes: int = 300 * KIB
    #: The estimate is the exact DynamoDB size and this much more.
    buffer: float = 0.10
    #: DynamoDB charges an update for its expression too (up to about 100 bytes seen); stay below by this.
    update_margin_bytes: int = 1 * KIB
    #: While offloaded, a step whose JSON is larger than this goes to S3 at once instead of into the tail.
    tail_step_bytes: int = 8 * KIB
    #: A tail never weighs more than this by DynamoDB's count; small steps in it are flushed to S3 at half of it.
    tail_bytes: int = 64 * KIB
    #: A tail never has more entries than this; it is shortened at half of it. Each reference makes every later
    #: update dearer by 71 bytes.
    tail_entries: int = 64
    #: The tail is merged into the document once the steps behind it reach this many bytes: then every
    #: document but the first is large enough for S3 to copy by itself (see S3_PART_BYTES).
    merge_bytes: int = S3_PART_BYTES
    #: step_ids kept on the item (about 20 bytes each) before the older ones move to S3.
    ids: int = 256
    #: The smallest part of a multipart upload that the store takes, except the last; documents of this size and
    #: above are copied by the store itself when they grow.
    part_bytes: int = S3_PART_BYTES
    #: Bytes of one uploaded part, and so of the memory that sealing a large log takes.
    upload_bytes: int = 8 * MIB

    def __post_init__(self) -> None:
        if self.upload_bytes < self.part_bytes:
            raise ValueError(f"upload_bytes must be at least {self.part_bytes}; S3 refuses smaller parts")
        if not 1 <= self.tail_entries <= 200:
            raise ValueError("tail_entries must be from 1 to 200; more would not fit in one expression")
        if self.ids < 1:
            raise ValueError("ids must be at least 1; an append remembers its step_id on the item")
        if self.inline_bytes > DYNAMODB_ITEM_BYTES:
            raise ValueError(f"inline_bytes must be at most {DYNAMODB_ITEM_BYTES}, the size of an item")

    @property
    def held_inline_bytes(self) -> int:
        """Most bytes of steps, by DynamoDB's count, that an item holds inline."""
        return int(self.inline_bytes / (1 + self.buffer))

    @property
    def item_inline_bytes(self) -> int:
        """Most bytes of a whole item with inline steps: the limit, less the margin and the buffer."""
        return self.item_bytes - (self.inline_bytes - self.held_inline_bytes)

    @property
    def item_bytes(self) -> int:
        """Most bytes of a whole item that any update of ours may leave."""
        return DYNAMODB_ITEM_BYTES - self.update_margin_bytes
