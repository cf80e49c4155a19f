"""Which uses of a name an assignment can reach, and where else an attribute of ``self`` is read."""

import ast
from collections.abc import Iterator, Mapping

from checks.context import Context
from checks.facts.imports import Imports, imports
from checks.facts.local_calls import LocalCalls, local_calls
from checks.facts.nodes import FUNCTIONS, Nodes, nodes
from checks.facts.python import dotted_name

MOST_BINDINGS = 40
"""Assignments of one name that are told apart; one with more is not followed."""


class Bindings:
    """The names and attributes of every file, by what binds them.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._imports: Mapping[str, Imports] = context.fact(imports)
        self._local: LocalCalls = context.fact(local_calls)
        self._by_name: dict[str, dict[str, list[ast.Name]]] = {}
        self._uses: dict[tuple[int, str], list[ast.Name]] = {}
        self._reached: dict[ast.Name, tuple[tuple[str, ast.Name], ...]] = {}
        self._given: dict[ast.arg, tuple[ast.Name, ...]] = {}
        self._attributes: dict[ast.ClassDef, dict[str, list[ast.Attribute]]] = {}

    def loads(self, path: str, target: ast.Name) -> tuple[tuple[str, ast.Name], ...]:
        """Every use that what is assigned to ``target`` there can reach, with its file."""
        if target not in self._reached:
            self._reached[target] = tuple(self._loads(path, target))
        return self._reached[target]

    def _loads(self, path: str, target: ast.Name) -> Iterator[tuple[str, ast.Name]]:
        scope = self._imports[path].scope(target)
        if scope is None:
            return
        bound = scope.bindings[target.id]
        for use in self._of_scope(path, target.id, id(scope)):
            if isinstance(use.ctx, ast.Load) and self.reaches(path, target, use, bound):
                yield path, use
        if scope.kind == "module":
            origin = f"{dotted_name(path)}.{target.id}"
            for other, names in self._imports.items():
                for each in names.all if other != path else ():
                    if each.origin in (origin, origin.removeprefix("src.")) and each.bound:
                        loaded = self._names(other).get(each.bound, ())
                        yield from ((other, use) for use in loaded if names.resolve(use) == each.origin)

    def parameter_loads(self, path: str, parameter: ast.arg) -> tuple[ast.Name, ...]:
        """Every use that a parameter's value can reach."""
        if parameter not in self._given:
            self._given[parameter] = tuple(self._parameter_loads(path, parameter))
        return self._given[parameter]

    def _parameter_loads(self, path: str, parameter: ast.arg) -> Iterator[ast.Name]:
        function = self._nodes[path].nearest(parameter, *FUNCTIONS)
        if function is None:
            return
        for use in self._names(path).get(parameter.arg, ()):
            if isinstance(use.ctx, ast.Load) and self._nodes[path].within(use, function):
                bound = self._imports[path].bindings(use)
                if any(each is parameter for each in bound) and self.reaches(path, parameter, use, list(bound)):
                    yield use

    def attribute_loads(self, path: str, target: ast.Attribute) -> Iterator[tuple[str, ast.Attribute]]:
        """Every ``self.x`` that reads what is assigned to ``self.x`` there; none where something else is as well."""
        owner = self._nodes[path].nearest(target, ast.ClassDef)
        if owner is None:
            return
        found = [
            (where, use)
            for where, each in self._local.family(owner)
            for use in self._of_class(where, each).get(target.attr, ())
        ]
        stores = [(where, use) for where, use in found if isinstance(use.ctx, ast.Store)]
        if all(use is target or self._is_nothing(where, use) for where, use in stores):
            yield from ((where, use) for where, use in found if isinstance(use.ctx, ast.Load))

    def reaches(self, path: str, binding: ast.AST, use: ast.Name, bound: list[ast.AST]) -> bool:
        """Whether the value of one of a name's bindings can be there when the name is used."""
        if len(bound) == 1 or len(bound) > MOST_BINDINGS:
            return len(bound) == 1
        tree = self._nodes[path]
        if tree.nearest(use, *FUNCTIONS) is not tree.nearest(binding, *FUNCTIONS):
            return True
        own = self._statement(path, binding)
        if not isinstance(binding, ast.arg) and (tree.before(use, own) or tree.within(use, own)):
            loop = tree.nearest(own, ast.For, ast.While)
            if loop is None or not tree.within(use, loop):
                return False
        for each in bound:
            other = self._statement(path, each)
            if each is not binding and other is not own and tree.before(own, other) and self._kills(path, other, use):
                return False
        return True

    def _kills(self, path: str, statement: ast.AST, use: ast.Name) -> bool:
        """Whether a statement has run whenever a later use of the name that it binds runs."""
        tree = self._nodes[path]
        if isinstance(statement, ast.For | ast.AsyncFor | ast.With | ast.AsyncWith):
            return any(tree.within(use, inner) for inner in statement.body)
        if isinstance(statement, ast.arg | ast.Try) or not tree.before(statement, use) or tree.within(use, statement):
            return False
        block = tree.parent(statement)
        inner: ast.AST = use
        for outer in tree.above(use):
            if outer is block:
                return any(
                    isinstance(body, list) and statement in body and inner in body for _, body in ast.iter_fields(outer)
                )
            inner = outer
        return False

    def _statement(self, path: str, binding: ast.AST) -> ast.AST:
        if isinstance(binding, ast.arg):
            return binding
        return self._nodes[path].statement(binding) or binding

    def _is_nothing(self, path: str, use: ast.Attribute) -> bool:
        statement = self._nodes[path].statement(use)
        value = getattr(statement, "value", None)
        return isinstance(value, ast.Constant) and value.value is None

    def _names(self, path: str) -> dict[str, list[ast.Name]]:
        if path not in self._by_name:
            found: dict[str, list[ast.Name]] = {}
            for each in self._nodes[path].of(ast.Name):
                found.setdefault(each.id, []).append(each)
            self._by_name[path] = found
        return self._by_name[path]

    def _of_scope(self, path: str, name: str, scope: int) -> list[ast.Name]:
        if (scope, name) not in self._uses:
            names = self._imports[path]
            for use in self._names(path).get(name, ()):
                self._uses.setdefault((id(names.scope(use)), name), []).append(use)
        return self._uses.get((scope, name), [])

    def _of_class(self, path: str, owner: ast.ClassDef) -> dict[str, list[ast.Attribute]]:
        if owner not in self._attributes:
            found: dict[str, list[ast.Attribute]] = {}
            for each in self._nodes[path].under(owner, ast.Attribute):
                if isinstance(each.value, ast.Name) and each.value.id == "self":
                    found.setdefault(each.attr, []).append(each)
            self._attributes[owner] = found
        return self._attributes[owner]


def bindings(context: Context) -> Bindings:
    """The bindings of every file; use it as ``context.fact(bindings)``."""
    return Bindings(context)
