"""Whether a value certainly carries no gradient any more: a number, a detached tensor, a copy out of the graph."""

import ast

from checks.context import Context
from checks.facts.call_sites import returned_values
from checks.facts.calls import called_name
from checks.facts.classes import Method
from checks.facts.gradient_scopes import decorated_without, without_gradient
from checks.facts.imports import imports
from checks.facts.kinds import Kind
from checks.facts.nodes import nodes
from checks.facts.value_kinds import value_kinds

MOST_STEPS = 6
"""Names and parts that are followed."""
CUTTING = frozenset({"item", "tolist", "detach", "detach_", "numpy", "argmax", "argmin"})
"""Methods of a tensor whose result has no gradient."""
CARRYING = frozenset({"cpu", "cuda", "to", "float", "clone", "squeeze", "unsqueeze", "mean", "sum", "clamp", "view"})
"""Methods whose result has the gradient that the tensor has."""
COPYING = frozenset({"torch.tensor", "torch.from_numpy", "torch.argmax", "torch.argmin"})
PLAIN = frozenset({Kind.NUMBER, Kind.NONE, Kind.SETTING})


def severed(context: Context, path: str, node: ast.expr | None, steps: int = MOST_STEPS) -> bool:
    """Whether the value of an expression certainly has no gradient."""
    if node is None or context.fact(value_kinds).of(path, node) in PLAIN:
        return True
    if not steps:
        return False
    if without_gradient(context, path, node) or isinstance(node, ast.Compare | ast.JoinedStr):
        return True
    match node:
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Dict(values=parts):
            return all(severed(context, path, part, steps - 1) for part in parts[:20])
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            return severed(context, path, one, steps - 1) and severed(context, path, other, steps - 1)
        case ast.Attribute(attr="data"):
            return True
        case ast.Call():
            return _call(context, path, node, steps)
        case ast.Name():
            return _name(context, path, node, steps)
    return False


def returns_severed(context: Context, path: str, function: Method) -> bool:
    """Whether nothing that a function gives back has a gradient."""
    if decorated_without(context.fact(imports)[path], function):
        return True
    values = returned_values(context, path, function)
    if not values:
        inside = context.fact(nodes)[path]
        leaves = next(inside.under(function, ast.Return, ast.Yield, ast.YieldFrom), None)
        return leaves is None and not function.decorator_list
    return all(severed(context, path, value) for value in values)


def severed_at_once(context: Context, path: str, node: ast.expr) -> bool:
    """Whether what is done with an expression where it stands takes the gradient away."""
    inside = context.fact(nodes)[path]
    parent = inside.parent(node)
    if isinstance(parent, ast.Attribute):
        call = inside.parent(parent)
        return parent.attr == "data" or (parent.attr in CUTTING and isinstance(call, ast.Call) and call.func is parent)
    if isinstance(parent, ast.Call) and parent.func is not node:
        return called_name(parent) in ("float", "int", "bool") or _origin(context, path, parent) in COPYING
    return isinstance(parent, ast.Expr) or without_gradient(context, path, node)


def _origin(context: Context, path: str, call: ast.Call) -> str | None:
    return context.fact(imports)[path].resolve(call.func)


def _call(context: Context, path: str, call: ast.Call, steps: int) -> bool:
    origin = _origin(context, path, call)
    if origin is not None:
        asked = any(word.arg in ("requires_grad", None) for word in call.keywords)
        return (origin in COPYING and not asked) or origin.startswith(("numpy.", "math."))
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in CUTTING:
        return True
    return call.func.attr in CARRYING and severed(context, path, call.func.value, steps - 1)


def _name(context: Context, path: str, name: ast.Name, steps: int) -> bool:
    bound = context.fact(imports)[path].bindings(name)
    plain = [each for each in bound if isinstance(each, ast.Assign)]
    return bool(plain) and len(plain) == len(bound) <= 8 and all(
        severed(context, path, each.value, steps - 1) for each in plain
    )  # fmt: skip
