"""The index of jobs: small attributes by tenant and time, for whatever looks at more than one job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

#: By tenant, then by the time of creation.
INDEX = "jobs_by_tenant"
#: The same without labels. Releases before this one read it, also after a rollback; so does this one while DynamoDB is
#: still filling the other, which CloudFormation does not wait for.
OLDER_INDEX = "by_tenant"


def read_index(ask: Callable[..., Any], **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 (DynamoDB's own form)
    """One answer of `ask` (a client's `query` or `scan`) about the index."""
    try:
        answer: Mapping[str, Any] = ask(IndexName=INDEX, **request)
    except ClientError as error:
        if not _is_being_built(error):
            raise
        answer = ask(IndexName=OLDER_INDEX, **request)
    return answer


def index_items(ask: Callable[..., Any], **request: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 (as above)
    """Every item that `ask` finds in the index, request by request."""
    position: dict[str, Any] = {}
    while True:
        answer = read_index(ask, **request, **position)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        position = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _is_being_built(error: ClientError) -> bool:
    # "The table does not have the specified index: ...", "Cannot read from backfilling global secondary index: ..."
    said = error.response.get("Error", {})
    return said.get("Code") == "ValidationException" and INDEX in str(said.get("Message", ""))
