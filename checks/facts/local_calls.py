"""Which function of the tree a call runs, which parameter each argument becomes, and who calls a function.

Followed are names, imports, constructors, ``self.method``, methods whose name only one class of the tree defines, and
functions handed to ``functools.partial``. Anything else is unknown and has no target.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.imports import Imports, imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.reach import FunctionNode, LocalNames, local_names

COMMON_METHODS = frozenset(
    {"get", "items", "keys", "values", "update", "copy", "pop", "append", "log", "close", "read", "write", "to", "load",
     "save", "format", "split", "join", "setdefault", "init", "finish", "backward", "parameters", "state_dict"}
)  # fmt: skip
"""Methods of library objects; one class of the tree that defines such a name does not own every call of it."""
PARTIALS = frozenset({"functools.partial", "partial"})


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A function that a call runs.

    Args:
        path: its file.
        function: its definition.
        skip: how many leading parameters the call does not give: 1 for ``self`` and ``cls``.
        first: index of the call's first argument that is handed on: 1 for ``partial(function, ...)``.
    """

    path: str
    function: ast.FunctionDef | ast.AsyncFunctionDef
    skip: int = 0
    first: int = 0

    def given(self, call: ast.Call) -> Iterator[tuple[ast.arg, ast.expr]]:
        """Each parameter with what the call plainly gives it; starred arguments end the list."""
        names = self.function.args
        places = [*names.posonlyargs, *names.args][self.skip :]
        for parameter, value in zip(places, call.args[self.first :], strict=False):
            if isinstance(value, ast.Starred):
                break
            yield parameter, value
        by_name = {each.arg: each for each in (*names.args, *names.kwonlyargs)}
        for word in call.keywords:
            if word.arg in by_name:
                yield by_name[word.arg], word.value


class LocalCalls:
    """The calls of the tree's own functions.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._calls = context.fact(calls)
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._imports: Mapping[str, Imports] = context.fact(imports)
        self._local: LocalNames = context.fact(local_names)
        self._targets: dict[ast.Call, tuple[Target, ...]] = {}
        self._callers: dict[ast.AST, tuple[tuple[str, ast.Call, Target], ...]] = {}
        self._methods: dict[str, list[tuple[str, ast.ClassDef, ast.FunctionDef | ast.AsyncFunctionDef]]] = {}
        self._classes: dict[str, list[tuple[str, ast.ClassDef]]] = {}
        self._derived: dict[str, list[tuple[str, ast.ClassDef]]] = {}
        self._sites: dict[str, list[tuple[str, ast.Call]]] = {}
        self._aliases: dict[str, list[tuple[str, str]]] = {}
        for path, some in self._calls.items():
            for call in some:
                self._sites.setdefault(called_name(call), []).append((path, call))
            for statement in self._imports[path]:
                if statement.name and statement.bound not in ("", statement.name):
                    self._aliases.setdefault(statement.name, []).append((path, statement.bound))
        for path, found in self._nodes.items():
            for each in found.of(ast.ClassDef):
                self._classes.setdefault(each.name, []).append((path, each))
                for base in {_last(base): None for base in each.bases}:
                    self._derived.setdefault(base, []).append((path, each))
                for part in each.body:
                    if isinstance(part, FunctionNode):
                        self._methods.setdefault(part.name, []).append((path, each, part))

    def targets(self, path: str, call: ast.Call) -> tuple[Target, ...]:
        """The functions of the tree that a call may run; none where it runs others, or cannot be told."""
        if call not in self._targets:
            self._targets[call] = tuple(self._find(path, call))
        return self._targets[call]

    def callers(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[tuple[str, ast.Call, Target], ...]:
        """Every call that runs a function, with its file."""
        if function not in self._callers:
            self._callers[function] = tuple(self._search(function))
        return self._callers[function]

    def family(self, owner: ast.ClassDef) -> tuple[tuple[str, ast.ClassDef], ...]:
        """A class of the tree with those that it is derived from and those derived from it."""
        found: dict[ast.ClassDef, str] = {}
        todo = [each for each in self._classes.get(owner.name, ()) if each[1] is owner]
        while todo:
            path, each = todo.pop()
            if each not in found:
                found[each] = path
                bases = {_last(base) for base in each.bases}
                todo += [one for name in bases for one in self._classes.get(name, ())]
        children = [one for one in self._derived.get(owner.name, ()) if one[1] not in found]
        return (*((path, each) for each, path in found.items()), *children)

    def _search(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, ast.Call, Target]]:
        names = {function.name}
        if function.name == "__init__":
            names |= {owner.name for _, owner, method in self._methods.get("__init__", ()) if method is function}
        sites = [site for name in (*sorted(names), *sorted(PARTIALS)) for site in self._sites.get(name, ())]
        for path, bound in (alias for name in sorted(names) for alias in self._aliases.get(name, ())):
            sites += ((path, call) for call in self._calls[path].named(bound))
        for path, call in dict.fromkeys(sites):
            for target in self.targets(path, call):
                if target.function is function:
                    yield path, call, target

    def _find(self, path: str, call: ast.Call) -> Iterator[Target]:
        func: ast.expr = call.func
        first = 0
        if called_name(call) == "partial" and self._calls[path].origin(call) in PARTIALS and call.args:
            func, first = call.args[0], 1
        definition = self.definition(path, func)
        if definition is not None:
            where, node = definition
            yield from self._as_target(where, node, first)
            return
        if isinstance(func, ast.Attribute) and self._imports[path].resolve(func) is None:
            yield from self._method(path, func, first)

    def definition(self, path: str, node: ast.expr) -> tuple[str, ast.AST] | None:
        """The function or class of the tree that a name or an attribute of a module stands for, with its file."""
        names = self._imports[path]
        origin = names.resolve(node)
        if origin is not None:
            piece = self._local.piece(origin)
            return (piece.path, piece.node) if piece and not isinstance(piece.node, ast.Module) else None
        if isinstance(node, ast.Name):
            for bound in names.bindings(node):
                if isinstance(bound, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    return path, bound
        return None

    def _as_target(self, path: str, node: ast.AST, first: int) -> Iterator[Target]:
        if isinstance(node, FunctionNode):
            yield Target(path, node, 0, first)
        elif isinstance(node, ast.ClassDef):
            for where, owner in self.family(node):
                for part in owner.body:
                    if isinstance(part, FunctionNode) and part.name == "__init__":
                        yield Target(where, part, 1, first)
                        return

    def _method(self, path: str, func: ast.Attribute, first: int) -> Iterator[Target]:
        found = self._methods.get(func.attr, [])
        if isinstance(func.value, ast.Name) and func.value.id in ("self", "cls"):
            owner = self._nodes[path].nearest(func, ast.ClassDef)
            kin = {each for _, each in self.family(owner)} if owner else set()
            found = [each for each in found if each[1] in kin]
            found = [each for each in found if each[1] is owner] or found
        elif len(found) > 1 or func.attr in COMMON_METHODS or func.attr.startswith("__"):
            return
        for where, _, method in found[:MOST_METHODS]:
            plain = any(_last(each) == "staticmethod" for each in method.decorator_list)
            yield Target(where, method, 0 if plain else 1, first)


MOST_METHODS = 4
"""Classes of one family whose method of the same name is taken for the target."""


def local_calls(context: Context) -> LocalCalls:
    """The calls of the tree's own functions; use it as ``context.fact(local_calls)``."""
    return LocalCalls(context)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
