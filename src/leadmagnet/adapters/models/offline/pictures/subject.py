"""What a picture is about."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from leadmagnet.adapters.models.offline.facts import Facts
from leadmagnet.adapters.models.offline.pictures.colours import Palette


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Title, prompt, facts and colours of one picture, and its source of choices."""

    title: str
    prompt: str
    facts: Facts
    palette: Palette
    chance: Random

    @property
    def company(self) -> str:
        """The submission's company; empty if it names none."""
        return self.facts.slots["company"] if "company" in self.facts.known else ""
