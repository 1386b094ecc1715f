"""The metrics that AWS emits for the services that are used here, each with the sets of dimensions that it comes with.

CloudWatch takes an alarm on any other name or set, and it never rings. From the documentation:

- https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
- https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
- https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
- https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
- https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Dimensions = frozenset[str]


def _each(names: Iterable[str], *sets: str) -> dict[str, frozenset[Dimensions]]:
    dimensions = frozenset(frozenset(each.split()) for each in sets)
    return dict.fromkeys(names, dimensions)


#: A function; an alias or version of it; the version that an alias with weights chose.
_FUNCTION = ("FunctionName", "FunctionName Resource", "FunctionName Resource ExecutedVersion")
#: Only an API with detailed metrics has the last one.
_HTTP_API = ("ApiId", "ApiId Stage", "ApiId Stage Method Resource")
_TABLE_AND_INDEX = ("TableName", "TableName GlobalSecondaryIndexName")
#: Request metrics, which a bucket has only under a filter of its MetricsConfigurations.
_REQUESTS = ("BucketName FilterId",)

AWS_METRICS: Mapping[str, Mapping[str, frozenset[Dimensions]]] = {
    "AWS/Lambda": {
        **_each(("Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"), *_FUNCTION),
        **_each(("DeadLetterErrors", "AsyncEventsReceived", "AsyncEventAge", "AsyncEventsDropped"), *_FUNCTION[:2]),
    },
    "AWS/ApiGateway": _each(("4xx", "5xx", "Count", "IntegrationLatency", "Latency", "DataProcessed"), *_HTTP_API),
    "AWS/DynamoDB": {
        **_each(("ReadThrottleEvents", "WriteThrottleEvents"), *_TABLE_AND_INDEX),
        **_each(("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"), *_TABLE_AND_INDEX),
        **_each(("SystemErrors", "SuccessfulRequestLatency", "ThrottledRequests"), "TableName Operation"),
        **_each(("ConditionalCheckFailedRequests", "TransactionConflict"), "TableName"),
        # Of the account, whatever the table.
        **_each(("UserErrors",), ""),
    },
    "AWS/S3": {
        **_each(("AllRequests", "GetRequests", "PutRequests", "DeleteRequests", "HeadRequests"), *_REQUESTS),
        **_each(("4xxErrors", "5xxErrors", "FirstByteLatency", "TotalRequestLatency"), *_REQUESTS),
        **_each(("BytesDownloaded", "BytesUploaded"), *_REQUESTS),
        **_each(("BucketSizeBytes", "NumberOfObjects"), "BucketName StorageType"),
    },
    "AWS/SQS": _each(
        (
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
            "NumberOfEmptyReceives",
            "NumberOfMessagesDeleted",
            "NumberOfMessagesReceived",
            "NumberOfMessagesSent",
            "SentMessageSize",
        ),
        "QueueName",
    ),
}
