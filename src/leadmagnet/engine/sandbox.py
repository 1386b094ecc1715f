"""Jinja for templates that strangers write and strangers' words are put into.

A template can read what it is given and nothing else, and it cannot eat the machine: loops, calls and
text are bounded. One environment serves one rendering, because it carries that rendering's allowance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jinja2 import BaseLoader, DictLoader, PackageLoader, StrictUndefined, nodes, pass_context
from jinja2.exceptions import SecurityError, TemplateAssertionError
from jinja2.filters import FILTERS
from jinja2.runtime import Context, Undefined, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer

from leadmagnet.engine.names import Names
from leadmagnet.engine.suggest import did_you_mean

#: Turns of loops and calls that one rendering may take; a long report takes a few thousand.
MAX_TURNS = 50_000
#: Whole numbers beyond this many bits come from a runaway product, not from a report.
MAX_INTEGER_BITS = 4_096

#: Those of Jinja's filters that cannot make much out of little (`center(10**9)` can).
_FILTERS = frozenset({
    "abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float", "forceescape",
    "groupby", "int", "items", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr",
    "reverse", "round", "select", "selectattr", "sort", "string", "striptags", "title", "trim", "truncate",
    "unique", "upper", "wordcount",
})  # fmt: skip
_TEXT_METHODS = frozenset({
    "capitalize", "casefold", "count", "endswith", "find", "index", "isalpha", "isdigit", "isnumeric", "isupper",
    "islower", "isspace", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "rfind", "rpartition",
    "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper",
})  # fmt: skip


class Missing(StrictUndefined):
    """A name that a template uses and nobody gave; the message says which, and which there are."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The missing name."""
        return str(self._undefined_name)

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return str(self._undefined_hint)
        if isinstance(self._undefined_obj, Names):
            there = self._undefined_obj
            known = ", ".join(there) or "nothing"
            return f'{there} has no "{self.name}"{did_you_mean(self.name, there) or f"; it has: {known}"}'
        if self._undefined_obj is missing:
            return f'"{self.name}" is not defined'
        return f'a value of type {type(self._undefined_obj).__name__} has no "{self.name}"'


