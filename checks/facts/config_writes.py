"""What is written to the configuration where an expression holds a part of it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.facts.calls import Calls, called_name
from checks.facts.config_values import MERGES, OMEGACONF, Held
from checks.facts.constant_texts import Texts
from checks.facts.nodes import Nodes

MOST_ENTRIES = 200
"""Entries of one written dictionary that are looked at, those of dictionaries in it included."""


@dataclass(frozen=True, slots=True)
class Written:
    """One write.

    Args:
        node: the target, or the call.
        key: the key that is written, in parts.
        way: how, as ``config_uses.Way`` names it.
        value: what is written, where it can be told.
        whole: whether keys under ``key`` are written that cannot be told.
        value_path: the file of ``value``, where it is not that of ``node``.
    """

    node: ast.AST
    key: tuple[str, ...]
    way: str
    value: ast.expr | None = None
    whole: bool = False
    value_path: str = ""


def written(tree: Nodes, known: Calls, texts: Texts, path: str, node: ast.AST, held: Held) -> Iterator[Written]:
    """Everything that is written to what ``node`` holds, right where it stands."""
    parent = tree.parent(node)
    match parent:
        case ast.Attribute(attr=name, ctx=ast.Store() | ast.Del()):
            way = "delete" if isinstance(parent.ctx, ast.Del) else "attribute"
            yield from _stored(tree, texts, path, parent, (*held.key, name), way)
        case ast.Attribute(attr=name):
            call = tree.parent(parent)
            if isinstance(call, ast.Call) and call.func is parent:
                yield from _method(texts, path, call, name, held)
        case ast.Subscript(value=base, slice=key, ctx=ast.Store() | ast.Del()) if base is node:
            way = "delete" if isinstance(parent.ctx, ast.Del) else "subscript"
            value = _value(tree, parent)
            pairs = list(texts.pairs(path, key, value))
            for text, where, its in pairs:
                yield Written(parent, (*held.key, text), way, its, False, where)
            if not pairs:
                yield Written(parent, held.key, way, value, whole=True)
        case ast.Call(args=[first, *rest]) if first is node:
            yield from _call(known, texts, path, parent, rest, held)
        case ast.Call(args=[empty, second, *rest]) if second is node and is_empty(empty):
            if known.origin(parent) in MERGES:
                yield from _call(known, texts, path, parent, rest, held)


def is_empty(node: ast.expr) -> bool:
    """Whether an expression is an empty mapping, ``{}`` or ``OmegaConf.create()``, which takes the next one's flags."""
    if isinstance(node, ast.Call) and called_name(node) in ("create", "DictConfig", "dict") and not node.keywords:
        return not node.args or (len(node.args) == 1 and is_empty(node.args[0]))
    return isinstance(node, ast.Dict) and not node.keys


def _stored(
    tree: Nodes, texts: Texts, path: str, target: ast.expr, key: tuple[str, ...], way: str
) -> Iterator[Written]:
    value = _value(tree, target)
    yield Written(target, key, way, value)
    if isinstance(value, ast.Dict):
        yield from _entries(texts, path, target, key, way, value)


def _value(tree: Nodes, target: ast.expr) -> ast.expr | None:
    """What an assignment gives a target; None for a loop's, a sum's and for one of several at once."""
    parent = tree.parent(target)
    if isinstance(parent, ast.Assign | ast.AnnAssign) and parent.value is not target:
        return parent.value
    outer = tree.parent(parent) if isinstance(parent, ast.Tuple | ast.List) else None
    if isinstance(outer, ast.Assign) and isinstance(outer.value, ast.Tuple | ast.List):
        elts = parent.elts if isinstance(parent, ast.Tuple | ast.List) else []
        if len(elts) == len(outer.value.elts) and target in elts:
            return outer.value.elts[elts.index(target)]
    return None


