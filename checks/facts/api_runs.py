"""Where the evaluation reads a recorded run's summary other than through its plain dictionary."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from checks.context import Context
from checks.facts.calls import Calls, calls
from checks.facts.evaluation_code import evaluation_code
from checks.facts.imports import imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.reach import FunctionNode
from checks.facts.recorded_runs import RecordedRuns, recorded_runs
from checks.facts.value_sites import ValueSites, given, value_sites

JSON_DICT = "_json_dict"
MOST_NAMES = 5
"""Names and parameters that a summary is followed through."""


@dataclass(frozen=True, slots=True)
class SummaryRead:
    """One use of ``run.summary`` that is not ``run.summary._json_dict``.

    Args:
        path: the file.
        node: the expression that reads it: ``dict(run.summary)``, ``run.summary.items()``, ``run.summary["x"]``, ...
        summary: the expression that stands for the summary in it.
        kind: ``copy`` for ``dict(...)``, ``whole`` for another use of all of it, ``key`` for a single value.
        statement: the statement around it, if that is a simple one.
    """

    path: str
    node: ast.expr
    summary: ast.expr
    kind: Literal["copy", "whole", "key"]
    statement: ast.stmt | None


def summary_reads(context: Context) -> tuple[SummaryRead, ...]:
    """Every such read in the evaluation's code, except in functions that also name ``_json_dict``."""
    if not context.fact(recorded_runs).apis:
        return ()
    reader = _Reader(context)
    files = {path for path, _ in context.fact(evaluation_code).units}
    return tuple(read for path in sorted(files) for read in reader.reads(path))


class _Reader:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._calls: Mapping[str, Calls] = context.fact(calls)
        self._runs: RecordedRuns = context.fact(recorded_runs)
        self._sites: ValueSites = context.fact(value_sites)

    def reads(self, path: str) -> Iterator[SummaryRead]:
        found = self._nodes[path]
        plain = self._plain(path)
        for node, summary, kind in self._candidates(path):
            if found.function(node) not in plain and self._is_summary(path, summary):
                statement = found.statement(node)
                simple = statement is not None and not hasattr(statement, "body")
                yield SummaryRead(path, node, summary, kind, statement if simple else None)

    def _candidates(self, path: str) -> Iterator[tuple[ast.expr, ast.expr, Literal["copy", "whole", "key"]]]:
        found, made = self._nodes[path], self._calls[path]
        for call in made.named("dict"):
            if isinstance(call.func, ast.Name) and len(call.args) == 1 and not call.keywords:
                yield call, call.args[0], "copy"
        for call in made.named("items", "keys", "values", "get"):
            if isinstance(call.func, ast.Attribute):
                yield call, call.func.value, "key" if call.func.attr == "get" else "whole"
        for node in found.of(ast.Subscript):
            if isinstance(node.ctx, ast.Load):
                yield node, node.value, "key"
        for display in found.of(ast.Dict):
            spread = [value for key, value in zip(display.keys, display.values, strict=True) if key is None]
            yield from ((display, value, "whole") for value in spread)

    def _plain(self, path: str) -> set[ast.AST | None]:
        """The functions whose code names ``_json_dict``, so that another read in them is likely its fallback."""
        found = self._nodes[path]
        named: list[ast.AST] = [node for node in found.of(ast.Attribute) if node.attr == JSON_DICT]
        named += [node for node in found.of(ast.Constant) if node.value == JSON_DICT]
        return {found.function(node) for node in named}

    def _is_summary(self, path: str, node: ast.AST, names: int = MOST_NAMES) -> bool:
        """Whether an expression is a run's summary object itself, and no copy of it."""
        if isinstance(node, ast.Attribute) and node.attr == "summary":
            return self._runs.kind(path, node.value) == "run"
        if not names or not isinstance(node, ast.Name):
            return False
        bound = self._context.fact(imports)[path].bindings(node)
        return bool(bound) and all(self._binds_summary(path, each, names - 1) for each in bound)

    def _binds_summary(self, path: str, binding: ast.AST, names: int) -> bool:
        parent = self._nodes[path].parent(binding)
        if isinstance(binding, ast.Assign):
            return self._is_summary(path, binding.value, names)
        if isinstance(binding, ast.Name) and isinstance(parent, ast.AnnAssign | ast.NamedExpr):
            return parent.value is not None and self._is_summary(path, parent.value, names)
        function = self._nodes[path].function(binding) if isinstance(binding, ast.arg) else None
        if not isinstance(function, FunctionNode):
            return False
        values = [
            (site.path, value)
            for site in self._sites.sites(path, function)
            for parameter, value in given(function, site.call, site.offset)
            if parameter is binding
        ]
        return bool(values) and all(self._is_summary(where, value, names) for where, value in values)
