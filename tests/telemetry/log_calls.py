"""Every call of a logger in the source, read from its syntax: what it says, and which facts it attaches."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "leadmagnet"
_LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}

#: The value where it is a literal; None where it is made when the program runs.
Fields = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCall:
    """One call."""

    place: str
    #: None if it is put together when the program runs.
    message: str | None
    #: None if its syntax does not say which they are.
    fields: Fields | None

    @property
    def event(self) -> object:
        return (self.fields or {}).get("event")


@cache
def calls() -> tuple[LogCall, ...]:
    """All of them."""
    return tuple(call for path in sorted(SOURCE.rglob("*.py")) for call in calls_in(path.read_text(), path))


def calls_in(text: str, path: Path = SOURCE) -> Iterator[LogCall]:
    """Those of one module."""
    module = ast.parse(text)
    loggers = {target.id for target in _named_loggers(module)}
    for scope in [module, *(node for node in ast.walk(module) if isinstance(node, ast.FunctionDef))]:
        for node in _own_nodes(scope):
            if isinstance(node, ast.Call) and _is_log_call(node, loggers):
                yield _log_call(node, scope, path)


def _named_loggers(module: ast.Module) -> Iterator[ast.Name]:
    for node in module.body:
        if isinstance(node, ast.Assign) and "getLogger" in ast.unparse(node.value):
            yield from (target for target in node.targets if isinstance(target, ast.Name))


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of `scope` without those of functions within it, but with those of its closures' enclosing lines."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef):
            yield child
            yield from _own_nodes(child)


def _is_log_call(node: ast.Call, loggers: set[str]) -> bool:
    called = node.func
    if not isinstance(called, ast.Attribute) or called.attr not in _LEVELS:
        return False
    return isinstance(called.value, ast.Name) and called.value.id in loggers | {"logging"}


def _log_call(node: ast.Call, scope: ast.AST, path: Path) -> LogCall:
    # The first argument of `log` is the level.
    said = node.args[1:] if isinstance(node.func, ast.Attribute) and node.func.attr == "log" else node.args
    extra = next((keyword.value for keyword in node.keywords if keyword.arg == "extra"), None)
    return LogCall(
        place=f"{path.relative_to(SOURCE) if path != SOURCE else path.name}:{node.lineno}",
        message=_constant(said),
        fields={} if extra is None else _fields(extra, scope),
    )


def _constant(arguments: list[ast.expr]) -> str | None:
    match arguments:
        case [ast.Constant(value=str(sentence))]:
            return sentence
    return None


def _fields(value: ast.expr, scope: ast.AST) -> Fields | None:
    match value:
        case ast.Dict():
            return _of_display(value, scope)
        case ast.BinOp(op=ast.BitOr()):
            return _joined(_fields(value.left, scope), _fields(value.right, scope))
        case ast.IfExp():
            return _joined(_fields(value.body, scope), _fields(value.orelse, scope))
        case ast.Name():
            return _of_variable(value.id, scope)
    return None


def _of_display(display: ast.Dict, scope: ast.AST) -> Fields | None:
    found: Fields | None = {}
    for key, value in zip(display.keys, display.values, strict=True):
        if key is None:
            found = _joined(found, _fields(value, scope))
        elif isinstance(key, ast.Constant) and isinstance(key.value, str):
            literal = value.value if isinstance(value, ast.Constant) else None
            found = _joined(found, {key.value: literal})
        else:
            return None
    return found


def _of_variable(name: str, scope: ast.AST) -> Fields | None:
    """What all assignments of the variable in its function give it."""
    values = [value for node in _own_nodes(scope) if (value := _assigned(node, name)) is not None]
    found: Fields | None = {} if values else None
    for value in values:
        found = _joined(found, _fields(value, scope))
    return found


def _assigned(node: ast.AST, name: str) -> ast.expr | None:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    if not any(isinstance(target, ast.Name) and target.id == name for target in targets):
        return None
    return node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) else None


def _joined(first: Fields | None, second: Fields | None) -> Fields | None:
    return None if first is None or second is None else {**first, **second}
