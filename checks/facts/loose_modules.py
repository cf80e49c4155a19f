"""Modules and parameters that a module keeps in a plain list or dictionary, where PyTorch does not see them.

Said only where all uses of that list can be followed: it is indexed, iterated and filled, and nowhere handed on to
anything that could register or train what it holds.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.classes import Class, Store
from checks.facts.gradient_scopes import without_gradient
from checks.facts.imports import imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.torch_modules import Kind, Made, TorchModule, torch_modules
from checks.facts.torch_names import WITH_PARAMETERS
from checks.facts.words import words

PLAIN = (ast.List, ast.Tuple, ast.Set, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.Dict, ast.DictComp)
MOST_ATTRIBUTES = 200
"""Attributes of the tree's modules that are looked at."""
GOING_THROUGH = frozenset({"enumerate", "zip", "reversed", "len", "range", "list", "sorted", "tuple"})
FILLING = frozenset({"append", "extend", "insert", "items", "values", "keys", "get", "index"})
REGISTERING = frozenset(
    {
        "parameters", "named_parameters", "add_module", "register_module", "register_parameter", "setattr", "eval",
        "requires_grad_", "requires_grad", "state_dict", "load_state_dict", "ModuleList", "Sequential", "ModuleDict",
        "ParameterList", "ParameterDict", "data", "add_param_group", "__dict__",
    }
)  # fmt: skip
"""Names that, where a list's items are gone through, may register, train or freeze them."""


@dataclass(frozen=True, slots=True)
class Loose:
    """One list or dictionary of modules that is not registered.

    Args:
        path: the file.
        statement: where it is made.
        name: the attribute.
        module: the class.
        used: its first use in another method than ``__init__``.
        what: ``module`` or ``parameter``, what it holds.
        is_dict: whether it is a dictionary.
        comprehension: whether a single literal or comprehension makes it, which could stand in an ``nn.ModuleList``.
    """

    path: str
    statement: ast.stmt
    name: str
    module: Class
    used: ast.Attribute
    what: str
    is_dict: bool
    comprehension: bool


def loose_modules(context: Context) -> tuple[Loose, ...]:
    """Every such attribute."""
    plain = [
        (module, name, stores)
        for module in context.fact(torch_modules)
        for name, stores in module.cls.stores.items()
        if len(stores) == 1 and isinstance(stores[0].value, (*PLAIN, ast.Call, ast.Name))
    ]
    found = (_loose(context, *each) for each in plain[:MOST_ATTRIBUTES])
    return tuple(each for each in found if each is not None)


def trains_parameters(context: Context) -> bool:
    """Whether the tree hands some module's ``parameters()`` on and goes backwards."""
    names = [each.names for each in context.fact(words).values()]
    return any("parameters" in each or "named_parameters" in each for each in names) and any(
        "backward" in each for each in names
    )


def _loose(context: Context, module: TorchModule, name: str, stores: list[Store]) -> Loose | None:
    cls = module.cls
    overridden = {"__setattr__", "parameters", "named_parameters", "_apply"}
    if len(stores) != 1 or any(overridden & each.methods.keys() for each in cls.lineage()):
        return None
    value = stores[0].value
    made = _held(context, cls, name, value) if value is not None else []
    known = [each for each in made if each is not None]
    if len(known) != len(made) or not any(_has_parameters(context, each) for each in known):
        return None
    used = _uses(context, cls, name)
    if used is None:
        return None
    what = "parameter" if known[0].kind is Kind.PARAMETER else "module"
    is_dict = isinstance(value, ast.Dict | ast.DictComp)
    whole = isinstance(value, PLAIN) and bool(getattr(value, "elts", None) or getattr(value, "elt", None))
    return Loose(cls.path, stores[0].statement, name, cls, used, what, is_dict, whole)


def _held(context: Context, cls: Class, name: str, value: ast.expr) -> list[Made | None]:
    """What a list or dictionary is made of and filled with; empty where nothing is known of it."""
    inside, known = context.fact(nodes)[cls.path], context.fact(imports)[cls.path]
    local: str | None = None
    if isinstance(value, ast.Name):
        local, found = value.id, known.assigned(value)
        if found is None or _goes_elsewhere(inside, value, name):
            return []
        value = found
    if isinstance(value, ast.Call) and called_name(value) in ("list", "tuple") and len(value.args) == 1:
        value = value.args[0]
    empty = isinstance(value, ast.Call) and not value.args and called_name(value) in ("list", "dict")
    if not isinstance(value, PLAIN) and not empty:
        return []
    items = [*_items(value), *_added(inside, cls, name, local)]
    if any(isinstance(item, ast.Name) and _goes_elsewhere(inside, item, name) for item in items[:20]):
        return []
    return [context.fact(torch_modules).made(cls.path, item) for item in items[:20]]


def _items(value: ast.expr) -> list[ast.expr]:
    if isinstance(value, ast.List | ast.Tuple | ast.Set):
        return list(value.elts)
    if isinstance(value, ast.Dict):
        return list(value.values)
    if isinstance(value, ast.DictComp):
        return [value.value]
    return [value.elt] if isinstance(value, ast.ListComp | ast.SetComp | ast.GeneratorExp) else []


def _added(inside: Nodes, cls: Class, name: str, local: str | None) -> Iterator[ast.expr]:
    """What is appended to the attribute, or to the local name that it was given, or stored under a key."""
    for node in inside.under(cls.node, ast.Call, ast.Assign):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
            if _names(node.func.value, name, local) and len(node.args) == 1:
                yield node.args[0]
        elif isinstance(node, ast.Assign) and isinstance(target := node.targets[0], ast.Subscript):
            yield from [node.value] if _names(target.value, name, local) else []


