"""Which components a training makes, which of them its optimizers hold, and whether a gradient can come to them.

A component is a module or parameter that a function makes (``components``). ``untrained`` are those that no optimizer
is given; ``cut_off`` are those that an optimizer holds while nothing that they give out has a gradient.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.call_sites import returned_values
from checks.facts.calls import called_name, calls
from checks.facts.classes import Class, Method, receiver
from checks.facts.component_tables import CLIPPING, PARAMETERS, RETURNS_SELF
from checks.facts.component_uses import Component, Use
from checks.facts.components import components
from checks.facts.gradient_scopes import decorated_without, without_gradient
from checks.facts.imports import imports
from checks.facts.kinds import Kind as Value
from checks.facts.loose_modules import class_has_parameters
from checks.facts.loss_reach import reaches_loss
from checks.facts.nodes import nodes
from checks.facts.optimizers import Optimizer, optimizers, other_trainer
from checks.facts.severed import returns_severed, severed_at_once
from checks.facts.torch_modules import Kind, torch_modules
from checks.facts.torch_names import WITH_PARAMETERS
from checks.facts.unseen_code import unseen_code
from checks.facts.value_kinds import value_kinds

FREEZING = frozenset({"requires_grad_", "requires_grad", "load_state_dict"})
OWN_WAYS = frozenset({"backward", "grad", "autograd", "functional_call", "optim", "optimizer", "opt", "vmap"})
"""Names in a class that may train its parameters in a way of its own."""
FILLED = frozenset({"requires_grad", "requires_grad_", "load_state_dict", "from_pretrained", "data", "copy_", "load"})
"""Names in a class that may freeze its parameters or fill them with known numbers."""
ASIDE = ("target", "teacher", "ema", "frozen", "fixed", "random", "reference", "ref_", "momentum", "oracle")
"""Parts of names of modules that are not meant to be trained."""


@dataclass(frozen=True, slots=True)
class Untrained:
    """Components of one class that no optimizer holds.

    Args:
        components: they.
        use: where one of them is used.
        optimizer: the optimizer that could have held them.
        in_loss: whether what they give certainly goes into a loss.
    """

    components: tuple[Component, ...]
    use: Use
    optimizer: Optimizer
    in_loss: bool


@dataclass(frozen=True, slots=True)
class CutOff:
    """Components that an optimizer holds and that no gradient reaches, by the place where they are used.

    Args:
        components: they.
        use: the first use.
        optimizer: what holds them.
        returned: file and line of the first return whose value has no gradient; None where the use itself cuts it.
    """

    components: tuple[Component, ...]
    use: Use
    optimizer: Optimizer
    returned: tuple[str, int] | None


def untrained(context: Context) -> tuple[Untrained, ...]:
    """The components that no optimizer holds, together by class."""
    held = _trained_by_hand(context)
    if not held:
        return ()
    found: dict[str, list[tuple[Component, Use]]] = {}
    for component in context.fact(components):
        use = _left_out(context, component)
        if use is not None and not _is_rehearsal(context, held, component):
            found.setdefault(component.name, []).append((component, use))
    result = []
    for each in found.values():
        component, use = each[0]
        in_loss = any(not _is_aside(context, one) and reaches_loss(context, where) for one, where in each)
        chosen = _nearest(context, held, component)
        result.append(Untrained(tuple(one for one, _ in each), use, chosen, in_loss))
    return tuple(result)


def _is_rehearsal(context: Context, held: tuple[Optimizer, ...], component: Component) -> bool:
    """Whether it may be made for a try-out: others of its class are trained, and no optimizer is made beside it."""
    function = context.fact(nodes)[component.path].function(component.call)
    if any(each.path == component.path and each.function is function for each in held):
        return False
    alike = [each for each in context.fact(components) if each is not component and each.name == component.name]
    return any(each.escaped or next(_gives_parameters(context, each), None) is not None for each in alike)


def cut_off(context: Context) -> tuple[CutOff, ...]:
    """The components that no gradient reaches, together by the place of their first use."""
    if not _trained_by_hand(context) or _gradients_written(context):
        return ()
    found: dict[ast.AST, list[tuple[Component, Use, Optimizer]]] = {}
    for component in context.fact(components):
        optimizer = _holder(context, component)
        uses = sorted(_runs(component), key=lambda use: (use.path, use.node.lineno))
        if optimizer is not None and uses and _is_cut(context, component, uses):
            found.setdefault(uses[0].node, []).append((component, uses[0], optimizer))
    return tuple(
        CutOff(tuple(one for one, _, _ in each), each[0][1], each[0][2], _first_return(context, *each[0][:2]))
        for each in found.values()
    )


def _trained_by_hand(context: Context) -> tuple[Optimizer, ...]:
    """The tree's optimizers, where all training is code that can be seen."""
    found = context.fact(optimizers)
    if not found or context.fact(unseen_code) or context.fact(other_trainer):
        return ()
    backward = any(True for each in context.fact(calls).values() for _ in each.named("backward"))
    return found if backward else ()


