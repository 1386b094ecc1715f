"""The environment of the engine's process: what it needs, and nothing that it could do harm with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineKind:
    """What an engine is for: the AWS services that it has, and what else its environment says."""

    services: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Whether functions run in it: their packages are unfolded at each start.
    runs_functions: bool = False


#: For a service that runs outside of it: the only AWS services that the service itself calls.
STORES = EngineKind(services=("dynamodb", "s3", "sqs"))

#: For a deployment: all that `template.yaml` speaks of, and permissions that count as they do in AWS.
CLOUD = EngineKind(
    services=(
        *STORES.services,
        "apigateway",
        "cloudformation",
        # Keeps nothing until somebody turns it on, to see what the tables are asked.
        "cloudtrail",
        "cloudwatch",
        "events",
        "iam",
        "lambda",
        "logs",
        "secretsmanager",
        "sns",
        "sts",
    ),
    environ=MappingProxyType(
        {
            "AUTH": "true",
            # Hosts below localhost reach this machine by their nature: browsers and curl open <api id>.execute-api.
            "MINISTACK_HOST": "localhost",
        }
    ),
    runs_functions=True,
)

#: What Python needs of its surroundings to start: no credentials, no endpoint, no keys of models.
_KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
)


def engine_environment(
    surroundings: Mapping[str, str],
    *,
    kind: EngineKind,
    folder: Path,
    port: int,
    region: str,
    mark: str,
    scratch: Path | None = None,
) -> dict[str, str]:
    """A MiniStack on loopback that keeps all in `folder`; `mark` shows on its health page.

    What lasts only for a moment lies in `scratch`, or in `folder` too.
    """
    kept = {name: surroundings[name] for name in _KEPT if name in surroundings}
    told = {"MINISTACK_REGION": region, "MINISTACK_EDITION": mark, "TMPDIR": str(scratch or folder / "tmp")}
    return kept | dict(kind.environ) | _fixed(kind, folder, port) | told


def _fixed(kind: EngineKind, folder: Path, port: int) -> dict[str, str]:
    return {
        # Without it the engine listens on every interface.
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SERVICES": ",".join(kind.services),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folder / "s3"),
        "LOG_LEVEL": "INFO",
        # Listeners of their own, on fixed ports and every interface.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # At its start MiniStack removes the containers that another one left behind; those are not ours.
        "DOCKER_HOST": f"unix://{folder / 'no-docker.sock'}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "PYTHONUNBUFFERED": "1",
    }
