"""Where a module's registered attribute is given something that ``torch.nn.Module.__setattr__`` refuses."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.classes import Class, Store, calls_super_init
from checks.facts.kinds import Kind
from checks.facts.nodes import Nodes, nodes
from checks.facts.torch_modules import Kind as Registration
from checks.facts.torch_modules import Registered, TorchModule, torch_modules
from checks.facts.value_kinds import value_kinds
from checks.facts.words import words

REFUSED = {
    Registration.PARAMETER: frozenset({Kind.NUMBER, Kind.TENSOR, Kind.NEW, Kind.PLAIN, Kind.MODULE}),
    Registration.MODULE: frozenset({Kind.NUMBER, Kind.TENSOR, Kind.NEW, Kind.PLAIN}),
    Registration.BUFFER: frozenset({Kind.NUMBER, Kind.PLAIN}),
}
"""What PyTorch refuses with TypeError for an attribute that is registered as this."""


@dataclass(frozen=True, slots=True)
class Overwritten:
    """One assignment that raises.

    Args:
        path: the file of both places.
        statement: the assignment.
        name: the attribute.
        registered: where and as what it is registered.
        given: what it is given.
        home: the file of the registration.
    """

    path: str
    statement: ast.stmt
    name: str
    registered: Registered
    given: Kind
    home: str


def overwritten(context: Context) -> tuple[Overwritten, ...]:
    """Every such assignment, in the classes' own methods."""
    return tuple(hit for module in context.fact(torch_modules) for hit in _of_class(context, module))


def _of_class(context: Context, module: TorchModule) -> Iterator[Overwritten]:
    cls = module.cls
    inside = context.fact(nodes)[cls.path]
    if any("__setattr__" in each.methods for each in cls.lineage()) or _skips_parents(cls, inside):
        return
    for name, stores in cls.stores.items():
        found = [
            (each, one)
            for each in cls.lineage()
            if (own := context.fact(torch_modules).of(each)) is not None
            for one in own.registered.get(name, ())
            if one.always and one.method is each.methods.get("__init__")
        ]
        if found and len({one.kind for _, one in found}) == 1 and not _removed(context, cls, name):
            yield from _refused(context, cls, name, stores, *found[0])


def _refused(
    context: Context, cls: Class, name: str, stores: list[Store], home: Class, one: Registered
) -> Iterator[Overwritten]:
    for store in stores:
        if store.statement is one.statement or store.value is None or not _later(context, cls, store, one):
            continue
        if _guarded(context, cls, store):
            continue
        given = context.fact(value_kinds).of(cls.path, store.value)
        if given in REFUSED[one.kind]:
            yield Overwritten(cls.path, store.statement, name, one, given, home.path)


def _later(context: Context, cls: Class, store: Store, one: Registered) -> bool:
    """Whether the assignment can only run after the registration."""
    if store.method is one.method:
        return store.statement.lineno > one.statement.lineno
    if store.method.name == "__init__":
        return True
    inside = context.fact(nodes)[cls.path]
    init = cls.methods.get("__init__")
    early = inside.under(init, ast.Attribute) if init is not None else ()
    return not any(
        each.attr == store.method.name and (init is not one.method or each.lineno <= one.statement.lineno)
        for each in early
    )


def _guarded(context: Context, cls: Class, store: Store) -> bool:
    """Whether a refusal would be caught, or the attribute is asked about first."""
    inside = context.fact(nodes)[cls.path]
    for outer in inside.above(store.statement):
        if outer is store.method:
            return False
        if isinstance(outer, ast.Try) and outer.handlers:
            return True
        if isinstance(outer, ast.If) and any(
            isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id in ("isinstance", "hasattr")
            for each in inside.under(outer.test, ast.Call)
        ):
            return True
    return False


def _removed(context: Context, cls: Class, name: str) -> bool:
    """Whether anything may take the attribute out of the registry again."""
    inside = context.fact(nodes)[cls.path]
    for each in inside.of(ast.Delete):
        if any(isinstance(target, ast.Attribute) and target.attr == name for target in each.targets):
            return True
    mentioned = context.fact(words)[cls.path]
    return name in mentioned.texts and bool({"delattr", "_parameters", "_modules", "_buffers"} & mentioned.names)


def _skips_parents(cls: Class, inside: Nodes) -> bool:
    """Whether the class has an ``__init__`` that leaves out those above it."""
    init = cls.methods.get("__init__")
    return init is not None and not calls_super_init(init, inside)
