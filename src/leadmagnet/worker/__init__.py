"""Takes jobs from the queue and has the engine run them."""

from leadmagnet.worker.handling import RunJob, Verdict, handle
from leadmagnet.worker.loop import Pace, Worker
from leadmagnet.worker.message import PoisonMessage, job_id_of

__all__ = ["Pace", "PoisonMessage", "RunJob", "Verdict", "Worker", "handle", "job_id_of"]
