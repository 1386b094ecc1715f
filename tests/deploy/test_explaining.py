"""Whatever AWS says no with becomes one message that says what to do."""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from leadmagnet.deploy.errors import AwsRefused, explained
from leadmagnet.deploy.names import Names
from leadmagnet.domain.errors import Invalid


def refusal(code: str, message: str = "said AWS") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateChangeSet")


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (NoCredentialsError(), "aws sso login"),
        (refusal("AccessDenied"), "CreateChangeSet"),
        (refusal("AccessDeniedException"), "allowed"),
        (refusal("ExpiredToken"), "aws sso login"),
        (refusal("InvalidClientTokenId"), "--embedded"),
        (refusal("LimitExceededException"), "said AWS"),
        (EndpointConnectionError(endpoint_url="https://x"), "region"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_refusal_says_what_to_do(raised: Exception, said: str) -> None:
    with pytest.raises(AwsRefused) as caught, explained("Planning"):
        raise raised

    assert said in caught.value.message


def test_the_action_that_was_denied_is_a_fact() -> None:
    with pytest.raises(AwsRefused) as caught, explained("Planning"):
        raise refusal("AccessDenied")

    assert caught.value.facts == {"action": "CreateChangeSet"}


def test_a_real_client_that_nobody_answers_is_explained_too() -> None:
    client = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )

    with pytest.raises(AwsRefused, match="does not answer"), explained("Asking"):
        client.get_caller_identity()


@pytest.mark.parametrize("name", ["", "Staging", "1st", "with space", "x" * 21])
def test_a_name_that_no_environment_can_have_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="--environment"):
        Names.of(name)


def test_production_has_plain_names_and_every_other_environment_its_own() -> None:
    production, staging = Names.of("production"), Names.of("staging")

    assert production.functions["api"] == "leadmagnet-api-handler"
    assert (staging.stack, staging.check) == ("leadmagnet-staging", "CodeDeployHook_leadmagnet-check-staging")
    assert staging.bucket(account="1", region="r") == "leadmagnet-staging-1-r"
