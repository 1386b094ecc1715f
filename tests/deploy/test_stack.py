"""What a change of a stack tells while it goes on and where it ends badly."""

from __future__ import annotations

from typing import Any

import pytest
from tests.deploy.formation import Client, event, refusal, stack

from leadmagnet.deploy.errors import AwsRefused, StackFailed
from leadmagnet.deploy.stack_events import StackEvents

NAMES = [f"R{number}" for number in range(266)]


def test_every_event_of_a_change_is_told_once_however_many_pages_they_fill() -> None:
    said: list[str] = []
    client = Client(events=[event(number, name) for number, name in enumerate(NAMES)], changes=NAMES)

    stack(client, said).change("url", {})

    assert said == [f"{name}: update complete" for name in NAMES]


def test_events_from_before_a_change_are_neither_told_nor_asked_for_page_by_page() -> None:
    said: list[str] = []
    client = Client(events=[event(900, "Changed")], changes=["Changed"])
    client.past = [event(number, "Before") for number in range(800)]

    stack(client, said).change("url", {})

    assert said == ["Changed: update complete"]
    assert client.pages_read == 2


def test_a_resource_that_the_change_leaves_as_it_is_is_not_told_of_unless_it_fails() -> None:
    said: list[str] = []
    events = [event(1, "Changed"), event(2, "Same"), event(3, "Broken", "UPDATE_FAILED")]

    stack(Client(events=events, changes=["Changed"]), said).change("url", {})

    assert said == ["Changed: update complete", "Broken: update failed"]


def test_events_that_may_not_be_read_are_an_error_and_those_of_a_stack_that_is_gone_are_none() -> None:
    denied: Any = Client(events=[event(1, "R")], refused=refusal("not allowed", "AccessDenied"))
    gone: Any = Client(events=[event(1, "R")], refused=refusal("Stack [leadmagnet] does not exist"))
    denied.execute_change_set()
    gone.execute_change_set()

    assert StackEvents(cloudformation=gone, stack="leadmagnet").news() == []
    with pytest.raises(AwsRefused, match="denies"):
        StackEvents(cloudformation=denied, stack="leadmagnet").news()


def test_a_template_that_is_refused_at_once_is_told_as_one_that_is_refused_later() -> None:
    client = Client(refused=refusal("Template format error: Unresolved resource dependencies [Nobody]"))

    with pytest.raises(StackFailed, match=r"does not take the template: .*\[Nobody\].*changed nothing"):
        stack(client).change("url", {})


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "IMPORT_ROLLBACK_COMPLETE"])
def test_a_first_deployment_that_failed_names_the_command_that_must_come_before_the_next(status: str) -> None:
    client = Client(statuses=["REVIEW_IN_PROGRESS", status], changes=["R"])

    with pytest.raises(StackFailed) as caught:
        stack(client, options=" --environment staging --embedded").change("url", {})

    assert "with: leadmagnet destroy --environment staging --embedded, then deploy again" in caught.value.message


def test_an_update_that_failed_asks_for_no_deletion() -> None:
    client = Client(statuses=["UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"], changes=["R"])

    with pytest.raises(StackFailed) as caught:
        stack(client).change("url", {})

    assert "destroy" not in caught.value.message


def test_the_marks_of_the_versions_that_the_stack_has_are_read_off_their_names() -> None:
    def version(name: str, status: str) -> dict[str, Any]:
        return {"LogicalResourceId": name, "ResourceType": "AWS::Lambda::Version", "ResourceStatus": status}

    client = Client(
        resources=[
            version("ApiFunctionVersionaaaaaaaaaa", "DELETE_SKIPPED"),
            version("ApiFunctionVersionbbbbbbbbbb", "CREATE_COMPLETE"),
            version("WorkerFunctionVersioncccccccccc", "CREATE_COMPLETE"),
        ]
    )

    marks = stack(client).release_marks(["ApiFunction", "WorkerFunction", "SweeperFunction"])

    assert marks == {"ApiFunction": "bbbbbbbbbb", "WorkerFunction": "cccccccccc"}