class Sandbox(ImmutableSandboxedEnvironment):
    """The Jinja environment of one rendering of at most `max_chars` characters."""

    intercepted_binops = frozenset({"*", "+", "%", "**"})

    def __init__(self, *, html: bool, max_chars: int, filters: Mapping[str, Any] | None = None) -> None:
        loader: BaseLoader = PackageLoader("leadmagnet.engine", "templates") if html else DictLoader({})
        super().__init__(
            autoescape=html,
            undefined=Missing,
            loader=loader,
            finalize=_blank_for_none,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )
        self._max_chars = max_chars
        self._turns_left = MAX_TURNS
        self.filters = {name: FILTERS[name] for name in _FILTERS}
        self.filters |= {"join": self._joined_by, "replace": self._replaced, **(filters or {})}
        self.filters |= {"_counted": self._counted, "_joined": self._joined}
        self.globals = {name: self.globals[name] for name in ("namespace", "dict", "cycler", "joiner")}
        self.globals["range"] = self._range

    def spend(self, turns: int) -> None:
        """Take `turns` from the allowance; SecurityError when it is used up."""
        self._turns_left -= turns
        if self._turns_left < 0:
            raise SecurityError(f"the template takes more than {MAX_TURNS:,} turns; shorten its loops")

    def check_length(self, chars: int) -> None:
        """SecurityError if a text or list of that length is more than a rendering may make."""
        if chars > self._max_chars:
            raise SecurityError(f"the template makes more than {self._max_chars:,} characters; make less of it")

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """Whether a template may use that attribute: names, and the methods that only read."""
        if isinstance(obj, str):
            return attr in _TEXT_METHODS
        if isinstance(obj, bytes | int | float):
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: object) -> None:  # noqa: ARG002, a hook of the base class
        """No `str.format`: its widths make much out of little."""
        return

    # The base class names its own parameters so, to keep them apart from a template's keywords.
    def call(__self, __context: Context, __obj: object, *args: object, **kwargs: object) -> object:  # noqa: N805
        """Call `__obj` for a template, at the price of one turn."""
        __self.spend(1)
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """An operation that could make something large, after a look at what it would make."""
        if isinstance(left, int) and isinstance(right, int):
            self._check_integers(operator, left, right)
        elif operator == "%" and isinstance(left, str):
            raise SecurityError('the operator "%" does not format text here; join with "~"')
        elif operator == "+" and isinstance(left, Sequence) and isinstance(right, Sequence):
            self.check_length(len(left) + len(right))
        elif operator == "*":
            self._check_repetition(left, right)
        return super().call_binop(context, operator, left, right)

    def _check_integers(self, operator: str, left: int, right: int) -> None:
        bits = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
        if bits > MAX_INTEGER_BITS:
            raise SecurityError(f"a number of more than {MAX_INTEGER_BITS:,} bits")

    def _check_repetition(self, left: object, right: object) -> None:
        for repeated, times in ((left, right), (right, left)):
            if isinstance(repeated, Sequence) and isinstance(times, int):
                self.check_length(len(repeated) * times)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        bounded: nodes.Template = _Bounds(self).visit(tree)
        return bounded

    # `pass_context` keeps Jinja from folding constants, which would run before anything is counted.
    @pass_context
    def _counted(self, _: Context, values: Iterable[Any]) -> list[Any]:
        """What a loop goes over, paid for in advance."""
        if isinstance(values, Undefined):
            iter(values)
        turns = list(values)
        self.spend(len(turns))
        return turns

    def _range(self, *bounds: int) -> range:
        numbers = range(*bounds)
        self.spend(len(numbers))
        return numbers

    @pass_context
    def _joined(self, context: Context, parts: Sequence[Any]) -> str:
        """What `a ~ b` makes."""
        self.check_length(sum(len(part) if isinstance(part, str) else len(str(part)) for part in parts))
        return markup_join(parts) if context.eval_ctx.autoescape else str_join(parts)

    def concat(self, parts: Iterable[str]) -> str:
        """What a captured block or a macro makes."""
        pieces, chars = [], 0
        for piece in parts:
            chars += len(piece)
            self.check_length(chars)
            pieces.append(piece)
        return "".join(pieces)

    def _joined_by(self, values: Iterable[Any], separator: str = "") -> str:
        """Jinja's `join`, without its own escaping: what is printed is escaped then."""
        texts = [str(value) for value in values]
        self.check_length(sum(map(len, texts)) + len(separator) * len(texts))
        return str(separator).join(texts)

    def _replaced(self, text: object, old: str, new: str) -> str:
        """Jinja's `replace`, without its own escaping."""
        whole = str(text)
        self.check_length(len(whole) + whole.count(old) * len(new))
        return whole.replace(old, new)


class _Bounds(NodeTransformer):
    """Sends every loop and every `~` of a template through the sandbox's counting filters."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802, Jinja's naming
        if node.recursive:
            raise TemplateAssertionError('loops cannot be "recursive" here', node.lineno)
        self.generic_visit(node)
        node.iter = self._through("_counted", node.iter)
        return node

    def visit_ScopedEvalContextModifier(self, node: nodes.ScopedEvalContextModifier) -> nodes.Node:  # noqa: N802
        raise TemplateAssertionError("escaping cannot be switched here", node.lineno)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802, Jinja's naming
        self.generic_visit(node)
        return self._through("_joined", nodes.List(node.nodes, lineno=node.lineno))

    def _through(self, name: str, value: nodes.Node) -> nodes.Filter:
        made = nodes.Filter(value, name, [], [], None, None, lineno=value.lineno)
        made.set_environment(self._sandbox)
        return made


def _blank_for_none(value: object) -> object:
    """An empty place where a value is absent, instead of the word None."""
    return "" if value is None else value
