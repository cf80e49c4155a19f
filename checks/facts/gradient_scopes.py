"""Where PyTorch is told to keep no graph: ``torch.no_grad`` and ``torch.inference_mode``, around code and functions."""

import ast

from checks.context import Context
from checks.facts.imports import Imports, imports
from checks.facts.nodes import FUNCTIONS, nodes

WITHOUT = frozenset(
    {
        "torch.no_grad", "torch.inference_mode", "torch.autograd.no_grad", "torch.autograd.inference_mode",
        "torch.autograd.grad_mode.no_grad", "torch.autograd.grad_mode.inference_mode",
    }
)  # fmt: skip


def without_gradient(context: Context, path: str, node: ast.AST) -> bool:
    """Whether code runs under ``no_grad`` in its own function, by a ``with`` around it or by a decorator."""
    known, inside = context.fact(imports)[path], context.fact(nodes)[path]
    for outer in inside.above(node):
        if isinstance(outer, ast.With | ast.AsyncWith):
            inner = [item.context_expr for item in outer.items]
            if any(_may_allow(known, each) for each in inner):
                return False
            if any(_is_without(known, each) for each in inner):
                return not any(inside.within(node, each) for each in inner)
        if isinstance(outer, FUNCTIONS):
            return not isinstance(outer, ast.Lambda) and decorated_without(known, outer)
    return False


def decorated_without(known: Imports, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function's decorator keeps all of it from making a graph."""
    return any(_is_without(known, each) for each in function.decorator_list)


def _may_allow(known: Imports, node: ast.expr) -> bool:
    """Whether a context may switch gradients on: ``enable_grad``, or ``set_grad_enabled`` of anything but false."""
    origin = known.called(node) or ""
    return origin.endswith((".enable_grad", ".set_grad_enabled")) and not _is_without(known, node)


def _is_without(known: Imports, node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        switched = node.args[0] if node.args else None
        if isinstance(switched, ast.Constant) and switched.value is False:
            return known.resolve(node.func) == "torch.set_grad_enabled"
        return switched is None and known.resolve(node.func) in WITHOUT
    return known.resolve(node) in WITHOUT
