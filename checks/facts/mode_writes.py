"""Every place that gives a configuration key a value: assignments, updates, tables, command lines of child processes.

Read off without knowing the mode; ``mode_code`` says under which mode each of them runs and what it writes there.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.imports import imports
from checks.facts.mode_keys import Key, Keys
from checks.facts.mode_values import MODES, entries
from checks.facts.nodes import Nodes, nodes
from checks.facts.syntax import keyword

Kind = Literal["assigned", "updated", "table", "override", "environment", "argument", "yaml"]
OVERRIDE = re.compile(r"(?s)(?:\+|~|--?)*([A-Za-z_][\w./@-]*)=(\S*)")
READERS = frozenset({"getattr", "get", "select", "hasattr", "isinstance", "print", "log", "info", "debug", "warning",
                     "open", "join", "is_missing", "pop"})  # fmt: skip
"""Calls that take a configuration and a text and change nothing."""
MERGERS = frozenset({"update", "merge_with", "merge", "unsafe_merge", "__setitem__"})
LIMITS = re.compile(
    r"(?i)epoch|batch|step|trial|mode|limit|subset|sample|frac|iter|max_|size|eval|valid|test|num_|budget"
)
"""What the names of settings have in them that a mode may change; of tables and arguments, no others are kept."""
EVALUATE = "src/evaluate.py"
MOST_ENTRIES = 200
ENVIRONMENT = "os.environ"


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """One such place.

    Args:
        path: the file.
        node: what stands there.
        key: the key, or its last parts where the base is not known; ``("os.environ", NAME)`` for the environment.
        value: the expression that is written; None where it cannot be told.
        kind: how it is written.
        applied: whether the write reaches the configuration for certain; a table alone may be for anything.
        root: the variable whose configuration is changed; empty where there is none.
    """

    path: str
    node: ast.AST
    key: Key
    value: ast.expr | None
    kind: Kind
    applied: bool = True
    root: str = ""


def raw_writes(context: Context, keys: Keys) -> Iterator[Raw]:
    """Every write of every file, in no certain order."""
    for path, found in context.fact(nodes).items():
        if path == EVALUATE:
            continue  # it trains nothing
        reader = _Reader(context, path, found, keys)
        yield from reader.stores()
        yield from reader.calls()
        yield from reader.tables()
        yield from reader.texts()


class _Reader:
    def __init__(self, context: Context, path: str, found: Nodes, keys: Keys) -> None:
        self.path, self.found, self.keys = path, found, keys
        self._calls = context.fact(calls)[path]
        self._imports = context.fact(imports)[path]

    def stores(self) -> Iterator[Raw]:
        """``cfg.a.b = value`` and ``os.environ["A"] = value``."""
        for node in self.found.of(ast.Attribute, ast.Subscript):
            if not isinstance(node, ast.Attribute | ast.Subscript) or not isinstance(node.ctx, ast.Store):
                continue
            value = self._assigned(node)
            name = node.slice.value if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) else ""
            if isinstance(node, ast.Subscript) and self._imports.resolve(node.value) == ENVIRONMENT:
                if isinstance(name, str) and name:
                    yield Raw(self.path, node, (ENVIRONMENT, name), value, "environment")
            elif name in ("WANDB_MODE", "WANDB_DISABLED"):
                yield Raw(self.path, node, (ENVIRONMENT, name), value, "environment")
            elif key := self.keys.of(self.path, node):
                yield Raw(self.path, node, key, value, "assigned", root=_root(node))

    def _assigned(self, node: ast.expr) -> ast.expr | None:
        match self.found.parent(node):
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                return value
            case ast.Tuple(elts=elements) as display:
                match self.found.parent(display):
                    case ast.Assign(value=ast.Tuple(elts=values)) if len(values) == len(elements):
                        return values[elements.index(node)]
        return None

    def calls(self) -> Iterator[Raw]:
        """``OmegaConf.update(cfg, "a.b", value)``, ``setattr``, ``cfg.a.update(b=value)`` and helpers like them."""
        for call in self._calls:
            name = called_name(call)
            key = keyword(call, "key") or next(iter(_texts(call)), None)
            if key is not None and isinstance(key, ast.Constant) and name not in READERS:
                yield from self._setter(call, name, key)
            if name == "update" and isinstance(call.func, ast.Attribute):
                base = self.keys.of(self.path, call.func.value)
                for word in call.keywords if base is not None else ():
                    if word.arg and base is not None:
                        yield Raw(self.path, word, (*base, word.arg), word.value, "updated", root=_root(call.func))
            yield from self._arguments(call)

    def _arguments(self, call: ast.Call) -> Iterator[Raw]:
        for word in call.keywords:
            if word.arg in ("WANDB_MODE", "WANDB_DISABLED"):
                yield Raw(self.path, word, (ENVIRONMENT, word.arg), word.value, "environment")
            elif word.arg and LIMITS.search(word.arg):
                yield Raw(self.path, word, (word.arg,), word.value, "argument", applied=False)

    def _setter(self, call: ast.Call, name: str, key: ast.Constant) -> Iterator[Raw]:
        place = call.args.index(key) if key in call.args else -1
        value = keyword(call, "value") or next(iter(call.args[place + 1 : place + 2]), None)
        if value is None or not isinstance(key.value, str):
            return
        parts = tuple(key.value.split("."))
        if name in ("setdefault", "putenv", "setenv") and key.value.isupper():
            yield Raw(self.path, call, (ENVIRONMENT, key.value), value, "environment")
        elif call.args and key is not call.args[0]:
            base = self.keys.of(self.path, call.args[0])
            if base is not None:
                yield Raw(self.path, call, (*base, *parts), value, "updated", root=_root(call.args[0]))
        elif isinstance(call.func, ast.Attribute) and (base := self.keys.of(self.path, call.func.value)) is not None:
            yield Raw(self.path, call, (*base, *parts), value, "updated", root=_root(call.func))
        elif len(parts) > 1 and re.search(r"(?i)set|over|put|patch|update|apply", name):
            yield Raw(self.path, call, parts, value, "updated")

    def tables(self) -> Iterator[Raw]:
        """The entries of dictionary displays, also nested ones and ``dict(a=...)``."""
        for table in self.found.of(ast.Dict):
            parent = self.found.parent(table)
            if isinstance(parent, ast.Dict) or not table.keys:
                continue
            base, applied, root = self._merged(table)
            yield from self._flat(table, base, applied, root)
        for call in self._calls.named("dict"):
            if call.keywords:
                base, applied, root = self._merged(call)
                yield from self._flat(call, base, applied, root)

    def _merged(self, table: ast.expr) -> tuple[Key, bool, str]:
        """The key below which a table is merged, whether it is, and into what."""
        call: ast.AST | None = self.found.parent(table)
        if isinstance(call, ast.Call) and called_name(call) == "create":
            table, call = call, self.found.parent(call)
        if not isinstance(call, ast.Call) or called_name(call) not in MERGERS or table not in call.args:
            return (), False, ""
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        target = call.args[0] if call.args[0] is not table else receiver
        base = self.keys.of(self.path, target) if target is not None else None
        return (base, True, _root(target)) if base is not None and target is not None else ((), False, "")

    def _flat(self, table: ast.Dict | ast.Call, base: Key, applied: bool, root: str) -> Iterator[Raw]:
        stack: list[tuple[ast.Dict | ast.Call, Key]] = [(table, base)]
        for _ in range(MOST_ENTRIES):
            if not stack:
                return
            current, before = stack.pop()
            for key, value in entries(current)[:MOST_ENTRIES]:
                if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                    continue
                parts = (*before, *key.value.split(".")) if key.value not in MODES else before
                if isinstance(value, ast.Dict) or (isinstance(value, ast.Call) and called_name(value) == "dict"):
                    stack.append((value, parts))
                elif parts[-1:] in (("WANDB_MODE",), ("WANDB_DISABLED",)):
                    yield Raw(self.path, value, (ENVIRONMENT, parts[-1]), value, "environment")
                elif parts and (applied or LIMITS.search(".".join(parts))):
                    yield Raw(self.path, value, parts, value, "table", applied, root)

    def texts(self) -> Iterator[Raw]:
        """``"wandb.mode=disabled"`` and ``f"training.epochs={n}"``, as they stand in a child's command line."""
        for node in self.found.of(ast.Constant, ast.JoinedStr):
            text, value = _leading(node) if isinstance(node, ast.Constant | ast.JoinedStr) else ("", None)
            match = OVERRIDE.fullmatch(text) if "=" in text else None
            if match is None or isinstance(self.found.parent(node), ast.JoinedStr | ast.Expr | ast.FormattedValue):
                continue
            given = value if value is not None and not match[2] else ast.Constant(_plain(match[2]))
            key = tuple(re.split(r"[./]", match[1]))
            if isinstance(given, ast.Constant) and match[1] in ("WANDB_MODE", "WANDB_DISABLED"):
                key = (ENVIRONMENT, match[1])
            yield Raw(self.path, node, key, given, "override")


def _leading(node: ast.Constant | ast.JoinedStr) -> tuple[str, ast.expr | None]:
    """The fixed text at the start, and the one expression that follows it."""
    if isinstance(node, ast.Constant):
        return (node.value, None) if isinstance(node.value, str) and len(node.value) < 200 else ("", None)
    match node.values:
        case [ast.Constant(value=str(text)), ast.FormattedValue(value=value, format_spec=None)]:
            return text, value
    return "", None


def _texts(call: ast.Call) -> Iterator[ast.Constant]:
    for each in call.args[:3]:
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each


def _plain(text: str) -> str | int | float | bool:
    lowered = text.strip("'\"").lower()
    if lowered in ("true", "false"):
        return lowered == "true"
    for kind in (int, float):
        try:
            return kind(lowered) if len(lowered) < 20 else lowered
        except ValueError:
            continue
    return text.strip("'\"")


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
