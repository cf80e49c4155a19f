"""Which function of the tree calls which: directly, or handed to a thread, a pool or a process.

Followed by name: ``self.f`` and ``x.f`` may be any method ``f`` of the tree, so more is found than happens.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.guards import last_name
from checks.facts.imports import Imports, imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.reach import local_names
from checks.facts.syntax import keyword

Function = ast.FunctionDef | ast.AsyncFunctionDef
How = Literal["call", "thread", "process", "pool", "other"]
SITES_CAP = 20_000
"""Most calls of one tree that are followed."""

POOL_METHODS = frozenset(
    {
        "submit", "map", "imap", "imap_unordered", "map_async", "apply", "apply_async", "starmap", "starmap_async",
        "run_in_executor", "to_thread",
    }
)  # fmt: skip
"""Methods that hand a function to a pool of workers."""


@dataclass(frozen=True, slots=True)
class Site:
    """One place that makes a function run.

    Args:
        path: the file.
        node: the call.
        function: what runs.
        given: what its parameters are given, so far as that can be read off.
        how: ``call`` for a plain call; ``thread``, ``process`` or ``pool`` for one that is handed over to run there;
            ``other`` where it is handed to something else.
    """

    path: str
    node: ast.Call
    function: Function
    given: Mapping[str, ast.expr]
    how: How


class CallGraph:
    """The functions of a tree and the places that make them run.

    Args:
        context: the review's material.
    """

    def __init__(self, context: Context) -> None:
        self._nodes = context.fact(nodes)
        self._imports = context.fact(imports)
        self._locals = context.fact(local_names)
        self._named: dict[tuple[str, str], list[Function]] = defaultdict(list)
        self._methods: dict[str, list[Function]] = defaultdict(list)
        self.path_of: dict[Function, str] = {}
        self.sites: dict[Function, list[Site]] = defaultdict(list)
        self._at: dict[ast.Call, list[Site]] = defaultdict(list)
        self._inside: dict[Function | None, dict[str, list[Site]]] = defaultdict(lambda: defaultdict(list))
        for path, found in self._nodes.items():
            self._define(path, found)
        for path, some in context.fact(calls).items():
            for call in some.all[:SITES_CAP]:
                for site in self._sites(path, call):
                    self.sites[site.function].append(site)
                    self._at[call].append(site)
                    self._inside[self._nodes[path].function(call)][path].append(site)

    def _define(self, path: str, found: Nodes) -> None:
        definitions: Iterator[Function] = found.of(ast.FunctionDef, ast.AsyncFunctionDef)
        for function in definitions:
            self.path_of[function] = path
            if isinstance(found.parent(function), ast.ClassDef):
                self._methods[function.name].append(function)
            else:
                self._named[path, function.name].append(function)

    def definitions(self, path: str, node: ast.AST) -> list[Function]:
        """The functions that an expression may name; of a class, its ``__init__`` and ``run``."""
        if isinstance(node, ast.Call) and last_name(node.func) == "partial" and node.args:
            node = node.args[0]
        origin = self._imports[path].resolve(node)
        piece = self._locals.piece(origin) if origin and "." in origin else None
        if piece is not None:
            return _functions(piece.node)
        if isinstance(node, ast.Name):
            known = self._named.get((path, node.id), [])
            definition = None if known else self._locals.definition(path, node.id)
            return known or (_functions(definition.node) if definition else [])
        return self._methods.get(node.attr, []) if isinstance(node, ast.Attribute) and origin is None else []

    def within(self, function: Function | None, path: str) -> list[Site]:
        """What runs from the code of a function; of a file's top level for None."""
        return self._inside[function][path]

    def sites_at(self, path: str, call: ast.Call) -> list[Site]:
        """What a call makes run."""
        return self._at.get(call, []) if path in self._nodes else []

    def closure(self, function: Function, hows: tuple[How, ...] = ("call", "other")) -> list[Function]:
        """The function and all that it makes run in one of these ways."""
        found, seen = [function], {function}
        for each in found:
            for site in self.within(each, self.path_of[each]):
                if site.how in hows and site.function not in seen:
                    seen.add(site.function)
                    found.append(site.function)
        return found

    def _sites(self, path: str, call: ast.Call) -> Iterator[Site]:
        for function in self.definitions(path, call.func):
            how = self._how_called(path, call, function)
            if how != "other":
                yield Site(path, call, function, _given(function, call.args, call.keywords), how)
        handed = [(index, node) for index, node in enumerate(call.args) if isinstance(node, _NAMING)]
        handed += [(-1, word.value) for word in call.keywords if isinstance(word.value, _NAMING)]
        for index, node in handed:
            for function in self.definitions(path, node):
                if function.name in ("__init__", "run") and isinstance(node, ast.Name):
                    continue
                how = _how(self._imports[path], call)
                rest = _arguments_for(call, index)
                yield Site(path, call, function, _given(function, rest, _keywords_for(call)), how)

    def _how_called(self, path: str, call: ast.Call, function: Function) -> How:
        """How a plain call makes a function run: a thread's class starts its ``run``, a lambda runs where it is handed.

        ``other`` for a method ``run`` or ``__call__`` of a class that is only made.
        """
        owner = self._nodes[self.path_of[function]].parent(function)
        if isinstance(owner, ast.ClassDef) and last_name(call.func) == owner.name and function.name != "__init__":
            bases = {last_name(base) for base in owner.bases}
            started: How = "thread" if "Thread" in bases else "process"
            return started if function.name == "run" and bases & {"Thread", "Process"} else "other"
        found = self._nodes[path]
        handed = found.nearest(call, ast.Lambda)
        holder = found.parent(handed) if handed is not None else None
        holder = found.parent(holder) if isinstance(holder, ast.keyword) else holder
        how = _how(self._imports[path], holder) if isinstance(holder, ast.Call) else "other"
        return "call" if how == "other" else how


