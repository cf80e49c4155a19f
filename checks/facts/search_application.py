"""How the code applies the Optuna search space: which names range over its keys, and where each key's value is written.

Followed are loops over the space or over a study's best parameters, plain names for either, dictionaries built from
them and functions that are given them. Any other use makes the whole answer uncertain, and is said to.
"""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from checks.context import Context
from checks.facts.key_paths import Path, around
from checks.facts.live_code import live_nodes
from checks.facts.named_keys import is_written_out
from checks.facts.search_names import COPIES, SPACE_NAME, SpaceNames, loops, method
from checks.facts.syntax import arguments, dotted, walk

SHOWN = frozenset({"print", "info", "debug", "warning", "log", "len", "isinstance", "type", "ValueError", "KeyError"})
"""Last names of calls that only show a value, or ask about it."""


@dataclass(frozen=True, slots=True)
class Write:
    """One place where a sampled value is written under its key.

    Args:
        path: the file.
        line: first line, counted from 1.
        place: gives the dotted configuration key that is written for a key of the search space.
    """

    path: str
    line: int
    place: Path


@dataclass(slots=True)
class Application:
    """How the tree applies a search space.

    Args:
        named: whether any code names the search space at all.
        hidden: whether code that does not name it may still come across it: by walking through the whole ``optuna``
            section, or by asking any mapping for ``low``, ``high`` and ``choices``.
        suggests: whether any code asks an Optuna trial for values.
        followed: whether every use of the keys is understood.
        ranged: whether any loop runs over the space, so that keys need not be named.
        writes: where values are written under their keys.
    """

    named: bool = False
    hidden: bool = False
    suggests: bool = False
    followed: bool = True
    ranged: bool = False
    writes: list[Write] = field(default_factory=list)


def application(context: Context) -> Application:
    """How the tree's Python files apply the search space of a run."""
    found = Application()
    for path, nodes in context.fact(live_nodes).items():
        with context.reading(path):
            _File(path, nodes, found).read()
    return found


TELLING = (
    *(ast.Attribute, ast.Call, ast.Constant, ast.Name, ast.Subscript, ast.arg, ast.keyword),
    *(ast.BoolOp, ast.IfExp, ast.For, ast.comprehension, ast.DictComp, ast.ListComp, ast.SetComp, ast.GeneratorExp),
)
"""What can name a search space, loop over one or use one."""