def _method(texts: Texts, path: str, call: ast.Call, name: str, held: Held) -> Iterator[Written]:
    if name in ("update", "merge_with"):
        for value in call.args:
            yield from _laid(texts, path, call, held.key, name, value)
        for word in call.keywords:
            if word.arg is None:
                yield from _laid(texts, path, call, held.key, name, word.value)
            else:
                yield Written(call, (*held.key, word.arg), "update", word.value)
    elif name == "setdefault" and call.args:
        given = call.args[1] if len(call.args) > 1 else None
        for text, where, its in texts.pairs(path, call.args[0], given):
            yield Written(call, (*held.key, text), "setdefault", its, False, where)
    elif name in ("merge_with_dotlist", "merge_with_cli"):
        yield Written(call, held.key, "merge", whole=True)


def _call(known: Calls, texts: Texts, path: str, call: ast.Call, rest: list[ast.expr], held: Held) -> Iterator[Written]:
    origin, name = known.origin(call), called_name(call)
    if origin == OMEGACONF + "update":
        by_name = {word.arg: word.value for word in call.keywords}
        key = rest[0] if rest else by_name.get("key")
        value = rest[1] if len(rest) > 1 else by_name.get("value")
        if key is not None:
            yield from _named(texts, path, call, key, value, held, "update")
    elif origin is None and name == "setattr" and len(rest) == 2:
        yield from _named(texts, path, call, rest[0], rest[1], held, "setattr")
    elif origin is None and name == "delattr" and rest:
        yield from _named(texts, path, call, rest[0], None, held, "delete")
    elif origin in MERGES:
        for value in rest:
            yield from _laid(texts, path, call, held.key, "merge", value)


def _named(
    texts: Texts, path: str, call: ast.Call, key: ast.expr, value: ast.expr | None, held: Held, way: str
) -> Iterator[Written]:
    pairs = list(texts.pairs(path, key, value))
    for text, where, its in pairs:
        names = text.split(".") if way == "update" else [text]
        yield Written(call, (*held.key, *names), way, its, False, where)
        if isinstance(its, ast.Dict):
            yield from _entries(texts, where, call, (*held.key, *names), way, its)
    if not pairs:
        yield Written(call, (*held.key, *_beginning(key)), way, value, whole=True)


def _beginning(key: ast.expr) -> list[str]:
    """The sections that a worked-out key is written under whatever it is: ``method`` of ``f"method.{name}"``."""
    first: ast.AST | None = key.left if isinstance(key, ast.BinOp) else None
    if isinstance(key, ast.JoinedStr) and key.values:
        first = key.values[0]
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value.split(".")[:-1]
    return []


def _laid(
    texts: Texts, path: str, call: ast.Call, key: tuple[str, ...], way: str, value: ast.expr
) -> Iterator[Written]:
    """What laying a mapping over a part of the configuration writes."""
    way = "merge" if way in ("merge", "merge_with") else "update"
    inner = value
    if isinstance(value, ast.Call) and called_name(value) in ("create", "dict", "DictConfig") and value.args:
        inner = value.args[0]
    if isinstance(inner, ast.Name):
        inner = texts.assigned(path, inner) or inner
        if isinstance(inner, ast.Call) and called_name(inner) in ("create", "dict", "DictConfig") and inner.args:
            inner = inner.args[0]
    if isinstance(inner, ast.Dict):
        yield from _entries(texts, path, call, key, way, inner)
    else:
        yield Written(call, key, way, value, whole=True)


def _entries(
    texts: Texts, path: str, node: ast.AST, key: tuple[str, ...], way: str, mapping: ast.Dict
) -> Iterator[Written]:
    todo = [(key, mapping)]
    seen = 0
    while todo and seen < MOST_ENTRIES:
        above, current = todo.pop()
        for name, value in zip(current.keys, current.values, strict=True):
            seen += 1
            found = texts.of(path, name) if name is not None else ()
            if not found:
                yield Written(node, above, way, value, whole=True)
            for text in found:
                yield Written(node, (*above, text), way, value)
                if isinstance(value, ast.Dict):
                    todo.append(((*above, text), value))
