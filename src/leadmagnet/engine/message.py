"""What a queue message says."""

from __future__ import annotations

import json
import re

from leadmagnet.domain.errors import Invalid

_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


class PoisonMessage(Invalid):
    """A queue message that no worker can ever act on."""

    code = "poison_message"


def job_id_of(body: str) -> str:
    """The job that a message `{"job_id": "..."}` names; PoisonMessage if it names none."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PoisonMessage("The message is not JSON; it stays for the dead-letter queue.") from error
    job_id = message.get("job_id") if isinstance(message, dict) else None
    if not isinstance(job_id, str) or not _JOB_ID.fullmatch(job_id):
        raise PoisonMessage('The message has no usable "job_id"; it stays for the dead-letter queue.')
    return job_id
