"""The code that runs when the evaluation is started: its file's own statements and every definition that they use."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TypeVar

from checks.context import Context
from checks.facts.imports import Imports, imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.reach import FunctionNode, LocalNames, local_names
from checks.facts.syntax import text_of
from checks.facts.unseen_code import unseen_code

EVALUATE = "src/evaluate.py"
MOST_UNITS = 5_000
"""Statements and definitions that are followed."""
PLAIN_DECORATORS = frozenset({"staticmethod", "classmethod", "property", "cached_property"})
LOOPS = (ast.For, ast.While, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)
REFLECTION = frozenset({"globals", "locals", "vars", "eval", "exec", "fire", "inspect", "unittest", "runpy"})
"""Names through which a program may call functions that it does not name."""
Node = TypeVar("Node", bound=ast.AST)


class EvaluationCode:
    """What of the tree runs with ``src/evaluate.py``.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._imports: Mapping[str, Imports] = context.fact(imports)
        self._local: LocalNames = context.fact(local_names)
        found = self._nodes.get(EVALUATE)
        self.there = found is not None and found.tree is not None and bool(found.tree.body)
        self.units: list[tuple[str, ast.AST]] = self._without_dead_methods(list(self._used())) if self.there else []

    @cached_property
    def hidden(self) -> bool:
        """Whether code that the evaluation may run is not in sight, so that nothing can be said to be absent."""
        return not self.there or self._context.fact(unseen_code)

    def of(self, *types: type[Node]) -> Iterator[tuple[str, Node]]:
        """The nodes of these exact types that run, each with its file."""
        for path, unit in self.units:
            yield from ((path, node) for node in self._nodes[path].under(unit, *types))

    @cached_property
    def texts(self) -> frozenset[str]:
        """Every text constant that runs, documentation left out."""
        found = set()
        for path, node in self.of(ast.Constant):
            if isinstance(node.value, str) and not isinstance(self._nodes[path].parent(node), ast.Expr):
                found.add(node.value)
        return frozenset(found)

    @cached_property
    def free_texts(self) -> frozenset[str]:
        """The text constants that are no keys: names that are looked up, or handed to something that looks them up."""
        found = set()
        for path, node in self.of(ast.Constant):
            parent = self._nodes[path].parent(node) if isinstance(node.value, str) else None
            asks = isinstance(parent, ast.Call) and getattr(parent.func, "attr", "") in ("get", "pop", "setdefault")
            key = asks or (isinstance(parent, ast.Dict) and node in parent.keys)
            if parent is not None and not key and not isinstance(parent, ast.Subscript | ast.Compare | ast.Expr):
                found.add(str(node.value))
        return frozenset(found)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name that the code uses or defines: variables, attributes, keywords, parameters and functions."""
        found = {node.id for _, node in self.of(ast.Name)} | {node.attr for _, node in self.of(ast.Attribute)}
        found |= {node.arg for _, node in self.of(ast.keyword) if node.arg}
        found |= {node.arg for _, node in self.of(ast.arg)}
        functions: Iterator[tuple[str, ast.FunctionDef]] = self.of(ast.FunctionDef)
        return frozenset(found | {node.name for _, node in functions})

    @cached_property
    def stored(self) -> frozenset[str]:
        """Every constant key that something is put under after its mapping was made, whichever mapping it is."""
        found = set()
        for _, node in self.of(ast.Subscript):
            if isinstance(node.ctx, ast.Store) and isinstance(node.slice, ast.Constant):
                found.add(str(node.slice.value))
        for _, call in self.of(ast.Call):
            if isinstance(call.func, ast.Attribute) and call.func.attr in ("update", "setdefault", "__setitem__"):
                found |= {word.arg for word in call.keywords if word.arg}
                found |= {str(key.value) for given in call.args for key in _keys(given)}
        return frozenset(found)

    def _used(self) -> Iterator[tuple[str, ast.AST]]:
        tree = self._nodes[EVALUATE].tree
        body: list[ast.stmt] = tree.body if tree else []
        started = list(self._closure([each for each in body if not _is_plain_definition(each)]))
        if any(isinstance(unit, FunctionNode | ast.ClassDef) for _, unit in started) or self._works(started):
            return iter(started)
        return self._closure(body)

    def _works(self, started: list[tuple[str, ast.AST]]) -> bool:
        """Whether the top level does the work itself: it loops or reads its arguments, and calls nothing by a text."""
        loops = False
        for path, unit in started:
            for node in self._nodes[path].under(unit, *LOOPS, ast.Name, ast.Attribute):
                if isinstance(node, ast.Name) and node.id in REFLECTION:
                    return False
                loops |= isinstance(node, LOOPS) or self._imports[path].resolve(node) == "sys.argv"
        return loops

    def _without_dead_methods(self, units: list[tuple[str, ast.AST]]) -> list[tuple[str, ast.AST]]:
        """The units with classes taken apart, less the methods that no other code names."""
        live: list[tuple[str, ast.AST]] = []
        waiting: dict[str, list[tuple[str, ast.AST]]] = {}
        for path, unit in units:
            for piece in _pieces(unit):
                if piece is not unit and isinstance(piece, FunctionNode) and _is_called_by_name(piece):
                    waiting.setdefault(piece.name, []).append((path, piece))
                else:
                    live.append((path, piece))
        if not waiting or any(self._is_dynamic(path, unit) for path, unit in units):
            return units
        for path, piece in live:
            for node in self._nodes[path].under(piece, ast.Attribute, ast.Name, ast.Constant):
                live += waiting.pop(_named_by(node), [])
        return live

    def _is_dynamic(self, path: str, unit: ast.AST) -> bool:
        """Whether code calls methods by names that it makes."""
        for node in self._nodes[path].under(unit, ast.Name):
            if node.id in REFLECTION or node.id == "dir":
                return True
            call = self._nodes[path].parent(node) if node.id == "getattr" else None
            if call is not None and not (isinstance(call, ast.Call) and _asks_by_text(call)):
                return True
        return False

    def _closure(self, start: list[ast.stmt]) -> Iterator[tuple[str, ast.AST]]:
        waiting: list[tuple[str, ast.AST]] = [(EVALUATE, each) for each in start]
        seen = {each for _, each in waiting}
        for path, unit in waiting:
            yield path, unit
            for found in self._mentioned(path, unit) if len(seen) < MOST_UNITS else ():
                if found[1] not in seen:
                    seen.add(found[1])
                    waiting.append(found)

    def _mentioned(self, path: str, unit: ast.AST) -> Iterator[tuple[str, ast.AST]]:
        known = self._imports[path]
        for node in self._nodes[path].under(unit, ast.Name, ast.Attribute, ast.Constant):
            names: list[str] = []
            if isinstance(node, ast.Name):
                names = [node.id]
            elif isinstance(node, ast.Constant):
                names = [node.value] if isinstance(node.value, str) and node.value.isidentifier() else []
            for name in names:
                if own := self._local.definition(path, name):
                    yield own.path, own.node
            origin = known.resolve(node) if not isinstance(node, ast.Constant) else None
            piece = self._local.piece(origin) if origin else None
            if piece is not None and not (isinstance(piece.node, ast.Module) and "." not in (origin or "")):
                body = piece.node.body if isinstance(piece.node, ast.Module) else [piece.node]
                yield from ((piece.path, each) for each in body)


def evaluation_code(context: Context) -> EvaluationCode:
    """What runs with the evaluation; use it as ``context.fact(evaluation_code)``."""
    return EvaluationCode(context)


def words_of(*texts: str) -> frozenset[str]:
    """The lower-case words of names and texts: ``bestProp_val`` gives ``best``, ``prop``, ``val``."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", " ".join(texts))
    return frozenset(word for word in re.split(r"[^a-z]+", spaced.lower()) if word)


def _is_plain_definition(statement: ast.stmt) -> bool:
    """Whether a statement only defines something; a decorated function may be registered somewhere and run."""
    if isinstance(statement, FunctionNode):
        return not statement.decorator_list
    return isinstance(statement, ast.ClassDef)


def _pieces(unit: ast.AST) -> list[ast.AST]:
    """A class without bases as its statements; anything else as it is."""
    if not isinstance(unit, ast.ClassDef) or unit.bases or unit.keywords:
        return [unit]
    return [*unit.decorator_list, *unit.body]


def _is_called_by_name(method: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a method runs only where code names it: no special method, and no decorator that may keep it."""
    kept = [each for each in method.decorator_list if text_of(each).rpartition(".")[2] not in PLAIN_DECORATORS]
    return not kept and not (method.name.startswith("__") and method.name.endswith("__"))


def _named_by(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else str(getattr(node, "value", ""))[:100]


def _asks_by_text(call: ast.Call) -> bool:
    return len(call.args) > 1 and isinstance(call.args[1], ast.Constant)


def _keys(given: ast.expr) -> list[ast.Constant]:
    keys = given.keys if isinstance(given, ast.Dict) else [given]
    return [key for key in keys if isinstance(key, ast.Constant)]
