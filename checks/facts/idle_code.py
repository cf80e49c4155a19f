"""Whether the statement that a comment stands above does nothing: what words of unfinished code are measured by."""

import ast
from collections.abc import Iterator

from checks.facts.guards import last_name
from checks.facts.nodes import Nodes

NEAR = 4
"""Lines below a comment in which its statement begins."""


def does_nothing_below(found: Nodes, line: int) -> bool:
    """Whether the statement on a line, or else the first one within a few lines below it, does nothing.

    ``pass``, ``...``, ``return`` of nothing, of something written out or of an empty collection, and
    ``raise NotImplementedError`` do nothing.
    """
    near = [each for each in _statements(found) if line <= each.lineno <= line + NEAR]
    if not near:
        return False
    first = min(each.lineno for each in near)
    return any(_does_nothing(each) for each in near if each.lineno == first)


def _statements(found: Nodes) -> Iterator[ast.stmt]:
    for each in found.of(ast.Pass, ast.Expr, ast.Return, ast.Raise, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.If,
                         ast.For, ast.While, ast.With, ast.Try, ast.FunctionDef, ast.ClassDef):  # fmt: skip
        value = each.value if isinstance(each, ast.Expr) else None
        if not (isinstance(value, ast.Constant) and isinstance(value.value, str)):
            yield each


def _does_nothing(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant()) | ast.Return(value=None):
            return True
        case ast.Return(value=ast.Constant() | ast.Dict(keys=[]) | ast.List(elts=[])):
            return True
        case ast.Raise(exc=ast.expr() as error):
            return last_name(error.func if isinstance(error, ast.Call) else error) == "NotImplementedError"
    return False
