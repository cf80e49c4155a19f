"""How the code applies the Optuna search space: which names range over its keys, and where each key's value is written.

Followed are loops over the space or over a study's best parameters, plain names for either, dictionaries built from
them and functions that are given them. Any other use makes the whole answer uncertain, and is said to.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from checks.context import Context
from checks.facts.imports import Imports, imports
from checks.facts.key_paths import Path, around
from checks.facts.python import modules
from checks.facts.reach import FunctionNode
from checks.facts.syntax import arguments, dotted, text_of

SPACE_NAME = "search_space"
COPIES = frozenset({"dict", "to_container", "create", "deepcopy", "copy", "items", "list"})
SHOWN = frozenset({"print", "info", "debug", "warning", "log", "len", "isinstance", "type", "ValueError", "KeyError"})
"""Last names of calls that only show a value, or ask about it."""

SECTIONS = frozenset({"optuna", "training", "wandb", "model", "dataset"})
"""Sections of every run configuration; a name with one of them as its attribute holds the configuration."""


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
        writes: where values are written under their keys.
    """

    named: bool = False
    hidden: bool = False
    suggests: bool = False
    followed: bool = True
    writes: list[Write] = field(default_factory=list)


@dataclass(slots=True)
class _Names:
    """Names that hold the space, dictionaries by its keys, and the configuration; by file, scopes not told apart."""

    spaces: set[str] = field(default_factory=set)
    params: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    roots: set[str] = field(default_factory=set)

    def size(self) -> int:
        return len(self.spaces) + len(self.params) + len(self.empty) + len(self.roots)


def application(context: Context) -> Application:
    """How the tree's Python files apply the search space of a run."""
    found = Application()
    for path, module in context.fact(modules).items():
        if module.tree is not None:
            with context.reading(path):
                _File(path, module.tree, context.fact(imports)[path], found).read()
    return found


