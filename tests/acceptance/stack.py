"""The deployed stack that the plan is run against, and who runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
from botocore.config import Config

from leadmagnet.adapters.tokens import HmacTokens
from leadmagnet.domain.access import Role
from leadmagnet.domain.job import DEFAULT_TENANT

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

#: Whatever a run makes carries this in its name, so that it can be told from everybody else's.
PREFIX = "acceptance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A deployed stack: its resources by the names of the template's outputs, and one run's own names."""

    name: str
    #: None is AWS itself.
    endpoint_url: str | None
    region: str
    #: What the AWS CLI and all other programs of the run find in their environment.
    environ: Mapping[str, str] = field(repr=False)
    outputs: Mapping[str, str]
    #: Where our own client reaches the API; `outputs["ApiUrl"]` is where people do.
    api_url: str
    token_key: str = field(repr=False)
    #: What tells `leadmagnet deploy` and `leadmagnet rollback` that this stack is meant.
    options: str
    #: Names this run: its tenant, its workflows and the ids of the items that it writes itself.
    run: str

    @property
    def jobs_table(self) -> str:
        """The table of the jobs."""
        return self.outputs["JobsTableName"]

    @property
    def bucket(self) -> str:
        """The bucket of artifacts and large records."""
        return self.outputs["ArtifactsBucketName"]

    @property
    def on_aws(self) -> bool:
        """Whether this is AWS itself, where a log line takes a while and alarms call people."""
        return self.endpoint_url is None

    def log_group(self, function: str) -> str:
        """The log group of the function that the output `function` names, as in "ApiFunctionName"."""
        return f"/aws/lambda/{self.outputs[function]}"

    def token(self, role: Role = Role.ADMIN, *, older: bool = False) -> str:
        """A bearer token of the run's tenant; `older`: of the tenant that items of older systems belong to."""
        tokens = HmacTokens(key=self.token_key)
        tenant = DEFAULT_TENANT if older else self.run
        return tokens.issue(tenant=tenant, role=role, ttl=timedelta(hours=2), now=datetime.now(UTC))

    def printed(self, command: str, *, job_id: str, token: str = "") -> str:
        """A command of the plan with this stack's names in place of the plan's."""
        names = {
            "JOB_ID_HERE": job_id,
            "JOB_ID": job_id,
            "ARTIFACTS_BUCKET": self.bucket,
            "https://API_URL": self.outputs["ApiUrl"].rstrip("/"),
            "TOKEN": token,
            "--table-name leadmagnet-jobs": f"--table-name {self.jobs_table}",
            "/aws/lambda/leadmagnet-api-handler": self.log_group("ApiFunctionName"),
        }
        for name, value in names.items():
            command = command.replace(name, value)
        return command

    def dynamodb(self) -> DynamoDBClient:
        """A client of DynamoDB."""
        return _dynamodb(self)

    def s3(self) -> S3Client:
        """A client of S3."""
        return _s3(self)

    def sqs(self) -> SQSClient:
        """A client of SQS."""
        return _sqs(self)

    def logs(self) -> CloudWatchLogsClient:
        """A client of CloudWatch's logs."""
        return _logs(self)

    def cloudwatch(self) -> CloudWatchClient:
        """A client of CloudWatch's metrics, alarms and dashboards."""
        return _cloudwatch(self)

    def functions(self) -> LambdaClient:
        """A client of Lambda."""
        return _lambda(self)

    def new_clients(self) -> tuple[DynamoDBClient, S3Client]:
        """Clients of DynamoDB and S3 that nobody else uses."""
        return _dynamodb.__wrapped__(self), _s3.__wrapped__(self)

    def config(self) -> Config:
        """What clients of this stack are set to."""
        # A proxy that the environment names must not stand between us and this machine.
        return Config(proxies={}) if self.endpoint_url else Config()

    def __hash__(self) -> int:
        return hash(self.run)


@cache
def _dynamodb(stack: Stack) -> DynamoDBClient:
    return session_of(stack.environ).client("dynamodb", endpoint_url=stack.endpoint_url, config=stack.config())


@cache
def _s3(stack: Stack) -> S3Client:
    style = Config(signature_version="s3v4", s3={"addressing_style": "path" if stack.endpoint_url else "auto"})
    return session_of(stack.environ).client("s3", endpoint_url=stack.endpoint_url, config=stack.config().merge(style))


@cache
def _sqs(stack: Stack) -> SQSClient:
    return session_of(stack.environ).client("sqs", endpoint_url=stack.endpoint_url, config=stack.config())


@cache
def _logs(stack: Stack) -> CloudWatchLogsClient:
    return session_of(stack.environ).client("logs", endpoint_url=stack.endpoint_url, config=stack.config())


@cache
def _cloudwatch(stack: Stack) -> CloudWatchClient:
    return session_of(stack.environ).client("cloudwatch", endpoint_url=stack.endpoint_url, config=stack.config())


@cache
def _lambda(stack: Stack) -> LambdaClient:
    return session_of(stack.environ).client("lambda", endpoint_url=stack.endpoint_url, config=stack.config())


def session_of(environ: Mapping[str, str]) -> boto3.session.Session:
    """A session with the credentials of `environ`, or with boto3's usual ones where it names none."""
    return boto3.session.Session(
        aws_access_key_id=environ.get("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=environ.get("AWS_SECRET_ACCESS_KEY"),
        aws_session_token=environ.get("AWS_SESSION_TOKEN"),
        profile_name=environ.get("AWS_PROFILE"),
        region_name=environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION"),
    )


def named_stack(name: str, environ: Mapping[str, str], *, options: str = "") -> Stack:
    """The stack of that name in the account that `environ` opens, at AWS or at the endpoint that it names."""
    environment = name.removeprefix("leadmagnet").removeprefix("-")
    session, endpoint_url = session_of(environ), environ.get("AWS_ENDPOINT_URL") or None
    outputs = outputs_of(session, name, endpoint_url=endpoint_url)
    secrets = session.client("secretsmanager", endpoint_url=endpoint_url)
    secret = json.loads(secrets.get_secret_value(SecretId=outputs["SecretArn"])["SecretString"])
    return Stack(
        name=name,
        endpoint_url=endpoint_url,
        region=session.region_name or "",
        environ=dict(environ),
        outputs=outputs,
        # Not every resolver knows that names below localhost are this machine; engines answer by path as well.
        api_url=f"{endpoint_url}/_aws/execute-api/{outputs['ApiId']}/$default" if endpoint_url else outputs["ApiUrl"],
        token_key=secret["LEADMAGNET_TOKEN_KEY"],
        options=options or (f"--environment {environment}" if environment else ""),
        run=f"{PREFIX}-{uuid4().hex[:8]}",
    )


def outputs_of(session: boto3.session.Session, name: str, *, endpoint_url: str | None) -> dict[str, str]:
    """What the stack says of itself, by the names of the template's outputs."""
    found = session.client("cloudformation", endpoint_url=endpoint_url).describe_stacks(StackName=name)
    return {output["OutputKey"]: output["OutputValue"] for output in found["Stacks"][0]["Outputs"]}
