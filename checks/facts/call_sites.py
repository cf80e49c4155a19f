"""Where a function of the tree is called and with what, and what it gives back, said only where that is certain."""

import ast
from collections import Counter
from collections.abc import Mapping

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.classes import Method, classes, located
from checks.facts.imports import imports
from checks.facts.nodes import FUNCTIONS, nodes

MOST_SITES = 12
"""Calls of one function that are looked at."""
HARMLESS_DECORATORS = frozenset({"torch.no_grad", "torch.inference_mode", "torch.enable_grad", "staticmethod"})
"""Decorators that leave alone what a function gives back."""


def values_given(
    context: Context, path: str, function: Method, name: str, position: int
) -> tuple[tuple[str, ast.expr], ...]:
    """Every value, with its file, that a parameter of a function or of a class's ``__init__`` is ever given.

    Empty where one of them is not known: the function is handed on as a value, has several parents or takes ``*args``.
    """
    classes_found = context.fact(classes)
    cls = classes_found.of(context.fact(nodes)[path].parent(function))
    if cls is not None and (function.name != "__init__" or cls.children or not position):
        return ()
    target: ast.AST = cls.node if cls is not None else function
    called = cls.node.name if cls is not None else function.name
    sites = [(where, call) for where, each in context.fact(calls).items() for call in each.named(called)]
    if len(sites) > MOST_SITES or context.fact(_mentions)[called] > len(sites):
        return ()
    at = position - 1 if cls is not None else position
    found = []
    for where, call in sites:
        piece = located(context, where, call.func)
        value = _argument(call, name, at)
        if piece is None or piece.node is not target or value is None:
            return ()
        found.append((where, value))
    return tuple(found)


def returned_values(context: Context, path: str, function: Method) -> list[ast.expr | None]:
    """What a function's ``return`` statements hold; empty where something else decides on what a call gives."""
    inside, known = context.fact(nodes)[path], context.fact(imports)[path]
    decorators = [each.func if isinstance(each, ast.Call) else each for each in function.decorator_list]
    names = [known.resolve(each) or (each.id if isinstance(each, ast.Name) else "") for each in decorators]
    if isinstance(function, ast.AsyncFunctionDef) or not HARMLESS_DECORATORS.issuperset(names):
        return []
    if any(inside.nearest(each, *FUNCTIONS) is function for each in inside.under(function, ast.Yield, ast.YieldFrom)):
        return []
    return [each.value for each in inside.under(function, ast.Return) if inside.nearest(each, *FUNCTIONS) is function]


def _argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    if any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords):
        return None
    if position < len(call.args):
        return call.args[position]
    return next((each.value for each in call.keywords if each.arg == name), None)


def _mentions(context: Context) -> Mapping[str, int]:
    """How often each name or attribute is used in the tree, in calls and elsewhere."""
    found: Counter[str] = Counter()
    for each in context.fact(nodes).values():
        found.update(node.id for node in each.of(ast.Name) if isinstance(node.ctx, ast.Load))
        found.update(node.attr for node in each.of(ast.Attribute) if isinstance(node.ctx, ast.Load))
    return found
