"""What one step may know when it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from leadmagnet.domain.execution_step import ExecutionStep, StepStatus
from leadmagnet.domain.job import Job
from leadmagnet.domain.workflow import Workflow
from leadmagnet.engine.images import images_of
from leadmagnet.engine.large_output import whole_output
from leadmagnet.engine.names import Names
from leadmagnet.engine.ports import ArtifactStore

#: The names that every template can use.
ROOTS = ("submission", "steps", "job", "workflow")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """The job, its workflow, and the records of the steps that this one comes after."""

    job: Job
    workflow: Workflow
    #: By step name, in the workflow's order.
    records: Mapping[str, ExecutionStep]
    #: The attempt that this is for, from 1.
    attempt: int = 1

    def file_id(self, stem: str, suffix: str) -> str:
        """The id of a file that this attempt makes.

        No two attempts share one: an earlier worker's put that arrives late must not replace a later worker's file.
        """
        return f"{stem}.{suffix}" if self.attempt == 1 else f"{stem}.attempt-{self.attempt}.{suffix}"

    def names(self, *, artifacts: ArtifactStore) -> dict[str, object]:
        """What a template can say: `submission`, `steps`, `job` and `workflow`."""
        steps = {name: self._step(name, record, artifacts) for name, record in self.records.items()}
        roots = (self._submission(), Names("steps", steps), self._job(), self._workflow())
        return dict(zip(ROOTS, roots, strict=True))

    def _submission(self) -> Names:
        # A field that was left empty is there as well, so that a template can ask for it.
        empty = {field.name: None for field in self.workflow.fields}
        return Names("submission", {**empty, **self.job.submission})

    def _step(self, name: str, record: ExecutionStep, artifacts: ArtifactStore) -> Names:
        return Names(
            f"steps.{name}",
            {
                "title": record.step_name,
                "type": record.step_type.value,
                "model": record.model,
                "output": whole_output(record.output, job_id=self.job.id, artifacts=artifacts),
                "failed": record.status is StepStatus.FAILED,
                "images": images_of(record, load=partial(artifacts.get, self.job.id)),
            },
        )

    def _job(self) -> Names:
        models = dict.fromkeys(record.model for record in self.records.values() if record.model)
        created = self.job.created_at
        return Names(
            "job",
            {
                "id": self.job.id,
                "created_at": created.isoformat(timespec="seconds"),
                "date": f"{created.day} {created:%B %Y}",
                "models": list(models),
            },
        )

    def _workflow(self) -> Names:
        workflow = self.workflow
        return Names(
            "workflow",
            {
                "name": workflow.name,
                "title": workflow.title,
                "version": workflow.version,
                "description": workflow.description,
            },
        )
