"""The functions of a deployment: their code, their versions, and the check."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from leadmagnet.deploy.code_store import Code
from leadmagnet.deploy.errors import CheckFailed, explained
from leadmagnet.deploy.names import ALIAS, Names

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_AS_SAM_NAMES_THEM = (
    "Architectures",
    "EphemeralStorage",
    "Handler",
    "LoggingConfig",
    "MemorySize",
    "Runtime",
    "Timeout",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A published version of a function."""

    number: str
    #: Of its code, in hex.
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the check function says of one version of one function."""

    function: str
    qualifier: str
    checks: tuple[Mapping[str, Any], ...]

    @property
    def failures(self) -> list[str]:
        """A line for each thing that it cannot do."""
        return [f"{self.function}: {each['name']}: {each['detail']}" for each in self.checks if not each["ok"]]


class Functions:
    """The functions of one installation."""

    def __init__(self, *, client: LambdaClient, calls: LambdaClient, names: Names) -> None:
        """`calls` waits for the check's answer, and never asks twice."""
        self._client = client
        self._calls = calls
        self._names = names

    def live(self) -> dict[str, Version]:
        """The version that `live` of each serving function names."""
        with explained("Looking which versions serve"):
            return {role: self._version(function, ALIAS) for role, function in self._names.functions.items()}

    def published(self) -> dict[str, list[Version]]:
        """Every published version of each serving function, oldest first."""
        pages = self._client.get_paginator("list_versions_by_function")
        with explained("Looking which versions there are"):
            return {
                role: sorted(
                    (
                        Version(number=each["Version"], sha256=_hex(each["CodeSha256"]))
                        for page in pages.paginate(FunctionName=function)
                        for each in page["Versions"]
                        if each["Version"].isdecimal()
                    ),
                    key=lambda version: int(version.number),
                )
                for role, function in self._names.functions.items()
            }

    def configurations(self) -> dict[str, dict[str, Any]]:
        """What belongs to the version that serves beside its code, by the function's name and in SAM's words.

        The check has no versions: of it, what is on `$LATEST`.
        """
        asked = dict.fromkeys(self._names.functions.values(), ALIAS) | {self._names.check: "$LATEST"}
        with explained("Looking with which settings the functions serve"):
            return {
                name: _properties(self._client.get_function_configuration(FunctionName=name, Qualifier=qualifier))
                for name, qualifier in asked.items()
            }

    def were_moved_back(self) -> bool:
        """Whether one of them serves with an older version than its newest."""
        live, published = self.live(), self.published()
        return any(published[role][-1].number != version.number for role, version in live.items() if published[role])

    def move(self, versions: Mapping[str, str]) -> None:
        """Have `live` of each serving function name that version, for all of the traffic."""
        with explained("Moving the traffic"):
            for role, number in versions.items():
                self._client.update_alias(
                    FunctionName=self._names.functions[role],
                    Name=ALIAS,
                    FunctionVersion=number,
                    # A share that a canary gave to another version ends.
                    RoutingConfig={"AdditionalVersionWeights": {}},
                )

    def are_there(self) -> bool:
        """Whether there is anything to look at."""
        try:
            self._client.get_function_configuration(FunctionName=self._names.functions["api"])
        except self._client.exceptions.ResourceNotFoundException:
            return False
        except (BotoCoreError, ClientError):
            with explained("Looking for the functions"):
                raise
        return True

    def latest_sha256(self) -> dict[str, str]:
        """The hash of the code on `$LATEST`, by the function's name."""
        names = [*self._names.functions.values(), self._names.check]
        with explained("Looking at the functions' code"):
            return {name: self._sha256(name, "$LATEST") for name in names}

    def put_code(self, code: Mapping[str, Code]) -> None:
        """Put code on `$LATEST` of the functions named; `live` is not touched."""
        waiter = self._client.get_waiter("function_updated_v2")
        with explained("Putting code on the functions"):
            for name, each in code.items():
                # Lambda refuses a change while the one before is under way, which may have been broken off.
                waiter.wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
                self._client.update_function_code(FunctionName=name, S3Bucket=each.bucket, S3Key=each.key)
            for name in code:
                waiter.wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300})

    def check(self, qualifiers: Mapping[str, str]) -> list[Verdict]:
        """What the check says of those versions (by `api`, `worker`, `sweeper`)."""
        return [self._verdict(role, qualifier) for role, qualifier in qualifiers.items()]

    def _verdict(self, role: str, qualifier: str) -> Verdict:
        with explained("Checking the functions"):
            answer = self._calls.invoke(
                FunctionName=self._names.check, Payload=json.dumps({"function": role, "qualifier": qualifier}).encode()
            )
            text = answer["Payload"].read()
        checks: tuple[Mapping[str, Any], ...]
        try:
            found = json.loads(text)
            checks = tuple(found["checks"])
        except (ValueError, KeyError, TypeError):
            said = text[:2_000].decode(errors="replace")
            checks = ({"name": "the check itself", "ok": False, "detail": f"it failed: {said}"},)
        return Verdict(function=role, qualifier=qualifier, checks=checks)

    def _version(self, function: str, qualifier: str) -> Version:
        found = self._client.get_function_configuration(FunctionName=function, Qualifier=qualifier)
        return Version(number=found["Version"], sha256=_hex(found["CodeSha256"]))

    def _sha256(self, function: str, qualifier: str) -> str:
        return _hex(self._client.get_function_configuration(FunctionName=function, Qualifier=qualifier)["CodeSha256"])


def must_pass(verdicts: Iterable[Verdict], *, so: str) -> None:
    """CheckFailed, naming each failure and saying `so`, unless all went well."""
    failures = [line for verdict in verdicts for line in verdict.failures]
    if failures:
        raise CheckFailed(f"The new code was checked and does not work. {so}\n" + "\n".join(f"  {f}" for f in failures))


def _properties(found: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: found[key] for key in _AS_SAM_NAMES_THEM if key in found}
    return kept | {
        "Environment": {"Variables": found.get("Environment", {}).get("Variables", {})},
        "Tracing": found.get("TracingConfig", {}).get("Mode", "PassThrough"),
    }


def _hex(lambda_sha256: str) -> str:
    """Lambda's Base64 in hex."""
    return base64.b64decode(lambda_sha256).hex()
