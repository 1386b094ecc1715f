"""A client that a common generator makes of the OpenAPI description has every operation, and each works."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests.api.service import NOW, Fakes, Service

from leadmagnet.api.app import create_app
from leadmagnet.domain.artifact import Artifact

#: The package that is generated; its modules are known only then.
PACKAGE = "generated_leadmagnet_client"
#: Whoever generates one to keep has it put in shape; here nobody reads it.
CONFIG = "post_hooks: []\n"

#: Calls an operation by its name in the description; what it answers is of the generated package's own types.
Call = Callable[..., Any]


def described() -> dict[str, Any]:
    return create_app(Fakes().parts()).openapi()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The client, generated and importable for the tests of this module."""
    folder: Path = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_text(json.dumps(described()))
    (folder / "config.yaml").write_text(CONFIG)
    generate = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    files = ["--path", "openapi.json", "--config", "config.yaml", "--output-path", PACKAGE]
    subprocess.run([*generate, *files], cwd=folder, check=True, capture_output=True)
    sys.path.insert(0, str(folder))
    yield PACKAGE
    sys.path.remove(str(folder))


def module_of(package: str, tag: str, operation: str) -> Any:  # noqa: ANN401 (generated)
    return import_module(f"{package}.api.{tag.replace(' ', '_')}.{operation}")


@pytest.fixture
def call(service: Service, package: str) -> Iterator[Call]:
    """Calls the served API through the client."""
    made = import_module(f"{package}.client").AuthenticatedClient
    tags = {
        each["operationId"]: each["tags"][0] for methods in described()["paths"].values() for each in methods.values()
    }
    with made(base_url=str(service.http.base_url), token=service.token(), httpx_args={"trust_env": False}) as client:
        yield lambda operation, *path, **rest: module_of(package, tags[operation], operation).sync_detailed(
            *path, client=client, **rest
        )


def model(package: str, name: str, value: dict[str, Any]) -> Any:  # noqa: ANN401 (generated)
    return getattr(import_module(f"{package}.models"), name).from_dict(value)


def test_it_has_every_operation(package: str) -> None:
    operations = [each for methods in described()["paths"].values() for each in methods.values()]

    callable_ones = [module_of(package, each["tags"][0], each["operationId"]).sync_detailed for each in operations]

    assert len(callable_ones) == len(operations) > 20


def test_a_job_is_submitted_listed_and_read_with_its_steps_by_page_and_its_file(
    call: Call, service: Service, package: str
) -> None:
    service.fakes.add_job("j1", steps=[{"step_id": f"s{number}", "output": {"n": number}} for number in range(3)])
    service.fakes.artifacts.put("j1", Artifact(id="report.html", content_type="text/html", content="<p>Grüße".encode()))
    wanted = {"workflow": "market-report", "submission": {"company": "Fjordkaffe"}}

    made = call("jobs_create", body=model(package, "SubmitJob", wanted))
    listed = call("jobs_list_jobs", limit=1, q="fjord").parsed
    whole = call("jobs_get", "j1").parsed
    page = call("execution_steps_get_steps", "j1", start=1, limit=1).parsed
    file = call("jobs_get_artifact", "j1", "report.html")

    assert (made.status_code, made.parsed.label, made.parsed.status) == (201, "Fjordkaffe", "pending")
    assert [job.job_id for job in listed.jobs] == [made.parsed.job_id]
    assert [step["step_id"] for step in whole.execution_steps] == ["s0", "s1", "s2"]
    assert ([step["output"] for step in page.steps], page.count, page.next_start) == ([{"n": 1}], 3, 2)
    assert file.content == "<p>Grüße".encode()


def test_usage_is_read_by_day(call: Call, service: Service) -> None:
    service.fakes.add_job("j1")

    used = call("operation_usage", first=NOW.date(), last=NOW.date()).parsed

    assert [(row.workflow, row.jobs) for row in used.rows] == [("market-report", 1)]


def test_a_mistake_comes_as_a_problem_that_names_the_field(call: Call, package: str) -> None:
    wrong = {"workflow": "market-report", "submission": {"budget": "much"}}

    refused = call("jobs_create", body=model(package, "SubmitJob", wrong))

    assert (refused.status_code, refused.parsed.type_) == (422, "urn:leadmagnet:problem:invalid_submission")
    assert {mistake.field for mistake in refused.parsed.errors} == {"company", "budget"}
