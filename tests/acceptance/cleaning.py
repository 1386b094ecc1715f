"""Takes away what a run made in somebody's account, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from tests.acceptance.api import Api
from tests.acceptance.stack import PREFIX, Stack


def clean_up(stack: Stack, api: Api, older_api: Api, written: Sequence[str]) -> None:
    """Delete the jobs of the run's tenant, the items that it wrote by hand, and its workflows.

    Jobs go by the API, with every version of their files. Only then the items that the API does not list are looked
    at: each has an id that begins with the run's name, which nobody else's does.
    """
    if not stack.run.startswith(f"{PREFIX}-"):
        raise AssertionError(f"the run {stack.run!r} does not say which things are its own; nothing is deleted")
    _delete_listed(api)
    for job_id in written:
        if not job_id.startswith(stack.run):
            raise AssertionError(f"{job_id} is none of this run's; it is not deleted")
        # Those without a tenant are the default tenant's.
        for client in (api, older_api):
            client.send("DELETE", f"/admin/jobs/{job_id}")
        stack.dynamodb().delete_item(TableName=stack.jobs_table, Key={"job_id": {"S": job_id}})
    _delete_workflows(stack)


def _delete_listed(api: Api) -> None:
    cursor: str | None = ""
    while cursor is not None:
        page = api.must("GET", "/admin/jobs?limit=100" + (f"&cursor={cursor}" if cursor else ""))
        for job in page["jobs"]:
            api.send("DELETE", f"/admin/jobs/{job['job_id']}")
        cursor = page["next"]


def _delete_workflows(stack: Stack) -> None:
    dynamodb, table = stack.dynamodb(), stack.outputs["WorkflowsTableName"]
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        ProjectionExpression="#name,#version",
        FilterExpression="begins_with(#name,:run)",
        ExpressionAttributeNames={"#name": "name", "#version": "version"},
        ExpressionAttributeValues={":run": {"S": f"{stack.run}-"}},
    )
    for key in (item for page in pages for item in page["Items"]):
        dynamodb.delete_item(TableName=table, Key=key)
