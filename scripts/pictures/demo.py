"""Jobs that look like a month of work: the example workflows, one that fails, one that runs, and a history."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from leadmagnet.cli.client import ApiClient
from leadmagnet.cli.data_dir import Ready

WORKFLOWS = Path(__file__).parent
#: Whom the jobs of the past were for.
COMPANIES = (
    "Nordlys Cargo Bikes",
    "Lumen & Loom",
    "Harbour Lane Bakery",
    "Alder & Co",
    "Kestrel Analytics",
    "Solstice Yoga",
    "Brightwater Dental",
    "Oak & Ember",
    "Tidewell Foods",
    "Juniper Travel",
    "Copperline Tools",
    "Meadowlark Schools",
)
HISTORY_DAYS = 20
_PATIENCE_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The jobs that are shown, by what they show."""

    report: str
    dossier: str
    failed: str
    rerun: str
    #: Addresses of the three deliverables.
    deliverables: Sequence[str]


def filled(ready: Ready, folder: Path) -> Demo:
    """The service with its jobs; it takes half a minute."""
    with ApiClient(ready.api_url, ready.token) as client:
        client.put_workflow("launch-kit", (WORKFLOWS / "launch-kit.yaml").read_text())
        client.put_workflow("partner-pack", (WORKFLOWS / "partner-pack.yaml").read_text())
        examples = [_submitted(client, name) for name in ("brand-guide", "research-dossier", "market-report")]
        done = [_at_rest(client, job["job_id"]) for job in examples]
        _history(client, [job["job_id"] for job in done], folder)
        guide, dossier, report = (_submitted(client, job["workflow"])["job_id"] for job in done)
        for job_id in (guide, dossier, report):
            _at_rest(client, job_id)
        failed = _submitted(client, "launch-kit", company="Harbour Lane Bakery")["job_id"]
        _at_rest(client, failed)
        edited = {"moves": _shorter(client, "market-report", "moves")}
        rerun = client.rerun(report, {"from_step": "moves", "instructions": edited})["job_id"]
        _at_rest(client, rerun)
        _submitted(client, "partner-pack", company="Kestrel Analytics")
        for job in done:
            client.delete(job["job_id"])
        shown = [client.job(job_id)["deliverable"]["url"] for job_id in (report, guide, dossier)]
    return Demo(report=report, dossier=dossier, failed=failed, rerun=rerun, deliverables=shown)


def _shorter(client: ApiClient, workflow: str, step: str) -> str:
    """The step's instructions with a few words changed, as somebody would who wants less."""
    steps = {each["name"]: each for each in yaml.safe_load(client.workflow(workflow)["source"])["steps"]}
    text: str = steps[step]["instructions"]
    return text.replace("Five moves", "Three moves").replace("one paragraph", "two sentences")


def _submitted(client: ApiClient, workflow: str, **changes: str) -> dict[str, Any]:
    fields = client.workflow(workflow)["fields"]
    example = {field["name"]: field["example"] for field in fields if field["example"] is not None}
    return client.submit(workflow, example | changes)


def _at_rest(client: ApiClient, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        job = client.job(job_id)
        if job["status"] not in ("pending", "processing"):
            return job
        time.sleep(0.2)
    raise RuntimeError(f"The job {job_id} is still {job['status']}.")


def _history(client: ApiClient, job_ids: Sequence[str], folder: Path) -> None:
    """Copies of these jobs, as if they had run on days before, for others, with models that cost something."""
    chance = random.Random(20)  # noqa: S311 (the same pictures every time)
    texts = []
    for job_id in job_ids:
        with client.exported(job_id) as blocks:
            texts.append(b"".join(blocks))
    now = datetime.now(UTC)
    for moment in sorted(_moments(chance, now)):
        copy = json.loads(chance.choice(texts))
        _made_another(copy["job"], moment, chance)
        file = folder / "copy.json"
        file.write_text(json.dumps(copy))
        client.import_job(file)


def _moments(chance: random.Random, now: datetime) -> Iterator[datetime]:
    for day in range(1, HISTORY_DAYS):
        yield from (
            now - timedelta(days=day, minutes=chance.randrange(500)) for _ in range(chance.choice((0, 1, 2, 3)))
        )


def _made_another(job: dict[str, Any], moment: datetime, chance: random.Random) -> None:
    company = chance.choice(COMPANIES)
    job["label"], job["submission"]["company"] = company, company
    job["created_at"] = job["started_at"] = moment.isoformat()
    job["finished_at"] = (moment + timedelta(seconds=chance.uniform(20, 140))).isoformat()
    job["tokens"] = job["steps_total"] * chance.randrange(900, 4_000)
    job["cost_usd"] = round(job["tokens"] * 9e-6, 4)