class _File:
    def __init__(self, path: str, tree: ast.Module, known: Imports, found: Application) -> None:
        self.path = path
        self.known = known
        self.found = found
        self.nodes = list(ast.walk(tree))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
        self.functions = {node.name: node for node in self.nodes if isinstance(node, FunctionNode)}
        self.names = _Names()
        self._done: set[tuple[int, str]] = set()

    def read(self) -> None:
        """Add what this file does to the answer."""
        self.found.named |= any(_names_space(node) for node in self.nodes)
        self.found.hidden |= any(self._hides_space(node) for node in self.nodes)
        self.found.suggests |= any(_method(node).startswith("suggest_") for node in self.nodes)
        size = -1
        while size != self.names.size():
            size = self.names.size()
            for node in self.nodes:
                self._learn(node)
        for node in self.nodes:
            self._loop(node)
            self._other_use(node)

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=[target], value=value) if isinstance(target, ast.Name):
                self._learn_name(target.id, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self._learn_name(name, value)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=key)]) if name in self.names.empty:
                if self._is_key(key):
                    self.names.params.add(name)
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                for parameter, value in arguments(self.functions[name], node):
                    self._learn_name(parameter, value)
            case ast.Return(value=ast.expr() as value):
                function = self._function(node)
                if function is not None and self.is_params(value):
                    self.names.params.add(f"{function.name}()")
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr in SECTIONS and name != "self":
                self.names.roots.add(name)

    def _learn_name(self, name: str, value: ast.expr) -> None:
        if self.is_space(value):
            self.names.spaces.add(name)
        elif self.is_params(value):
            self.names.params.add(name)
        elif self._is_root(value):
            self.names.roots.add(name)
        elif isinstance(value, ast.Dict | ast.Call) and text_of(value) in ("{}", "dict()"):
            self.names.empty.add(name)

    def is_space(self, node: ast.AST) -> bool:
        """Whether an expression is the search space, or a copy of it."""
        match node:
            case ast.Attribute(attr=attr):
                return attr == SPACE_NAME
            case ast.Subscript(slice=ast.Constant(value=value)):
                return value == SPACE_NAME
            case ast.Name(id=name):
                return name in self.names.spaces
            case ast.BoolOp(values=values):
                return self.is_space(values[0])
            case ast.IfExp(body=body):
                return self.is_space(body)
            case ast.Call(args=[ast.Constant(value=str(text)), *_]) if _method(node) == "get":
                return text == SPACE_NAME
            case ast.Call(args=[_, ast.Constant(value=str(text)), *_]) if _method(node) == "select":
                return text.endswith(SPACE_NAME)
            case ast.Call(args=[first, *_]) if _method(node) in COPIES:
                return self.is_space(first)
        return False

    def is_params(self, node: ast.AST) -> bool:
        """Whether an expression is a dictionary whose keys are those of the space."""
        match node:
            case ast.Attribute(attr=attr):
                return attr == "best_params" or (attr == "params" and "trial" in dotted(node))
            case ast.Name(id=name):
                return name in self.names.params
            case ast.DictComp(key=key):
                return self._is_key(key)
            case ast.Call(func=ast.Name(id=name)) if f"{name}()" in self.names.params:
                return True
            case ast.Call(args=[first, *_]) if _method(node) in COPIES:
                return self.is_params(first)
        return False

    def _is_root(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Call) and node.args and _method(node) in COPIES | {"merge"}:
            return self._is_root(node.args[0])
        return isinstance(node, ast.Name) and node.id in self.names.roots

    def _is_key(self, node: ast.AST) -> bool:
        """Whether an expression is, at this place, a name that ranges over the space's keys."""
        current: ast.AST | None = node
        while isinstance(node, ast.Name) and (current := self.parents.get(current) if current else None):
            for target, source in _loops(current):
                if node.id in self._key_names(target, source):
                    return True
        return False

    def _key_names(self, target: ast.expr, source: ast.expr) -> set[str]:
        if _method(source) == "items" and isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute):
            if isinstance(target, ast.Tuple) and target.elts and self._ranges(source.func.value):
                return {dotted(target.elts[0])} - {""}
            return set()
        while isinstance(source, ast.Call) and _method(source) in ("keys", "sorted", "list"):
            base = source.func.value if isinstance(source.func, ast.Attribute) else None
            source = base or (source.args[0] if source.args else source.func)
        return {dotted(target)} - {""} if self._ranges(source) else set()

    def _ranges(self, node: ast.AST) -> bool:
        return self.is_space(node) or self.is_params(node)

    def _loop(self, node: ast.AST) -> None:
        for target, source in _loops(node):
            for name in self._key_names(target, source):
                scope = node if isinstance(node, ast.For) else self.parents[node]
                self._uses(scope, name, {})

    def _uses(self, scope: ast.AST, name: str, given: dict[str, ast.expr]) -> None:
        if (id(scope), name) in self._done:
            return
        self._done.add((id(scope), name))
        for node in ast.walk(scope):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                self._use(node, given)

    def _use(self, name: ast.Name, given: dict[str, ast.expr]) -> None:
        whole = around(name, self.parents)
        if whole is None:
            self.found.followed &= self._is_shown(name)
            return
        node, path = whole
        parent = self.parents.get(node)
        match parent:
            case ast.Call(func=ast.Name(id=function)) if function in self.functions and node in parent.args:
                passed = dict(arguments(self.functions[function], parent))
                for parameter in [key for key, value in passed.items() if value is node]:
                    self._follow(self.functions[function], parameter, path, passed)
            case ast.Call(args=[target, key, *_]) if key is node and _method(parent) in ("update", "setattr"):
                self._write(parent, target, path, given)
            case ast.Subscript(value=target, slice=key, ctx=ast.Store()) if key is node:
                self._write(parent, target, path, given)
            case ast.Subscript(value=target, slice=key) if key is node:
                self.found.followed &= self._ranges(target)
            case ast.Compare():
                pass
            case ast.Call() if _method(parent).startswith("suggest_") or _method(parent) in SHOWN:
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
        if self.is_params(target):
            return
        name = dotted(target)
        root, _, prefix = name.partition(".")
        if not name or not self._is_root(ast.Name(root)):
            self.found.followed = False
            return
        self.found.writes.append(Write(self.path, node.lineno, _under(prefix, path)))

    def _is_stored(self, node: ast.expr) -> bool:
        return isinstance(self.parents.get(node), ast.Assign | ast.AnnAssign | ast.Return)

    def _is_shown(self, node: ast.AST) -> bool:
        """Whether an expression only becomes part of a message."""
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.stmt):
            if isinstance(current, ast.Call) and _method(current) in SHOWN:
                return True
            current = self.parents.get(current)
        return isinstance(current, ast.Raise | ast.Assert)

    def _other_use(self, node: ast.AST) -> None:
        """Give up where the space, a dictionary by its keys or the whole configuration is used in another way."""
        loaded = isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        if loaded and self._ranges(node) and not self._ranges(self.parents[node]):
            self.found.followed &= self._is_followed(node)
        for _, source in _loops(node):
            base = (
                source.func.value if isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute) else source
            )
            self.found.followed &= not self._is_root(base)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and self._is_root(node.value):
            self.found.followed &= isinstance(node.slice, ast.Constant)
        if isinstance(node, ast.Call) and _method(node) == "getattr" and node.args and self._is_root(node.args[0]):
            self.found.followed &= len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
        if isinstance(node, ast.keyword) and node.arg is None:
            self.found.followed &= not self._is_root(node.value)

    def _is_followed(self, node: ast.AST) -> bool:
        parent = self.parents.get(node)
        match parent:
            case ast.Attribute(attr="items" | "keys"):
                call = self.parents.get(parent)
                return call is not None and self._is_walked(call)
            case ast.Attribute(attr="values" | "pop" | "update" | "copy"):
                return False
            case ast.Attribute() | ast.Compare() | ast.Assign() | ast.AnnAssign() | ast.Return() | ast.stmt():
                return True
            case ast.Subscript(value=base, slice=key) if base is node:
                return isinstance(key, ast.Constant) or self._is_key(key)
            case ast.BoolOp() | ast.UnaryOp() | ast.IfExp(test=ast.expr()):
                return True
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                return True
        return self._is_walked(node) or self._is_shown(node)

    def _is_walked(self, node: ast.AST) -> bool:
        """Whether an expression is what a loop runs over, or is copied or sorted first."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.For | ast.comprehension):
            return True
        if isinstance(parent, ast.Call) and _method(parent) in COPIES | {"sorted"}:
            return self._ranges(parent) or isinstance(self.parents.get(parent), ast.For | ast.comprehension)
        return False

    def _hides_space(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Constant) and node.value == "choices":
            return True
        whole = isinstance(node, ast.Attribute) and node.attr == "optuna"
        whole |= (
            isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "optuna"
        )
        parent = self.parents.get(node)
        if not whole or isinstance(parent, ast.Subscript | ast.Assign | ast.Compare | ast.If | ast.BoolOp):
            return isinstance(node, ast.Attribute) and node.attr == "choices"
        if isinstance(parent, ast.Attribute):
            return parent.attr in ("items", "keys", "values")
        return not (isinstance(parent, ast.Call) and dotted(parent.func) in self.functions)

    def _function(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, FunctionNode):
                return node
        return None


def _under(prefix: str, path: Path) -> Callable[[str], str]:
    return lambda key: f"{prefix}.{path(key)}" if prefix else path(key)


def _loops(node: ast.AST | None) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.For | ast.comprehension):
        yield node.target, node.iter
    elif isinstance(node, ast.DictComp | ast.ListComp | ast.SetComp | ast.GeneratorExp):
        yield from ((each.target, each.iter) for each in node.generators)


def _method(node: ast.AST | None) -> str:
    """The last name of what a call calls; empty for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)


def _names_space(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == SPACE_NAME
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value.endswith(SPACE_NAME)
    return isinstance(node, ast.Name | ast.arg) and SPACE_NAME in getattr(node, "id", getattr(node, "arg", ""))
