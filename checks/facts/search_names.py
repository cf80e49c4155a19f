"""Which names of a file hold the Optuna search space, dictionaries by its keys, or the whole configuration.

Followed are plain assignments, functions of the file and what they return, and dictionaries filled in a loop.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from checks.facts.reach import FunctionNode
from checks.facts.syntax import Parents, arguments, dotted

SPACE_NAME = "search_space"
COPIES = frozenset({"dict", "to_container", "create", "deepcopy", "copy", "items", "list"})
SECTIONS = frozenset({"optuna", "training", "wandb", "model", "dataset"})
"""Sections of every run configuration; a name with one of them as its attribute holds the configuration."""


@dataclass(slots=True)
class _Held:
    """Names that hold the space, dictionaries by its keys, and the configuration; by file, scopes not told apart."""

    spaces: set[str] = field(default_factory=set)
    params: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    roots: set[str] = field(default_factory=set)

    def size(self) -> int:
        return len(self.spaces) + len(self.params) + len(self.empty) + len(self.roots)


TELLING = (ast.Assign, ast.AnnAssign, ast.Call, ast.Return, ast.Attribute)
"""What can say what a name holds."""


class SpaceNames:
    """What the names of one file hold.

    Args:
        nodes: the file's nodes that can run, its module first.
    """

    def __init__(self, nodes: Iterable[ast.AST]) -> None:
        self.nodes = list(nodes)
        self.parents = Parents(self.nodes[0])
        self.functions = {node.name: node for node in self.nodes if isinstance(node, FunctionNode)}
        self._held = _Held()
        telling = [node for node in self.nodes if isinstance(node, TELLING)]
        size = -1
        while size != self._held.size():
            size = self._held.size()
            for node in telling:
                self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=[target], value=value) if isinstance(target, ast.Name):
                self._learn_name(target.id, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self._learn_name(name, value)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name), slice=key)]) if name in self._held.empty:
                if self.is_key(key):
                    self._held.params.add(name)
            case ast.Call(func=ast.Name(id=name)) if name in self.functions:
                for parameter, value in arguments(self.functions[name], node):
                    self._learn_name(parameter, value)
            case ast.Return(value=ast.expr() as value):
                function = self.function_of(node)
                if function is not None and self.is_params(value):
                    self._held.params.add(f"{function.name}()")
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr in SECTIONS and name != "self":
                self._held.roots.add(name)

    def _learn_name(self, name: str, value: ast.expr) -> None:
        if self.is_space(value):
            self._held.spaces.add(name)
        elif self.is_params(value):
            self._held.params.add(name)
        elif self.is_root(value):
            self._held.roots.add(name)
        elif _is_empty(value):
            self._held.empty.add(name)

    def is_space(self, node: ast.AST) -> bool:
        """Whether an expression is the search space, or a copy of it."""
        match node:
            case ast.Attribute(attr=attr):
                return attr == SPACE_NAME
            case ast.Subscript(slice=ast.Constant(value=value)):
                return value == SPACE_NAME
            case ast.Name(id=name):
                return name in self._held.spaces
            case ast.BoolOp(values=values):
                return self.is_space(values[0])
            case ast.IfExp(body=body):
                return self.is_space(body)
            case ast.Call(args=[ast.Constant(value=str(text)), *_]) if method(node) == "get":
                return text == SPACE_NAME
            case ast.Call(args=[_, ast.Constant(value=str(text)), *_]) if method(node) == "select":
                return text.endswith(SPACE_NAME)
            case ast.Call(args=[first, *_]) if method(node) in COPIES:
                return self.is_space(first)
        return False

    def is_params(self, node: ast.AST) -> bool:
        """Whether an expression is a dictionary whose keys are those of the space."""
        match node:
            case ast.Attribute(attr=attr):
                return attr == "best_params" or (attr == "params" and "trial" in dotted(node))
            case ast.Name(id=name):
                return name in self._held.params
            case ast.DictComp(key=key):
                return self.is_key(key)
            case ast.Call(func=ast.Name(id=name)) if f"{name}()" in self._held.params:
                return True
            case ast.Call(args=[first, *_]) if method(node) in COPIES:
                return self.is_params(first)
        return False

    def is_root(self, node: ast.AST) -> bool:
        """Whether an expression is the whole configuration, or a copy of it."""
        if isinstance(node, ast.Call) and node.args and method(node) in COPIES | {"merge"}:
            return self.is_root(node.args[0])
        return isinstance(node, ast.Name) and node.id in self._held.roots

    def is_key(self, node: ast.AST) -> bool:
        """Whether an expression is, at this place, a name that ranges over the space's keys."""
        current: ast.AST | None = node
        while isinstance(node, ast.Name) and (current := self.parents.get(current) if current else None):
            for target, source in loops(current):
                if node.id in self.key_names(target, source):
                    return True
        return False

    def key_names(self, target: ast.expr, source: ast.expr) -> set[str]:
        """The names that a loop gives the space's keys; none where it runs over something else."""
        if method(source) == "items" and isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute):
            if isinstance(target, ast.Tuple) and target.elts and self.ranges(source.func.value):
                return {dotted(target.elts[0])} - {""}
            return set()
        while isinstance(source, ast.Call) and method(source) in ("keys", "sorted", "list"):
            base = source.func.value if isinstance(source.func, ast.Attribute) else None
            source = base or (source.args[0] if source.args else source.func)
        return {dotted(target)} - {""} if self.ranges(source) else set()

    def ranges(self, node: ast.AST) -> bool:
        """Whether an expression is the space, or a dictionary by its keys."""
        return self.is_space(node) or self.is_params(node)

    def function_of(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The function around a node."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, FunctionNode):
                return node
        return None


def _is_empty(value: ast.expr) -> bool:
    """Whether an expression is ``{}`` or ``dict()``."""
    if isinstance(value, ast.Call):
        return dotted(value.func) == "dict" and not (value.args or value.keywords)
    return isinstance(value, ast.Dict) and not value.keys


def loops(node: ast.AST | None) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Target and source of a loop, or of each one in a comprehension; nothing for any other node."""
    if isinstance(node, ast.For | ast.comprehension):
        yield node.target, node.iter
    elif isinstance(node, ast.DictComp | ast.ListComp | ast.SetComp | ast.GeneratorExp):
        yield from ((each.target, each.iter) for each in node.generators)


def method(node: ast.AST | None) -> str:
    """The last name of what a call calls; empty for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
