"""Takes jobs from the queue and has the engine run them."""

from leadmagnet.engine.message import PoisonMessage, job_id_of
from leadmagnet.worker.handling import Fate, RunJob, Verdict, handle
from leadmagnet.worker.loop import Pace, Worker

__all__ = ["Fate", "Pace", "PoisonMessage", "RunJob", "Verdict", "Worker", "handle", "job_id_of"]
