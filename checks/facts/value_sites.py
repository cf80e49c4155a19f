"""Where the tree's own functions and classes are called, and what is put into each container after it is made.

What ``origins`` needs to know of the whole tree to follow a value backwards.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.imports import imports
from checks.facts.nodes import nodes
from checks.facts.reach import FunctionNode, local_names

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Assignment = ast.Assign | ast.AnnAssign | ast.AugAssign
FILLERS = frozenset({"append", "add", "insert", "extend", "update", "setdefault"})
"""Methods that put something into a container."""
MOST_NAMESAKES = 64
"""Methods of one name that a call by name alone is taken to run; the first ones count."""


@dataclass(frozen=True, slots=True)
class Site:
    """One call of a function of the tree.

    Args:
        path: the file of the call.
        call: the call.
        offset: how many of the function's first parameters Python fills by itself (``self``).
    """

    path: str
    call: ast.Call
    offset: int


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is put into a container.

    Args:
        path: the file.
        key: the key's expression; None where all of ``value`` goes in, or where it has no key.
        value: what goes in.
        whole: whether ``value`` is itself a container whose content goes in.
    """

    path: str
    key: ast.expr | None
    value: ast.expr
    whole: bool


class ValueSites:
    """What calls what, in the tree's own code; use it as ``context.fact(value_sites)``."""

    def __init__(self, context: Context) -> None:
        self._nodes = context.fact(nodes)
        self._calls = context.fact(calls)
        self._imports = context.fact(imports)
        self._local = context.fact(local_names)
        self._sites: dict[ast.AST, tuple[Site, ...]] = {}
        self._of_methods: dict[tuple[str, int], tuple[Site, ...]] = {}

    @cached_property
    def attributes(self) -> dict[str, list[tuple[str, ast.expr]]]:
        """Every value that is assigned to an attribute of that name, of whatever object, with its file."""
        found: dict[str, list[tuple[str, ast.expr]]] = defaultdict(list)
        for path, each in self._nodes.items():
            for node in each.of(ast.Attribute):
                if isinstance(node.ctx, ast.Store):
                    parent = each.parent(node)
                    plain = isinstance(parent, Assignment) and parent.value is not None
                    found[node.attr].append((path, parent.value if plain else node))  # type: ignore[union-attr]
        return found

    def owner(self, path: str, function: ast.AST) -> ast.ClassDef | None:
        """The class whose method a function is."""
        parent = self._nodes[path].parent(function)
        return parent if isinstance(parent, ast.ClassDef) else None

    def defined(self, path: str, name: ast.AST) -> tuple[str, ast.AST] | None:
        """The function or class of the tree that a name or a dotted name stands for, with its file."""
        if isinstance(name, ast.Name):
            own = [each for each in self._imports[path].bindings(name) if isinstance(each, Definition)]
            if own:
                return path, own[-1]
        origin = self._imports[path].resolve(name) if isinstance(name, ast.Name | ast.Attribute) else None
        piece = self._local.piece(origin) if origin else None
        return (piece.path, piece.node) if piece and isinstance(piece.node, Definition) else None

    def imported(self, origin: str) -> tuple[str, ast.AST] | None:
        """What of the tree an import stands for: a definition, the value of a variable, or None outside the tree.

        A module, and a variable that is not plainly assigned once, is given as the module.
        """
        piece = self._local.piece(origin)
        if piece is None or (piece.path == "src/__init__.py" and not origin.startswith("src.")):
            return None
        name = origin.rpartition(".")[2]
        body = piece.node.body if isinstance(piece.node, ast.Module) else []
        values = [each.value for each in body if isinstance(each, ast.Assign | ast.AnnAssign) and _binds(each, name)]
        return (piece.path, values[0]) if len(values) == 1 and values[0] is not None else (piece.path, piece.node)

    def fields(self, path: str, made: ast.ClassDef, name: str) -> Iterator[tuple[str, ast.expr]]:
        """What a class attribute is given: in the class body, and as a dataclass field where the class is called."""
        names: list[str] = []
        for each in made.body:
            if isinstance(each, ast.Assign | ast.AnnAssign):
                target = each.target if isinstance(each, ast.AnnAssign) else each.targets[0]
                names += [target.id] if isinstance(target, ast.Name) and isinstance(each, ast.AnnAssign) else []
                if isinstance(target, ast.Name) and target.id == name and each.value is not None:
                    yield path, each.value
        if name in names:
            yield from self._field_values(made, name, names.index(name))

    def _field_values(self, made: ast.ClassDef, name: str, place: int) -> Iterator[tuple[str, ast.expr]]:
        for path, found in self._calls.items():
            for call in found.named(made.name):
                target = self.defined(path, call.func)
                if target is not None and target[1] is made:
                    yield from ((path, value) for value in call.args[place : place + 1])
                    yield from ((path, word.value) for word in call.keywords if word.arg == name)

    def sites(self, path: str, function: Function) -> tuple[Site, ...]:
        """Every call of a function; a method's are found by its name alone, and a constructor's by its class."""
        if function not in self._sites:
            self._sites[function] = tuple(self._find_sites(path, function))
        return self._sites[function]

    def _find_sites(self, path: str, function: Function) -> Iterator[Site]:
        owner = self.owner(path, function)
        bound = owner is not None and not _is_static(function)
        wanted = owner if owner is not None and function.name == "__init__" else function
        if owner is not None and wanted is function:
            yield from self._method_sites(function.name, int(bound))
            return
        for file, found in self._calls.items():
            for call in found.named(wanted.name):
                if self.defined(file, call.func) == (path, wanted):
                    yield Site(file, call, int(bound))

    def _method_sites(self, name: str, offset: int) -> tuple[Site, ...]:
        if (name, offset) not in self._of_methods:
            self._of_methods[name, offset] = tuple(
                Site(path, call, offset)
                for path, found in self._calls.items()
                for call in found.named(name)
                if isinstance(call.func, ast.Attribute) and not found.origin(call)
            )
        return self._of_methods[name, offset]

    def is_passed_on(self, function: Function) -> bool:
        """Whether a function is used other than to call it, so that something unseen may call it."""
        return function in self._passed_on

    @cached_property
    def _passed_on(self) -> frozenset[ast.AST]:
        found: set[ast.AST] = set()
        for path, each in self._nodes.items():
            called = {id(call.func) for call in self._calls[path]}
            for name in each.of(ast.Name):
                if id(name) not in called and name.id in self._functions and (target := self.defined(path, name)):
                    found.add(target[1])
            for node in each.of(ast.Attribute):
                if id(node) not in called and isinstance(node.ctx, ast.Load) and node.attr in self._functions:
                    found |= set(self._functions[node.attr])
        return frozenset(found)

    @cached_property
    def _functions(self) -> dict[str, list[Function]]:
        found: dict[str, list[Function]] = defaultdict(list)
        for each in self._nodes.values():
            functions: list[Function] = [*each.of(ast.FunctionDef), *each.of(ast.AsyncFunctionDef)]
            for function in functions:
                found[function.name].append(function)
        return found

    @cached_property
    def changes(self) -> dict[object, list[Change]]:
        """What is put into containers, by what holds them: see ``holder``."""
        found: dict[object, list[Change]] = defaultdict(list)
        for path, each in self._nodes.items():
            for target in each.of(ast.Subscript):
                parent = each.parent(target)
                stored = isinstance(target.ctx, ast.Store)
                if stored and isinstance(parent, Assignment) and parent.value is not None:
                    change = Change(path, target.slice, parent.value, whole=False)
                    found[self.holder(path, target.value)].append(change)
                if stored and isinstance(inner := target.value, ast.Subscript):
                    held = parent.value if isinstance(parent, Assignment) else None
                    put = inner if held is None else ast.copy_location(ast.Dict([target.slice], [held]), target)
                    found[self.holder(path, inner.value)].append(Change(path, inner.slice, put, whole=False))
            for statement in each.of(ast.AugAssign):
                change = Change(path, None, statement.value, whole=True)
                found[self.holder(path, statement.target)].append(change)
            for call in self._calls[path].named(*FILLERS):
                if isinstance(call.func, ast.Attribute):
                    base = call.func.value
                    found[self.holder(path, base)] += _filled(path, call)
                    if isinstance(base, ast.Subscript):
                        found[self.holder(path, base.value)].append(Change(path, base.slice, base, whole=False))
        found.pop(None, None)
        return found

    @cached_property
    def also(self) -> dict[object, list[object]]:
        """What else holds the same thing: parameters that a holder is handed to, and plain second names for it."""
        found: dict[object, list[object]] = defaultdict(list)
        for path, each in self._calls.items():
            for call in each:
                for function, offset in self.called(path, call):
                    for parameter, value in given(function, call, offset):
                        found[self.holder(path, value)].append(parameter)
            for statement in self._nodes[path].of(ast.Assign):
                if isinstance(statement.value, ast.Name) and isinstance(statement.targets[0], ast.Name):
                    found[self.holder(path, statement.value)].append(self.holder(path, statement.targets[0]))
        found.pop(None, None)
        return {holder: list(dict.fromkeys(others)) for holder, others in found.items()}

    def called(self, path: str, call: ast.Call) -> list[tuple[Function, int]]:
        """The tree's own functions that a call may run; methods by their name alone."""
        target = self.defined(path, call.func)
        if target is not None:
            made = target[1].body if isinstance(target[1], ast.ClassDef) else []
            starts = [(each, 1) for each in made if isinstance(each, FunctionNode) and each.name == "__init__"]
            return [(target[1], 0)] if isinstance(target[1], FunctionNode) else starts
        if not isinstance(call.func, ast.Attribute):
            return []
        named = self._functions.get(call.func.attr, [])[:MOST_NAMESAKES]
        return [(each, 1) for each in named if each.args.args and each.args.args[0].arg in ("self", "cls")]

    def is_filled(self, path: str, node: ast.AST) -> bool:
        """Whether keys are put into a variable one by one."""
        return any(change.key is not None for change in self.changes.get(self.holder(path, node), ()))

    def holder(self, path: str, node: ast.AST) -> object:
        """What identifies the variable that an expression is: its first binding, or the name of an attribute."""
        if isinstance(node, ast.Attribute):
            return f".{node.attr}"
        if isinstance(node, ast.Name) and (bound := self._imports[path].bindings(node)):
            return bound[0]
        return None