class _File:
    def __init__(self, path: str, nodes: Iterable[ast.AST], found: Application) -> None:
        self.path = path
        self.found = found
        self.names = SpaceNames(nodes)
        self._done: set[tuple[int, str]] = set()

    def read(self) -> None:
        """Add what this file does to the answer."""
        nodes = [node for node in self.names.nodes if isinstance(node, TELLING)]
        self.found.named |= any(map(_names_space, nodes))
        self.found.hidden |= any(map(self._hides_space, nodes))
        self.found.suggests |= any(method(node).startswith("suggest_") for node in nodes)
        for node in nodes:
            self._loop(node)
            self._other_use(node)

    def _loop(self, node: ast.AST) -> None:
        for target, source in loops(node):
            for name in self.names.key_names(target, source):
                scope = node if isinstance(node, ast.For) else self.names.parents[node]
                self._uses(scope, name, {})
            self.found.ranged |= any(self.names.is_space(part) for part in walk(source))

    def _uses(self, scope: ast.AST, name: str, given: dict[str, ast.expr]) -> None:
        if (id(scope), name) in self._done:
            return
        self._done.add((id(scope), name))
        for node in walk(scope):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                self._use(node, given)

    def _use(self, name: ast.Name, given: dict[str, ast.expr]) -> None:
        whole = around(name, self.names.parents)
        if whole is None:
            self.found.followed &= self._is_shown(name)
            return
        node, path = whole
        parent = self.names.parents.get(node)
        match parent:
            case ast.Call(func=ast.Name(id=function)) if function in self.names.functions and node in parent.args:
                passed = dict(arguments(self.names.functions[function], parent))
                for parameter in [key for key, value in passed.items() if value is node]:
                    self._follow(self.names.functions[function], parameter, path, passed)
            case ast.Call(args=[target, key, *_]) if key is node and method(parent) in ("update", "setattr"):
                self._write(parent, target, path, given)
            case ast.Subscript(value=target, slice=key, ctx=ast.Store()) if key is node:
                self._write(parent, target, path, given)
            case ast.Subscript(value=target, slice=key) if key is node:
                self.found.followed &= self.names.ranges(target)
            case ast.Compare():
                pass
            case ast.Call() if method(parent).startswith("suggest_") or method(parent) in SHOWN:
                pass
            case ast.DictComp(key=key) if key is node:
                self.found.followed &= self._is_stored(parent)
            case _:
                self.found.followed &= self._is_shown(node)

    def _follow(self, function: ast.AST, parameter: str, path: Path, given: dict[str, ast.expr]) -> None:
        if path("a_b.C") != "a_b.C":
            self.found.followed = False
        self._uses(function, parameter, given)

    def _write(self, node: ast.expr, target: ast.expr, path: Path, given: dict[str, ast.expr]) -> None:
        if isinstance(target, ast.Name) and target.id in given:
            target = given[target.id]
        if self.names.is_params(target):
            return
        name = dotted(target)
        root, _, prefix = name.partition(".")
        if not name or not self.names.is_root(ast.Name(root)):
            self.found.followed = False
            return
        self.found.writes.append(Write(self.path, node.lineno, _under(prefix, path)))

    def _is_stored(self, node: ast.expr) -> bool:
        return isinstance(self.names.parents.get(node), ast.Assign | ast.AnnAssign | ast.Return)

    def _is_shown(self, node: ast.AST) -> bool:
        """Whether an expression only becomes part of a message."""
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.stmt):
            if isinstance(current, ast.Call) and method(current) in SHOWN:
                return True
            current = self.names.parents.get(current)
        return isinstance(current, ast.Raise | ast.Assert)

    def _other_use(self, node: ast.AST) -> None:
        """Give up where the space, a dictionary by its keys or the whole configuration is used in another way."""
        loaded = isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        if loaded and self.names.ranges(node) and not self.names.ranges(self.names.parents[node]):
            self.found.followed &= self._is_followed(node)
        for _, source in loops(node):
            base = (
                source.func.value if isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute) else source
            )
            self.found.followed &= not self.names.is_root(base)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and self.names.is_root(node.value):
            self.found.followed &= isinstance(node.slice, ast.Constant)
        if isinstance(node, ast.Call) and method(node) == "getattr" and node.args and self.names.is_root(node.args[0]):
            self.found.followed &= len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
        if isinstance(node, ast.keyword) and node.arg is None:
            self.found.followed &= not self.names.is_root(node.value)

    def _is_followed(self, node: ast.AST) -> bool:
        parent = self.names.parents.get(node)
        match parent:
            case ast.Attribute(attr="items" | "keys"):
                call = self.names.parents.get(parent)
                return call is not None and self._is_walked(call)
            case ast.Attribute(attr="values" | "pop" | "update" | "copy"):
                return False
            case ast.Attribute(attr="get"):
                call = self.names.parents.get(parent)
                return isinstance(call, ast.Call) and bool(call.args) and self._is_named(call.args[0])
            case ast.Attribute() | ast.Compare() | ast.Assign() | ast.AnnAssign() | ast.Return() | ast.stmt():
                return True
            case ast.Subscript(value=base, slice=key) if base is node:
                return self._is_named(key)
            case ast.BoolOp() | ast.UnaryOp() | ast.IfExp(test=ast.expr()):
                return True
            case ast.Call(func=ast.Name(id=name)) if name in self.names.functions:
                return True
        return self._is_walked(node) or self._is_shown(node)

    def _is_named(self, key: ast.expr) -> bool:
        return self.names.is_key(key) or is_written_out(key, self.names)

    def _is_walked(self, node: ast.AST) -> bool:
        """Whether an expression is what a loop runs over, or is copied or sorted first."""
        parent = self.names.parents.get(node)
        if isinstance(parent, ast.For | ast.comprehension):
            return True
        if isinstance(parent, ast.Call) and method(parent) in COPIES | {"sorted"}:
            return self.names.ranges(parent) or isinstance(self.names.parents.get(parent), ast.For | ast.comprehension)
        return False

    def _hides_space(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Constant) and node.value == "choices":
            return True
        whole = isinstance(node, ast.Attribute) and node.attr == "optuna"
        whole |= (
            isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "optuna"
        )
        parent = self.names.parents.get(node)
        if not whole or isinstance(parent, ast.Subscript | ast.Assign | ast.Compare | ast.If | ast.BoolOp):
            return isinstance(node, ast.Attribute) and node.attr == "choices"
        if isinstance(parent, ast.Attribute):
            return parent.attr in ("items", "keys", "values")
        return not (isinstance(parent, ast.Call) and dotted(parent.func) in self.names.functions)


def _under(prefix: str, path: Path) -> Callable[[str], str]:
    return lambda key: f"{prefix}.{path(key)}" if prefix else path(key)


def _names_space(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == SPACE_NAME
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value.endswith(SPACE_NAME)
    return isinstance(node, ast.Name | ast.arg) and SPACE_NAME in getattr(node, "id", getattr(node, "arg", ""))
