"""What deployed functions tell of themselves: JSON log lines, and the metrics within them.

The rest of the service only logs: a constant sentence, a stable `event`, facts in fields. `start` makes one JSON line
of each record, and `invocations` lets each line name the invocation that it belongs to.
"""

from leadmagnet.telemetry.invocations import invocations
from leadmagnet.telemetry.starting import start

__all__ = ["invocations", "start"]
