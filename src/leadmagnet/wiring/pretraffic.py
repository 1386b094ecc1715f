"""The pre-traffic check of a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.config import Config

from leadmagnet.adapters.tokens import HmacTokens
from leadmagnet.domain.access import Role
from leadmagnet.domain.errors import Invalid
from leadmagnet.pretraffic.codedeploy import CodeDeploy
from leadmagnet.pretraffic.handler import PreTrafficCheck
from leadmagnet.pretraffic.invoking import FunctionVersion
from leadmagnet.pretraffic.synthetic import TENANT, SyntheticJobs
from leadmagnet.wiring.clients import boto_session, client_config
from leadmagnet.wiring.identity import new_id, now
from leadmagnet.wiring.stores import build_stores

if TYPE_CHECKING:
    from leadmagnet.settings import Settings

#: Names of the functions, by what they do.
_VARIABLES = {
    "api": "LEADMAGNET_API_FUNCTION",
    "worker": "LEADMAGNET_WORKER_FUNCTION",
    "sweeper": "LEADMAGNET_SWEEPER_FUNCTION",
}
#: A cold start and a whole job; longer than that is a failure of its own.
_INVOKE_S = 120
_TOKEN_TTL = timedelta(minutes=5)


def build_check(settings: Settings, environ: Mapping[str, str]) -> PreTrafficCheck:
    """The check of the functions that `environ` names."""
    settings.require("token_key")
    missing = [name for name in _VARIABLES.values() if not environ.get(name)]
    if missing:
        raise Invalid(f"Not set: {', '.join(missing)}. The template sets them; deploy it again.")
    stores, session = build_stores(settings), boto_session(settings)
    tokens = HmacTokens(key=settings.token_key)
    config = client_config(settings)
    # A call is never sent twice: the first one may still be running.
    patient = config.merge(Config(read_timeout=_INVOKE_S, retries={"total_max_attempts": 1}))
    functions = session.client("lambda", endpoint_url=settings.endpoint_url, config=patient)
    return PreTrafficCheck(
        functions={role: environ[variable] for role, variable in _VARIABLES.items()},
        version=lambda function, qualifier: FunctionVersion(client=functions, function=function, qualifier=qualifier),
        jobs=SyntheticJobs(
            jobs=stores.jobs,
            workflows=stores.workflows,
            steps=stores.steps,
            artifacts=stores.artifacts,
            files=stores.files,
            clock=now,
            new_id=new_id,
        ),
        token=lambda: tokens.issue(tenant=TENANT, role=Role.VIEWER, ttl=_TOKEN_TTL, now=now()),
        codedeploy=CodeDeploy(client=session.client("codedeploy", endpoint_url=settings.endpoint_url, config=config)),
    )
