"""Whether what a component gives certainly goes into a value whose ``backward`` is called, followed by names."""

import ast

from checks.context import Context
from checks.facts.calls import Calls, called_name, calls
from checks.facts.component_uses import Use
from checks.facts.imports import imports
from checks.facts.nodes import FUNCTIONS, Nodes, nodes

MOST_CALLERS = 4
"""How far up the callers are asked."""
HOOKING = frozenset({"register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook"})


def reaches_loss(context: Context, use: Use) -> bool:
    """Whether the value of a use flows by assignments and returns into a loss; a hook's value counts as doing so."""
    places: list[tuple[str, ast.AST, int]] = [(use.path, use.node, 0)]
    seen: set[ast.AST] = set()
    for path, node, depth in places:
        inside = context.fact(nodes)[path]
        function = inside.nearest(node, *FUNCTIONS)
        if node in seen or depth > MOST_CALLERS or len(places) > 60:
            continue
        seen.add(node)
        known = context.fact(calls)[path]
        names = _dependent(inside, function, node)
        if _goes_backward(inside, known, function, node, names):
            return True
        if isinstance(function, ast.FunctionDef) and _returns(inside, function, node, names):
            if _is_hook(context, path, function):
                return True
            for where, each in context.fact(calls).items():
                places += [(where, call, depth + 1) for call in each.named(function.name)]
            if function.name == "forward":
                return True
    return False


def _dependent(inside: Nodes, function: ast.AST | None, start: ast.AST) -> frozenset[str]:
    """Names of a function that may hold something made of ``start``."""
    scope = function if function is not None else inside.tree
    statements: list[ast.Assign | ast.AugAssign | ast.AnnAssign] = []
    if scope is not None:
        statements += inside.under(scope, ast.Assign)
        statements += inside.under(scope, ast.AugAssign)
        statements += inside.under(scope, ast.AnnAssign)
    names: set[str] = set()
    for _ in range(6):
        before = len(names)
        for statement in statements:
            value = statement.value
            if value is None or not _holds(inside, value, start, names):
                continue
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names |= {
                each.id
                for target in targets
                for each in inside.under(target, ast.Name)
                if isinstance(each.ctx, ast.Store)
            }
        if len(names) == before:
            break
    return frozenset(names)


def _holds(inside: Nodes, value: ast.AST, start: ast.AST, names: set[str] | frozenset[str]) -> bool:
    return inside.within(start, value) or any(each.id in names for each in inside.under(value, ast.Name))


def _goes_backward(
    inside: Nodes, known: Calls, function: ast.AST | None, start: ast.AST, names: frozenset[str]
) -> bool:
    for call in known.named("backward"):
        if inside.nearest(call, *FUNCTIONS) is not function:
            continue
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else call
        if _holds(inside, receiver, start, names) or any(_holds(inside, each, start, names) for each in call.args):
            return True
    return False


def _returns(inside: Nodes, function: ast.AST, start: ast.AST, names: frozenset[str]) -> bool:
    return any(
        each.value is not None
        and inside.nearest(each, *FUNCTIONS) is function
        and _holds(inside, each.value, start, names)
        for each in inside.under(function, ast.Return)
    )


def _is_hook(context: Context, path: str, function: ast.FunctionDef) -> bool:
    inside = context.fact(nodes)[path]
    for name in inside.of(ast.Name):
        parent = inside.parent(name)
        if name.id == function.name and isinstance(parent, ast.Call) and called_name(parent) in HOOKING:
            return context.fact(imports)[path].bindings(name)[-1:] == (function,)
    return False
