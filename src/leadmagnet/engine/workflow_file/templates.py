"""What can be said about a template before it runs: that it reads, and that its names exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError, nodes
from yaml.nodes import Node

from leadmagnet.domain.execution_step import StepType
from leadmagnet.domain.workflow import Step
from leadmagnet.engine.render import html_sandbox, text_sandbox
from leadmagnet.engine.suggest import did_you_mean
from leadmagnet.engine.workflow_file.problems import Problems


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateMistake:
    """What is wrong, and on which line of the template."""

    line: int
    message: str


def check_template(
    step: Step, path: str, node: Node, *, known: Mapping[str, Sequence[str]], problems: Problems
) -> None:
    """Note what is wrong with the step's instructions, at their lines in the file.

    `known` lists what may follow `submission.` and `steps.`; a name that it lacks is not looked at.
    """
    for mistake in template_mistakes(step, known):
        # A block (`|`) begins on the line under its mark; quoted and plain text on the mark's own.
        below = mistake.line - (0 if getattr(node, "style", None) in ("|", ">") else 1)
        problems.add_at(node.start_mark, path, mistake.message, lines_below=below)


def template_mistakes(step: Step, known: Mapping[str, Sequence[str]]) -> Iterable[TemplateMistake]:
    """What is wrong with the step's instructions; `known` as above."""
    sandbox = html_sandbox() if step.type is StepType.HTML_GENERATION else text_sandbox()
    try:
        tree = sandbox.parse(step.instructions)
        sandbox.compile(step.instructions)
    except TemplateSyntaxError as error:
        return [TemplateMistake(line=error.lineno, message=f"the template cannot be read: {error.message}")]
    except (SyntaxError, RecursionError):
        # Jinja makes Python of a template, and Python has limits to how deep it may be nested.
        return [TemplateMistake(line=1, message="the template is nested too deeply; keep it below 15 levels")]
    return list(_unknown_names(tree, known))


def _unknown_names(tree: nodes.Template, known: Mapping[str, Sequence[str]]) -> Iterator[TemplateMistake]:
    assigned = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    uses: list[nodes.Getattr | nodes.Getitem] = [*tree.find_all(nodes.Getattr), *tree.find_all(nodes.Getitem)]
    for use in uses:
        root, name = use.node, _name_used(use)
        if not isinstance(root, nodes.Name) or root.name in assigned or name is None:
            continue
        if root.name in known and name not in known[root.name]:
            yield TemplateMistake(line=use.lineno, message=_unknown(root.name, name, known[root.name]))


def _name_used(use: nodes.Getattr | nodes.Getitem) -> str | None:
    if isinstance(use, nodes.Getattr):
        return use.attr
    return use.arg.value if isinstance(use.arg, nodes.Const) and isinstance(use.arg.value, str) else None


def _unknown(root: str, name: str, known: Sequence[str]) -> str:
    hint = did_you_mean(name, known) or f"; there are: {', '.join(known) or 'none'}"
    if root == "steps":
        return f'"{name}" is not a step that this one comes after{hint}'
    return f'"{name}" is not a field of the submission{hint}'
