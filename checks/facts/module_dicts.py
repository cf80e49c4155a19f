"""Where an ``nn.ModuleDict`` is used as if it were a list or a layer: the tree's own ones and those of peft.

peft keeps ``lora_A`` and its like as one ``ModuleDict`` per layer, keyed by the adapter's name (``"default"``).
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.imports import imports
from checks.facts.kinds import Kind
from checks.facts.nodes import FUNCTIONS, Nodes, nodes
from checks.facts.torch_modules import torch_modules
from checks.facts.value_kinds import value_kinds
from checks.facts.words import words

PEFT = frozenset({"lora_A", "lora_B", "lora_dropout", "lora_embedding_A", "lora_embedding_B"})
LAYER = frozenset(
    {"weight", "bias", "in_features", "out_features", "data", "shape", "size", "grad", "p", "requires_grad", "detach"}
)
"""Attributes of a layer or a tensor that no ``ModuleDict`` has."""


@dataclass(frozen=True, slots=True)
class Misuse:
    """One use that raises.

    Args:
        path: the file.
        node: the whole of what raises: the subscript, the attribute or the call.
        subject: the dictionary.
        how: ``index``, ``attribute`` or ``call``.
        peft: whether the dictionary is peft's.
    """

    path: str
    node: ast.expr
    subject: ast.expr
    how: str
    peft: bool


def misused_dicts(context: Context) -> tuple[Misuse, ...]:
    """Every such use, in order of file and line."""
    found: list[Misuse] = []
    peft = _lora_of_peft(context)
    for path, inside in sorted(context.fact(nodes).items()):
        found += _of_file(context, path, inside, peft)
    return tuple(found)


def _of_file(context: Context, path: str, inside: Nodes, peft: frozenset[str]) -> Iterator[Misuse]:
    mentioned = context.fact(words)[path].names
    if not (peft & (mentioned | context.fact(words)[path].texts)) and "ModuleDict" not in mentioned:
        return
    for node in inside.of(ast.Attribute, ast.Name, ast.Call):
        is_peft = _is_peft(context, path, node, peft)
        if is_peft or _is_own(context, path, node):
            misuse = _misuse(context, path, inside, node, is_peft)
            if misuse is not None and not _asked(inside, node):
                yield misuse


def _misuse(context: Context, path: str, inside: Nodes, node: ast.expr, peft: bool) -> Misuse | None:
    match inside.parent(node):
        case ast.Subscript(value=value, slice=index) as outer if value is node:
            if context.fact(value_kinds).of(path, index) is Kind.NUMBER:
                return Misuse(path, outer, node, "index", peft)
        case ast.Attribute(attr=name) as outer if name in LAYER and (peft or not _is_key(context, path, name)):
            return Misuse(path, outer, node, "attribute", peft)
        case ast.Call(func=func) as outer if func is node:
            return Misuse(path, outer, node, "call", peft)
    return None


def _is_key(context: Context, path: str, name: str) -> bool:
    return name in context.fact(words)[path].texts or name not in ("weight", "bias", "in_features", "out_features")


def _is_peft(context: Context, path: str, node: ast.expr, peft: frozenset[str], steps: int = 3) -> bool:
    match node:
        case ast.Attribute(attr=name, ctx=ast.Load()):
            return name in peft
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=name)]):
            return name in peft
        case ast.Name(ctx=ast.Load()) if steps:
            value = context.fact(imports)[path].assigned(node)
            return value is not None and _is_peft(context, path, value, peft, steps - 1)
    return False


def _is_own(context: Context, path: str, node: ast.expr) -> bool:
    """Whether an expression is certainly an ``nn.ModuleDict`` that the tree made."""
    if isinstance(node, ast.Name):
        value = context.fact(imports)[path].assigned(node)
        return value is not None and context.fact(imports)[path].called(value) == "torch.nn.ModuleDict"
    cls = context.fact(value_kinds).attribute_class(path, node)
    if cls is None or not isinstance(node, ast.Attribute):
        return False
    found = context.fact(torch_modules).registered(cls, node.attr)
    stored = sum(len(each.stores.get(node.attr, ())) for each in cls.lineage())
    return bool(found) and len(found) == stored and all(each.layer == "ModuleDict" for each in found)


def _lora_of_peft(context: Context) -> frozenset[str]:
    """The names that can only be peft's: it is used, and nothing in the tree makes an attribute of that name."""
    tops = {each.top for file in context.fact(imports).values() for each in file}
    if "peft" not in tops or tops & {"loralib", "minlora", "unsloth", "adapters"}:
        return frozenset()
    own = set[str]()
    for path, inside in context.fact(nodes).items():
        own.update(node.attr for node in inside.of(ast.Attribute) if not isinstance(node.ctx, ast.Load))
        own.update(node.name for node in inside.of(ast.FunctionDef))
        for call in context.fact(calls)[path].named(*NAMING):
            own.update(
                each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )
    return PEFT - own


NAMING = ("setattr", "__setattr__", "register_parameter", "register_buffer", "add_module", "register_module")


def _asked(inside: Nodes, node: ast.expr) -> bool:
    """Whether the function asks what the dictionary is, or catches what its misuse raises."""
    inner: ast.AST = node
    function: ast.AST | None = None
    for outer in inside.above(node):
        if isinstance(outer, ast.Try) and outer.handlers and inner in outer.body:
            return True
        if isinstance(outer, FUNCTIONS):
            function = outer
            break
        inner = outer
    subject = _last(node)
    for call in inside.under(function, ast.Call) if function is not None else ():
        named = isinstance(call.func, ast.Name) and call.func.id in ("isinstance", "hasattr", "callable", "type")
        if named and call.args and _last(call.args[0]) == subject:
            return True
    return False


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
