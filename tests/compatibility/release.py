"""Releases by name, this one and frozen ones, side by side in one process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from leadmagnet.steplog import Limits

if TYPE_CHECKING:
    from tests.conftest import Aws

    from leadmagnet.local.resources import Resources

#: Made by scripts/freeze-release.
FOLDER = Path(__file__).parent / "releases"
THIS = "this"
BEFORE = "0.1.0"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Release:
    """One release's code. Its classes are its own, so what it answers is compared as JSON or by fields."""

    name: str

    @property
    def package(self) -> ModuleType:
        """All of that release's code that was frozen."""
        if self.name == THIS:
            return import_module("leadmagnet")
        archive = str(FOLDER / f"{self.name}.zip")
        if archive not in sys.path:
            sys.path.append(archive)
        return import_module(f"leadmagnet_{self.name.replace('.', '_')}")

    def module(self, path: str) -> Any:  # noqa: ANN401 (the other release's code, by its names)
        """The module `path` (`steplog.log`) of that release."""
        return import_module(f"{self.package.__name__}.{path}")

    def log(self, aws: Aws, table: str, bucket: str, limits: Limits | None = None) -> Any:  # noqa: ANN401
        """Its step log."""
        steplog = self.module("steplog")
        theirs = None if limits is None else steplog.Limits(**asdict(limits))
        return steplog.StepLog(dynamodb=aws.dynamodb, s3=aws.s3, table=table, bucket=bucket, limits=theirs)

    def jobs(self, aws: Aws, resources: Resources, limits: Limits | None = None) -> Any:  # noqa: ANN401
        """Its store of jobs."""
        log = self.log(aws, resources.jobs_table, resources.bucket, limits)
        return self.module("adapters.jobs").JobTable(dynamodb=aws.dynamodb, table=resources.jobs_table, step_log=log)

    def runs(self, aws: Aws, resources: Resources) -> Any:  # noqa: ANN401
        """Jobs as its workers write them."""
        return self.module("adapters.job_runs").JobRunTable(dynamodb=aws.dynamodb, table=resources.jobs_table)

    def workflows(self, aws: Aws, resources: Resources) -> Any:  # noqa: ANN401
        """Its store of workflows."""
        return self.module("adapters.workflows").WorkflowTable(dynamodb=aws.dynamodb, table=resources.workflows_table)

    def submitted(self, aws: Aws, resources: Resources, source: str, limits: Limits | None = None) -> str:
        """The id of a pending job of that workflow, as its API stores it."""
        workflows = self.workflows(aws, resources)
        workflow = workflows.put(self.module("engine.workflow_file").parse_workflow(source))
        job = self.module("engine.submit").submit_job(
            tenant="acme",
            workflow=workflow.name,
            submission={"company": "Harbour Coffee"},
            jobs=self.jobs(aws, resources, limits),
            workflows=workflows,
            queue=SimpleNamespace(send=lambda job_id, **_: job_id),
            clock=now,
            new_id=lambda: f"job-{uuid4().hex[:12]}",
        )
        return str(job.id)

    def parts(
        self,
        aws: Aws,
        resources: Resources,
        limits: Limits,
        *,
        runs: Any = None,  # noqa: ANN401
        clock: Callable[[], datetime] = now,
    ) -> Any:  # noqa: ANN401
        """What its engine runs jobs with; its model writes 3 KB a step."""
        log = self.log(aws, resources.jobs_table, resources.bucket, limits)
        return self.module("engine.parts").EngineParts(
            runs=runs or self.runs(aws, resources),
            workflows=self.workflows(aws, resources),
            steps=self.module("adapters.step_record").LoggedSteps(step_log=log),
            artifacts=self.module("adapters.artifacts").S3Artifacts(s3=aws.s3, bucket=resources.bucket),
            models=_Models(self),
            webhooks=SimpleNamespace(),
            crew=self.module("engine.crew").Threads(),
            clock=clock,
            new_id=lambda: uuid4().hex,
            random=lambda: 0.5,
            max_parallel_steps=1,
            lease_s=3_600,
        )


@dataclass(frozen=True)
class _Models:
    """Models, all of them one that writes the same."""

    release: Release

    def text(self, name: str | None) -> _Models:
        del name
        return self

    def write(self, request: Any) -> Any:  # noqa: ANN401 (of that release)
        usage = self.release.module("domain.execution_step").Usage(input_tokens=2, output_tokens=1, cost_usd=0.25)
        answer = self.release.module("engine.ports").TextAnswer
        return answer(text=f"{request.title}: " + "words " * 500, model="fixed", usage=usage)
