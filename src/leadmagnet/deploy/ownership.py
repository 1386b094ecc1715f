"""Whether a stack of our name is our own: what is changed or deleted must be."""

from __future__ import annotations

from collections.abc import Sequence

from leadmagnet.deploy.errors import NameTaken
from leadmagnet.deploy.names import Names
from leadmagnet.deploy.stack import StackResource, StackState


def must_be_ours(names: Names, state: StackState, resources: Sequence[StackResource]) -> None:
    """NameTaken if the stack was made from another template than ours, or for another environment.

    It is told by what every stack of this template has, whoever deployed it (`sam deploy` does as well): the
    parameter Environment, and a table or function of the template's own name. A stack that has nothing in it, as a
    first deployment that failed leaves it, has only the parameter to tell.
    """
    found = state.parameters.get("Environment")
    if found != names.environment:
        why = f"its parameter Environment is {found}" if found else "it has no parameter Environment"
    elif resources and not any(names.resources.get(each.logical) == each.physical for each in resources):
        why = f"it has neither the table {names.tables[0]} nor our functions"
    else:
        return
    raise NameTaken(
        f"There is a stack {names.stack} that is none of ours ({why}); it was left as it is. Take other names with "
        "--environment NAME, or another account or region.",
        stack=names.stack,
    )
