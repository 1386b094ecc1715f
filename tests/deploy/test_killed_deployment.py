"""What a deployment that was killed left on `$LATEST` is never published as the code that serves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.deploy.test_deployment import NAMES, OLD, LatestCode, MadeStack, deployment, wish

UNCHECKED = "2" * 64


class PublishingStack(MadeStack):
    """Publishes what is on `$LATEST` with each change, as CloudFormation does where the template's code is the same."""

    def __init__(self, functions: LatestCode) -> None:
        super().__init__()
        self.published: list[set[str]] = []
        self._functions = functions

    def change(self, template_url: str, parameters: Mapping[str, str], *, imports: Any = ()) -> bool:  # noqa: ANN401
        self.published.append(set(self._functions.latest.values()))
        return super().change(template_url, parameters, imports=imports)


def test_the_code_that_serves_is_on_latest_again_before_the_stack_changes() -> None:
    functions = LatestCode(dict.fromkeys((*NAMES.functions.values(), NAMES.check), UNCHECKED))
    stack = PublishingStack(functions)

    deployment(functions, stack).deploy(wish())

    assert stack.published[0] == {OLD}
