"""Named values as a template sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class Names:
    """Values by name, for templates: `submission.company`, `steps.outline`.

    A plain dictionary would do but for its methods: a field called `items` or `values` would be hidden
    by them. This one has no public attribute, so every name is a value's.
    """

    __slots__ = ("_label", "_values")

    def __init__(self, label: str, values: Mapping[str, object]) -> None:
        self._label = label
        self._values = values

    def __str__(self) -> str:
        """What a template calls these names: `submission`, `steps.outline`."""
        return self._label

    def __getitem__(self, name: str) -> object:
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
