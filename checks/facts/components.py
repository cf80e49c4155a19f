"""Every module or parameter that a function makes for itself, with all that is done to it, wherever it goes.

It is followed through names, tuples, lists, dictionaries, closures, functions of the tree and attributes of plain
classes. Where it goes anywhere else (into another module, a library's function, an unknown object), it has escaped,
and nothing can be said of what becomes of it there.
"""

import ast

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.classes import classes
from checks.facts.component_trail import Surroundings, Trail
from checks.facts.component_uses import Component
from checks.facts.nodes import nodes
from checks.facts.torch_modules import Kind, torch_modules

MOST_COMPONENTS = 60
"""Components of one tree that are followed."""


def components(context: Context) -> tuple[Component, ...]:
    """The components that functions make, in order of file and line; none that a module makes for itself."""
    found = []
    known = context.fact(torch_modules)
    for path, each in sorted(context.fact(calls).items()):
        for call in each:
            made = known.made(path, call) if isinstance(call.func, ast.Name | ast.Attribute) else None
            if made is None or made.call is not call or made.kind is Kind.BUFFER:
                continue
            if made.own is None and not (made.layer or made.kind is Kind.PARAMETER):
                continue
            found.append(Component(path, call, made))
    kept = [each for each in found if not _is_stored_at_once(context, each)][:MOST_COMPONENTS]
    if kept:
        tree = Surroundings(context)
        for component in kept:
            Trail(tree, component).follow()
    return tuple(kept)


def _is_stored_at_once(context: Context, component: Component) -> bool:
    """Whether it goes straight into another module: an attribute of ``self`` there, or an argument of a layer."""
    inside = context.fact(nodes)[component.path]
    parent = inside.parent(component.call)
    if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Attribute):
        function = inside.function(parent)
        owner = context.fact(classes).of(inside.parent(function)) if function is not None else None
        return context.fact(torch_modules).of(owner) is not None
    return isinstance(parent, ast.Call) and parent.func is not component.call and not isinstance(parent.func, ast.Name)
