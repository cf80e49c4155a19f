"""Every syntax node of every Python file, in one walk: by type, by position in the tree, with its parent.

Rules that walk a file anew each cost as much as parsing it; an index makes the next rule nearly free. The nodes are in
the order of the source, so a subtree is one run of them, and what lies under a node is found by bisection.
"""

import ast
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeVar

from checks.facts.syntax import INDEX, PLACE

Node = TypeVar("Node", bound=ast.AST)

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
"""What opens a function's scope."""
NO_CHILD = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
"""Nodes that CPython shares between parents and that hold nothing; they are left out."""


_NUMBERS: list[int] = []
"""One object for each place: files share them, where each would hold 28 bytes for every node."""


class Nodes:
    """The nodes of one file.

    Args:
        tree: the parsed file; None for one that does not parse, which has no nodes.
    """

    def __init__(self, tree: ast.Module | None) -> None:
        self.tree = tree
        self.all: list[ast.AST] = []
        self.ends = array("i")
        self._parents = array("i")
        self._types: dict[type[ast.AST], array[int]] = {}
        if tree is not None:
            self._walk(tree)

    def _walk(self, tree: ast.Module) -> None:
        every, ends, parents, types = self.all, self.ends, self._parents, self._types
        stack: list[tuple[ast.AST, int]] = [(tree, -1)]
        while stack:
            node, parent = stack.pop()
            here = len(every)
            if here == len(_NUMBERS):
                _NUMBERS.append(here)
            every.append(node)
            parents.append(parent)
            node.__dict__[INDEX] = self
            node.__dict__[PLACE] = _NUMBERS[here]
            places = types.get(type(node))
            if places is None:
                places = types[type(node)] = array("i")
            places.append(here)
            stack += [(child, here) for child in reversed(_children(node))]
        ends.extend(range(1, len(every) + 1))
        for here in range(len(every) - 1, 0, -1):
            ends[parents[here]] = max(ends[parents[here]], ends[here])

    def __iter__(self) -> Iterator[ast.AST]:
        return iter(self.all)

    def of(self, *types: type[Node]) -> Iterator[Node]:
        """The nodes of these exact types, in the order of the source."""
        return self._picked(types, 0, len(self.all))

    @cached_property
    def statements(self) -> tuple[ast.stmt, ...]:
        """Every statement, in the order of the source."""
        return tuple(node for node in self.all if isinstance(node, ast.stmt))

    def under(self, node: ast.AST, *types: type[Node]) -> Iterator[Node]:
        """The nodes of these exact types in ``node``'s subtree, itself included; of every type when none is named."""
        first = self._at(node)
        return self._picked(types or tuple(self._types), first, self.ends[first]) if first is not None else iter(())  # type: ignore[arg-type]

    def within(self, node: ast.AST, outer: ast.AST) -> bool:
        """Whether ``node`` lies in the subtree of ``outer``, or is it."""
        here, first = self._at(node), self._at(outer)
        return here is not None and first is not None and first <= here < self.ends[first]

    def before(self, first: ast.AST, second: ast.AST) -> bool:
        """Whether ``first`` starts before ``second`` in the source."""
        return (self._at(first) or 0) < (self._at(second) or 0)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node that holds this one; None for the file itself."""
        here = self._at(node)
        return self.all[self._parents[here]] if here else None

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """Parent, grandparent and so on, the file last."""
        here = self._at(node)
        while here:
            here = self._parents[here]
            yield self.all[here]

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

    def _at(self, node: ast.AST) -> int | None:
        """The node's place in the order of the source; None for one of another file."""
        known = node.__dict__
        return known.get(PLACE) if known.get(INDEX) is self else None

    def _picked(self, types: Iterable[type[Node]], first: int, end: int) -> Iterator[Node]:
        found = [self._types[each] for each in types if each in self._types]
        places = [place[bisect_left(place, first) : bisect_left(place, end)] for place in found]
        flat = places[0] if len(places) == 1 else sorted(here for some in places for here in some)
        return (self.all[here] for here in flat)  # type: ignore[misc]


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
