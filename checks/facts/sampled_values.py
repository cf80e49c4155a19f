"""Values that an Optuna trial was asked for and that no code reads afterwards."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.live_code import live_nodes
from checks.facts.reach import FunctionNode
from checks.facts.search_application import SHOWN
from checks.facts.search_names import method
from checks.facts.syntax import Parents, dotted, walk

HARMLESS = frozenset({"report", "should_prune", "number", "set_user_attr"})
"""What code may do with a trial without learning the sampled values from it."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """One such value.

    Args:
        path: the file.
        call: the call that asks for it.
        name: the name that it is given; empty where it is given none.
    """

    path: str
    call: ast.Call
    name: str


def unread_samples(context: Context) -> tuple[Sampled, ...]:
    """Every such value, in order of file and line."""
    found = []
    for path, nodes in context.fact(live_nodes).items():
        with context.reading(path):
            for node in nodes:
                if isinstance(node, FunctionNode):
                    found += [Sampled(path, call, name) for call, name in _unread(node)]
    return tuple(sorted(found, key=lambda each: (each.path, each.call.lineno)))


def _unread(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[ast.Call, str]]:
    nodes = list(walk(function))
    parents = Parents(function)
    own = {argument.arg for argument in function.args.args}
    uses: dict[str, list[ast.Name]] = defaultdict(list)
    for node in nodes:
        if isinstance(node, ast.Name):
            uses[node.id].append(node)
    asked = {name for name in own if _only_asked(uses[name], parents)}
    wide = any(isinstance(node, ast.Global | ast.Nonlocal) or dotted(node) in ("locals", "vars") for node in nodes)
    for call in nodes:
        if not isinstance(call, ast.Call) or not method(call).startswith("suggest_") or wide:
            continue
        trial = dotted(call.func).rpartition(".")[0]
        if trial not in asked:
            continue
        match parents[call]:
            case ast.Expr():
                yield call, ""
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if not _is_read(uses[name], parents):
                    yield call, name


def _only_asked(uses: list[ast.Name], parents: Parents) -> bool:
    """Whether nothing else can learn the values from the trial: it is not passed on, nor are its parameters read."""
    above = (parents[node] for node in uses)
    return all(isinstance(each, ast.Attribute) and each.attr.startswith(("suggest_", *HARMLESS)) for each in above)


def _is_read(uses: list[ast.Name], parents: Parents) -> bool:
    """Whether a name is read other than to be shown."""
    return any(isinstance(node.ctx, ast.Load) and not _is_shown(node, parents) for node in uses)


def _is_shown(node: ast.AST, parents: Parents) -> bool:
    current: ast.AST | None = node
    while current is not None and not isinstance(current, ast.stmt):
        if isinstance(current, ast.Call):
            return method(current) in SHOWN
        current = parents.get(current)
    return False
