"""The stores of the simulator answer as the embedded engine does, request for request.

Where the engine is known to differ from AWS, the simulator keeps to AWS; those cases are tested on it alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Aws
from tests.steplog.simulation.answers import Attribute, code_of
from tests.steplog.simulation.dynamodb import MemoryTable
from tests.steplog.simulation.s3 import MemoryBucket

from leadmagnet.local.resources import Resources

Update = dict[str, Any]

_ITEM: Attribute = {
    "a": {"N": "5"},
    "text": {"S": "héllo"},
    "list": {"L": [{"S": "0"}, {"S": "1"}, {"S": "2"}, {"S": "3"}]},
    "map": {"M": {"x": {"N": "1"}, "below": {"M": {"y": {"NULL": True}}}}},
    "bytes": {"B": b"\x00\xff"},
    "flag": {"BOOL": True},
    "none": {"NULL": True},
}


def _set(update: str, condition: str | None = None, /, **values: Attribute) -> Update:
    request: dict[str, Any] = {"UpdateExpression": update}
    if condition is not None:
        request["ConditionExpression"] = condition
    if values:
        request["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
    return request


_ONE: Attribute = {"N": "1"}
_MORE: Attribute = {"L": [{"M": {"n": {"N": "7"}}}]}

_UPDATES: Mapping[str, Sequence[Update]] = {
    "set new and old attributes": [_set("SET b=:v,a=:w", v={"S": "x"}, w=_ONE)],
    "set from another attribute": [_set("SET b=a")],
    "operands mean the item as it was": [_set("SET a=:v,b=a", v=_ONE)],
    "set from a missing attribute": [_set("SET b=nothing")],
    "append to a list": [_set("SET #l=list_append(#l,:v)", v=_MORE) | {"ExpressionAttributeNames": {"#l": "list"}}],
    "append to a missing list": [_set("SET nothing=list_append(nothing,:v)", v=_MORE)],
    "assign inside of a map": [_set("SET #m.z=:v,#m.below.y=:v", v=_ONE) | {"ExpressionAttributeNames": {"#m": "map"}}],
    "assign inside of a missing map": [_set("SET nothing.z=:v", v=_ONE)],
    "assign to an index": [_set("SET #l[1]=:v", v=_ONE) | {"ExpressionAttributeNames": {"#l": "list"}}],
    "assign past the end of a list": [_set("SET #l[9]=:v", v=_ONE) | {"ExpressionAttributeNames": {"#l": "list"}}],
    "assign and remove indexes, descending": [
        _set("SET #l[0]=:v REMOVE #l[3],#l[1]", v=_ONE) | {"ExpressionAttributeNames": {"#l": "list"}}
    ],
    "remove an index past the end": [_set("REMOVE #l[9]") | {"ExpressionAttributeNames": {"#l": "list"}}],
    "remove what is there and what is not": [_set("REMOVE a,nothing")],
    "add to numbers, old and new": [_set("ADD a :v,fresh :v", v={"N": "-7"})],
    "add a fraction": [_set("ADD a :v", v={"N": "0.25"})],
    "add to a string": [_set("ADD bytes :v", v=_ONE)],
    "every clause at once": [_set("SET b=:v REMOVE flag ADD a :v", "a>=:v AND attribute_exists(flag)", v=_ONE)],
    "condition on equality across forms of a number": [_set("SET b=:v", "a=:n", v=_ONE, n={"N": "5.0"})],
    "condition on a missing attribute": [_set("SET b=:v", "nothing=:v", v=_ONE)],
    "condition that compares with a missing attribute": [_set("SET b=:v", "nothing<=:v", v=_ONE)],
    "condition on other types": [_set("SET b=:v", "a=:s", v=_ONE, s={"S": "5"})],
    "condition less": [_set("SET b=:v", "a<:n", v=_ONE, n={"N": "5"})],
    "condition less or equal": [_set("SET b=:v", "a<=:n", v=_ONE, n={"N": "5"})],
    "condition greater": [_set("SET b=:v", "a>:n", v=_ONE, n={"N": "-3"})],
    "condition on existence": [_set("SET b=:v", "attribute_exists(a) AND attribute_not_exists(nothing)", v=_ONE)],
    "condition on existence inside of a map": [
        _set("SET b=:v", "attribute_not_exists(#m.#x)", v=_ONE) | {"ExpressionAttributeNames": {"#m": "map", "#x": "x"}}
    ],
    "condition on the size of a list": [
        _set("SET b=:v", "size(#l)=:n", v=_ONE, n={"N": "4"}) | {"ExpressionAttributeNames": {"#l": "list"}}
    ],
    "condition on the size of a map": [
        _set("SET b=:v", "size(#m)<:n", v=_ONE, n={"N": "2"}) | {"ExpressionAttributeNames": {"#m": "map"}}
    ],
    "condition on the size of nothing": [_set("SET b=:v", "size(nothing)=:n", v=_ONE, n={"N": "0"})],
    "condition that compares size and attribute": [
        _set("SET b=:v", "size(#l)=four", v=_ONE) | {"ExpressionAttributeNames": {"#l": "list"}},
        _set("SET four=:v", v={"N": "4"}),
        _set("SET b=:v", "size(#l)=four", v=_ONE) | {"ExpressionAttributeNames": {"#l": "list"}},
    ],
    "a failed condition gives the old item": [
        _set("SET b=:v", "attribute_exists(b)", v=_ONE) | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    ],
    "a value that is not used": [_set("SET b=:v", v=_ONE, w=_ONE)],
    "a value that is not given": [_set("SET b=:v", w=_ONE)],
    "a name that is not used": [_set("SET b=:v", v=_ONE) | {"ExpressionAttributeNames": {"#m": "map"}}],
    "a name that is not given": [_set("SET #m=:v", v=_ONE)],
    "a condition that breaks off": [_set("SET a=:v", "a=:v AND", v=_ONE)],
    "a number of 39 digits": [_set("SET b=:v", v={"N": "1" * 39})],
    "a number out of range": [_set("SET b=:v", v={"N": "1e126"})],
    "an item that grows to the limit and past it": [
        _set("SET b=:v", v={"S": "x" * 409_000}),
        _set("SET c=:v", v={"S": "x" * 1_000}),
        _set("REMOVE b"),
    ],
}  # fmt: skip


def _outcomes(dynamodb: Any, table: str, updates: Sequence[Update]) -> list[object]:  # noqa: ANN401
    """What each update answers, and the item at the end."""
    key = {"job_id": {"S": f"job-{uuid4().hex}"}}
    dynamodb.put_item(TableName=table, Item={**key, **_ITEM})
    outcomes: list[object] = []
    for update in updates:
        try:
            answer = dynamodb.update_item(TableName=table, Key=key, ReturnValues="UPDATED_NEW", **update)
            outcomes.append(sorted(answer.get("Attributes", {})))
        except ClientError as error:
            item = dict(error.response).get("Item")
            outcomes.append((code_of(error), _plain(item)))
    outcomes.append(_plain(dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]))
    return outcomes


def _plain(value: Any) -> Any:  # noqa: ANN401
    """A value without the job's random name, numbers as numbers."""
    if isinstance(value, dict):
        if set(value) == {"N"}:
            return Decimal(value["N"])
        return {name: _plain(element) for name, element in value.items() if name != "job_id"}
    if isinstance(value, list):
        return [_plain(element) for element in value]
    return value


