"""Under what circumstances a statement runs, so far as that decides whether a missing module ends the program."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from checks.facts.syntax import children, walk


class Guard(StrEnum):
    """What makes an import statement harmless when its module is not installed."""

    IMPORT_ERROR = "import-error"
    TYPE_CHECKING = "type-checking"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Flags:
    """The circumstances of one statement.

    Args:
        guard: what makes a failing import there harmless; None when it would end the program.
        in_function: whether the statement runs only when a function is called.
    """

    guard: Guard | None = None
    in_function: bool = False


CATCHERS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
"""Exceptions whose handler or suppression catches a failing import."""

ENDERS = frozenset({"exit", "_exit", "quit", "abort"})
"""Last name of the calls that end the program, such as ``sys.exit``."""

CONDITIONS = frozenset({"sys.platform", "os.name", "platform.system", "platform.machine"})
"""What a test mentions when its branches are a choice made for this machine; its last two names."""

CONDITION_NAMES = frozenset({"version_info", "hexversion", "find_spec"})
"""The same by the last name alone."""

AVAILABLE = re.compile(r"is_\w+_available")
"""Functions by which libraries say that an optional one is installed, such as ``is_flash_attn_available``."""


def guarded(node: ast.AST, flags: Flags) -> Iterator[tuple[ast.AST, Flags]]:
    """The children of a node, each with the circumstances it runs under."""
    match node:
        case ast.Try() | ast.TryStar():
            yield from _try(node, flags)
        case ast.If(test=test):
            guard = _condition(test)
            inside = replace(flags, guard=flags.guard or guard)
            yield test, flags
            yield from ((child, inside) for child in node.body)
            outside = flags if guard is Guard.TYPE_CHECKING else inside
            yield from ((child, outside) for child in node.orelse)
        case ast.With() if any(_suppresses(item.context_expr) for item in node.items):
            inside = replace(flags, guard=flags.guard or Guard.IMPORT_ERROR)
            yield from ((child, flags) for child in node.items)
            yield from ((child, inside) for child in node.body)
        case _:
            yield from ((child, flags) for child in children(node))


def _try(node: ast.Try | ast.TryStar, flags: Flags) -> Iterator[tuple[ast.AST, Flags]]:
    catching = [handler for handler in node.handlers if _catches(handler.type)]
    forgiving = bool(catching) and not any(_gives_up(handler) for handler in catching)
    inside = replace(flags, guard=flags.guard or Guard.IMPORT_ERROR) if forgiving else flags
    yield from ((child, inside) for child in (*node.body, *node.handlers, *node.orelse))
    yield from ((child, flags) for child in node.finalbody)


def _catches(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(last_name(each) in CATCHERS for each in kinds)


def _gives_up(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return last_name(last.value.func) in ENDERS
    return isinstance(last, ast.Raise)


def _suppresses(expression: ast.expr) -> bool:
    return (
        isinstance(expression, ast.Call)
        and last_name(expression.func) == "suppress"
        and any(last_name(kind) in CATCHERS for kind in expression.args)
    )


def _condition(test: ast.expr) -> Guard | None:
    if last_name(test) == "TYPE_CHECKING":
        return Guard.TYPE_CHECKING
    for node in walk(test):
        if isinstance(node, ast.Name | ast.Attribute) and _is_condition(node):
            return Guard.CONDITION
    return None


def _is_condition(node: ast.Name | ast.Attribute) -> bool:
    name = last_name(node)
    if name in CONDITION_NAMES or AVAILABLE.fullmatch(name):
        return True
    return isinstance(node, ast.Attribute) and f"{last_name(node.value)}.{name}" in CONDITIONS


def last_name(node: ast.AST) -> str:
    """``suppress`` of both ``suppress`` and ``contextlib.suppress``; empty for anything but a name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