_NAMING = (ast.Name, ast.Attribute, ast.Call)


def call_graph(context: Context) -> CallGraph:
    """The tree's call graph; use it as ``context.fact(call_graph)``."""
    return CallGraph(context)


def _functions(node: ast.AST) -> list[Function]:
    if isinstance(node, Function):
        return [node]
    body = node.body if isinstance(node, ast.ClassDef) else []
    return [each for each in body if isinstance(each, Function) and each.name in ("__init__", "run", "__call__")]


def _how(known: Imports, call: ast.Call) -> How:
    name = called_name(call)
    if name in ("Thread", "Timer", "start_new_thread"):
        return "thread"
    if name == "Process" or (known.resolve(call.func) or "").endswith("multiprocessing.spawn"):
        return "process"
    return "pool" if name in POOL_METHODS else "other"


def _arguments_for(call: ast.Call, index: int) -> list[ast.expr]:
    """What follows a handed function: its own arguments, or what stands in ``args=``."""
    given = keyword(call, "args") or keyword(call, "kwds")
    if isinstance(given, ast.Tuple | ast.List):
        return given.elts
    return list(call.args[index + 1 :]) if index >= 0 and called_name(call) in ("submit", "to_thread") else []


def _keywords_for(call: ast.Call) -> list[ast.keyword]:
    given = keyword(call, "kwargs")
    if isinstance(given, ast.Dict):
        return [
            ast.keyword(arg=key.value, value=value)
            for key, value in zip(given.keys, given.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        ]
    return call.keywords if called_name(call) in ("submit", "to_thread") else []


def _given(function: Function, given: list[ast.expr], words: list[ast.keyword]) -> dict[str, ast.expr]:
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    names = names[1:] if names[:1] in (["self"], ["cls"]) else names
    found: dict[str, ast.expr] = {}
    for name, value in zip(names, given, strict=False):
        if isinstance(value, ast.Starred):
            break
        found[name] = value
    found |= {word.arg: word.value for word in words if word.arg}
    return found
