"""The tree of a YAML text, refused early if it is broken, too large or a bomb."""

from __future__ import annotations

import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, Event, NodeEvent
from yaml.nodes import MappingNode, Node

from leadmagnet.engine.workflow_file.problems import Problems

#: A workflow of 200 steps with long instructions fits in a quarter of this, and in a DynamoDB item.
MAX_BYTES = 256 * 1024
#: A workflow needs four levels; options may hold a few more.
MAX_DEPTH = 16


def read_tree(text: str, problems: Problems) -> MappingNode:
    """The root of `text`, a mapping. InvalidWorkflow at once if there is no tree to look at."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        problems.add_at(None, "", f"the text is larger than {MAX_BYTES // 1024} KB; make the instructions shorter")
    problems.raise_if_any()
    root = _compose(text, problems)
    problems.raise_if_any()
    if isinstance(root, MappingNode):
        return root
    message = "the text is empty" if root is None else "must be a mapping (name: ..., steps: ...)"
    problems.add_at(None if root is None else root.start_mark, "", message)
    problems.raise_if_any()
    raise AssertionError("unreachable: a problem was noted above")


def _compose(text: str, problems: Problems) -> Node | None:
    try:
        _look_at_events(text, problems)
        return None if problems else yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        reason = " ".join(part for part in (error.problem, error.context) if part)
        problems.add_at(error.problem_mark or error.context_mark, "", f"not valid YAML: {reason}")
    except (yaml.YAMLError, UnicodeError) as error:
        problems.add_at(None, "", f"not valid YAML: {str(error).splitlines()[0]}")
    return None


def _look_at_events(text: str, problems: Problems) -> None:
    """Note what must not even be composed: references, foreign types, too many levels, a second document."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        refusal = _refusal(event, depth, documents)
        if refusal:
            problems.add_at(event.start_mark, "", refusal)
            return


def _refusal(event: Event, depth: int, documents: int) -> str | None:
    if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
        return "references (& and *) are not read here; write the value out"
    if isinstance(event, NodeEvent) and getattr(event, "tag", None):
        return "types (!name) are not read here; leave the tag out"
    if depth > MAX_DEPTH:
        return f"more than {MAX_DEPTH} levels inside each other"
    if documents > 1:
        return "a second document begins here; one file holds one workflow"
    return None
