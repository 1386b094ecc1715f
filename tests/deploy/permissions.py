"""What each role may do, line by line: the table that the template is held to, and the template read the same way.

Whoever changes a permission changes it in both places, and sees in one line of a review who may do what from then on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

#: By role: what it may do to which resource; names as in production.
PERMISSIONS = """
ApiRole
    JobsTable | dynamodb: DeleteItem GetItem PutItem UpdateItem
    JobsTable/index/jobs_by_tenant | dynamodb: Query
    JobsTable/index/by_tenant | dynamodb: Query
    WorkflowsTable | dynamodb: GetItem PutItem Query Scan
    ArtifactsBucket/jobs/* | s3: GetObject GetObjectVersion PutObject AbortMultipartUpload
    ArtifactsBucket/jobs/* | s3: DeleteObject DeleteObjectVersion
    ArtifactsBucket/exports/* | s3: AbortMultipartUpload GetObject PutObject
    ArtifactsBucket/reports/* | s3: GetObject
    ArtifactsBucket | s3: GetBucketVersioning ListBucket ListBucketVersions
    JobsQueue | sqs: GetQueueAttributes SendMessage
    JobsDeadLetterQueue | sqs: ChangeMessageVisibility DeleteMessage GetQueueUrl ReceiveMessage
    Secret | secretsmanager: GetSecretValue
    ApiLogs | logs: CreateLogStream PutLogEvents
    * | xray: PutTelemetryRecords PutTraceSegments
WorkerRole
    JobsTable | dynamodb: GetItem UpdateItem
    WorkflowsTable | dynamodb: GetItem Query
    ArtifactsBucket/jobs/* | s3: AbortMultipartUpload DeleteObjectVersion GetObject GetObjectVersion PutObject
    ArtifactsBucket | s3: GetBucketVersioning ListBucket
    JobsQueue | sqs: ChangeMessageVisibility DeleteMessage GetQueueAttributes ReceiveMessage SendMessage
    Secret | secretsmanager: GetSecretValue
    WorkerLogs | logs: CreateLogStream PutLogEvents
    * | xray: PutTelemetryRecords PutTraceSegments
    bedrock:*::foundation-model/* | bedrock: InvokeModel
    bedrock:*:inference-profile/* | bedrock: InvokeModel
SweeperRole
    JobsTable | dynamodb: BatchGetItem GetItem Scan
    JobsTable/index/jobs_by_tenant | dynamodb: Scan
    JobsTable/index/by_tenant | dynamodb: Scan
    ArtifactsBucket/jobs/* | s3: DeleteObject DeleteObjectVersion GetObject GetObjectVersion
    ArtifactsBucket/reports/* | s3: PutObject
    ArtifactsBucket | s3: GetBucketVersioning ListBucket ListBucketVersions
    JobsQueue | sqs: GetQueueAttributes SendMessage
    Secret | secretsmanager: GetSecretValue
    SweeperLogs | logs: CreateLogStream PutLogEvents
    * | xray: PutTelemetryRecords PutTraceSegments
CheckRole
    function:leadmagnet-api-handler | lambda: InvokeFunction
    function:leadmagnet-api-handler:* | lambda: InvokeFunction
    function:leadmagnet-worker | lambda: InvokeFunction
    function:leadmagnet-worker:* | lambda: InvokeFunction
    function:leadmagnet-sweeper | lambda: InvokeFunction
    function:leadmagnet-sweeper:* | lambda: InvokeFunction
    JobsTable | dynamodb: DeleteItem GetItem PutItem UpdateItem
    WorkflowsTable | dynamodb: GetItem PutItem Query
    ArtifactsBucket/jobs/* | s3: GetObject GetObjectVersion PutObject AbortMultipartUpload
    ArtifactsBucket/jobs/* | s3: DeleteObject DeleteObjectVersion
    ArtifactsBucket | s3: GetBucketVersioning ListBucket ListBucketVersions
    Secret | secretsmanager: GetSecretValue
    codedeploy:* | codedeploy: GetApplicationRevision GetDeployment PutLifecycleEventHookExecutionStatus
    CheckLogs | logs: CreateLogStream PutLogEvents
    * | xray: PutTelemetryRecords PutTraceSegments
"""

_ARN = re.compile(r"\$\{(\w+)\.Arn\}")
_PLACE = re.compile(r"\$\{AWS::\w+\}:?")


def differences(resources: Mapping[str, Any]) -> list[str]:
    """What the template's roles were given or lost beside the table, a line each."""
    table, template = _pinned(), _allowed(resources)
    return sorted([f"lost: {each}" for each in table - template] + [f"given: {each}" for each in template - table])


def _pinned() -> set[str]:
    """The lines of the table, each with its role."""
    lines, role = set(), ""
    for line in PERMISSIONS.strip().splitlines():
        if line.startswith(" "):
            where, _, actions = line.strip().partition(" | ")
            service, _, names = actions.partition(": ")
            lines |= {f"{role}: {service}:{name} on {where}" for name in names.split()}
        else:
            role = line
    return lines


def _allowed(resources: Mapping[str, Any]) -> set[str]:
    """The same of the template's roles, where every condition is met."""
    return {
        f"{role}: {action} on {_named(resource)}"
        for role, each in resources.items()
        if each["Type"] == "AWS::IAM::Role"
        for statement in statements(each)
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def statements(role: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What the role allows, what depends on a condition too."""
    for policy in role["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def listed(value: object) -> list[Any]:
    """CloudFormation takes one for a list of one."""
    return value if isinstance(value, list) else [value]


def _named(resource: object) -> str:
    """A resource by its logical id, or its name without partition, region and account."""
    match resource:
        case {"Fn::If": [_, production, other]}:
            # Both say the same of an environment of their own.
            name = _named(production)
            return name if _named(other).replace("-${Environment}", "") == name else f"{name} OR {_named(other)}"
        case {"Fn::GetAtt": [str(name), *_]}:
            return name
        case {"Fn::GetAtt": str(name)}:
            return name.partition(".")[0]
        case {"Fn::Sub": str(text)}:
            return _PLACE.sub("", _ARN.sub(r"\1", text)).removeprefix("arn:").removeprefix("lambda:")
    return str(resource)
