"""The template's tables, bucket and queues, in the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from tests.conftest import Aws, furnish

from leadmagnet.adapters.expiry import EXPIRES_AT
from leadmagnet.local.errors import TemplateNotUnderstood
from leadmagnet.local.files import template_path
from leadmagnet.local.resources import Resources, create_resources

Changed = Callable[[str, str], Path]


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """The shipped template with one text replaced."""

    def replace(old: str, new: str) -> Path:
        text = template_path().read_text()
        assert old in text
        path = tmp_path / "template.yaml"
        path.write_text(text.replace(old, new))
        return path

    return replace


def create(aws: Aws, template: Path, environment: str) -> Resources:
    return create_resources(
        template, dynamodb=aws.dynamodb, s3=aws.s3, sqs=aws.sqs, parameters={"Environment": environment}
    )


def fresh() -> str:
    return f"r{uuid4().hex[:12]}"


def test_production_has_the_plain_names(aws: Aws) -> None:
    made = furnish(aws)

    assert made.jobs_table == "leadmagnet-jobs"
    assert made.workflows_table == "leadmagnet-workflows"
    assert made.bucket == "leadmagnet-artifacts-000000000000-us-east-1"
    assert made.queue_url.endswith("/leadmagnet-jobs")
    assert made.dead_letter_queue_url.endswith("/leadmagnet-jobs-dead")


def test_another_environment_shares_nothing_with_production(aws: Aws) -> None:
    production, staging = furnish(aws), furnish(aws, Environment="staging")

    names = [
        {made.jobs_table, made.workflows_table, made.bucket, made.queue_url, made.dead_letter_queue_url}
        for made in (production, staging)
    ]
    assert names[0].isdisjoint(names[1])


def test_jobs_are_listed_by_tenant_newest_first_without_their_steps(aws: Aws, resources: Resources) -> None:
    for day in ("01", "02"):
        aws.dynamodb.put_item(
            TableName=resources.jobs_table,
            Item={
                "job_id": {"S": day},
                "tenant": {"S": "acme"},
                "created_at": {"S": f"2026-11-{day}"},
                "status": {"S": "completed"},
                "execution_steps": {"L": [{"S": "large"}]},
            },
        )

    found = aws.dynamodb.query(
        TableName=resources.jobs_table,
        IndexName="jobs_by_tenant",
        KeyConditionExpression="tenant = :t",
        ExpressionAttributeValues={":t": {"S": "acme"}},
        ScanIndexForward=False,
    )["Items"]

    assert [(item["job_id"]["S"], item["status"]["S"]) for item in found] == [
        ("02", "completed"),
        ("01", "completed"),
    ]
    assert all("execution_steps" not in item for item in found)


def test_a_workflow_has_a_name_and_a_numbered_version(aws: Aws, resources: Resources) -> None:
    table = aws.dynamodb.describe_table(TableName=resources.workflows_table)["Table"]

    assert [key["AttributeName"] for key in table["KeySchema"]] == ["name", "version"]
    assert {"AttributeName": "version", "AttributeType": "N"} in table["AttributeDefinitions"]


def test_tables_are_active_encrypted_paid_by_request_and_can_be_restored(aws: Aws, resources: Resources) -> None:
    for name in (resources.jobs_table, resources.workflows_table):
        table = aws.dynamodb.describe_table(TableName=name)["Table"]
        backups = aws.dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]

        assert table["TableStatus"] == "ACTIVE"
        assert table["SSEDescription"]["Status"] == "ENABLED"
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_jobs_end_by_their_attribute_on_a_laptop_too(aws: Aws, resources: Resources) -> None:
    def living(table: str) -> dict[str, object]:
        return dict(aws.dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"])

    assert living(resources.jobs_table) == {"TimeToLiveStatus": "ENABLED", "AttributeName": EXPIRES_AT}
    assert living(resources.workflows_table)["TimeToLiveStatus"] == "DISABLED"


def test_the_bucket_is_versioned_private_encrypted_and_deletes_unfinished_uploads_and_exports_alone(
    aws: Aws, resources: Resources
) -> None:
    bucket = resources.bucket
    block = aws.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    policy = json.loads(aws.s3.get_bucket_policy(Bucket=bucket)["Policy"])
    encryption = aws.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    rules = aws.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]

    assert aws.s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert len(block) == 4
    assert all(block.values())
    assert policy["Statement"][0]["Resource"] == [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    assert encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    forgetful = {"Expiration", "NoncurrentVersionExpiration", "Transitions"}
    assert [rule["Filter"]["Prefix"] for rule in rules if rule.keys() & forgetful] == ["exports/"]
    assert rules[0]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 2}


def test_a_message_goes_to_the_dead_letter_queue_after_five_attempts(aws: Aws, resources: Resources) -> None:
    queue, dead = resources.queue_url, resources.dead_letter_queue_url
    aws.sqs.send_message(QueueUrl=queue, MessageBody="poison")

    attempts = 0
    while received := aws.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=0).get("Messages"):
        attempts += 1
        handle = received[0]["ReceiptHandle"]
        aws.sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)

    assert attempts == 5
    assert aws.sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=0)["Messages"][0]["Body"] == "poison"


def test_the_queue_hides_a_message_for_six_times_what_a_worker_may_take(aws: Aws, resources: Resources) -> None:
    attributes = aws.sqs.get_queue_attributes(QueueUrl=resources.queue_url, AttributeNames=["All"])["Attributes"]

    assert int(attributes["VisibilityTimeout"]) == 6 * 15 * 60
    assert attributes["SqsManagedSseEnabled"] == "true"


def test_creating_again_leaves_what_is_stored(aws: Aws) -> None:
    environment = fresh()
    made = create(aws, template_path(), environment)
    aws.dynamodb.put_item(TableName=made.jobs_table, Item={"job_id": {"S": "kept"}})

    again = create(aws, template_path(), environment)

    assert again == made
    assert "Item" in aws.dynamodb.get_item(TableName=made.jobs_table, Key={"job_id": {"S": "kept"}})


def test_what_differs_is_put_right(aws: Aws, changed: Changed) -> None:
    environment = fresh()
    older = changed("              - cost_usd\n", "")
    older.write_text(older.read_text().replace("VisibilityTimeout: 5400", "VisibilityTimeout: 60"))
    made = create(aws, older, environment)
    aws.s3.put_bucket_versioning(Bucket=made.bucket, VersioningConfiguration={"Status": "Suspended"})

    create(aws, template_path(), environment)

    index = aws.dynamodb.describe_table(TableName=made.jobs_table)["Table"]["GlobalSecondaryIndexes"][0]
    queue = aws.sqs.get_queue_attributes(QueueUrl=made.queue_url, AttributeNames=["All"])["Attributes"]
    assert "cost_usd" in index["Projection"]["NonKeyAttributes"]
    assert queue["VisibilityTimeout"] == "5400"
    assert aws.s3.get_bucket_versioning(Bucket=made.bucket)["Status"] == "Enabled"


def test_an_index_that_is_no_longer_wanted_goes_and_the_jobs_stay(aws: Aws, changed: Changed) -> None:
    environment = fresh()
    made = create(aws, changed("IndexName: by_tenant", "IndexName: by_customer"), environment)
    aws.dynamodb.put_item(TableName=made.jobs_table, Item={"job_id": {"S": "kept"}})

    create(aws, template_path(), environment)

    indexes = aws.dynamodb.describe_table(TableName=made.jobs_table)["Table"]["GlobalSecondaryIndexes"]
    assert {index["IndexName"] for index in indexes} == {"jobs_by_tenant", "by_tenant"}
    assert "Item" in aws.dynamodb.get_item(TableName=made.jobs_table, Key={"job_id": {"S": "kept"}})


def test_a_table_with_another_key_is_refused(aws: Aws, changed: Changed) -> None:
    environment = fresh()
    create(aws, changed("AttributeName: job_id", "AttributeName: id"), environment)

    with pytest.raises(TemplateNotUnderstood, match="another key"):
        create(aws, template_path(), environment)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("AWS::SQS::Queue", "AWS::Kinesis::Stream", "AWS::Kinesis::Stream"),
        ("    DeletionPolicy: RetainExceptOnCreate", "    CreationPolicy: Always", "CreationPolicy"),
        ("    DeletionPolicy: RetainExceptOnCreate", "    Condition: IsElsewhere", "IsElsewhere"),
    ],
)
def test_a_resource_that_is_not_known_is_named_before_anything_is_created(
    aws: Aws, changed: Changed, old: str, new: str, named: str
) -> None:
    environment = fresh()

    with pytest.raises(TemplateNotUnderstood, match="cannot be given") as caught:
        create(aws, changed(old, new), environment)

    assert named in str(caught.value)
    assert f"leadmagnet-jobs-{environment}" not in aws.dynamodb.list_tables()["TableNames"]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("BillingMode: PAY_PER_REQUEST", "TableClass: STANDARD", "TableClass"),
        ('Prefix: ""', "ObjectSizeGreaterThan: 30", "ObjectSizeGreaterThan"),
        ("maxReceiveCount: 5", "maxReceiveCount: !FindInMap [a, b, c]", "Fn::FindInMap"),
        ("Bucket: !Ref ArtifactsBucket", "Bucket: !Ref Nowhere", "Nowhere"),
        ("!GetAtt ArtifactsBucket.Arn", "!GetAtt ArtifactsBucket.DomainName", "DomainName"),
        ("deadLetterTargetArn: !GetAtt JobsDeadLetterQueue.Arn", "a: !GetAtt JobsQueue.Arn", "circle"),
        ("  JobsQueueUrl:", "  Elsewhere:", "JobsQueueUrl"),
    ],
)
def test_what_the_template_asks_for_is_never_skipped(
    aws: Aws, changed: Changed, old: str, new: str, named: str
) -> None:
    with pytest.raises(TemplateNotUnderstood) as caught:
        create(aws, changed(old, new), fresh())

    assert named in str(caught.value)