def _gives_parameters(context: Context, component: Component) -> Iterator[Use]:
    """The uses that hand its parameters on to something that may train or change them."""
    for use in component.uses:
        if use.name not in PARAMETERS:
            continue
        inside = context.fact(nodes)[use.path]
        outer = [each for each in inside.above(use.node) if isinstance(each, ast.Call)][:3]
        counted = any(
            isinstance(each, ast.Attribute) and each.attr in ("numel", "nelement", "device", "dtype")
            for each in inside.under(inside.statement(use.node) or use.node, ast.Attribute)
        )
        if not (counted or (outer and called_name(outer[0]) in CLIPPING)):
            yield use


def _left_out(context: Context, component: Component) -> Use | None:
    """A use that makes a gradient for a component which no optimizer is given; None where that is not certain."""
    made = component.made
    if component.escaped or not _has_weights(context, component):
        return None
    names = {use.name for use in component.uses}
    frozen = names & FREEZING or ("eval" in names and "train" not in names)
    if frozen or next(_gives_parameters(context, component), None) is not None:
        return None
    if made.own is not None and _mentions(context, made.own, FILLED | OWN_WAYS | PARAMETERS):
        return None
    if not all(_is_known(context, component, use) for use in component.uses):
        return None
    return next((use for use in _runs(component) if _makes_graph(context, component, use)), None)


def _has_weights(context: Context, component: Component) -> bool:
    made = component.made
    if made.kind is Kind.PARAMETER:
        return made.trainable
    return made.layer in WITH_PARAMETERS or (made.own is not None and class_has_parameters(context, made.own))


def _runs(component: Component) -> Iterator[Use]:
    """The uses that run one of its methods, or compute with a parameter."""
    own = component.made.own
    for use in component.uses:
        if use.name == "forward" or (own is not None and use.called and own.method(use.name) is not None):
            yield use


def _makes_graph(context: Context, component: Component, use: Use) -> bool:
    own = component.made.own
    found = own.method(use.name) if own is not None else None
    if found is not None and decorated_without(context.fact(imports)[found[0].path], found[1]):
        return False
    return not without_gradient(context, use.path, use.node)


def _is_known(context: Context, component: Component, use: Use) -> bool:
    """Whether a use can do nothing but run the component, move it or read a plain attribute."""
    own = component.made.own
    if use.called or component.made.kind is Kind.PARAMETER:
        known = use.name in RETURNS_SELF | PARAMETERS | {"forward"}
        return known or (own is not None and own.method(use.name) is not None)
    if own is None or not isinstance(use.node, ast.Attribute) or not isinstance(use.node.ctx, ast.Load):
        return False
    registered = context.fact(torch_modules).registered(own, use.name)
    return not registered and context.fact(value_kinds).attribute(own, use.name) in (Value.NUMBER, Value.SETTING)


def _mentions(context: Context, cls: Class, wanted: frozenset[str]) -> bool:
    for each in cls.lineage():
        inside = context.fact(nodes)[each.path]
        names = {node.attr for node in inside.under(each.node, ast.Attribute)}
        names |= {node.id for node in inside.under(each.node, ast.Name)}
        if names & wanted:
            return True
    return False


def _is_aside(context: Context, component: Component) -> bool:
    """Whether its name says that it is not meant to be trained."""
    statement = context.fact(nodes)[component.path].statement(component.call)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    names = [component.name, *(each.id for each in targets if isinstance(each, ast.Name))]
    return any(part in name.lower() for name in names for part in ASIDE)


def _nearest(context: Context, held: tuple[Optimizer, ...], component: Component) -> Optimizer:
    """The optimizer to name: one that a loop with ``backward`` is near, if it can be where the component is used."""
    used = {id(context.fact(nodes)[use.path].function(use.node)) for use in component.uses}
    used.add(id(context.fact(nodes)[component.path].function(component.call)))
    return max(held, key=lambda each: (each.loops, id(each.function) in used))


