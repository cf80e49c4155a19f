"""Small questions about syntax trees that several facts ask."""

import ast
from collections.abc import Iterable, Iterator

RUN = "_run"
"""Name under which an indexed node keeps where its subtree lies (see ``checks.facts.nodes``)."""


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """The node and everything under it, as ``ast.walk`` gives it but in the order of the source where it is indexed.

    A slice of the index costs a fraction of a walk; contexts and operators, which hold nothing, are left out of it.
    """
    run = node.__dict__.get(RUN)
    if run is None:
        return ast.walk(node)
    every, ends, here = run
    return iter(every[here : ends[here]])


def text_of(node: ast.AST) -> str:
    """The node's normalised source; empty for one nested too deeply to be printed."""
    try:
        return ast.unparse(node)
    except RecursionError:
        return ""


def dotted(node: ast.AST) -> str:
    """``a.b.c`` for a name or a chain of attributes; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Every string constant under the nodes."""
    for outer in nodes:
        for node in walk(outer):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument, or None."""
    return next((word.value for word in call.keywords if word.arg == name), None)


def arguments(function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Parameter name and value of what a call passes plainly; starred arguments are left out."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    for name, value in zip(names, call.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        yield name, value
    yield from ((word.arg, word.value) for word in call.keywords if word.arg)
