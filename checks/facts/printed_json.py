"""What a module, and what it uses of the tree, prints as JSON, and whether the printed value may hold a key."""

import ast
from collections.abc import Iterator, Set
from dataclasses import dataclass

from checks.context import Context
from checks.facts.call_graph import call_graph
from checks.facts.calls import called_name, calls
from checks.facts.imports import imports
from checks.facts.json_output import DUMPS, json_outputs
from checks.facts.may_hold import may_hold
from checks.facts.nodes import nodes
from checks.facts.reach import reachable
from checks.facts.syntax import keyword

PRINTERS = frozenset({"print", "write", "echo", "secho", "writelines", "info", "print_json", "log", "debug"})
"""Calls that may print what they are given."""
OPENERS = frozenset({"open", "fdopen", "NamedTemporaryFile", "StringIO", "TextIOWrapper"})
"""Calls that open a file to write into."""
WRITTEN_BY = frozenset({"print_json", "model_dump_json", "JSONEncoder", "to_json", "to_json_string", "json_normalize"})
"""Names by which JSON may come to be that is not followed."""
SHOWN_BY = frozenset({"__str__", "__repr__", "__format__"})
"""Methods that say what ``print`` makes of a value."""
MOST_PRINTS = 500
"""Calls that may print in one tree; where there are more, none is looked at."""
MOST_STEPS = 200
"""Expressions that are looked at for one key."""


@dataclass(frozen=True, slots=True)
class PrintedJson:
    """One call that prints JSON.

    Args:
        path: the file.
        node: the call.
        values: what may be turned into the JSON text; empty where that is not followed.
    """

    path: str
    node: ast.Call
    values: tuple[tuple[str, ast.expr], ...]


def printed_json(context: Context, path: str) -> tuple[PrintedJson, ...] | None:
    """Every call of the code reachable from a module that prints JSON, in order; None where it prints too much."""
    if sum(1 for known in context.fact(calls).values() for _ in known.named(*PRINTERS)) > MOST_PRINTS:
        return None
    streams = {output.node for output in json_outputs(context, path) if output.to_stream}
    found = []
    for piece in reachable(context, path):
        tree = context.fact(nodes)[piece.path]
        for call in tree.under(piece.node, ast.Call):
            if call in streams or _prints(context, piece.path, call):
                values = tuple(_dumped(context, piece.path, call))
                if values or call in streams or called_name(call) == "print_json":
                    found.append(PrintedJson(piece.path, call, values))
    inside = {context.fact(nodes)[each.path].function(each.node) for each in found if each.values}
    return tuple(each for each in found if each.values or not _calls_one_of(context, each, inside))


def _calls_one_of(context: Context, printed: PrintedJson, functions: Set[ast.AST | None]) -> bool:
    """Whether a call is one of the tree's own functions, in which the print itself is found."""
    return any(each in functions for each in context.fact(call_graph).definitions(printed.path, printed.node.func))


def _prints(context: Context, path: str, call: ast.Call) -> bool:
    """Whether a call may print: by its name, and not into what may be an opened file."""
    if called_name(call) not in PRINTERS:
        return False
    stream = keyword(call, "file")
    if isinstance(call.func, ast.Attribute) and call.func.attr.startswith("write"):
        stream = call.func.value
    parts = context.fact(may_hold).parts(path, stream) if stream is not None else iter(())
    return not any(isinstance(node, ast.Call) and called_name(node) in OPENERS for _, node in parts)


def writes_json_otherwise(context: Context, path: str) -> bool:
    """Whether the code reachable from a module names any other means of making JSON, or could not be followed."""
    if context.fact(may_hold).exhausted:
        return True
    for piece in reachable(context, path):
        tree = context.fact(nodes)[piece.path]
        under: Iterator[ast.AST] = tree.under(piece.node, ast.Name, ast.Attribute)
        if any(_last(each) in WRITTEN_BY or _is_handed(context, piece.path, each) for each in under):
            return True
        if any(_is_shown_as_json(context, piece.path, each) for each in _methods(context, piece.path)):
            return True
    return False


def _last(node: ast.AST) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))


def _is_handed(context: Context, path: str, node: ast.AST) -> bool:
    """Whether a function that makes or prints JSON is given another name, or handed on."""
    if _last(node) not in ("print", "write") and context.fact(imports)[path].resolve(node) not in DUMPS:
        return False
    outer = context.fact(nodes)[path].parent(node)
    return not (isinstance(outer, ast.Call) and outer.func is node)


