"""What an expression may hold: assignments, parameters, attributes and returned values, followed backwards by name.

More is found than can happen; ask it whether something *may* hold a text or the result of a call, never that it must.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator

from checks.context import Context
from checks.facts.call_graph import CallGraph, Function, call_graph
from checks.facts.nodes import Nodes, nodes

MOST = 400
"""Expressions that one question looks at."""
MOST_NODES = 200_000
"""Nodes that all questions about one tree look at together."""
MEASURING = frozenset({"bool", "hash", "id", "isinstance", "len", "type"})
"""Functions that give nothing of what they are given."""
MOST_NESTED = 20
"""Functions within functions that a name is looked up through."""
GROWING = frozenset({"append", "extend", "insert", "add", "update", "put", "put_nowait", "setdefault"})
"""Methods by which a container takes in a value."""


class MayHold:
    """Answers what expressions may hold.

    Args:
        context: the review's material.
    """

    def __init__(self, context: Context) -> None:
        self._nodes = context.fact(nodes)
        self._graph: CallGraph = context.fact(call_graph)
        self._left = MOST_NODES
        self._names: dict[tuple[str, ast.AST | None, str], list[ast.expr]] = defaultdict(list)
        self._attributes: dict[str, list[tuple[str, ast.expr]]] = defaultdict(list)
        for path, found in self._nodes.items():
            for target, value in _bindings(found):
                if isinstance(target, ast.Name):
                    self._names[path, found.function(target), target.id].append(value)
                elif isinstance(target, ast.Attribute):
                    self._attributes[target.attr].append((path, value))

    @property
    def exhausted(self) -> bool:
        """Whether too much was asked, so that answers lack something: nothing may then be concluded from absence."""
        return self._left <= 0

    def parts(self, path: str, node: ast.expr) -> Iterator[tuple[str, ast.AST]]:
        """Every node that may be part of what an expression holds, the expression's own first, each with its file."""
        waiting: list[tuple[str, ast.AST]] = [(path, node)]
        seen: set[ast.AST] = {node}
        for here, top in waiting:
            alone = isinstance(top, ast.Name | ast.Constant)
            under: Iterator[ast.AST] = iter((top,)) if alone else self._nodes[here].under(top)
            for inner in under:
                self._left -= 1
                if self._left <= 0:
                    return
                yield here, inner
                for found in (
                    self.behind(here, inner) if len(seen) < MOST and not self._is_measured(here, inner) else ()
                ):
                    if found[1] not in seen:
                        seen.add(found[1])
                        waiting.append(found)

    def _is_measured(self, path: str, node: ast.AST) -> bool:
        """Whether only the length or the kind of something counts."""
        outer = self._nodes[path].parent(node) if isinstance(node, ast.Name) else None
        return isinstance(outer, ast.Call) and isinstance(outer.func, ast.Name) and outer.func.id in MEASURING

    def texts(self, path: str, node: ast.expr) -> set[str]:
        """Every text that may be part of what an expression holds."""
        parts = self.parts(path, node)
        return {each.value for _, each in parts if isinstance(each, ast.Constant) and isinstance(each.value, str)}

    def behind(self, path: str, node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
        """What a name, an attribute or a call of the tree's own function may stand for, one step back."""
        if isinstance(node, ast.Name):
            yield from self._behind_name(path, node)
        elif isinstance(node, ast.Attribute):
            yield from self._attributes.get(node.attr, ())
        elif isinstance(node, ast.Call):
            for function in self._graph.definitions(path, node.func):
                where = self._graph.path_of[function]
                for each in self._nodes[where].under(function, ast.Return):
                    if each.value is not None:
                        yield where, each.value

    def _behind_name(self, path: str, name: ast.Name) -> Iterator[tuple[str, ast.AST]]:
        found = self._nodes[path]
        function = found.function(name)
        for _ in range(MOST_NESTED):
            yield from ((path, value) for value in self._names.get((path, function, name.id), ()))
            if function is None:
                return
            if name.id in parameters(function):
                for site in self._graph.sites[function]:
                    if name.id in site.given:
                        yield site.path, site.given[name.id]
                return
            function = found.function(function)


def may_hold(context: Context) -> MayHold:
    """What expressions may hold; use it as ``context.fact(may_hold)``."""
    return MayHold(context)


def parameters(function: Function) -> set[str]:
    """The names of a function's plain parameters."""
    given = function.args
    return {each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)}


def _bindings(found: Nodes) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in found.of(
        ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.For, ast.AsyncFor, ast.comprehension, ast.withitem,
        ast.Call,
    ):  # fmt: skip
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from ((each, value) for each in _flat(target))
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                yield target, value
            case ast.AugAssign(target=target, value=value):
                yield target, value
            case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
                yield from ((each, value) for each in _flat(target))
            case ast.comprehension(target=target, iter=value):
                yield from ((each, value) for each in _flat(target))
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                yield target, value
            case ast.Call(func=ast.Attribute(value=target, attr=name), args=given) if name in GROWING:
                yield from ((target, value) for value in given)


def _flat(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        yield from target.elts
    else:
        yield target.value if isinstance(target, ast.Subscript) else target
