"""A stand-in for Lambda that calls handlers in this process, on the real embedded engine."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4

from mangum import Mangum
from tests.conftest import Aws, furnish, settings_on

from leadmagnet.pretraffic.codedeploy import CodeDeploy
from leadmagnet.pretraffic.handler import PreTrafficCheck
from leadmagnet.pretraffic.invoking import FunctionVersion
from leadmagnet.settings import Settings
from leadmagnet.web.tickets import OneTimeTickets
from leadmagnet.wiring.batch_worker import build_batch_worker
from leadmagnet.wiring.identity import now
from leadmagnet.wiring.pretraffic import build_check
from leadmagnet.wiring.service import build_service
from leadmagnet.wiring.sweeper import build_sweeper

NAMES = {"api": "the-api", "worker": "the-worker", "sweeper": "the-sweeper"}

Handler = Callable[[Mapping[str, Any], Any], Any]


class Context:
    """An invocation with all the time there is."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@dataclass
class Lambda:
    """Lambda's `invoke` on handlers by function name and qualifier."""

    handlers: dict[tuple[str, str], Handler] = field(default_factory=dict)

    def invoke(self, *, FunctionName: str, Qualifier: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 (boto3's)
        try:
            answer = self.handlers[FunctionName, Qualifier](json.loads(Payload), Context())
        except Exception as error:  # noqa: BLE001 (what a handler raises is Lambda's answer)
            text = json.dumps({"errorMessage": str(error), "errorType": type(error).__name__})
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(text.encode())}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@dataclass
class Deployments:
    """CodeDeploy with one deployment."""

    app_spec: str = ""
    told: list[str] = field(default_factory=list)

    def get_deployment(self, **_named: str) -> dict[str, Any]:
        return {"deploymentInfo": {"revision": {"revisionType": "String", "string": {"content": self.app_spec}}}}

    def put_lifecycle_event_hook_execution_status(self, *, status: str, **_named: str) -> None:
        self.told.append(status)


@dataclass
class Stage:
    """A check, and the versions that it can look at."""

    settings: Settings
    check: PreTrafficCheck
    functions: Lambda
    deployments: Deployments

    def put(self, role: str, handler: Handler, qualifier: str = "7") -> None:
        """Make `handler` that version of the function."""
        self.functions.handlers[NAMES[role], qualifier] = handler

    def verdict(self, role: str, qualifier: str = "7") -> dict[str, str]:
        """What went wrong, by check; empty if the version is good."""
        answer = self.check({"function": role, "qualifier": qualifier}, None)
        failed = {check["name"]: check["detail"] for check in answer["checks"] if not check["ok"]}
        assert answer["ok"] is (not failed)
        return failed


def good_api(settings: Settings) -> Handler:
    """The API as its entry makes it."""
    service = build_service(settings, tickets=OneTimeTickets(clock=now), answer_limit_bytes=4_500_000)
    return cast(Handler, Mangum(cast(Any, service), lifespan="off", text_mime_types=[]))


def good_worker(settings: Settings) -> Handler:
    """The worker as its entry makes it."""
    return build_batch_worker(settings)


def good_sweeper(settings: Settings) -> Handler:
    """The sweeper as its entry makes it."""
    return build_sweeper(settings)


@contextmanager
def stage(aws: Aws) -> Iterator[Stage]:
    """A check on tables, bucket and queue of its own."""
    made = furnish(aws, Environment=f"t{uuid4().hex[:12]}")
    settings = settings_on(aws, made, token_key="k" * 32)
    environ = {f"LEADMAGNET_{role.upper()}_FUNCTION": name for role, name in NAMES.items()}
    functions, deployments = Lambda(), Deployments()
    check = build_check(settings, environ)
    # The real check, but for the two services that the engine of these tests does not run.
    check._version = lambda function, qualifier: FunctionVersion(
        client=cast(Any, functions), function=function, qualifier=qualifier
    )
    check._codedeploy = CodeDeploy(client=cast(Any, deployments))
    yield Stage(settings=settings, check=check, functions=functions, deployments=deployments)