def value_sites(context: Context) -> ValueSites:
    """The calls of the tree's own functions; use it as ``context.fact(value_sites)``."""
    return ValueSites(context)


def given(function: Function, call: ast.Call, offset: int) -> Iterator[tuple[ast.arg, ast.expr]]:
    """Parameter and value of what a call passes plainly; starred arguments and what follows them are left out."""
    ordered = [*function.args.posonlyargs, *function.args.args][offset:]
    for parameter, value in zip(ordered, call.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        yield parameter, value
    named = {each.arg: each for each in (*function.args.args, *function.args.kwonlyargs)}
    yield from ((named[word.arg], word.value) for word in call.keywords if word.arg in named)


def default_of(function: Function, parameter: ast.arg) -> ast.expr | None:
    """The value of a parameter that a call leaves out."""
    ordered = [*function.args.posonlyargs, *function.args.args]
    pairs = zip(reversed(ordered), reversed(function.args.defaults), strict=False)
    for each, value in (*pairs, *zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)):
        if each is parameter:
            return value
    return None


def _binds(statement: ast.Assign | ast.AnnAssign, name: str) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return any(isinstance(each, ast.Name) and each.id == name for each in targets)


def _is_static(function: Function) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "staticmethod" for each in function.decorator_list)


def _filled(path: str, call: ast.Call) -> Iterator[Change]:
    name, args = called_name(call), call.args
    if name in ("append", "add") and args:
        yield Change(path, None, args[0], whole=False)
    elif name in ("insert", "setdefault") and len(args) > 1:
        yield Change(path, args[0] if name == "setdefault" else None, args[1], whole=False)
    elif name in ("extend", "update") and args:
        yield Change(path, None, args[0], whole=True)
    if name == "update":
        for word in call.keywords:
            key = ast.Constant(word.arg) if word.arg else None
            yield Change(path, key, word.value, whole=word.arg is None)
