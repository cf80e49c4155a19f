"""What ``self.name`` stands for: the one value that its class gives it, in a method, a property or its body."""

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property

from checks.context import Context
from checks.facts.nodes import Nodes, nodes

PROPERTIES = frozenset({"property", "cached_property"})
Values = Mapping[str, list[ast.expr | None]]


class OwnAttributes:
    """The attributes of the tree's classes.

    Args:
        found: the nodes of every file.
    """

    def __init__(self, found: Mapping[str, Nodes]) -> None:
        self._nodes = found
        self._classes: dict[ast.ClassDef, Values] = {}

    def value(self, path: str, node: ast.Attribute) -> ast.expr | None:
        """The expression that ``self.name`` or ``cls.name`` stands for; None where there are several, or none."""
        if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
            return None
        found = self._nodes[path]
        owner = found.nearest(node, ast.ClassDef)
        return self.of(path, owner, node.attr) if owner is not None else None

    def of(self, path: str, owner: ast.ClassDef, name: str) -> ast.expr | None:
        """The expression that an attribute of a class's instances stands for; None where there are several, or none."""
        found = self._nodes[path]
        given = self._given(found, owner).get(name, [])
        if len(given) != 1 or any(name in self._given(found, each) for each in _heirs(found, owner)):
            return None
        return given[0]

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all attributes that the tree's classes give."""
        owners = ((found, owner) for found in self._nodes.values() for owner in found.of(ast.ClassDef))
        return frozenset(name for found, owner in owners for name in self._given(found, owner))

    def _given(self, found: Nodes, owner: ast.ClassDef) -> Values:
        if owner not in self._classes:
            every: dict[str, list[ast.expr | None]] = {}
            for name, value in (*_stored(found, owner), *_written(found, owner)):
                every.setdefault(name, []).append(value)
            self._classes[owner] = every
        return self._classes[owner]


def own_attributes(context: Context) -> OwnAttributes:
    """The attributes of the tree's classes; use it as ``context.fact(own_attributes).value(path, node)``."""
    return OwnAttributes(context.fact(nodes))


def _heirs(found: Nodes, owner: ast.ClassDef) -> Iterator[ast.ClassDef]:
    """Classes of the file that are made from this one directly."""
    for each in found.of(ast.ClassDef):
        if any(isinstance(base, ast.Name) and base.id == owner.name for base in each.bases):
            yield each


def _stored(found: Nodes, owner: ast.ClassDef) -> Iterator[tuple[str, ast.expr | None]]:
    """What methods put into ``self``; None for what is not one whole value."""
    for each in found.under(owner, ast.Attribute):
        if isinstance(each.ctx, ast.Load) or not (
            isinstance(each.value, ast.Name) and each.value.id in ("self", "cls")
        ):
            continue
        parent = found.parent(each)
        yield each.attr, parent.value if isinstance(parent, ast.Assign | ast.AnnAssign) else None


def _written(found: Nodes, owner: ast.ClassDef) -> Iterator[tuple[str, ast.expr | None]]:
    """What the class's own body gives: values, and properties with one ``return``; None for a dataclass's fields."""
    for statement in owner.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, None
            case ast.FunctionDef(name=name, decorator_list=[decorator]):
                last = decorator.attr if isinstance(decorator, ast.Attribute) else getattr(decorator, "id", "")
                returned = list(found.under(statement, ast.Return))
                yield name, returned[0].value if last in PROPERTIES and len(returned) == 1 else None
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, None
