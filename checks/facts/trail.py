"""One value on the way back to where it comes from: what is left to do to it, and what a step takes out of a container.

See ``origins`` for the steps.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checks.facts.value_sites import Change

Steps = tuple[str, ...]
CALLED = "()"
"""The step for what a call gives of a function that is held by a name, an item or an attribute."""
MAPS = frozenset({"map", "imap", "imap_unordered"})
"""Methods that give what their first argument gives, called on each item."""
COPIES = frozenset({"copy", "item", "detach", "cpu", "_asdict"})
"""Methods that give what they are called on."""


@dataclass(frozen=True, slots=True)
class State:
    """A value in one file, and what is done to it.

    Args:
        path: the file.
        node: the expression; a class with the step ``new`` is an instance of it.
        steps: what is done to it.
    """

    path: str
    node: ast.AST
    steps: Steps = ()


@dataclass(frozen=True, slots=True)
class End:
    """Where a trail ends.

    Args:
        path: the file.
        node: the expression that is not followed any further.
        root: the dotted origin of an imported thing, with ``()`` where it is called; empty for any other expression.
        steps: what is done to it.
        known: whether it is an expression that says what the value is; False where the trail is lost.
    """

    path: str
    node: ast.AST
    root: str
    steps: Steps
    known: bool = True


def lost(state: State) -> End:
    """The end of a trail that cannot be followed."""
    return End(state.path, state.node, "", state.steps, known=False)


def attribute(name: str, steps: Steps) -> Steps:
    """The steps that begin with an attribute; ``a.m`` that is then called is the method's result."""
    return (f".{name}()", *steps[1:]) if steps[:1] == (CALLED,) else (f".{name}", *steps)


def subscript(key: ast.expr) -> str:
    """The step for the item under a key."""
    return f"[{key.value!s}]" if isinstance(key, ast.Constant) and isinstance(key.value, str | int) else "[]"


def content(state: State) -> Iterable[State | End]:
    """What a step takes out of a container that is written out, or made by a comprehension."""
    path, first, rest = state.path, state.steps[0], state.steps[1:]
    match state.node:
        case ast.Dict() | ast.List() | ast.Tuple() | ast.Set():
            return _literal(state, state.node)
        case ast.DictComp(key=key) if first in ("key", "*"):
            return [State(path, key, rest)]
        case ast.DictComp(value=value) if first[:1] == "[":
            return [State(path, value, rest)]
        case ast.ListComp(elt=item) | ast.GeneratorExp(elt=item) | ast.SetComp(elt=item) if first[:1] in "*[":
            return [State(path, item, rest)]
    return [End(path, state.node, "", state.steps)]


def _literal(state: State, node: ast.Dict | ast.List | ast.Tuple | ast.Set) -> Iterable[State | End]:
    path, first, rest = state.path, state.steps[0], state.steps[1:]
    if isinstance(node, ast.Dict):
        pairs = list(zip(node.keys, node.values, strict=True))
        found = [State(path, value, state.steps) for key, value in pairs if key is None]
        if first in ("key", "*"):
            return [*found, *(State(path, key, rest) for key, _ in pairs if key is not None)]
        return [*found, *(State(path, value, rest) for key, value in pairs if key and _fits(first, key))]
    if first in ("*", "[]", "key"):
        spread = [State(path, each.value, state.steps) for each in node.elts if isinstance(each, ast.Starred)]
        return [*spread, *(State(path, each, rest) for each in node.elts if not isinstance(each, ast.Starred))]
    place = first[1:].rstrip("]")
    if place.lstrip("-").isdigit() and -len(node.elts) <= int(place) < len(node.elts):
        return [State(path, node.elts[int(place)], rest)]
    return [lost(state)]


def _fits(step: str, key: ast.expr) -> bool:
    """Whether a key may be the one that a step asks for."""
    return step == "[]" or not isinstance(key, ast.Constant) or step == f"[{key.value!s}]"


def put(change: Change, steps: Steps) -> Iterator[State]:
    """What a step takes out of a container because it was put in later."""
    first, rest = steps[0], steps[1:]
    if change.whole:
        yield State(change.path, change.value, steps)
    elif change.key is None:
        if first in ("*", "[]") or first[:1] == "[":
            yield State(change.path, change.value, rest)
    elif first in ("key", "*"):
        yield State(change.path, change.key, rest)
    elif first[:1] == "[" and _fits(first, change.key):
        yield State(change.path, change.value, rest)


def iterated(state: State, call: ast.Call, origin: str) -> Iterable[State | End]:
    """What ``enumerate``, ``zip``, ``next``, ``map`` and ``tqdm`` give out of what they walk through."""
    steps = state.steps
    if origin == "map":
        return [State(state.path, call.args[0], (CALLED, *steps[1:]))] if steps[0][0] in "*[" else [lost(state)]
    if origin == "next":
        return [State(state.path, call.args[0], ("*", *steps))]
    if origin.startswith("tqdm"):
        return [State(state.path, call.args[0], steps)]
    if len(steps) > 1 and steps[0] == "*" and steps[1][:1] == "#":
        place = int(steps[1][1:])
        if origin == "enumerate" and place == 1:
            return [State(state.path, call.args[0], ("*", *steps[2:]))]
        if origin == "zip" and place < len(call.args):
            return [State(state.path, call.args[place], ("*", *steps[2:]))]
    return [lost(state)]


def method(state: State, call: ast.Call, func: ast.Attribute) -> Iterable[State | End]:
    """What a method gives out of what it is called on."""
    path, base, steps = state.path, func.value, state.steps
    if func.attr in MAPS and call.args and steps[:1] == ("*",):
        return [State(path, call.args[0], (CALLED, *steps[1:]))]
    if func.attr in COPIES and not call.args:
        return [State(path, base, steps)]
    if func.attr in ("get", "pop", "setdefault") and call.args:
        default = [State(path, each, steps) for each in call.args[1:2]]
        return [State(path, base, (subscript(call.args[0]), *steps)), *default]
    if func.attr == "values" and steps[:1] == ("*",):
        return [State(path, base, ("[]", *steps[1:]))]
    if func.attr == "keys" and steps[:1] in (("*",), ("key",)):
        return [State(path, base, ("key", *steps[1:]))]
    if func.attr == "items" and steps[:1] == ("*",):
        if steps[1:2] == ("#0",):
            return [State(path, base, ("key", *steps[2:]))]
        if steps[1:2] == ("#1",):
            return [State(path, base, ("[]", *steps[2:]))]
    return [State(path, base, (f".{func.attr}()", *steps))]
