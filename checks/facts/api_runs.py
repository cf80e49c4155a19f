"""Which names of a file hold recorded runs from WandB's public API, and where each run's summary is read."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from checks.facts.imports import Imports
from checks.facts.reach import FunctionNode
from checks.facts.syntax import arguments, dotted

JSON_DICT = "_json_dict"


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


@dataclass(slots=True)
class _Names:
    """What names stand for, by kind, gathered until nothing is added; scopes are not told apart.

    A function that returns such a thing is held as ``name()``.
    """

    apis: set[str] = field(default_factory=set)
    runs: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)
    summaries: set[str] = field(default_factory=set)

    def size(self) -> int:
        return sum(map(len, (self.apis, self.runs, self.lists, self.summaries)))


def summary_reads(tree: ast.AST, imports: Imports) -> Iterator[SummaryRead]:
    """Every read of a recorded run's summary in ``tree``, except in functions that also name ``_json_dict``."""
    reader = _Reader(tree, imports)
    for node in reader.nodes:
        if isinstance(node, ast.expr) and (read := reader.read(node)) and not reader.excused(node):
            yield replace(read, statement=reader.statement(node))


class _Reader:
    def __init__(self, tree: ast.AST, imports: Imports) -> None:
        self.imports = imports
        self.nodes = list(ast.walk(tree))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
        self.functions = {node.name: node for node in self.nodes if isinstance(node, FunctionNode)}
        self.names = _Names()
        self._plain: dict[ast.AST, bool] = {}
        size = -1
        while size != self.names.size():
            size = self.names.size()
            for node in self.nodes:
                self._learn(node)
                self._learn_calls(node)

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                self._bind(target, value)
            case ast.For(target=target, iter=source) | ast.comprehension(target=target, iter=source):
                if self._is_list(source):
                    self.names.runs.add(dotted(target))

    def _learn_calls(self, node: ast.AST) -> None:
        if isinstance(node, FunctionNode):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    self._learn_name(f"{node.name}()", inner.value)
        elif isinstance(node, ast.Call):
            function = self.functions.get(dotted(node.func))
            for parameter, value in arguments(function, node) if function else ():
                self._learn_name(parameter, value)

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if dotted(target):
            self._learn_name(dotted(target), value)

    def _learn_name(self, name: str, value: ast.expr) -> None:
        if self._is_api(value):
            self.names.apis.add(name)
        elif self._is_run(value):
            self.names.runs.add(name)
        elif self._is_list(value):
            self.names.lists.add(name)
        elif self.is_summary(value):
            self.names.summaries.add(name)

    def _is_api(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Call) and self.imports.resolve(node.func) in ("wandb.Api", "wandb.apis.public.Api"):
            return True
        return _name(node) in self.names.apis

    def _is_run(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Subscript):
            return self._is_list(node.value)
        return self._calls_api(node, "run") or _name(node) in self.names.runs

    def _is_list(self, node: ast.AST) -> bool:
        if isinstance(node, ast.ListComp):
            return self._is_run(node.elt)
        return self._calls_api(node, "runs") or _name(node) in self.names.lists

    def _calls_api(self, node: ast.AST, method: str) -> bool:
        return (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == method
            and self._is_api(node.func.value)
        )

    def is_summary(self, node: ast.AST) -> bool:
        """Whether an expression is a recorded run's summary object."""
        if isinstance(node, ast.Attribute) and node.attr == "summary" and self._is_run(node.value):
            return True
        return _name(node) in self.names.summaries

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
            self._plain[node] = any(map(_names_json_dict, ast.walk(node)))
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


def _name(node: ast.AST) -> str:
    """The name that ``_Names`` holds a thing under; ``name()`` for a call; a space, which no name is, for the rest."""
    if isinstance(node, ast.Call):
        return f"{node.func.id}()" if isinstance(node.func, ast.Name) else " "
    return dotted(node) or " "
