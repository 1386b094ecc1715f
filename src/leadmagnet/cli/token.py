"""`leadmagnet token`: a bearer token for whoever has the key."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from leadmagnet.adapters.tokens import HmacTokens
from leadmagnet.cli.data_dir import token_key
from leadmagnet.cli.options import DEFAULT_DATA_DIR, AsJson, DataDir
from leadmagnet.cli.output import print_json
from leadmagnet.domain.access import Role
from leadmagnet.domain.errors import Invalid
from leadmagnet.domain.job import DEFAULT_TENANT
from leadmagnet.wiring.secrets import deployed_settings


def token(
    tenant: Annotated[str, typer.Option(help="Whose jobs the token opens.")] = DEFAULT_TENANT,
    role: Annotated[Role, typer.Option(help="viewer reads, operator submits, admin puts workflows.")] = Role.OPERATOR,
    ttl: Annotated[int, typer.Option(help="Hours until it expires.", min=1, max=24 * 365)] = 12,
    key: Annotated[
        str | None,
        typer.Option(
            envvar="LEADMAGNET_TOKEN_KEY", help="Signing key; left out, the data folder's.", show_default=False
        ),
    ] = None,
    secret: Annotated[
        str | None,
        typer.Option(
            envvar="LEADMAGNET_SECRET",
            help="A deployment's secret in AWS Secrets Manager, by name or ARN, whose signing key to use.",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: AsJson = False,
) -> None:
    """Print a bearer token, signed with the data folder's key or with a deployment's."""
    now = datetime.now(UTC)
    tokens = HmacTokens(key=key or (_deployed_key(secret) if secret else token_key(data_dir)))
    made = tokens.issue(tenant=tenant, role=role, ttl=timedelta(hours=ttl), now=now)
    if as_json:
        expires = (now + timedelta(hours=ttl)).isoformat(timespec="seconds")
        print_json({"token": made, "tenant": tenant, "role": role.value, "expires_at": expires})
    else:
        print(made)


def _deployed_key(secret: str) -> str:
    key = deployed_settings({**os.environ, "LEADMAGNET_SECRET": secret, "LEADMAGNET_TOKEN_KEY": ""}).token_key
    if not key:
        raise Invalid(
            "The secret has no LEADMAGNET_TOKEN_KEY. Add one of 32 bytes or more, or deploy anew.", secret=secret
        )
    return key
