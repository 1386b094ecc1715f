"""The check as a function: asked by CodeDeploy, or by `leadmagnet deploy` and `rollback`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from leadmagnet.domain.errors import Invalid
from leadmagnet.pretraffic.checks import check_api, check_sweeper, check_worker
from leadmagnet.pretraffic.codedeploy import CodeDeploy, Target
from leadmagnet.pretraffic.invoking import FunctionVersion
from leadmagnet.pretraffic.outcome import Outcome
from leadmagnet.pretraffic.synthetic import SyntheticJobs

logger = logging.getLogger(__name__)


class PreTrafficCheck:
    """A Lambda handler for CodeDeploy's hook and for `{"function": "api", "qualifier": "$LATEST"}`."""

    def __init__(
        self,
        *,
        functions: Mapping[str, str],
        version: Callable[[str, str], FunctionVersion],
        jobs: SyntheticJobs,
        token: Callable[[], str],
        codedeploy: CodeDeploy,
    ) -> None:
        """`functions` gives the names of `api`, `worker` and `sweeper`; `version` a function's version to call."""
        self._functions = functions
        self._version = version
        self._jobs = jobs
        self._token = token
        self._codedeploy = codedeploy

    def __call__(self, event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
        """`{"ok": ..., "checks": [...]}`; CodeDeploy is told as well if it asked."""
        if "DeploymentId" in event:
            return self._for_codedeploy(event["DeploymentId"], event["LifecycleEventHookExecutionId"]).to_json()
        return self._check(self._asked_for(event)).to_json()

    def _for_codedeploy(self, deployment_id: str, execution_id: str) -> Outcome:
        outcome = None
        try:
            outcome = self._check(self._codedeploy.target_of(deployment_id))
        finally:
            # Not told, CodeDeploy waits for an hour.
            self._codedeploy.tell(deployment_id, execution_id, ok=outcome is not None and outcome.ok)
        return outcome

    def _asked_for(self, event: Mapping[str, Any]) -> Target:
        role, qualifier = str(event.get("function")), event.get("qualifier")
        if role not in self._functions or not isinstance(qualifier, str):
            known = ", ".join(self._functions)
            raise Invalid(f"The check takes a function ({known}) and a qualifier.", function=role, qualifier=qualifier)
        return Target(function=self._functions[role], qualifier=qualifier)

    def _check(self, target: Target) -> Outcome:
        version = self._version(target.function, target.qualifier)
        match {name: role for role, name in self._functions.items()}.get(target.function):
            case "api":
                outcome = check_api(version, jobs=self._jobs, token=self._token())
            case "worker":
                outcome = check_worker(version, jobs=self._jobs)
            case "sweeper":
                outcome = check_sweeper(version)
            case _:
                raise Invalid("The check knows no such function.", function=target.function)
        facts = {"event": "version_checked", "function": target.function, "qualifier": target.qualifier}
        level = logging.INFO if outcome.ok else logging.ERROR
        logger.log(level, "Version checked", extra=facts | {"ok": outcome.ok, "failed": outcome.failed})
        return outcome
