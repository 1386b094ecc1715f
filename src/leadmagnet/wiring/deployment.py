"""The clients that deploying needs, and what is built on them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from leadmagnet.adapters.workflows import WorkflowTable
from leadmagnet.deploy.code_store import CodeStore
from leadmagnet.deploy.commands import Commands
from leadmagnet.deploy.data import Data
from leadmagnet.deploy.deployment import Deployment
from leadmagnet.deploy.errors import AwsRefused, explained
from leadmagnet.deploy.functions import Functions
from leadmagnet.deploy.names import Names, code_bucket
from leadmagnet.deploy.stack import Stack
from leadmagnet.deploy.taken import Claims

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

    from leadmagnet.local.engine import EngineAccess

_CONNECT_TIMEOUT_S = 10
_SERVICES: Final = ("sts", "cloudformation", "lambda", "dynamodb", "s3", "secretsmanager", "sqs", "logs")
#: What a client is set to that asks AWS whatever the environment or a profile says.
_UNLED: Final = Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]  # unknown to botocore's stubs
#: The check function may run for five minutes.
_INVOKE_S = 330


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose AWS it is, and where; or the embedded engine."""

    account: str
    region: str
    #: Who asks.
    caller: str
    #: None for AWS itself.
    endpoint_url: str | None
    cloudformation: CloudFormationClient
    dynamodb: DynamoDBClient
    functions: LambdaClient
    logs: CloudWatchLogsClient
    #: For calls of functions, which take minutes and are never sent twice.
    calls: LambdaClient
    s3: S3Client
    secrets: SecretsManagerClient
    sqs: SQSClient

    @property
    def embedded(self) -> bool:
        """Whether it is the engine on this machine."""
        return self.endpoint_url is not None

    def token_key(self, secret: str) -> str:
        """The key that signs the service's own tokens, out of the deployment's secret."""
        with explained("Reading the secret"):
            text = self.secrets.get_secret_value(SecretId=secret)["SecretString"]
        return str(json.loads(text)["LEADMAGNET_TOKEN_KEY"])

    def workflow_store(self, table: str) -> WorkflowTable:
        """The workflows of a deployment."""
        return WorkflowTable(dynamodb=self.dynamodb, table=table)

    def path_url(self, api_id: str) -> str:
        """The address of an HTTP API of the engine that needs no name to be looked up."""
        return f"{self.endpoint_url}/_aws/execute-api/{api_id}/$default"


def account_of_aws(*, region: str | None) -> Account:
    """The account that boto3's usual credentials open; AwsRefused if there are none, or if they lead elsewhere."""
    with explained("Looking for AWS credentials"):
        session = boto3.session.Session(region_name=region)
    if session.region_name is None:
        raise AwsRefused("No AWS region is set. Name one with --region or AWS_REGION.")
    _must_lead_to_aws(session)
    return _account(session, endpoint_url=None)


def account_of_engine(access: EngineAccess) -> Account:
    """The embedded engine as an account."""
    session = boto3.session.Session(
        region_name=access.region,
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key,
    )
    return _account(session, endpoint_url=access.endpoint_url)


def build_deployment(account: Account, names: Names, *, commands: Commands, tell: Callable[[str], None]) -> Deployment:
    """The installation of those names in that account; `tell` gets a line for each thing that happens."""
    return Deployment(
        names=names,
        stack=Stack(
            cloudformation=account.cloudformation,
            name=names.stack,
            embedded=account.embedded,
            commands=commands,
            tell=tell,
        ),
        functions=Functions(client=account.functions, calls=account.calls, names=names),
        store=CodeStore(
            s3=account.s3,
            bucket=code_bucket(account=account.account, region=account.region),
            account=account.account,
            require_tls=not account.embedded,
        ),
        data=Data(dynamodb=account.dynamodb, s3=account.s3, names=names, account=account.account),
        claims=Claims(
            functions=account.functions, sqs=account.sqs, secrets=account.secrets, logs=account.logs, names=names
        ),
        commands=commands,
        tell=tell,
    )


def _must_lead_to_aws(session: boto3.session.Session) -> None:
    """AwsRefused if AWS_ENDPOINT_URL or a profile leads a client to something that is not AWS.

    What would be said of "the AWS account" would be wrong, and so would be TLS, CodeDeploy and the functions' Python.
    """
    for service in _SERVICES:
        with explained("Looking for AWS"):
            usual = session.client(service, config=_UNLED).meta.endpoint_url
            chosen = session.client(service).meta.endpoint_url
        # As in amazonaws.com; endpoints of a private network end in the same.
        domain = ".".join((urlsplit(usual).hostname or "").split(".")[-2:])
        if chosen != usual and not (urlsplit(chosen).hostname or "").endswith(f".{domain}"):
            raise AwsRefused(
                f"Your settings lead {service} to {chosen}, which is not AWS. Add --embedded for the engine that "
                "leadmagnet engine runs, or unset AWS_ENDPOINT_URL (endpoint_url in the profile) for AWS itself.",
                service=service,
            )


def _account(session: boto3.session.Session, *, endpoint_url: str | None) -> Account:
    embedded = endpoint_url is not None
    config = Config(
        retries={"mode": "standard", "max_attempts": 2 if embedded else 8},
        connect_timeout=_CONNECT_TIMEOUT_S,
        # A proxy that the environment names must not stand between us and this machine.
        proxies={} if embedded else None,
    )
    s3 = config.merge(Config(signature_version="s3v4", s3={"addressing_style": "path"} if embedded else {}))
    # A call is never sent twice: the first one may still be running.
    patient = config.merge(Config(read_timeout=_INVOKE_S, retries={"total_max_attempts": 1}))
    # Nothing has begun yet: whoever has no network should hear of it at once.
    impatient = config.merge(Config(retries={"mode": "standard", "max_attempts": 1}))
    with explained("Asking who these credentials are"):
        caller = session.client("sts", endpoint_url=endpoint_url, config=impatient).get_caller_identity()
    return Account(
        account=caller["Account"],
        region=session.region_name,
        caller=caller["Arn"],
        endpoint_url=endpoint_url,
        cloudformation=session.client("cloudformation", endpoint_url=endpoint_url, config=config),
        dynamodb=session.client("dynamodb", endpoint_url=endpoint_url, config=config),
        functions=session.client("lambda", endpoint_url=endpoint_url, config=config),
        logs=session.client("logs", endpoint_url=endpoint_url, config=config),
        calls=session.client("lambda", endpoint_url=endpoint_url, config=patient),
        s3=session.client("s3", endpoint_url=endpoint_url, config=s3),
        secrets=session.client("secretsmanager", endpoint_url=endpoint_url, config=config),
        sqs=session.client("sqs", endpoint_url=endpoint_url, config=config),
    )
