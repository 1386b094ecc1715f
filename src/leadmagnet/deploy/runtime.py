"""Which Python and which machine a package is for."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass

from leadmagnet.domain.errors import Invalid

_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
#: Python 3.11 runs on Amazon Linux 2 there, whose glibc 2.26 is too old for current wheels (Pillow, for one).
VERSIONS = ("3.12", "3.13")
#: Amazon Linux 2023 has glibc 2.34 (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html).
_GLIBC = (34, 31, 28, 27, 26, 24, 17)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What functions run on."""

    #: As in `3.13`.
    python: str
    #: As Lambda calls it: `arm64` or `x86_64`.
    architecture: str
    #: Built for the Python that builds, on its own machine: whatever pip installs here runs there.
    is_here: bool = False

    @classmethod
    def of(cls, *, python: str, architecture: str) -> Runtime:
        """A runtime of AWS Lambda; Invalid if it has none such."""
        if python not in VERSIONS or architecture not in _MACHINES:
            raise Invalid(
                f"No function runs on Python {python} and {architecture}. "
                f"Choose from Python {', '.join(VERSIONS)} and {', '.join(_MACHINES)}."
            )
        return cls(python=python, architecture=architecture)

    @classmethod
    def here(cls) -> Runtime:
        """The Python that is running: the embedded engine runs functions with it."""
        arm = platform.machine().lower() in ("arm64", "aarch64")
        return cls(python=own_python(), architecture="arm64" if arm else "x86_64", is_here=True)

    @property
    def runs_here(self) -> bool:
        """Whether the Python that is running can import what was built for it."""
        here = Runtime.here()
        same = (self.python, self.architecture) == (here.python, here.architecture)
        return self.is_here or (same and sys.platform == "linux")

    @property
    def name(self) -> str:
        """Lambda's name of it."""
        return f"python{self.python}"

    @property
    def pip_options(self) -> list[str]:
        """What tells pip to take wheels for it."""
        if self.is_here:
            return []
        machine = _MACHINES[self.architecture]
        tags = [f"manylinux_2_{minor}_{machine}" for minor in _GLIBC]
        platforms = [option for tag in [*tags, f"manylinux2014_{machine}"] for option in ("--platform", tag)]
        return [*platforms, "--python-version", self.python, "--implementation", "cp"]

    @property
    def label(self) -> str:
        """A name for files."""
        return f"{'here' if self.is_here else 'lambda'}-{self.name}-{self.architecture}"


def own_python() -> str:
    """The version of the running Python, as in `3.11`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"
