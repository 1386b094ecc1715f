"""The environment of the engine's process: what it needs, and nothing that it could do harm with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

#: The only AWS services that the service itself calls.
SERVICES = ("dynamodb", "s3", "sqs")

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
    surroundings: Mapping[str, str], *, folder: Path, port: int, region: str, mark: str
) -> dict[str, str]:
    """A MiniStack on loopback that keeps all in `folder`; `mark` shows on its health page."""
    return {name: surroundings[name] for name in _KEPT if name in surroundings} | {
        # Without it the engine listens on every interface.
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SERVICES": ",".join(SERVICES),
        "MINISTACK_REGION": region,
        "MINISTACK_EDITION": mark,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folder / "s3"),
        "TMPDIR": str(folder / "tmp"),
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
