"""Bugs to be found: each changes a line or two of engine, worker or adapters, and the simulator must notice."""

from __future__ import annotations

from dataclasses import dataclass

from tests.engine.simulation.subject import Patch


@dataclass(frozen=True, slots=True)
class Bug:
    """A planted bug."""

    name: str
    patches: tuple[Patch, ...]


def _bug(name: str, module: str, old: str, new: str) -> Bug:
    return Bug(name, (Patch(module, old, new),))


#: True of every job, and yet the condition's values stay in use, as DynamoDB demands.
_ANY = "attribute_exists(job_id)"

BUGS: tuple[Bug, ...] = (
    _bug("lease taken although it is held", "adapters.job_runs", "AND {UNOWNED}", f"AND ({_ANY} OR {{UNOWNED}})"),
    _bug(
        "a job at rest is taken",
        "adapters.job_runs",
        'f"#status IN (:pending,:processing) AND {UNOWNED}',
        f'f"({_ANY} OR #status IN (:pending,:processing)) AND {{UNOWNED}}',
    ),
    _bug(
        "saved without the lease",
        "adapters.job_runs",
        'f"{_IN_ORDER} AND {_NO_CANCEL}"',
        f'f"({_ANY} OR ({{_IN_ORDER}})) AND {{_NO_CANCEL}}"',
    ),
    _bug(
        "ended without the lease",
        "adapters.job_runs",
        "self._update(job.id, change, _OURS,",
        f'self._update(job.id, change, f"({_ANY} OR {{_OURS}})",',
    ),
    _bug(
        "released without the lease",
        "adapters.job_runs",
        "_NOBODYS, _OURS, names={}",
        f'_NOBODYS, f"({_ANY} OR {{_OURS}})", names={{}}',
    ),
    _bug("recorded without the lease", "adapters.step_record", "guard=guard)", "guard=None)"),
    _bug("recorded for nobody", "engine.ledger", "execution, owner=self.owner)", "execution, owner=None)"),
    _bug(
        "cancelled although a worker owns the job",
        "adapters.jobs",
        "AND {UNOWNED}",
        f"AND ({_ANY} OR {{UNOWNED}})",
    ),
    Bug(
        "claimed after it was begun",
        (
            Patch("engine.steps_run", "self._save(begun)\n", "self._save([])\n"),
            Patch("engine.steps_run", "self._begin(begun)\n", "self._begin(begun)\n                self._save([])\n"),
        ),
    ),
    _bug("interruptions are not recorded", "engine.ledger", "        ledger._record_interruptions()\n", ""),
    _bug("attempts are numbered anew", "engine.steps_run", "number=self._ledger.next_attempt(step)", "number=1"),
    _bug(
        "the last record is not seen on resume",
        "engine.ledger",
        "in parts.steps.read(job.id):",
        "in parts.steps.read(job.id)[:-1]:",
    ),
    _bug(
        "progress from memory instead of from the records",
        "engine.ledger",
        "tokens=sum(record.usage.tokens for record in records if record.kept_from is None)",
        "tokens=self.job.tokens + sum(record.usage.tokens for record in records[-1:])",
    ),
    _bug(
        "totals without what was given up",
        "engine.runner",
        "job = ledger.progress(running={})",
        "job = ledger.job",
    ),
    _bug(
        "what is given up is not recorded",
        "engine.steps_run",
        "self._ledger.append(attempt.failed(error))",
        "pass",
    ),
    _bug("retried without end", "engine.retrying", "and len(attempts) - interruptions < step.retry.attempts", ""),
    _bug("interrupted without end", "engine.retrying", "return interruptions < MOST_INTERRUPTIONS", "return True"),
    _bug(
        "cancel ignored between two steps",
        "engine.steps_run",
        "if self._ledger.cancel_requested or (",
        "if (",
    ),
    _bug(
        "the store does not tell of a cancel",
        "engine.ledger",
        "self.cancel_requested = self.cancel_requested or cancel_requested",
        "self.cancel_requested = self.cancel_requested or False",
    ),
    _bug("leases are not renewed", "engine.steps_run", "            self._ledger.renew()", "            pass"),
    _bug("not sealed at the end", "engine.runner", "    parts.steps.seal(ended.id)\n", ""),
    _bug(
        "acknowledged before it is run",
        "worker.loop",
        "        pace = self._pace\n",
        "        pace = self._pace\n        self._deliveries.ack(delivery.receipt)\n",
    ),
    _bug(
        "acknowledged while another worker runs the job",
        "worker.loop",
        "if verdict.fate in (Fate.DONE, Fate.AGAIN):",
        "if verdict.fate in (Fate.DONE, Fate.AGAIN, Fate.LATER):",
    ),
    _bug(
        "acknowledged although the worker stopped in between",
        "worker.handling",
        "if job.status.at_rest:",
        "if True:",
    ),
    _bug("waits for what has ended already", "engine.steps_run", "self._wait(under_way)", "self._wait(self._running)"),
    _bug("waits for what is due already", "engine.steps_run", " if due_s > now_s or not attempts]", "]"),
)