def _methods(context: Context, path: str) -> Iterator[ast.FunctionDef]:
    functions: Iterator[ast.FunctionDef] = context.fact(nodes)[path].of(ast.FunctionDef)
    return (each for each in functions if each.name in SHOWN_BY or any(map(_is_property, each.decorator_list)))


def _is_property(decorator: ast.expr) -> bool:
    return _last(decorator) in ("property", "cached_property")


def _is_shown_as_json(context: Context, path: str, method: ast.FunctionDef) -> bool:
    """Whether what a value is printed as, or one of its properties, is made with a JSON library."""
    known = context.fact(calls)[path]
    return any(known.origin(call) in DUMPS for call in context.fact(nodes)[path].under(method, ast.Call))


def _dumped(context: Context, path: str, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    data = keyword(call, "data")
    if called_name(call) == "print_json" and data is not None:
        yield path, data
    for where, node in context.fact(may_hold).parts(path, call):
        if not isinstance(node, ast.Call):
            continue
        origin = context.fact(calls)[where].origin(node)
        if (origin in DUMPS or (origin == "json.dump" and node is call)) and node.args:
            yield where, node.args[0]


def may_have_key(context: Context, path: str, value: ast.expr, key: str) -> bool:
    """Whether a value may be, or hold, a mapping with a key; also where that cannot be told."""
    if context.fact(may_hold).exhausted or any(_stores(context, each, key) for each in context.fact(nodes)):
        return True
    waiting: list[tuple[str, ast.AST]] = [(path, value)]
    seen: set[ast.AST] = {value}
    for where, node in waiting:
        inner = list(_inside(context, where, node, key))
        if not inner or len(seen) > MOST_STEPS:
            return True
        for each in inner:
            if each[1] is node:
                continue
            if each[1] not in seen:
                seen.add(each[1])
                waiting.append(each)
    return False


def _inside(context: Context, path: str, node: ast.AST, key: str) -> Iterator[tuple[str, ast.AST]]:
    """The mappings that make up a value, or the value itself where it lacks the key; nothing where it may have it."""
    match node:
        case ast.Dict(keys=keys, values=values):
            if all(each is None or (isinstance(each, ast.Constant) and each.value != key) for each in keys):
                yield path, node
                yield from ((path, value) for name, value in zip(keys, values, strict=True) if name is None)
        case ast.Call(func=ast.Name(id="dict"), args=given, keywords=words):
            if key not in {word.arg for word in words}:
                yield path, node
                yield from ((path, each) for each in (*given, *(word.value for word in words if word.arg is None)))
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            yield from ((path, left), (path, right))
        case ast.List(elts=[_, *_] as items):
            yield from ((path, item) for item in items)
        case ast.Constant():
            yield path, node
        case ast.Name() | ast.Call():
            yield from _behind(context, path, node, key)


def _behind(context: Context, path: str, node: ast.Name | ast.Call, key: str) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Name) and node.id == _rest(context, path, node):
        if not _passes(context, path, node, key):
            yield path, node
    else:
        yield from context.fact(may_hold).behind(path, node)


def _rest(context: Context, path: str, node: ast.AST) -> str | None:
    """The name of the ``**`` parameter of the function around a node."""
    function = context.fact(nodes)[path].function(node)
    return function.args.kwarg.arg if function is not None and function.args.kwarg is not None else None


def _passes(context: Context, path: str, node: ast.AST, key: str) -> bool:
    """Whether any call of the function around a node may pass a keyword argument of this name."""
    function = context.fact(nodes)[path].function(node)
    sites = context.fact(call_graph).sites[function] if function is not None else []
    return not sites or any(
        site.how != "call" or any(word.arg in (None, key) for word in site.node.keywords) for site in sites
    )


def _stores(context: Context, path: str, key: str) -> bool:
    """Whether the file puts the key into any mapping after it is made."""
    for each in context.fact(nodes)[path].of(ast.Subscript):
        if isinstance(each.ctx, ast.Store) and isinstance(each.slice, ast.Constant) and each.slice.value == key:
            return True
    for call in context.fact(calls)[path].named("update", "setdefault", "insert"):
        if any(word.arg in (None, key) for word in call.keywords):
            return True
        if any(isinstance(each, ast.Constant) and each.value == key for each in call.args):
            return True
    return False
