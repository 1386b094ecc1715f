"""AWS's prices, in one place and with a date; change them here and run `make costs`."""

from __future__ import annotations

from dataclasses import dataclass

#: On demand, us-east-1, Linux on arm64, first tier, without free tiers. DynamoDB's since its cut of November 2024.
AS_OF = "2026-11-22"
REGION = "us-east-1"
SOURCES = (
    "https://aws.amazon.com/dynamodb/pricing/on-demand/",
    "https://aws.amazon.com/s3/pricing/",
    "https://aws.amazon.com/lambda/pricing/",
    "https://aws.amazon.com/sqs/pricing/",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Dollars for `per` units of `what`."""

    what: str
    usd: float
    per: int
    unit: str

    def of(self, units: float) -> float:
        """Dollars for so many units."""
        return units * self.usd / self.per


WRITE_UNIT = Price(what="DynamoDB write request unit (1 KB)", usd=0.625, per=1_000_000, unit="units")
READ_UNIT = Price(what="DynamoDB read request unit (4 KB)", usd=0.125, per=1_000_000, unit="units")
TABLE_GB_MONTH = Price(what="DynamoDB storage", usd=0.25, per=1, unit="GB-month")
BACKUP_GB_MONTH = Price(what="DynamoDB point-in-time recovery", usd=0.20, per=1, unit="GB-month")
S3_WRITE = Price(what="S3 PUT, COPY, POST, LIST", usd=0.005, per=1_000, unit="requests")
S3_READ = Price(what="S3 GET, HEAD", usd=0.0004, per=1_000, unit="requests")
S3_GB_MONTH = Price(what="S3 Standard storage", usd=0.023, per=1, unit="GB-month")
LAMBDA_GB_S = Price(what="Lambda, arm64", usd=0.0000133334, per=1, unit="GB-seconds")
LAMBDA_CALL = Price(what="Lambda request", usd=0.20, per=1_000_000, unit="requests")
SQS_CALL = Price(what="SQS standard request (64 KB)", usd=0.40, per=1_000_000, unit="requests")

ALL = (
    WRITE_UNIT, READ_UNIT, TABLE_GB_MONTH, BACKUP_GB_MONTH, S3_WRITE, S3_READ, S3_GB_MONTH, LAMBDA_GB_S, LAMBDA_CALL,
    SQS_CALL,
)  # fmt: skip
