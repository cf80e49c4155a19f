"""Every class of the tree: its bases within the tree, its methods, and what its methods store on ``self``."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from checks.context import Context
from checks.facts.imports import imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.reach import Piece, local_names

Method = ast.FunctionDef | ast.AsyncFunctionDef
MOST_BASES = 20
"""Classes above one class that are looked at."""


@dataclass(frozen=True, slots=True)
class Store:
    """One ``self.name = value`` in a method.

    Args:
        statement: the assignment.
        value: what is stored; None where it is unpacked from something larger.
        method: the method that does it.
    """

    statement: ast.stmt
    value: ast.expr | None
    method: Method


@dataclass(slots=True, eq=False)
class Class:
    """One class.

    Args:
        path: its file.
        node: its definition.
        bases: its bases that are classes of the tree.
        outside: where its other bases come from, as ``Imports.resolve`` gives it; None for one that is unknown.
        methods: its own methods by name.
        stores: what its own methods store on ``self``, by attribute; an augmented assignment is none.
        children: the classes of the tree that have it as a base.
    """

    path: str
    node: ast.ClassDef
    bases: list["Class"] = field(default_factory=list)
    outside: list[str | None] = field(default_factory=list)
    methods: dict[str, Method] = field(default_factory=dict)
    stores: dict[str, list[Store]] = field(default_factory=dict)
    children: list["Class"] = field(default_factory=list)

    def lineage(self) -> list["Class"]:
        """The class and the classes of the tree above it, nearest first."""
        return _spread(self, "bases")

    def family(self) -> list["Class"]:
        """The class and the classes of the tree below it."""
        return _spread(self, "children")

    def method(self, name: str) -> tuple["Class", Method] | None:
        """The method that an object of this class has, with the class that defines it."""
        return next(((each, each.methods[name]) for each in self.lineage() if name in each.methods), None)


class Classes:
    """All classes of the tree."""

    def __init__(self, found: list[Class]) -> None:
        self.all: tuple[Class, ...] = tuple(found)
        self._by_node = {each.node: each for each in found}

    def __iter__(self) -> Iterator[Class]:
        return iter(self.all)

    def of(self, node: ast.AST | None) -> Class | None:
        """The class that a definition makes."""
        return self._by_node.get(node) if isinstance(node, ast.ClassDef) else None


def classes(context: Context) -> Classes:
    """Every class of every file that parses."""
    every = context.fact(nodes)
    found = [Class(path, node) for path, each in every.items() for node in each.of(ast.ClassDef)]
    result = Classes(found)
    for each in found:
        known, inside = context.fact(imports)[each.path], every[each.path]
        for base in each.node.bases:
            parent = result.of(definition(context, each.path, base))
            if parent is not None and parent is not each:
                each.bases.append(parent)
                parent.children.append(each)
            else:
                each.outside.append(known.resolve(base))
        _read(each, inside)
    return result


def definition(context: Context, path: str, node: ast.AST) -> ast.AST | None:
    """The function or class of the tree that a name or a chain of attributes stands for; None for anything else."""
    found = located(context, path, node)
    return found.node if found is not None else None


def located(context: Context, path: str, node: ast.AST) -> Piece | None:
    """``definition`` with the file that it stands in."""
    known = context.fact(imports)[path]
    origin = known.resolve(node)
    if origin is not None:
        piece = context.fact(local_names).piece(origin)
        return piece if piece is not None and not isinstance(piece.node, ast.Module) else None
    bound = known.bindings(node) if isinstance(node, ast.Name) else ()
    return Piece(path, bound[0]) if len(bound) == 1 and isinstance(bound[0], Method | ast.ClassDef) else None


def receiver(method: Method) -> str:
    """The name of a method's first parameter; empty for a static method."""
    if any(isinstance(each, ast.Name) and each.id in ("staticmethod", "classmethod") for each in method.decorator_list):
        return ""
    every = [*method.args.posonlyargs, *method.args.args]
    return every[0].arg if every else ""


def _read(each: Class, inside: Nodes) -> None:
    for item in each.node.body:
        if isinstance(item, Method):
            each.methods[item.name] = item
    for method in each.methods.values():
        name = receiver(method)
        for node in inside.under(method, ast.Assign, ast.AnnAssign) if name else ():
            stored = _stored(node, name) if isinstance(node, ast.Assign | ast.AnnAssign) else ()
            for attribute, value in stored:
                each.stores.setdefault(attribute, []).append(Store(node, value, method))


def _stored(node: ast.Assign | ast.AnnAssign, receiver: str) -> Iterator[tuple[str, ast.expr | None]]:
    if node.value is None:
        return
    targets: list[tuple[ast.expr, ast.expr | None]] = [
        (target, node.value) for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    ]
    for target, value in targets:
        if isinstance(target, ast.Tuple | ast.List):
            same = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
            values = value.elts if same and isinstance(value, ast.Tuple | ast.List) else [None] * len(target.elts)
            targets += zip(target.elts, values, strict=True)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == receiver:
            yield target.attr, value


def _spread(start: Class, along: str) -> list[Class]:
    found = [start]
    for each in found:
        if len(found) > MOST_BASES:
            break
        found += [other for other in getattr(each, along) if other not in found]
    return found


def calls_super_init(method: Method, inside: Nodes) -> bool:
    """Whether an ``__init__`` hands on to the one above it."""
    return any(
        isinstance(call.func, ast.Attribute) and call.func.attr == "__init__" for call in inside.under(method, ast.Call)
    )
