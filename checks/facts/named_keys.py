"""Whether an expression can only be a text that stands in the code: a constant, or a name given nothing else."""

import ast
from collections.abc import Iterator

from checks.facts.search_names import SpaceNames, loops, method
from checks.facts.syntax import arguments, walk

MOST_STEPS = 3
"""Functions and names that a value is followed through."""

KEEPERS = frozenset({"enumerate", "zip", "sorted", "list", "tuple", "set", "reversed", "items", "keys"})
"""Calls that give the texts they are given."""


def is_written_out(node: ast.AST, names: SpaceNames, steps: int = MOST_STEPS) -> bool:
    """Whether every text that ``node`` can be stands in the file as a constant."""
    if isinstance(node, ast.Constant):
        return True
    if not isinstance(node, ast.Name) or not steps:
        return False
    current: ast.AST | None = node
    while current := names.parents.get(current) if current else None:
        for target, source in loops(current):
            if any(isinstance(part, ast.Name) and part.id == node.id for part in walk(target)):
                return _are_written_out(source, names, steps - 1)
    given = list(_given(node, names))
    return bool(given) and all(is_written_out(value, names, steps - 1) for value in given)


def _are_written_out(source: ast.AST, names: SpaceNames, steps: int) -> bool:
    """The same of everything that a loop over ``source`` gives."""
    match source:
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return all(_item(part) for part in parts)
        case ast.Dict(keys=keys):
            return all(isinstance(key, ast.Constant) for key in keys)
        case ast.Call(func=ast.Attribute(value=base)) if method(source) in ("items", "keys"):
            return _are_written_out(base, names, steps)
        case ast.Call(args=[_, *_] as given) if method(source) in KEEPERS:
            return all(_are_written_out(part, names, steps) for part in given)
        case ast.Name(id=name) if steps:
            values = list(_assigned(name, names))
            return bool(values) and all(value and _are_written_out(value, names, steps - 1) for value in values)
    return False


def _item(node: ast.expr) -> bool:
    """Whether an item of a list is a text, or a row that starts with one."""
    return isinstance(node, ast.Constant) or (
        isinstance(node, ast.Tuple | ast.List) and bool(node.elts) and isinstance(node.elts[0], ast.Constant)
    )


def _assigned(name: str, names: SpaceNames) -> Iterator[ast.expr | None]:
    """What a name is assigned in the file; None for any other way of binding it."""
    for node in names.nodes:
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
            parent = names.parents.get(node)
            yield parent.value if isinstance(parent, ast.Assign) and node in parent.targets else None
        elif isinstance(node, ast.arg) and node.arg == name:
            yield None


def _given(node: ast.Name, names: SpaceNames) -> Iterator[ast.expr]:
    """What the calls of the function around pass for a parameter of it; the function itself where it is passed on."""
    function = names.function_of(node)
    if function is None or node.id not in {argument.arg for argument in function.args.args}:
        return
    for use in names.nodes:
        if isinstance(use, ast.Name) and use.id == function.name:
            call = names.parents.get(use)
            passed = dict(arguments(function, call)) if isinstance(call, ast.Call) and call.func is use else {}
            yield passed.get(node.id, use)
