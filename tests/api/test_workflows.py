from __future__ import annotations

import pytest
from tests.api.service import WORKFLOW, Service

YAML = {"Content-Type": "application/yaml"}


def test_workflows_are_listed_with_their_fields(service: Service) -> None:
    [workflow] = service.call("GET", "/admin/workflows").json()["workflows"]

    assert (workflow["name"], workflow["version"], workflow["title"]) == ("market-report", 1, "Market report")
    assert workflow["fields"][0] == {
        "name": "company",
        "label": "Company",
        "type": "text",
        "required": True,
        "example": "Alder & Co",
        "choices": [],
    }


def test_a_workflow_comes_with_its_steps_and_its_text(service: Service) -> None:
    workflow = service.call("GET", "/admin/workflows/market-report").json()

    assert [step["name"] for step in workflow["steps"]] == ["outline", "page", "report"]
    assert workflow["source"] == WORKFLOW


def test_changed_text_becomes_the_next_version_and_the_old_one_stays(service: Service) -> None:
    changed = WORKFLOW.replace("Market report", "Market letter")

    put = service.call("PUT", "/admin/workflows/market-report", content=changed.encode(), headers=YAML)

    assert (put.status_code, put.json()["version"]) == (200, 2)
    assert service.call("GET", "/admin/workflows/market-report").json()["title"] == "Market letter"
    first = service.call("GET", "/admin/workflows/market-report?version=1").json()
    assert first["title"] == "Market report"


def test_an_unknown_workflow_or_version_is_not_found(service: Service) -> None:
    assert service.call("GET", "/admin/workflows/nope").status_code == 404
    assert service.call("GET", "/admin/workflows/market-report?version=9").status_code == 404
    assert service.call("GET", f"/admin/workflows/{'x' * 1_000}").status_code == 404


def test_each_mistake_in_a_workflow_is_named_with_line_and_field(service: Service) -> None:
    wrong = WORKFLOW.replace("type: ai_generation", "type: magic").replace("type: number", "type: colour")

    answer = service.call("PUT", "/admin/workflows/market-report", content=wrong.encode(), headers=YAML)

    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"] == "urn:leadmagnet:problem:invalid_workflow"
    assert "\n" not in problem["detail"]
    lines = {each["line"]: each["field"] for each in problem["errors"]}
    assert set(lines) == {wrong[: wrong.index(word)].count("\n") + 1 for word in ("magic", "colour")}
    assert all(lines.values())
    assert len(service.fakes.workflows.versions["market-report"]) == 1


def test_a_workflow_under_another_name_is_refused(service: Service) -> None:
    answer = service.call("PUT", "/admin/workflows/other", content=WORKFLOW.encode(), headers=YAML)

    assert answer.status_code == 422
    assert "market-report" in answer.json()["detail"]
    assert "other" not in service.fakes.workflows.versions


@pytest.mark.parametrize("content_type", ["text/plain", "text/yaml; charset=utf-8", "application/x-yaml"])
def test_yaml_is_taken_under_its_usual_types(service: Service, content_type: str) -> None:
    answer = service.call(
        "PUT",
        "/admin/workflows/market-report",
        content=WORKFLOW.encode(),
        headers={"Content-Type": content_type},
    )

    assert answer.status_code == 200


def test_the_text_may_come_in_json_too(service: Service) -> None:
    answer = service.call("PUT", "/admin/workflows/market-report", json={"source": WORKFLOW})

    assert answer.status_code == 200
    assert answer.json()["source"] == WORKFLOW


@pytest.mark.parametrize("body", [{"name": "market-report"}, {"source": 7}, [WORKFLOW]])
def test_json_without_the_text_is_refused(service: Service, body: object) -> None:
    answer = service.call("PUT", "/admin/workflows/market-report", json=body)

    assert answer.status_code == 422


def test_another_type_is_refused_with_those_that_are_taken(service: Service) -> None:
    answer = service.call(
        "PUT", "/admin/workflows/market-report", content=b"x", headers={"Content-Type": "application/xml"}
    )

    assert answer.status_code == 415
    assert "application/yaml" in answer.json()["detail"]


def test_text_that_is_not_utf8_is_refused(service: Service) -> None:
    answer = service.call("PUT", "/admin/workflows/market-report", content=WORKFLOW.encode("utf-16"), headers=YAML)

    assert answer.status_code == 422
    assert "UTF-8" in answer.json()["detail"]
