"""What a deployed function is told beside its environment."""

from __future__ import annotations

import json
from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError

from leadmagnet.domain.errors import Invalid
from leadmagnet.settings import Settings
from leadmagnet.wiring.clients import boto_session, client_config


def deployed_settings(environ: Mapping[str, str]) -> Settings:
    """The settings of `environ` and, for variables that are not set there, of the secret that it names.

    The secret is a JSON object of variables, such as {"LEADMAGNET_TOKEN_KEY": "...", "OPENAI_API_KEY": "..."}: what
    must not be readable in a function's configuration. Invalid if it cannot be read.
    """
    settings = Settings.from_environment(environ)
    if settings.secret is None:
        return settings
    given = {name: value for name, value in environ.items() if value.strip()}
    return Settings.from_environment({**_entries(settings, settings.secret), **given})


def _entries(settings: Settings, secret: str) -> dict[str, str]:
    client = boto_session(settings).client(
        "secretsmanager", endpoint_url=settings.endpoint_url, config=client_config(settings)
    )
    try:
        text = client.get_secret_value(SecretId=secret)["SecretString"]
    except (BotoCoreError, ClientError) as error:
        raise Invalid(
            f"The secret cannot be read ({error}). That takes credentials which allow "
            "secretsmanager:GetSecretValue on it; where there is no secret, leave out LEADMAGNET_SECRET and --secret.",
            secret=secret,
        ) from error
    try:
        entries = json.loads(text)
    except ValueError:
        entries = None
    if not isinstance(entries, dict) or not all(isinstance(value, str) for value in entries.values()):
        # Its content must not end in a log, so nothing of it is quoted.
        raise Invalid("The secret is not a JSON object of texts by variable name. Put it right.", secret=secret)
    return entries
