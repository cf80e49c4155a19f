"""What an expression of the code is for one run, as far as the run's configuration and constants decide it."""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from checks.context import Context
from checks.facts.config_uses import config_uses
from checks.facts.hydra_commands import effective_config
from checks.facts.imports import imports
from checks.facts.nodes import Nodes, nodes

READING = frozenset({"get", "keys", "items", "values", "index", "count", "copy"})
"""Methods of a table or list that leave it as it is."""
LOOKING = frozenset(
    {
        "sorted", "list", "tuple", "set", "frozenset", "dict", "len", "print", "str", "repr", "any", "all",
        "map", "join", "info", "debug", "warning", "error", "critical", "exit", "max", "min", "enumerate",
        "zip", "next", "iter", "isinstance",
    }
)  # fmt: skip
"""Functions that leave a table or list as it is."""
CHANGEABLE = (ast.Dict, ast.List, ast.Set)
MOST_DEPTH = 8
"""Parts and names that an expression is followed to."""


class UndecidedError(Exception):
    """The files do not decide what the expression is."""


METHODS = frozenset(
    {"lower", "upper", "strip", "casefold", "title", "startswith", "endswith", "replace", "removeprefix"}
)
"""Methods of a text that are worked out."""
COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.In: lambda one, other: one in other,
    ast.NotIn: lambda one, other: one not in other,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}


class RunValues:
    """The values of one run in full mode.

    Args:
        context: the review.
        run: the run's id.
    """

    def __init__(self, context: Context, run: str) -> None:
        self.run = run
        self._context = context
        self._config: Mapping[str, Any] = {**effective_config(context, run), "mode": "full"}
        self._uses = context.fact(config_uses)
        self._written = {use.key for use in self._uses.writes if use.key}
        self.used: dict[tuple[str, ...], Any] = {}

    def of(self, path: str, node: ast.AST, depth: int = MOST_DEPTH) -> Any:
        """The value; keys that it was made of are added to ``used``. Raises UndecidedError."""
        if not depth:
            raise UndecidedError
        key = self._uses.key_of(path, node)
        if key:
            return self._setting(key)
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name() if (assigned := self._context.fact(imports)[path].assigned(node)) is not None:
                if isinstance(assigned, CHANGEABLE) and node.id in self._context.fact(changed_names)[path]:
                    raise UndecidedError
                return self.of(path, assigned, depth - 1)
            case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
                return tuple(self.of(path, item, depth - 1) for item in items[:50])
            case ast.Dict(keys=keys) if all(isinstance(each, ast.Constant) for each in keys):
                return tuple(each.value for each in keys if isinstance(each, ast.Constant))
            case ast.Call():
                return self._call(path, node, depth)
        return self._truth(path, node, depth)

    def assigned(self, path: str, name: ast.Name) -> ast.expr | None:
        """The expression that a name was given, where there is one alone."""
        return self._context.fact(imports)[path].assigned(name)

    def _truth(self, path: str, node: ast.AST, depth: int) -> bool:
        match node:
            case ast.Compare():
                return self._compared(path, node, depth)
            case ast.BoolOp():
                return self._logic(path, node, depth)
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return not self.of(path, inner, depth - 1)
        raise UndecidedError

    def _setting(self, key: tuple[str, ...]) -> Any:
        value: Any = self._config
        for part in key:
            if not isinstance(value, Mapping) or part not in value:
                raise UndecidedError
            value = value[part]
        changed = key != ("mode",) and any(key[: len(each)] == each for each in self._written)
        if changed or (isinstance(value, str) and ("${" in value or value == "???")):
            raise UndecidedError
        if isinstance(value, Mapping | list):
            raise UndecidedError
        self.used[key] = value
        return value

    def _compared(self, path: str, node: ast.Compare, depth: int) -> bool:
        values = [self.of(path, each, depth - 1) for each in (node.left, *node.comparators)]
        try:
            pairs = zip(node.ops, values, values[1:], strict=False)
            return all(COMPARISONS[type(op)](one, other) for op, one, other in pairs)
        except TypeError as error:
            raise UndecidedError from error

    def _logic(self, path: str, node: ast.BoolOp, depth: int) -> bool:
        """``and`` is false where one part is, whatever the undecided others are; ``or`` the other way round."""
        decisive, undecided = isinstance(node.op, ast.Or), False
        for each in node.values:
            try:
                if bool(self.of(path, each, depth - 1)) is decisive:
                    return decisive
            except UndecidedError:
                undecided = True
        if undecided:
            raise UndecidedError
        return not decisive

    def _call(self, path: str, call: ast.Call, depth: int) -> Any:
        given = [self.of(path, each, depth - 1) for each in call.args]
        if call.keywords:
            raise UndecidedError
        if isinstance(call.func, ast.Name) and call.func.id == "str" and len(given) == 1:
            return str(given[0])
        if isinstance(call.func, ast.Attribute):
            subject = self.of(path, call.func.value, depth - 1)
            if isinstance(subject, str) and call.func.attr in METHODS and all(_is_text(each) for each in given):
                try:
                    return getattr(subject, call.func.attr)(*given)
                except TypeError as error:
                    raise UndecidedError from error
            if isinstance(subject, tuple) and call.func.attr == "keys" and not given:
                return subject
        raise UndecidedError


def _is_text(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, Sequence) and all(isinstance(each, str) for each in value))


def changed_names(context: Context) -> Mapping[str, frozenset[str]]:
    """By file, the names of which some use may change what they hold, in whatever file they are imported."""
    found = {path: frozenset(_uses_that_change(each)) for path, each in context.fact(nodes).items()}
    return {path: mine | _changed_elsewhere(context, path, found) for path, mine in found.items()}


def _changed_elsewhere(context: Context, path: str, found: Mapping[str, frozenset[str]]) -> frozenset[str]:
    others = (
        each.origin.rpartition(".")[2]
        for other, names in found.items()
        if other != path
        for each in context.fact(imports)[other]
        if each.bound in names
    )
    return frozenset(others)


def _uses_that_change(inside: Nodes) -> Iterator[str]:
    for name in inside.of(ast.Name):
        if isinstance(name.ctx, ast.Load) and not _only_reads(inside.parent(name)):
            yield name.id
    for each in inside.of(ast.AugAssign):
        if isinstance(each.target, ast.Name):
            yield each.target.id


def _only_reads(parent: ast.AST | None) -> bool:
    match parent:
        case ast.Subscript(ctx=ast.Load()) | ast.Compare() | ast.FormattedValue() | ast.For() | ast.comprehension():
            return True
        case ast.Attribute(attr=name):
            return name in READING
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in LOOKING or name.endswith(("Error", "Exception", "Exit"))
    return False
