"""DynamoDB's expressions, read into trees: the part of the grammar that our writers speak, and nothing else.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tests.steplog.simulation.answers import invalid

_TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|#\w+|:\w+|\d+|<=|>=|<>|[=<>(),.\[\]])")
_CLAUSES = ("SET", "ADD", "REMOVE")
_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")

#: Names (still with their #aliases) and list indexes, from the top of the item downwards.
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A placeholder such as :v."""

    name: str


@dataclass(frozen=True, slots=True)
class PathOf:
    """What stands at a path."""

    path: Path


@dataclass(frozen=True, slots=True)
class ListAppend:
    """Two lists, one after the other."""

    first: Value | PathOf
    second: Value | PathOf


@dataclass(frozen=True, slots=True)
class SizeOf:
    """size(path)."""

    path: Path


@dataclass(frozen=True, slots=True)
class IfNotExists:
    """What stands at a path, or a placeholder if nothing does."""

    path: Path
    otherwise: Value


Operand = Value | PathOf | ListAppend | IfNotExists


@dataclass(frozen=True, slots=True)
class Compare:
    """left comparison right."""

    left: Value | PathOf | SizeOf
    comparison: str
    right: Value | PathOf | SizeOf


@dataclass(frozen=True, slots=True)
class Exists:
    """attribute_exists(path), or attribute_not_exists(path) when not `wanted`."""

    path: Path
    wanted: bool


@dataclass(frozen=True, slots=True)
class Among:
    """side IN (values)."""

    side: Value | PathOf | SizeOf
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Alternatives, each of tests that must all hold."""

    alternatives: tuple[tuple[Test, ...], ...]


Test = Compare | Exists | Among | AnyOf


@dataclass(frozen=True, slots=True)
class Update:
    """An update expression."""

    sets: tuple[tuple[Path, Operand], ...]
    adds: tuple[tuple[Path, Value], ...]
    removes: tuple[Path, ...]
    #: Aliases and placeholders that it uses.
    uses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition expression: tests that must all hold."""

    tests: tuple[Test, ...]
    uses: frozenset[str]


@lru_cache(maxsize=4096)
def parse_update(text: str) -> Update:
    """The tree of an update expression; ValidationException if it is none."""
    return _Parser(text, "UpdateExpression").update()


@lru_cache(maxsize=4096)
def parse_condition(text: str) -> Condition:
    """The tree of a condition expression; ValidationException if it is none."""
    return _Parser(text, "ConditionExpression").condition()


class _Parser:
    def __init__(self, text: str, kind: str) -> None:
        self._kind = kind
        if len(text.encode()) > 4096:
            raise invalid(f"Invalid {kind}: Expression size has exceeded the maximum allowed size")
        self._tokens = self._split(text)
        self._at = 0

    def _split(self, text: str) -> list[str]:
        tokens: list[str] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._syntax_error(text[at])
            tokens.append(match[1])
            at = match.end()
        return tokens

    def update(self) -> Update:
        sets: list[tuple[Path, Operand]] = []
        adds: list[tuple[Path, Value]] = []
        removes: list[Path] = []
        seen: set[str] = set()
        while self._peek():
            clause = self._next()
            if clause not in _CLAUSES:
                raise self._syntax_error(clause)
            if clause in seen:
                raise invalid(f'Invalid {self._kind}: The "{clause}" section can only be used once')
            seen.add(clause)
            self._clause(clause, sets, adds, removes)
        return Update(tuple(sets), tuple(adds), tuple(removes), self._uses())

    def _clause(
        self, clause: str, sets: list[tuple[Path, Operand]], adds: list[tuple[Path, Value]], removes: list[Path]
    ) -> None:
        while True:
            path = self._path()
            if clause == "SET":
                self._expect("=")
                sets.append((path, self._operand()))
            elif clause == "ADD":
                adds.append((path, self._value()))
            else:
                removes.append(path)
            if self._peek() != ",":
                return
            self._next()

    def condition(self) -> Condition:
        tests = self._alternatives()
        if self._peek():
            raise self._syntax_error(self._peek())
        return Condition(tests, self._uses())

    def _alternatives(self) -> tuple[Test, ...]:
        alternatives = [self._conjunction()]
        while self._peek() == "OR":
            self._next()
            alternatives.append(self._conjunction())
        return alternatives[0] if len(alternatives) == 1 else (AnyOf(tuple(alternatives)),)

    def _conjunction(self) -> tuple[Test, ...]:
        tests = [self._test()]
        while self._peek() == "AND":
            self._next()
            tests.append(self._test())
        return tuple(tests)

    def _test(self) -> Test:
        if self._peek() == "(":
            self._next()
            tests = self._alternatives()
            self._expect(")")
            return tests[0] if len(tests) == 1 else AnyOf((tests,))
        if self._peek() in ("attribute_exists", "attribute_not_exists"):
            wanted = self._next() == "attribute_exists"
            return Exists(self._in_brackets(), wanted)
        left = self._side()
        comparison = self._next()
        if comparison == "IN":
            return Among(left, self._listed())
        if comparison not in _COMPARISONS:
            raise self._syntax_error(comparison)
        return Compare(left, comparison, self._side())

    def _listed(self) -> tuple[Value, ...]:
        self._expect("(")
        values = [self._value()]
        while self._peek() == ",":
            self._next()
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _side(self) -> Value | PathOf | SizeOf:
        if self._peek() == "size":
            self._next()
            return SizeOf(self._in_brackets())
        return self._simple()

    def _operand(self) -> Operand:
        if self._peek() == "if_not_exists":
            self._next()
            self._expect("(")
            path = self._path()
            self._expect(",")
            otherwise = self._value()
            self._expect(")")
            return IfNotExists(path, otherwise)
        if self._peek() != "list_append":
            return self._simple()
        self._next()
        self._expect("(")
        first = self._simple()
        self._expect(",")
        second = self._simple()
        self._expect(")")
        return ListAppend(first, second)

    def _simple(self) -> Value | PathOf:
        return self._value() if self._peek().startswith(":") else PathOf(self._path())

    def _value(self) -> Value:
        token = self._next()
        if not token.startswith(":"):
            raise self._syntax_error(token)
        return Value(token)

    def _in_brackets(self) -> Path:
        self._expect("(")
        path = self._path()
        self._expect(")")
        return path

    def _path(self) -> Path:
        path: list[str | int] = [self._name()]
        while self._peek() in (".", "["):
            if self._next() == ".":
                path.append(self._name())
            else:
                path.append(int(self._next()))
                self._expect("]")
        return tuple(path)

    def _name(self) -> str:
        token = self._next()
        if not (token[0].isalpha() or token[0] in "_#"):
            raise self._syntax_error(token)
        return token

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise self._syntax_error("<EOF>")
        self._at += 1
        return token

    def _expect(self, wanted: str) -> None:
        token = self._next()
        if token != wanted:
            raise self._syntax_error(token)

    def _uses(self) -> frozenset[str]:
        return frozenset(token for token in self._tokens if token[0] in "#:")

    def _syntax_error(self, token: str) -> Exception:
        return invalid(f'Invalid {self._kind}: Syntax error; token: "{token}"')
