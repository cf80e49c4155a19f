"""What becomes of each optimizer: whether it can ever step, and whether any gradient is made or cleared at all."""

import ast
from dataclasses import dataclass

from checks.context import Context
from checks.facts.call_sites import MOST_SITES
from checks.facts.calls import called_name, calls
from checks.facts.classes import Method, classes, located, receiver
from checks.facts.imports import imports
from checks.facts.nodes import nodes
from checks.facts.optimizers import Optimizer, optimizers, other_trainer
from checks.facts.unseen_code import unseen_code
from checks.facts.words import words

READ = frozenset({"zero_grad", "param_groups", "state_dict", "load_state_dict", "add_param_group", "defaults", "state"})
"""Attributes of an optimizer that do not step it."""
SCHEDULES = ("torch.optim.lr_scheduler.", "transformers.get_", "transformers.optimization.get_")
LOOKING = frozenset({"unscale_", "print", "isinstance", "len", "id", "type", "append_lr"})
MOST_OPTIMIZERS = 20
"""Optimizers whose uses are looked at."""
MOST_STEPS = 4
"""Functions that an optimizer is followed into."""


@dataclass(frozen=True, slots=True)
class Training:
    """The training that the tree writes out by itself.

    Args:
        optimizers: its optimizers, those in functions that nothing mentions left out.
        backward: every call of ``backward``.
        any_gradient: whether gradients may be made in whatever way.
        clears: whether anything may clear gradients.
    """

    optimizers: tuple[Optimizer, ...]
    backward: tuple[tuple[str, ast.Call], ...]
    any_gradient: bool
    clears: bool


def training(context: Context) -> Training | None:
    """The tree's own training; None where there is none, or something hidden may do part of it."""
    if not context.fact(optimizers) or context.fact(unseen_code) or context.fact(other_trainer):
        return None
    names = frozenset(name for each in context.fact(words).values() for name in each.names)
    found = tuple(
        each for each in context.fact(optimizers) if getattr(each.function, "name", None) in {None, "__init__", *names}
    )
    backward = tuple((path, call) for path, each in context.fact(calls).items() for call in each.named("backward"))
    written = any(
        node.attr == "grad" and not isinstance(node.ctx, ast.Load)
        for each in context.fact(nodes).values()
        for node in each.of(ast.Attribute)
    )
    other = {"autograd", "functorch", "jacrev", "vjp", "func", "closure", "backward", "manual_backward", "hypergrad"}
    return Training(found, backward, written or bool(names & other), written or bool(names & CLEARING))


CLEARING = frozenset({"zero_grad", "set_to_none", "zero_", "autograd", "zero_grads", "clear_grad", "fill_"})


def never_stepped(context: Context) -> tuple[Optimizer, ...]:
    """The optimizers that certainly never step."""
    found = context.fact(training)
    return tuple(each for each in found.optimizers[:MOST_OPTIMIZERS] if _is_idle(context, each)) if found else ()


def _is_idle(context: Context, optimizer: Optimizer) -> bool:
    inside = context.fact(nodes)[optimizer.path]
    statement = inside.parent(optimizer.call)
    if isinstance(statement, ast.Tuple) and isinstance(outer := inside.parent(statement), ast.Assign):
        target = outer.targets[0]
        pairs = isinstance(target, ast.Tuple) and len(target.elts) == len(statement.elts) and len(outer.targets) == 1
        starred = any(isinstance(each, ast.Starred) for each in (*getattr(target, "elts", ()), *statement.elts))
        if not isinstance(target, ast.Tuple) or not pairs or starred:
            return False
        return _target_is_idle(context, optimizer.path, target.elts[statement.elts.index(optimizer.call)])
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    return _target_is_idle(context, optimizer.path, statement.targets[0])


def _target_is_idle(context: Context, path: str, target: ast.expr) -> bool:
    inside, known = context.fact(nodes)[path], context.fact(imports)[path]
    if isinstance(target, ast.Name):
        scope = known.scope(target)
        if scope is None or scope.kind != "function":
            return False
        loads = [each for each in inside.of(ast.Name) if each.id == target.id and isinstance(each.ctx, ast.Load)]
        return all(_is_harmless(context, path, each) for each in loads if known.scope(each) is scope)
    if not (isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)):
        return False
    function = inside.function(target)
    owner = context.fact(classes).of(inside.parent(function)) if function is not None else None
    if owner is None or function is None or receiver(function) != target.value.id or any(owner.outside):
        return False
    if any(target.attr in each.texts for each in context.fact(words).values()):
        return False
    uses = [(where, node) for where, each in context.fact(nodes).items() for node in each.of(ast.Attribute)]
    loads_of = [(where, node) for where, node in uses if node.attr == target.attr and isinstance(node.ctx, ast.Load)]
    return all(
        context.fact(imports)[where].resolve(node) is not None or _is_harmless(context, where, node)
        for where, node in loads_of
    )


def _is_harmless(context: Context, path: str, node: ast.expr, steps: int = MOST_STEPS) -> bool:
    """Whether a use of an optimizer certainly does not step it."""
    inside = context.fact(nodes)[path]
    parent = inside.parent(node)
    if isinstance(parent, ast.Attribute):
        return parent.attr in READ
    if isinstance(parent, ast.Compare | ast.FormattedValue | ast.Expr):
        return True
    call = inside.parent(parent) if isinstance(parent, ast.keyword) else parent
    if not isinstance(call, ast.Call) or call.func is node:
        return False
    origin = context.fact(imports)[path].resolve(call.func) or ""
    if origin.startswith(SCHEDULES) or called_name(call) in LOOKING:
        return True
    piece = located(context, path, call.func)
    if piece is None or not isinstance(piece.node, Method) or not steps:
        return False
    return _enters_harmlessly(context, piece.path, piece.node, call, node, steps)


def _enters_harmlessly(
    context: Context, path: str, function: Method, call: ast.Call, node: ast.expr, steps: int
) -> bool:
    every = [*function.args.posonlyargs, *function.args.args]
    names = [each.arg for each in call.keywords if each.value is node]
    if node in call.args and not any(isinstance(each, ast.Starred) for each in call.args):
        names += [each.arg for each in every[call.args.index(node) :][:1]]
    if len(names) != 1 or names[0] is None:
        return False
    inside, known = context.fact(nodes)[path], context.fact(imports)[path]
    loads = [each for each in inside.under(function, ast.Name) if each.id == names[0]]
    if any(not isinstance(each.ctx, ast.Load) for each in loads) or len(loads) > 4 * MOST_SITES:
        return False
    argument = next((each for each in (*every, *function.args.kwonlyargs) if each.arg == names[0]), None)
    own = [each for each in loads if argument in known.bindings(each)]
    return argument is not None and all(_is_harmless(context, path, each, steps - 1) for each in own)
