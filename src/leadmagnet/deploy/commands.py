"""Our own commands as somebody types them for one installation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """What errors name, so that it can be typed as it stands and does not land at another installation."""

    #: Each with a blank before it, as in ` --environment staging --embedded`.
    options: str = ""

    def __call__(self, name: str) -> str:
        """The whole command."""
        return f"leadmagnet {name}{self.options}"