def _goes_elsewhere(inside: Nodes, name: ast.Name, attribute: str) -> bool:
    """Whether a local name of a layer or a list is also stored or handed on, so that it may be registered there."""
    function = inside.function(name)
    for load in inside.under(function, ast.Name) if function is not None else ():
        if load.id != name.id or not isinstance(load.ctx, ast.Load):
            continue
        parent = inside.parent(load)
        if isinstance(parent, ast.Call) and parent.func is not load:
            filled = isinstance(parent.func, ast.Attribute) and parent.func.attr == "append"
            if not filled and not called_len(parent):
                return True
        elif isinstance(parent, ast.Starred | ast.keyword | ast.Return):
            return True
        elif isinstance(parent, ast.Assign):
            target = parent.targets[0]
            if isinstance(target, ast.Attribute) and target.attr != attribute:
                return True
    return False


def _names(node: ast.expr, attribute: str, local: str | None) -> bool:
    if isinstance(node, ast.Name):
        return node.id == local
    return isinstance(node, ast.Attribute) and node.attr == attribute


def _has_parameters(context: Context, made: Made) -> bool:
    if made.kind is Kind.PARAMETER:
        return made.trainable
    if made.layer:
        return made.layer in WITH_PARAMETERS
    return made.own is not None and class_has_parameters(context, made.own)


def class_has_parameters(context: Context, cls: Class, steps: int = 4) -> bool:
    """Whether objects of a class certainly have parameters to train, made by the class itself."""
    found = context.fact(torch_modules)
    for each in cls.lineage():
        module = found.of(each)
        for one in [one for ones in module.registered.values() for one in ones] if module is not None else []:
            if not one.always:
                continue
            if (one.kind is Kind.PARAMETER and one.trainable) or one.layer in WITH_PARAMETERS:
                return True
            if one.layer in ("Sequential", "ModuleList", "ModuleDict") and _holds_weights(context, each.path, one.call):
                return True
            if (
                one.own is not None
                and one.own is not cls
                and steps
                and class_has_parameters(context, one.own, steps - 1)
            ):
                return True
    return False


def _holds_weights(context: Context, path: str, container: ast.Call | None) -> bool:
    known, inside = context.fact(imports)[path], context.fact(nodes)[path]
    made = inside.under(container, ast.Call) if container is not None else ()
    return any((known.resolve(call.func) or "").removeprefix("torch.nn.") in WITH_PARAMETERS for call in made)


def _uses(context: Context, cls: Class, name: str) -> ast.Attribute | None:
    """The first use beside ``__init__``; None where there is none or any use in the tree cannot be followed."""
    first: ast.Attribute | None = None
    for path, inside in context.fact(nodes).items():
        if name in context.fact(words)[path].texts:
            return None
        for node in inside.of(ast.Attribute):
            if node.attr != name or not isinstance(node.ctx, ast.Load):
                continue
            if not _followed(inside, node):
                return None
            function = inside.function(node)
            mine = path == cls.path and function in cls.methods.values() and function.name != "__init__"  # type: ignore[union-attr]
            if mine and first is None and not without_gradient(context, path, node) and not _is_filling(inside, node):
                first = node
    return first


def _is_filling(inside: Nodes, node: ast.Attribute) -> bool:
    parent = inside.parent(node)
    return isinstance(parent, ast.Attribute) and parent.attr in ("append", "extend", "insert")


def _followed(inside: Nodes, node: ast.AST) -> bool:
    """Whether a use of the list only takes single items out of it or puts them in."""
    parent = inside.parent(node)
    for _ in range(4):
        match parent:
            case ast.Call(func=ast.Name(id=called)) if called in GOING_THROUGH and parent.func is not node:
                pass
            case ast.Attribute(attr=called) if called in FILLING:
                pass
            case ast.Call(func=func) if func is node and isinstance(func, ast.Attribute):
                if func.attr in ("append", "extend", "insert", "index"):
                    return True
            case ast.Subscript(value=value) if value is node:
                return _item_is_used(inside, parent)
            case ast.For() if parent.iter is node:
                return not _registers(inside, parent)
            case ast.comprehension():
                return not _registers(inside, inside.parent(parent) or parent)
            case _:
                return isinstance(parent, ast.Compare | ast.If | ast.BoolOp) or called_len(parent)
        node, parent = parent, inside.parent(parent)
    return False


def called_len(node: ast.AST | None) -> bool:
    """Whether a node is made of the length of something, which hands nothing on."""
    return isinstance(node, ast.Call) and called_name(node) in ("len", "range", "print")


def _item_is_used(inside: Nodes, item: ast.Subscript) -> bool:
    """Whether an item taken out is called, or has a harmless attribute."""
    parent = inside.parent(item)
    if isinstance(item.ctx, ast.Store):
        return True
    if isinstance(parent, ast.Attribute):
        return parent.attr not in REGISTERING
    if isinstance(parent, ast.Call):
        return parent.func is item
    return isinstance(parent, ast.BinOp)


def _registers(inside: Nodes, loop: ast.AST) -> bool:
    names = {node.attr for node in inside.under(loop, ast.Attribute)} | {
        node.id for node in inside.under(loop, ast.Name)
    }
    return bool(names & REGISTERING)
