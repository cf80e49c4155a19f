"""Calls of what ``functools.partial`` has made, with all arguments; arguments unpacked from a dictionary."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import Calls, calls
from checks.facts.imports import Imports, imports
from checks.facts.nodes import Nodes, nodes

PARTIAL = "functools.partial"


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """One call of a name that stands for ``partial(function, ...)``.

    Args:
        node: the call in the code.
        given: the same call with the arguments of both, written as one.
        origin: what is called in the end, dotted.
    """

    node: ast.Call
    given: ast.Call
    origin: str


def partials(context: Context) -> Mapping[str, tuple[Partial, ...]]:
    """The calls of every file, by path; files without one are absent."""
    found = {}
    for path, known in context.fact(calls).items():
        with context.reading(path):
            some = tuple(_partials(context.fact(nodes)[path], context.fact(imports)[path], known))
        if some:
            found[path] = some
    return found


def written_keywords(file: Imports, call: ast.Call) -> list[ast.keyword]:
    """A call's keyword arguments, ``**OPTIONS`` taken apart where a written dictionary is used for no more."""
    found = []
    for word in call.keywords:
        pairs = _pairs(file, word.value) if word.arg is None and isinstance(word.value, ast.Name) else None
        found += [word] if pairs is None else pairs
    return found


def _pairs(file: Imports, name: ast.Name) -> list[ast.keyword] | None:
    found = file.module.nodes
    uses = [each for each in found.of(ast.Name) if each.id == name.id and isinstance(each.ctx, ast.Load)]
    if not all(isinstance(found.parent(each), ast.keyword) for each in uses):
        return None
    match file.assigned(name):
        case ast.Dict(keys=keys, values=values) if all(isinstance(each, ast.Constant) for each in keys):
            texts = [each.value for each in keys if isinstance(each, ast.Constant)]
            return [ast.keyword(str(key), value) for key, value in zip(texts, values, strict=True)]
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=words) if all(word.arg for word in words):
            return list(words)
    return None


def _partials(found: Nodes, file: Imports, known: Calls) -> Iterator[Partial]:
    for made in known.to(PARTIAL):
        origin = file.resolve(made.args[0]) if made.args else None
        if origin is None:
            continue
        for call in _calls_of(found, file, known, made):
            given = ast.Call(made.args[0], [*made.args[1:], *call.args], [*made.keywords, *call.keywords])
            yield Partial(call, ast.copy_location(given, call), origin)


def _calls_of(found: Nodes, file: Imports, known: Calls, made: ast.Call) -> Iterator[ast.Call]:
    parent = found.parent(made)
    if isinstance(parent, ast.Call) and parent.func is made:
        yield parent
    if not (isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name)):
        return
    for call in known.named(parent.targets[0].id):
        if isinstance(call.func, ast.Name) and file.assigned(call.func) is made:
            yield call
