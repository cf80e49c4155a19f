"""Small questions about syntax trees that several facts ask."""

import ast
from collections.abc import Iterable, Iterator

INDEX, PLACE = "_index", "_place"
"""Names under which an indexed node keeps its file's index and its place in it (see ``checks.facts.node_index``)."""


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """The node and everything under it, as ``ast.walk`` gives it but in the order of the source where it is indexed.

    A slice of the index costs a fraction of a walk; contexts and operators, which hold nothing, are left out of it.
    """
    index = node.__dict__.get(INDEX)
    if index is None:
        return ast.walk(node)
    here = node.__dict__[PLACE]
    return iter(index.all[here : index.ends[here]])


def children(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes right under a node, as ``ast.iter_child_nodes`` gives them, contexts and operators left out."""
    index = node.__dict__.get(INDEX)
    if index is None:
        yield from ast.iter_child_nodes(node)
        return
    every, ends = index.all, index.ends
    here = node.__dict__[PLACE]
    end = ends[here]
    here += 1
    while here < end:
        yield every[here]
        here = ends[here]


class Parents:
    """The parent of each node under a root: read off the index where there is one.

    Args:
        root: the node whose subtree is asked about.
    """

    def __init__(self, root: ast.AST) -> None:
        self._index = root.__dict__.get(INDEX)
        plain = () if self._index else ast.walk(root)
        self._known = {child: node for node in plain for child in ast.iter_child_nodes(node)}

    def get(self, node: ast.AST) -> ast.AST | None:
        """The parent; None for a root."""
        if self._index is None:
            return self._known.get(node)
        found: ast.AST | None = self._index.parent(node)
        return found

    def __getitem__(self, node: ast.AST) -> ast.AST:
        found = self.get(node)
        if found is None:
            raise KeyError(node)
        return found

    def __contains__(self, node: ast.AST) -> bool:
        return self.get(node) is not None


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


def defaults(parameters: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """Every parameter that has a default, with it."""
    plain = [*parameters.posonlyargs, *parameters.args]
    for each, value in zip(plain[len(plain) - len(parameters.defaults) :], parameters.defaults, strict=True):
        yield each.arg, value
    for each, kept in zip(parameters.kwonlyargs, parameters.kw_defaults, strict=True):
        if kept is not None:
            yield each.arg, kept


def arguments(function: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Parameter name and value of what a call passes plainly; starred arguments are left out."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    for name, value in zip(names, call.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        yield name, value
    yield from ((word.arg, word.value) for word in call.keywords if word.arg)
