"""What can go wrong on the way into AWS, and AWS's own words for it.

DeployFailed
├── AwsRefused        AWS (or what stands in for it) does not do what was asked
├── PackagingFailed   the functions' package cannot be built
├── StackStuck        the stack is in a state that no deployment may change
├── NameTaken         something outside the stack has a name that it needs
├── StackFailed       CloudFormation tried and went back
└── CheckFailed       new code does not do what it must
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
)

from leadmagnet.domain.errors import LeadmagnetError

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
_STALE = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidToken",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
    }
)
_LOG_IN = (
    "Log in (aws sso login, aws configure, or AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), "
    "or add --embedded for the engine on this machine."
)


class DeployFailed(LeadmagnetError):
    """Something did not get into AWS, or not out of it."""

    code = "deploy_failed"


class AwsRefused(DeployFailed):
    """AWS cannot be asked, or says no."""

    code = "aws_refused"


class PackagingFailed(DeployFailed):
    """The package of the functions cannot be built."""

    code = "packaging_failed"


class StackStuck(DeployFailed):
    """The stack has to be brought out of its state before it can be changed."""

    code = "stack_stuck"


class NameTaken(DeployFailed):
    """Something that the stack does not own has the name of one of its resources."""

    code = "name_taken"


class StackFailed(DeployFailed):
    """CloudFormation could not make the change, and went back to what was before."""

    code = "stack_failed"


class CheckFailed(DeployFailed):
    """New code was checked and found wanting; what served before goes on serving."""

    code = "check_failed"


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """AwsRefused, saying what to do, for whatever AWS's clients raise in the block while `doing`."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError, ProfileNotFound, SSOError) as error:
        raise AwsRefused(f"There are no AWS credentials ({error}). {_LOG_IN}") from error
    except NoRegionError as error:
        raise AwsRefused("No AWS region is set. Name one with --region or AWS_REGION.") from error
    except EndpointConnectionError as error:
        raise AwsRefused(f"AWS does not answer ({error}). Check the region and the network.") from error
    except ClientError as error:
        raise _refusal(doing, error) from error
    except BotoCoreError as error:
        raise AwsRefused(f"{doing} failed: {error}.") from error


def code_of(error: ClientError) -> str:
    """AWS's name for the error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def message_of(error: ClientError) -> str:
    """AWS's sentence about the error."""
    return str(error.response.get("Error", {}).get("Message", "")).rstrip(".")


def _refusal(doing: str, error: ClientError) -> AwsRefused:
    code, said, action = code_of(error), message_of(error), error.operation_name
    if code in _DENIED:
        return AwsRefused(
            f"{doing}: AWS denies {action} to these credentials ({said or code}). "
            "Have the action allowed (docs/deployment.md lists what a deployment needs), or use another profile.",
            action=action,
        )
    if code in _STALE:
        return AwsRefused(f"AWS does not take these credentials any more ({said or code}). {_LOG_IN}")
    return AwsRefused(f"{doing}: AWS refuses {action}: {said or code}.", code=code)
