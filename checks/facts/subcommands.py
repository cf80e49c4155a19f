"""Flags that a file declares for argparse subcommands alone, said only where its parsers are told apart by name."""

import ast
from collections import Counter
from collections.abc import Collection

from checks.facts.syntax import dotted, walk


def flags_of_subcommands(tree: ast.Module | None, flags: Collection[str]) -> tuple[ast.Call, ...]:
    """The calls that declare one of ``flags`` for a subcommand, where the main parser is not told of that flag.

    Empty where the command line may be changed before it is read, or a parser's declarations are not all plain.
    """
    nodes = list(walk(tree)) if tree else []
    parsers = _parsers(nodes)
    calls = [node for node in nodes if _method(node) == "add_argument"]
    if not parsers or not _reads_real_arguments(nodes) or not all(_is_plain(call, nodes) for call in calls):
        return ()
    declared = [call for call in calls if isinstance(call, ast.Call)]
    above = {name for call in declared if _holder(call) not in parsers for name in _names(call)}
    return tuple(call for call in declared if _holder(call) in parsers and set(_names(call)) & set(flags) - above)


def _parsers(nodes: list[ast.AST]) -> set[str]:
    """Names that are only ever given the parser of a subcommand."""
    stored = Counter(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    given = Counter(
        dotted(node.targets[0])
        for node in nodes
        if isinstance(node, ast.Assign) and _method(node.value) == "add_parser"
    )
    return {name for name, count in given.items() if name and count == stored[name]}


def _is_plain(call: ast.AST, nodes: list[ast.AST]) -> bool:
    """Whether a declaration stands on a name, outside of loops, with its names written out."""
    loops = [node for node in nodes if isinstance(node, ast.For | ast.While | ast.comprehension)]
    inside = any(call is inner for loop in loops for inner in walk(loop))
    return isinstance(call, ast.Call) and bool(_holder(call)) and len(_names(call)) == len(call.args) > 0 and not inside


def _reads_real_arguments(nodes: list[ast.AST]) -> bool:
    """Whether ``parse_args()`` is called once, bare, and ``sys.argv`` is touched after it at the earliest."""
    parses = [node for node in nodes if isinstance(node, ast.Call) and _method(node).startswith("parse_")]
    if len(parses) != 1 or parses[0].args or parses[0].keywords or _method(parses[0]) != "parse_args":
        return False
    touched = [node.lineno for node in nodes if isinstance(node, ast.Attribute | ast.Name) and _is_argv(node)]
    return all(line > parses[0].lineno for line in touched)


def _is_argv(node: ast.Attribute | ast.Name) -> bool:
    return (node.attr if isinstance(node, ast.Attribute) else node.id) == "argv"


def _method(node: ast.AST) -> str:
    return node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""


def _holder(call: ast.Call) -> str:
    return dotted(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def _names(call: ast.Call) -> list[str]:
    return [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
