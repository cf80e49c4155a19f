"""Which names of a file hold recorded runs from WandB's public API, and where each run's summary is read."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from checks.facts.imports import Imports
from checks.facts.reach import FunctionNode
from checks.facts.scopes import scopes
from checks.facts.syntax import Parents, arguments, dotted, walk

JSON_DICT = "_json_dict"
API_MAKERS = ("wandb.Api", "wandb.apis.public.Api")


@dataclass(frozen=True, slots=True)
class SummaryRead:
    """One use of ``run.summary`` that is not ``run.summary._json_dict``.

    Args:
        node: the expression that reads it: ``dict(run.summary)``, ``run.summary.items()``, ``run.summary["x"]``, ...
        summary: the expression that stands for the summary in it.
        kind: ``copy`` for ``dict(...)``, ``whole`` for another use of all of it, ``key`` for a single value.
        statement: the statement around it, if that is a simple one.
    """

    node: ast.expr
    summary: ast.expr
    kind: Literal["copy", "whole", "key"]
    statement: ast.stmt | None = None


Key = ast.AST | str
"""A name by the node that first binds it in its scope, a chain of attributes or a function's result by its text."""


class _Kind:
    """The names that hold one kind of thing, with how many of their bindings do."""

    def __init__(self) -> None:
        self._bindings: dict[Key, set[int]] = defaultdict(set)

    def learn(self, key: Key, binding: ast.AST) -> None:
        """Record that one binding of a name gives it such a thing."""
        if key:
            self._bindings[key].add(id(binding))

    def size(self) -> int:
        """How many bindings are known; grows until nothing more can be learned."""
        return sum(map(len, self._bindings.values()))

    def holds(self, key: Key, bindings: int) -> bool:
        """Whether a name holds such a thing, whichever of its bindings ran."""
        return key in self._bindings and len(self._bindings[key]) >= bindings


def summary_reads(tree: ast.AST, imports: Imports) -> Iterator[SummaryRead]:
    """Every read of a recorded run's summary in ``tree``, except in functions that also name ``_json_dict``."""
    reader = _Reader(tree, imports)
    for node in reader.nodes:
        if isinstance(node, ast.expr) and (read := reader.read(node)) and not reader.excused(node):
            yield replace(read, statement=reader.statement(node))


class _Reader:
    def __init__(self, tree: ast.AST, imports: Imports) -> None:
        self.imports = imports
        self.nodes = list(walk(tree))
        self.parents = Parents(tree)
        self.functions = {node.name: node for node in self.nodes if isinstance(node, FunctionNode)}
        self.scopes = scopes(tree if isinstance(tree, ast.Module) else ast.Module([_statement(tree)], []))
        self.kinds = {"api": _Kind(), "run": _Kind(), "list": _Kind(), "summary": _Kind()}
        self._plain: dict[ast.AST, bool] = {}
        size = -1
        while size != self._known():
            size = self._known()
            for node in self.nodes:
                self._learn(node)
                self._learn_calls(node)

    def _known(self) -> int:
        return sum(kind.size() for kind in self.kinds.values())

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._learn_name(self._key(target)[0], value, node)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                self._learn_name(self._key(target)[0], value, node)
            case ast.For(target=target, iter=source) | ast.comprehension(target=target, iter=source):
                if self._is("list", source):
                    self.kinds["run"].learn(self._key(target)[0], node)

    def _learn_calls(self, node: ast.AST) -> None:
        if isinstance(node, FunctionNode):
            for inner in walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    self._learn_name(f"{node.name}()", inner.value, inner)
        elif isinstance(node, ast.Call) and (function := self.functions.get(dotted(node.func))):
            own = {argument.arg: argument for argument in walk(function.args) if isinstance(argument, ast.arg)}
            for parameter, value in arguments(function, node):
                if parameter in own:
                    self._learn_name(own[parameter], value, own[parameter])

    def _learn_name(self, key: Key, value: ast.expr, binding: ast.AST) -> None:
        for name, kind in self.kinds.items():
            if self._is(name, value):
                kind.learn(key, binding)

    def _key(self, node: ast.AST) -> tuple[Key, int]:
        """What a name is held under, and how many bindings it has."""
        if isinstance(node, ast.Call):
            return (f"{node.func.id}()" if isinstance(node.func, ast.Name) else ""), 1
        if isinstance(node, ast.Name) and (owner := self.scopes.where(node).owner(node.id)):
            return owner.bindings[node.id][0], len(owner.bindings[node.id])
        return dotted(node), 1

    def _is(self, kind: str, node: ast.AST) -> bool:
        """Whether an expression is a thing of that kind."""
        if kind == "summary":
            made = isinstance(node, ast.Attribute) and node.attr == "summary" and self._is("run", node.value)
        elif kind == "api":
            made = isinstance(node, ast.Call) and self.imports.resolve(node.func) in API_MAKERS
        elif isinstance(node, ast.Subscript):
            made = kind == "run" and self._is("list", node.value)
        elif isinstance(node, ast.ListComp):
            made = kind == "list" and self._is("run", node.elt)
        else:
            made = self._calls_api(node, "runs" if kind == "list" else "run")
        return made or self.kinds[kind].holds(*self._key(node))

    def _calls_api(self, node: ast.AST, method: str) -> bool:
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == method
            and self._is("api", node.func.value)
        )

    def is_summary(self, node: ast.AST) -> bool:
        """Whether an expression is a recorded run's summary object."""
        return self._is("summary", node)

    def read(self, node: ast.expr) -> SummaryRead | None:
        """How an expression reads a summary, if it does."""
        match node:
            case ast.Call(func=ast.Name(id="dict"), args=[inner], keywords=[]) if self.is_summary(inner):
                return SummaryRead(node, inner, "copy")
            case ast.Call(func=ast.Attribute(value=inner, attr="items" | "keys" | "values")) if self.is_summary(inner):
                return SummaryRead(node, inner, "whole")
            case ast.Call(func=ast.Attribute(value=inner, attr="get")) if self.is_summary(inner):
                return SummaryRead(node, inner, "key")
            case ast.Subscript(value=inner, ctx=ast.Load()) if self.is_summary(inner):
                return SummaryRead(node, inner, "key")
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if key is None and self.is_summary(value):
                        return SummaryRead(node, value, "whole")
        return None

    def excused(self, node: ast.AST) -> bool:
        """Whether the code around names ``_json_dict``, so that this read is likely its fallback."""
        while node in self.parents and not isinstance(node, FunctionNode):
            node = self.parents[node]
        if node not in self._plain:
            self._plain[node] = any(map(_names_json_dict, walk(node)))
        return self._plain[node]

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The statement around an expression, if it is a simple one."""
        while node in self.parents and not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node if isinstance(node, ast.stmt) and not hasattr(node, "body") else None


def _names_json_dict(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == JSON_DICT
    return isinstance(node, ast.Constant) and node.value == JSON_DICT


def _statement(node: ast.AST) -> ast.stmt:
    return node if isinstance(node, ast.stmt) else ast.Pass()
