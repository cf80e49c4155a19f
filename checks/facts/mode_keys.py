"""Which configuration key an expression denotes, for the code that tells the modes apart.

A key is what follows the configuration's variable: ``("wandb", "mode")`` for ``cfg.wandb.mode``,
``c["wandb"]["mode"]``, ``cfg.get("wandb").mode``, ``self.cfg.wandb.mode`` and ``w.mode`` after ``w = cfg.wandb``.
"""

import ast
import re

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.config_uses import config_uses
from checks.facts.imports import imports
from checks.facts.local_calls import local_calls
from checks.facts.nodes import nodes
from checks.facts.reach import FunctionNode

Key = tuple[str, ...]
CONFIG_NAME = re.compile(
    r"(?i).*(cfg|conf|config|args|hparams|settings|options|params)|c|opts?|flags|ns|namespace|given|run_cfg"
)
"""Names that configurations and parsed command lines go by."""
MOST_STEPS = 8
"""Aliases and parameters that are followed."""


class Keys:
    """The keys of one tree's expressions.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._imports = context.fact(imports)
        self._calls = context.fact(local_calls)
        self._nodes = context.fact(nodes)
        self._uses = context.fact(config_uses)
        self._known: dict[ast.AST, Key | None] = {}

    def of(self, path: str, node: ast.AST) -> Key | None:
        """The key; ``()`` for the whole configuration, None for what is none."""
        if node not in self._known:
            key = self._find(path, node)
            self._known[node] = self._uses.key_of(path, node) if key is None else key
        return self._known[node]

    def _find(self, path: str, node: ast.AST) -> Key | None:
        root, parts = chain(node)
        for _ in range(MOST_STEPS):
            if not isinstance(root, ast.Name):
                return None
            if root.id in ("self", "cls") and parts and CONFIG_NAME.fullmatch(parts[0].strip("_")):
                return parts[1:]
            alias = self._imports[path].assigned(root)
            if alias is not None and (is_chain(alias) or isinstance(alias, ast.Name)):
                root, before = chain(alias)
                parts = before + parts
                continue
            if alias is not None and not isinstance(alias, ast.Call):
                return None
            given = self._given(path, root)
            if given is None:
                break
            path, (root, before) = given[0], chain(given[1])
            parts = before + parts
        if not isinstance(root, ast.Name):
            return None
        if root.id in ("self", "cls"):
            return parts[1:] if parts and CONFIG_NAME.fullmatch(parts[0].strip("_")) else None
        return parts if CONFIG_NAME.fullmatch(root.id.strip("_")) else None

    def _given(self, path: str, name: ast.Name) -> tuple[str, ast.expr] | None:
        """What a parameter is given, where every call gives the same chain below another name."""
        function = self._nodes[path].function(name)
        if not isinstance(function, FunctionNode) or name.id not in parameters(function):
            return None
        found: dict[Key, tuple[str, ast.expr]] = {}
        for where, call, target in self._calls.callers(function)[:MOST_STEPS]:
            value = next((value for each, value in target.given(call) if each.arg == name.id), None)
            if value is None or not is_chain(value) or self._nodes[where].function(call) is function:
                return None
            found.setdefault(chain(value)[1], (where, value))
        only = next(iter(found.values())) if len(found) == 1 else None
        return only if only is not None and chain(only[1])[1] else None


def parameters(function: ast.AST | None) -> list[str]:
    """The names of a function's parameters."""
    arguments = getattr(function, "args", None)
    if not isinstance(arguments, ast.arguments):
        return []
    return [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


def is_chain(node: ast.AST) -> bool:
    """Whether an expression is a name followed by constant parts only, at least one of them."""
    root, parts = chain(node)
    return isinstance(root, ast.Name) and bool(parts)


def chain(node: ast.AST) -> tuple[ast.AST, Key]:
    """The innermost expression of ``a.b["c"].get("d")`` and the parts that follow it."""
    parts: list[str] = []
    while True:
        step = _step(node)
        if step is None:
            return node, tuple(reversed(parts))
        node, names = step
        parts += reversed(names)


def _step(node: ast.AST) -> tuple[ast.expr, list[str]] | None:
    match node:
        case ast.Attribute(value=inner, attr=name):
            return inner, [name]
        case ast.Subscript(value=inner, slice=ast.Constant(value=str(name))):
            return inner, [name]
        case ast.Call(func=ast.Attribute(value=inner, attr="get" | "pop"), args=[ast.Constant(value=str(name)), *_]):
            return inner, name.split(".")
        case ast.Call(func=ast.Name(id="getattr"), args=[inner, ast.Constant(value=str(name)), *_]):
            return inner, [name]
        case ast.Call(args=[inner, ast.Constant(value=str(name)), *_]) if called_name(node) == "select":
            return inner, name.split(".")
    return None