@pytest.mark.parametrize("case", _UPDATES)
def test_an_update_does_in_memory_what_it_does_in_the_engine(case: str, aws: Aws, resources: Resources) -> None:
    in_memory = _outcomes(MemoryTable("jobs"), "jobs", _UPDATES[case])
    assert in_memory == _outcomes(aws.dynamodb, resources.jobs_table, _UPDATES[case])


def test_an_item_that_is_not_there_is_refused_alike(aws: Aws, resources: Resources) -> None:
    def refused(dynamodb: Any, table: str) -> object:  # noqa: ANN401
        request = {"TableName": table, "Key": {"job_id": {"S": uuid4().hex}}}
        with pytest.raises(ClientError) as caught:
            dynamodb.update_item(
                **request,
                **_set("SET a=:v", "attribute_exists(job_id)", v=_ONE),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        return code_of(caught.value), "Item" in caught.value.response, "Item" in dynamodb.get_item(**request)

    assert refused(MemoryTable("jobs"), "jobs") == refused(aws.dynamodb, resources.jobs_table)


def test_values_given_and_got_are_copies() -> None:
    table, steps = MemoryTable("jobs"), [{"S": "one"}]
    table.put_item(TableName="jobs", Item={"job_id": {"S": "j"}, "steps": {"L": steps}})
    steps.append({"S": "two"})
    request = {"TableName": "jobs", "Key": {"job_id": {"S": "j"}}, "ConsistentRead": True}
    table.get_item(**request)["Item"]["steps"]["L"].clear()
    assert table.get_item(**request)["Item"]["steps"] == {"L": [{"S": "one"}]}


@pytest.mark.parametrize(
    "update",
    [
        _set("SET a=:v,a=:v", v=_ONE),
        _set("SET x.y=:v REMOVE x", v=_ONE),
        _set("SET t[0]=:v ADD t :v", v=_ONE),
        _set("SET a=:v SET b=:v", v=_ONE),
        _set("SET #m[0]=:v", v=_ONE) | {"ExpressionAttributeNames": {"#m": "map"}},
        _set("SET"),
        _set("SET a="),
    ],
)
def test_aws_refuses_updates_that_the_engine_takes(update: Update) -> None:
    table = MemoryTable("jobs")
    table.put_item(TableName="jobs", Item={"job_id": {"S": "j"}, **_ITEM, "x": {"M": {}}, "t": {"L": [_ONE]}})
    with pytest.raises(ClientError, match="ValidationException"):
        table.update_item(TableName="jobs", Key={"job_id": {"S": "j"}}, **update)


def test_aws_finds_a_test_false_whose_operand_has_no_size() -> None:
    table = MemoryTable("jobs")
    table.put_item(TableName="jobs", Item={"job_id": {"S": "j"}, **_ITEM})
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.update_item(
            TableName="jobs", Key={"job_id": {"S": "j"}}, **_set("SET b=:v", "size(none)=:n", v=_ONE, n={"N": "1"})
        )


def test_aws_takes_indexes_in_remove_as_places_in_the_old_list() -> None:
    table = MemoryTable("jobs")
    table.put_item(TableName="jobs", Item={"job_id": {"S": "j"}, "q": {"L": [{"S": c} for c in "abcd"]}})
    table.update_item(TableName="jobs", Key={"job_id": {"S": "j"}}, UpdateExpression="REMOVE q[0], q[1]")
    item = table.get_item(TableName="jobs", Key={"job_id": {"S": "j"}}, ConsistentRead=True)["Item"]
    assert item["q"] == {"L": [{"S": "c"}, {"S": "d"}]}


Script = Callable[[Any, str, str], list[object]]


def _try(call: Callable[..., Any], **request: Any) -> object:  # noqa: ANN401
    """The bytes or the length that came, or the error's code."""
    try:
        answer = call(**request)
    except ClientError as error:
        return code_of(error)
    if "Body" in answer:
        with answer["Body"] as body:
            return body.read(), answer["ContentLength"], "VersionId" in answer
    return answer.get("Status", "done")


def _versions(s3: Any, bucket: str, key: str) -> list[object]:  # noqa: ANN401
    where = {"Bucket": bucket, "Key": key}
    first = s3.put_object(**where, Body=b"first", ContentType="application/json")["VersionId"]
    second = s3.put_object(**where, Body=b"second")["VersionId"]
    outcomes = [first != second, _try(s3.get_object, **where), _try(s3.get_object, **where, VersionId=first)]
    s3.delete_object(**where, VersionId=second)
    outcomes += [_try(s3.get_object, **where), _try(s3.get_object, **where, VersionId=second)]
    marker = s3.delete_object(**where)
    outcomes += [marker["DeleteMarker"], _try(s3.get_object, **where), _try(s3.get_object, **where, VersionId=first)]
    outcomes += [_try(s3.get_object, **where, VersionId=marker["VersionId"])]
    s3.delete_object(**where, VersionId=marker["VersionId"])
    return [*outcomes, _try(s3.get_object, **where)]


def _ranges(s3: Any, bucket: str, key: str) -> list[object]:  # noqa: ANN401
    where = {"Bucket": bucket, "Key": key}
    s3.put_object(**where, Body=b"0123456789")
    ranges = ("bytes=0-0", "bytes=2-4", "bytes=5-99", "bytes=10-12")
    return [_try(s3.get_object, **where, Range=wanted) for wanted in ranges]


def _missing(s3: Any, bucket: str, key: str) -> list[object]:  # noqa: ANN401
    return [
        _try(s3.get_object, Bucket=bucket, Key=key),
        _try(s3.get_object, Bucket=f"{bucket}-not", Key=key),
        _try(s3.put_object, Bucket=f"{bucket}-not", Key=key, Body=b""),
        _try(s3.get_bucket_versioning, Bucket=bucket),
        _try(s3.delete_object, Bucket=bucket, Key=key, VersionId="0" * 32),
    ]


def _multipart(s3: Any, bucket: str, key: str) -> list[object]:  # noqa: ANN401
    where = {"Bucket": bucket, "Key": key}
    old = s3.put_object(**where, Body=b"old bytes")["VersionId"]
    s3.put_object(**where, Body=b"newer")
    upload = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
    copied = s3.upload_part_copy(
        **upload,
        PartNumber=1,
        CopySource={**where, "VersionId": old},
        CopySourceRange="bytes=0-3",
    )
    added = s3.upload_part(**upload, PartNumber=2, Body=b"!")
    parts = [
        {"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]},
        {"PartNumber": 2, "ETag": added["ETag"]},
    ]
    wrong = [{"PartNumber": 3, "ETag": added["ETag"]}]
    outcomes = [_try(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": wrong})]
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    outcomes += [_try(s3.get_object, **where, VersionId=done["VersionId"]), _try(s3.get_object, **where)]
    outcomes += [_try(s3.upload_part, **upload, PartNumber=3, Body=b"late")]
    other = {**where, "UploadId": s3.create_multipart_upload(**where)["UploadId"]}
    outcomes += [_try(s3.abort_multipart_upload, **other)]
    return [*outcomes, _try(s3.upload_part, **other, PartNumber=1, Body=b"late")]


@pytest.mark.parametrize("script", [_versions, _ranges, _missing, _multipart], ids=lambda script: script.__name__[1:])
def test_the_bucket_in_memory_answers_as_the_engine_does(script: Script, aws: Aws, resources: Resources) -> None:
    in_memory = script(MemoryBucket("bucket", part_bytes=0), "bucket", "jobs/j/file.json")
    assert in_memory == script(aws.s3, resources.bucket, f"jobs/{uuid4().hex}/file.json")


def test_aws_refuses_small_parts_and_long_keys() -> None:
    bucket = MemoryBucket("b", part_bytes=10)
    where = {"Bucket": "b", "Key": "k"}
    upload = {**where, "UploadId": bucket.create_multipart_upload(**where)["UploadId"]}
    parts = [
        {"PartNumber": n, "ETag": bucket.upload_part(**upload, PartNumber=n, Body=b"small")["ETag"]} for n in (1, 2)
    ]
    assert _try(bucket.complete_multipart_upload, **upload, MultipartUpload={"Parts": parts}) == "EntityTooSmall"
    assert _try(bucket.put_object, Bucket="b", Key="k" * 1025, Body=b"") == "KeyTooLongError"
