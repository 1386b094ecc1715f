"""How long a message waits until it comes again, by how often it was handed out."""

from __future__ import annotations

#: Seconds until a message that failed comes again, after its first delivery; twice that after each further one.
FIRST_WAIT_S = 30
#: SQS delays a new message by 15 minutes at most; one that comes again keeps to the same.
LONGEST_WAIT_S = 900

#: As in `template.yaml`: after so many deliveries the queue makes a dead letter of a message.
MOST_DELIVERIES = 5


def wait_s(deliveries: int) -> int:
    """Seconds until a message comes again that was handed out so often, this time included."""
    # Beyond so many the longest wait is passed anyway.
    return min(LONGEST_WAIT_S, FIRST_WAIT_S << min(max(deliveries, 1) - 1, 10))
