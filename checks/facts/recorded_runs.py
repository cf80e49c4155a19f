"""Which of the things that WandB's public API gives an expression is: a run, its summary, its history, a row of it."""

import ast
from collections.abc import Iterator, Mapping
from typing import Literal

from checks.context import Context
from checks.facts.calls import Calls, calls
from checks.facts.imports import Imports, imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.origins import Origins, origins
from checks.facts.trail import End, Steps

Store = Literal["history", "summary"]
MAKERS = ("wandb.Api", "wandb.apis.public.Api")
APIS = tuple(f"{each}()" for each in MAKERS)
RUNS = ("wandb.apis.public.Run()", "wandb.apis.public.runs.Run()")
KEEP_ROWS = frozenset(
    {
        ".dropna()", ".fillna()", ".sort_values()", ".sort_index()", ".copy()", ".head()", ".tail()", ".ffill()",
        ".bfill()", ".drop_duplicates()", ".interpolate()", ".set_index()", ".query()", ".reset_index()", ".sample()",
    }
)  # fmt: skip
"""Methods of a table that leave its columns as they are."""
ROWS = ((".iterrows()", "*", "#1"), (".to_dict()", "*"), (".to_dict()", "[]"), (".iloc", "[]"), (".iloc", "[0]"))
"""Steps from a table to one of its rows."""


STORES_TO_READ: tuple[Store, ...] = ("history", "summary")
STORES: Mapping[str, Store] = {"history": "history", "row": "history", "columns": "history", "summary": "summary"}


class RecordedRuns:
    """Recognises what comes from a recorded run; use it as ``context.fact(recorded_runs)``."""

    def __init__(self, context: Context) -> None:
        self._calls: Mapping[str, Calls] = context.fact(calls)
        self._imports: Mapping[str, Imports] = context.fact(imports)
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._origins: Origins = context.fact(origins)
        self.apis: tuple[tuple[str, ast.Call], ...] = tuple(self._find_apis())

    def _find_apis(self) -> Iterator[tuple[str, ast.Call]]:
        for path, each in self._calls.items():
            for call in each.named("Api", *(one.bound for one in self._imports[path] if one.origin in MAKERS)):
                if each.origin(call) in MAKERS:
                    yield path, call

    def kind(self, path: str, node: ast.AST) -> str:
        """``api``, ``run``, ``summary``, ``history``, ``row``, ``columns`` or empty; empty where it may be several."""
        if not self.apis or not isinstance(node, EXPRESSIONS):
            return ""
        kinds = {kind_of(end) for end in self._origins.of(path, node)}
        return kinds.pop() if len(kinds) == 1 else ""

    def methods(self, name: str, base: str) -> Iterator[tuple[str, ast.Call]]:
        """The calls of a method on things of one kind, with their files."""
        for path, found in self._calls.items():
            for call in found.named(name):
                if isinstance(call.func, ast.Attribute) and self.kind(path, call.func.value) == base:
                    yield path, call
            yield from ((path, call) for call in self._held(path, name, base))

    def _held(self, path: str, name: str, base: str) -> Iterator[ast.Call]:
        """The calls of a method by another name, as in ``get = api.run``, and those that it is handed to."""
        tree = self._nodes[path]
        for node in tree.of(ast.Attribute) if self.apis else ():
            if node.attr != name or not isinstance(node.ctx, ast.Load):
                continue
            match tree.parent(node):
                case ast.Call(args=given) as call if node in given and self.kind(path, node.value) == base:
                    yield call
                case ast.Assign(targets=[ast.Name(id=held)], value=value) as bound if value is node:
                    if self.kind(path, node.value) == base:
                        yield from self._calls_of(path, held, bound)

    def _calls_of(self, path: str, held: str, bound: ast.Assign) -> Iterator[ast.Call]:
        for call in self._calls[path].named(held):
            if isinstance(call.func, ast.Name) and bound in self._imports[path].bindings(call.func):
                yield call


EXPRESSIONS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.IfExp, ast.BoolOp)


def recorded_runs(context: Context) -> RecordedRuns:
    """What comes from recorded runs; use it as ``context.fact(recorded_runs)``."""
    return RecordedRuns(context)


def kind_of(end: End) -> str:
    """What an end stands for among the things that WandB's API gives; empty for anything else."""
    if end.root in RUNS:
        return _of_run(end.steps)
    if end.root not in APIS:
        return ""
    steps = end.steps
    if not steps:
        return "api"
    if steps[0] == ".run()":
        return _of_run(steps[1:])
    if steps[0] == ".runs()" and steps[1:2] and steps[1][0] in "*[":
        return _of_run(steps[2:])
    return ""


def _of_run(steps: Steps) -> str:
    if not steps:
        return "run"
    if steps[0] == ".summary":
        rest = steps[1:]
        return "summary" if rest in ((), ("._json_dict",)) else ""
    if steps[0] == ".scan_history()":
        return "row" if steps[1:2] in (("*",), ("[]",)) and len(steps) == 2 else ""
    if steps[0] != ".history()":
        return ""
    rest = tuple(step for step in steps[1:] if step not in KEEP_ROWS)
    if not rest:
        return "history"
    if rest in ((".columns",), (".columns", ".tolist()"), (".keys()",)):
        return "columns"
    return "row" if rest in ROWS or (rest[0] == ".iloc" and len(rest) == 2) else ""
