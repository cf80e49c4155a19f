"""Every syntax node of every Python file, in one walk: by type, by position in the tree, with its parent.

Rules that walk a file anew each cost as much as parsing it; an index makes the next rule nearly free. The nodes are in
the order of the source, so a subtree is one run of them, and what lies under a node is found by bisection.
"""

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeVar

from checks.facts.syntax import RUN

Node = TypeVar("Node", bound=ast.AST)

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
"""What opens a function's scope."""
NO_CHILD = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
"""Nodes that CPython shares between parents and that hold nothing; they are left out."""


class Nodes:
    """The nodes of one file.

    Args:
        tree: the parsed file; None for one that does not parse, which has no nodes.
    """

    def __init__(self, tree: ast.Module | None) -> None:
        self.tree = tree
        self._all: list[ast.AST] = []
        self._place: dict[ast.AST, int] = {}
        self._end: list[int] = []
        self._parents: dict[ast.AST, ast.AST] = {}
        self._types: dict[type[ast.AST], list[int]] = {}
        if tree is not None:
            self._walk(tree)

    def _walk(self, tree: ast.Module) -> None:
        every, ends, place, parents, types = self._all, self._end, self._place, self._parents, self._types
        stack: list[ast.AST | int] = [tree]
        while stack:
            node = stack.pop()
            if isinstance(node, int):
                ends[node] = len(every)
                continue
            here = place[node] = len(every)
            every.append(node)
            ends.append(here + 1)
            node.__dict__[RUN] = (every, ends, here)
            types.setdefault(type(node), []).append(here)
            children = _children(node)
            if children:
                stack.append(here)
                for child in reversed(children):
                    parents[child] = node
                    stack.append(child)

    def __iter__(self) -> Iterator[ast.AST]:
        return iter(self._all)

    def of(self, *types: type[Node]) -> Iterator[Node]:
        """The nodes of these exact types, in the order of the source."""
        return self._picked(types, 0, len(self._all))

    @cached_property
    def statements(self) -> tuple[ast.stmt, ...]:
        """Every statement, in the order of the source."""
        return tuple(node for node in self._all if isinstance(node, ast.stmt))

    def under(self, node: ast.AST, *types: type[Node]) -> Iterator[Node]:
        """The nodes of these exact types in ``node``'s subtree, itself included; of every type when none is named."""
        first = self._place.get(node)
        return self._picked(types or tuple(self._types), first, self._end[first]) if first is not None else iter(())  # type: ignore[arg-type]

    def within(self, node: ast.AST, outer: ast.AST) -> bool:
        """Whether ``node`` lies in the subtree of ``outer``, or is it."""
        here, first = self._place.get(node), self._place.get(outer)
        return here is not None and first is not None and first <= here < self._end[first]

    def before(self, first: ast.AST, second: ast.AST) -> bool:
        """Whether ``first`` starts before ``second`` in the source."""
        return self._place.get(first, 0) < self._place.get(second, 0)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node that holds this one; None for the file itself."""
        return self._parents.get(node)

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """Parent, grandparent and so on, the file last."""
        parent = self._parents.get(node)
        while parent is not None:
            yield parent
            parent = self._parents.get(parent)

    def nearest(self, node: ast.AST, *types: type[Node]) -> Node | None:
        """The innermost node of these types around ``node``; None where there is none."""
        return next((outer for outer in self.above(node) if isinstance(outer, types)), None)

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The statement that an expression is part of; a statement itself."""
        return node if isinstance(node, ast.stmt) else self.nearest(node, ast.stmt)

    def function(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The ``def`` whose code runs ``node``; None at the top level and in a class body."""
        found: Iterator[ast.AST] = self.above(node)
        return next((outer for outer in found if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)), None)

    def _picked(self, types: Iterable[type[Node]], first: int, end: int) -> Iterator[Node]:
        found = [self._types[each] for each in types if each in self._types]
        places = [place[bisect_left(place, first) : bisect_left(place, end)] for place in found]
        flat = places[0] if len(places) == 1 else sorted(here for some in places for here in some)
        return (self._all[here] for here in flat)  # type: ignore[misc]


def _children(node: ast.AST) -> list[ast.AST]:
    children: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            if not isinstance(value, NO_CHILD):
                children.append(value)
        elif isinstance(value, list):
            children += [child for child in value if isinstance(child, ast.AST) and not isinstance(child, NO_CHILD)]
    return children
