"""Where ``backward`` is called on a value that certainly has no graph, which PyTorch refuses."""

import ast
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.kinds import Kind
from checks.facts.nodes import FUNCTIONS, nodes
from checks.facts.severed import severed
from checks.facts.value_kinds import value_kinds

MOST_CALLS = 100
"""Calls of ``backward`` in one file that are looked at."""


@dataclass(frozen=True, slots=True)
class DeadLoss:
    """One such call.

    Args:
        path: the file.
        call: the call of ``backward``.
        loss: the value without a graph.
    """

    path: str
    call: ast.Call
    loss: ast.expr


def dead_losses(context: Context) -> tuple[DeadLoss, ...]:
    """Every such call, in order of file and line; numbers are left to the rule on numbers."""
    found = []
    for path, each in sorted(context.fact(calls).items()):
        for call in list(each.named("backward"))[:MOST_CALLS]:
            loss = _loss(call)
            if loss is None or context.fact(value_kinds).of(path, loss) in (Kind.NUMBER, Kind.NONE, Kind.SETTING):
                continue
            if severed(context, path, loss) and not _asked_for(context, path, call):
                found.append(DeadLoss(path, call, loss))
    return tuple(found)


def _loss(call: ast.Call) -> ast.expr | None:
    """The value that is gone backwards from: ``loss`` of ``loss.backward()`` and ``scaler.scale(loss).backward()``."""
    if not isinstance(call.func, ast.Attribute):
        return None
    value = call.func.value
    if isinstance(value, ast.Call) and called_name(value) == "scale" and len(value.args) == 1:
        return value.args[0]
    return value if isinstance(value, ast.Name | ast.Call | ast.BinOp) else None


def _asked_for(context: Context, path: str, call: ast.Call) -> bool:
    """Whether the function asks for gradients by hand."""
    inside = context.fact(nodes)[path]
    function = inside.nearest(call, *FUNCTIONS) or inside.tree
    names = inside.under(function, ast.Attribute) if function is not None else ()
    return any(node.attr in ("requires_grad_", "requires_grad") for node in names)
