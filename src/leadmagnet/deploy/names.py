"""What a deployment's things are called; `template.yaml` gives them the same names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leadmagnet.domain.errors import Invalid

#: As the template's parameter Environment has it. The names that it leaves out would give another environment the
#: bucket of production's artifacts, the bucket of packages, or the queue of dead letters.
_ENVIRONMENT = re.compile(r"(?!(artifacts|code|dead(-.*)?)$)[a-z][a-z0-9-]{0,19}")
_PRODUCTION = "production"

#: The functions that serve, by what the check calls them, and their logical names in the template.
SERVING = {"api": "ApiFunction", "worker": "WorkerFunction", "sweeper": "SweeperFunction"}
CHECK = "CheckFunction"
#: The tables, in the order of `Names.tables`.
TABLES = ("JobsTable", "WorkflowsTable")
#: The alias that everything outside calls.
ALIAS = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of one installation."""

    environment: str

    @classmethod
    def of(cls, environment: str) -> Names:
        """The names for that environment; Invalid if it cannot be one."""
        if not _ENVIRONMENT.fullmatch(environment):
            raise Invalid(
                f"{environment!r} cannot be an environment's name: 1 to 20 lower-case letters, digits and hyphens, "
                "beginning with a letter, and not artifacts, code or dead, whose names are taken. "
                "Name another with --environment."
            )
        return cls(environment=environment)

    @property
    def suffix(self) -> str:
        """What stands behind every name."""
        return "" if self.environment == _PRODUCTION else f"-{self.environment}"

    @property
    def stack(self) -> str:
        """The stack's name."""
        return f"leadmagnet{self.suffix}"

    @property
    def functions(self) -> dict[str, str]:
        """The serving functions' names."""
        return {
            "api": f"leadmagnet-api-handler{self.suffix}",
            "worker": f"leadmagnet-worker{self.suffix}",
            "sweeper": f"leadmagnet-sweeper{self.suffix}",
        }

    @property
    def check(self) -> str:
        """The function that checks new code."""
        return f"CodeDeployHook_leadmagnet-check{self.suffix}"

    @property
    def tables(self) -> tuple[str, str]:
        """The tables of jobs and of workflows."""
        return f"leadmagnet-jobs{self.suffix}", f"leadmagnet-workflows{self.suffix}"

    @property
    def queues(self) -> tuple[str, str]:
        """The queues of jobs and of dead letters."""
        return f"leadmagnet-jobs{self.suffix}", f"leadmagnet-jobs-dead{self.suffix}"

    @property
    def resources(self) -> dict[str, str]:
        """The names of tables and functions, by their logical names in the template."""
        functions = {SERVING[role]: name for role, name in self.functions.items()} | {CHECK: self.check}
        return dict(zip(TABLES, self.tables, strict=True)) | functions

    @property
    def log_groups(self) -> tuple[str, ...]:
        """Where functions and HTTP API log."""
        functions = tuple(f"/aws/lambda/{name}" for name in (*self.functions.values(), self.check))
        return (*functions, f"/aws/http-api/leadmagnet{self.suffix}")

    def bucket(self, *, account: str, region: str) -> str:
        """The bucket of artifacts and large records."""
        kind = "artifacts" if self.environment == _PRODUCTION else self.environment
        return f"leadmagnet-{kind}-{account}-{region}"


def code_bucket(*, account: str, region: str) -> str:
    """The bucket of packages and templates, one for all environments of an account in a region."""
    return f"leadmagnet-code-{account}-{region}"