def _holder(context: Context, component: Component) -> Optimizer | None:
    """The optimizer that is given a component's parameters, where nothing else is."""
    own = component.made.own
    if component.escaped or own is None or not class_has_parameters(context, own) or _mentions(context, own, OWN_WAYS):
        return None
    given = list(_gives_parameters(context, component))
    holders = [each for use in given if (each := _optimizer_of(context, use)) is not None]
    unknown = any(not _is_known(context, component, use) for use in component.uses)
    frozen = any(use.name in FREEZING for use in component.uses)
    if not holders or len(holders) != len(given) or unknown or frozen:
        return None
    after = [each for each in holders if each.path == component.path and each.call.lineno >= component.call.lineno]
    return min(after or holders, key=lambda each: each.call.lineno)


def _optimizer_of(context: Context, use: Use) -> Optimizer | None:
    """The optimizer that a use's parameters are given to, there or through one local name that goes nowhere else."""
    inside = context.fact(nodes)[use.path]
    near = [each for each in context.fact(optimizers) if each.path == use.path]
    found = next((each for each in near if inside.within(use.node, each.call)), None)
    statement = inside.statement(use.node)
    if found is not None or not isinstance(statement, ast.Assign | ast.AugAssign):
        return found
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    name = targets[0] if len(targets) == 1 else None
    if not isinstance(name, ast.Name):
        return None
    known = context.fact(imports)[use.path]
    loads = [each for each in inside.of(ast.Name) if each.id == name.id and isinstance(each.ctx, ast.Load)]
    mine = [each for each in loads if known.scope(each) is known.scope(name)]
    takers = [next((one for one in near if inside.within(each, one.call)), None) for each in mine]
    return takers[0] if len(takers) == 1 else None


def _is_cut(context: Context, component: Component, uses: list[Use]) -> bool:
    """Whether no run of the component leaves a graph behind, in what it returns or anywhere else."""
    own = component.made.own
    for use in uses:
        found = own.method(use.name) if own is not None else None
        if found is None or _leaves_something(context, found[0].path, found[1]):
            return False
        values = returned_values(context, found[0].path, found[1])
        if not values or all(_is_none(value) for value in values):
            return False
        if not returns_severed(context, found[0].path, found[1]) and not severed_at_once(context, use.path, use.node):
            return False
    return True


def _leaves_something(context: Context, path: str, method: Method) -> bool:
    """Whether a method stores anything on another object than its own, or hooks itself into one."""
    inside, own = context.fact(nodes)[path], receiver(method)
    for node in inside.under(method, ast.Attribute):
        stores = not isinstance(node.ctx, ast.Load) and not (isinstance(node.value, ast.Name) and node.value.id == own)
        if stores or "hook" in node.attr or node.attr == "append":
            return True
    return any(not isinstance(node.ctx, ast.Load) for node in inside.under(method, ast.Subscript)) or any(
        called_name(call) == "setattr" for call in inside.under(method, ast.Call)
    )


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _gradients_written(context: Context) -> bool:
    """Whether code outside of a class's own methods writes ``.grad``, or gradients are asked for by hand."""
    for path, inside in context.fact(nodes).items():
        for node in inside.of(ast.Attribute):
            if node.attr in ("functional_call", "jacrev", "jacfwd") or _is_autograd(context, path, node):
                return True
            if node.attr == "grad" and isinstance(node.ctx, ast.Store):
                root: ast.AST = node
                while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
                    root = root.func if isinstance(root, ast.Call) else root.value
                own = isinstance(root, ast.Name) and context.fact(value_kinds).owner(path, root) is not None
                if not own and not _is_nothing(inside.parent(node)):
                    return True
    return False


def _is_autograd(context: Context, path: str, node: ast.Attribute) -> bool:
    return node.attr in ("grad", "backward") and (context.fact(imports)[path].resolve(node) or "").startswith(
        "torch.autograd."
    )


def _is_nothing(statement: ast.AST | None) -> bool:
    """Whether an assignment only clears the gradient."""
    return isinstance(statement, ast.Assign) and _is_none(statement.value)


def _first_return(context: Context, component: Component, use: Use) -> tuple[str, int] | None:
    own = component.made.own
    found = own.method(use.name) if own is not None else None
    if found is None or not returns_severed(context, found[0].path, found[1]):
        return None
    inside = context.fact(nodes)[found[0].path]
    first = next((each for each in inside.under(found[1], ast.Return)), None)
    return (found[0].path, first.lineno if first is not None else found[1].lineno)
