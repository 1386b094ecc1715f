"""Workflows and jobs that the engine's tests run."""

from __future__ import annotations

from textwrap import dedent

from tests.engine.fakes import World

from leadmagnet.domain.job import Job
from leadmagnet.domain.json_value import JsonValue
from leadmagnet.engine.submit import submit_job
from leadmagnet.engine.workflow_file import parse_workflow

#: A picture and two texts at the same time, a text that needs one of them, the report, its announcement.
REPORT = dedent("""
    name: small-report
    submission:
      - {name: company, example: Acme}
      - {name: note, type: long_text, required: false}
    steps:
      - {name: cover, type: image_generation, order: 1, instructions: "A cover for {{ submission.company }}"}
      - {name: market, type: ai_generation, order: 1, instructions: "The market of {{ submission.company }}"}
      - {name: people, type: ai_generation, order: 1, instructions: "The people of {{ submission.company }}"}
      - {name: advice, type: ai_generation, order: 2, depends_on: [market], instructions: "{{ steps.market.output }}"}
      - {name: report, type: html_generation, order: 3, options: {template: report.html}}
      - {name: tell, type: webhook, order: 4, options: {url: "https://crm.example/hook"}}
      - {name: deliver, type: final_output, order: 5}
""")

STEPS = ("cover", "market", "people", "advice", "report", "tell", "deliver")


def workflow_of(steps: str) -> str:
    """The YAML of a workflow with these steps, a report and its delivery after them."""
    tail = """
      - {name: report, type: html_generation, order: 90, instructions: "<body>{{ submission.company }}</body>"}
      - {name: deliver, type: final_output, order: 91}
    """
    head = "name: made\nsubmission:\n  - {name: company}\nsteps:\n"
    return head + "\n".join(f"  {line}" for part in (steps, tail) for line in dedent(part).strip().splitlines())


def submitted(world: World, source: str = REPORT, submission: dict[str, JsonValue] | None = None) -> Job:
    """A pending job of that workflow."""
    workflow = world.workflows.put(parse_workflow(source))
    return submit_job(
        tenant="acme",
        workflow=workflow.name,
        submission={"company": "Acme"} if submission is None else submission,
        jobs=world.jobs,
        workflows=world.workflows,
        queue=world.queue,
        clock=world.clock,
        new_id=lambda: f"job-{len(world.jobs.stored) + 1}",
    )
