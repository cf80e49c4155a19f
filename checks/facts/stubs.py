"""Functions and classes without an implementation, and whether something gives them one."""

import ast
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Literal

from checks.context import Context
from checks.facts.guards import last_name
from checks.facts.imports import Imports, imports
from checks.facts.prose import docstring
from checks.facts.syntax import children

Function = ast.FunctionDef | ast.AsyncFunctionDef
ABSTRACT = frozenset({"abstractmethod", "abstractproperty", "overload", "abstractclassmethod", "abstractstaticmethod"})
INTERFACES = frozenset({"Protocol", "ABC", "ABCMeta", "TypedDict", "NamedTuple"})
PLAIN_DECORATORS = frozenset(
    {"staticmethod", "classmethod", "property", "cached_property", "no_grad", "inference_mode", "main", "cache"}
)
"""Decorators under which a body is still needed; another may be all that the function is for."""
DO_NOTHING = re.compile(r"(?i:no_?op|nothing|null|silent|ignore|disabled)|^_?No[A-Z]")
NEEDS_BODY = frozenset({"Module", "Dataset", "IterableDataset", "Sampler", "LightningModule", "LightningDataModule"})
"""Base classes of torch and lightning that do nothing by themselves."""
NEVER_EMPTY = frozenset({"forward", "__getitem__", "training_step", "configure_optimizers"})
"""Methods whose callers need what they return, so that an empty one in a base class is no hook."""
SAYING = frozenset({"print", "debug", "info", "warning", "warn", "log"})
"""Calls that do no work before a refusal."""


@dataclass(frozen=True, slots=True)
class Stub:
    """One definition without an implementation.

    Args:
        path: the file.
        name: the definition's name, with its class before a dot.
        line: first line of the definition, counted from 1.
        end_line: its last line.
        kind: ``raise`` for ``raise NotImplementedError``, ``empty`` for ``pass``, ``...`` or a docstring alone,
            ``none`` for a function that is given something and only returns None,
            ``class`` for a class that adds nothing to a base which is made to be filled in.
        sure: whether nothing speaks for an intended no-op.
    """

    path: str
    name: str
    line: int
    end_line: int
    kind: Literal["raise", "empty", "none", "class"]
    sure: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """What stands around a definition: its class, a function, a ``try`` or a check for the type checker alone."""

    owner: ast.ClassDef | None
    nested: bool
    excused: bool


def stubs(context: Context) -> tuple[Stub, ...]:
    """Every definition without an implementation that nothing else supplies, in order of file and line."""
    files = context.fact(imports)
    classes = _classes(files)
    found = [stub for path, file in files.items() for stub in _in_file(path, file, classes)]
    return tuple(sorted(found, key=lambda stub: (stub.path, stub.line)))


@dataclass(frozen=True, slots=True)
class _Classes:
    """The classes of the tree by name.

    Args:
        methods: the methods that each defines.
        working: names of methods that some class gives a body, so that an empty one may be their counterpart.
        derived: the classes that name each as a base.
    """

    methods: Mapping[str, Set[str]]
    working: Set[str]
    derived: Mapping[str, Set[str]]

    def overriding(self, name: str, method: str) -> bool:
        """Whether any class derived from the named one, directly or not, defines the method."""
        below, waiting = {name}, [name]
        while waiting:
            derived = self.derived.get(waiting.pop(), set()) - below
            if any(method in self.methods[each] for each in derived):
                return True
            below |= derived
            waiting += derived
        return False


def _classes(files: Mapping[str, Imports]) -> _Classes:
    methods: dict[str, set[str]] = {}
    working: set[str] = set()
    derived: dict[str, set[str]] = {}
    for file in files.values():
        for node in file.module.walk():
            if isinstance(node, ast.ClassDef):
                own = [each for each in node.body if isinstance(each, Function)]
                methods.setdefault(node.name, set()).update(each.name for each in own)
                working.update(each.name for each in own if _kind(each) is None)
                for base in map(_base_name, node.bases):
                    derived.setdefault(base, set()).add(node.name)
    return _Classes(methods, working, derived)


def _base_name(node: ast.expr) -> str:
    return last_name(node.value if isinstance(node, ast.Subscript) else node)


def _in_file(path: str, file: Imports, classes: _Classes) -> Iterator[Stub]:
    for node, place in _definitions(file.module.tree):
        if place.excused or DO_NOTHING.search(node.name):
            continue
        if isinstance(node, ast.ClassDef):
            bases = [file.resolve(base) or "" for base in node.bases]
            if _kind(node) == "empty" and any(_needs_body(base) for base in bases):
                yield Stub(
                    path,
                    node.name,
                    node.lineno,
                    node.end_lineno or node.lineno,
                    "class",
                    node.name not in classes.derived,
                )
        else:
            yield from _function(path, node, place, classes)


def _needs_body(base: str) -> bool:
    return base.startswith(("torch.", "lightning.", "pytorch_lightning.")) and base.rpartition(".")[2] in NEEDS_BODY


def _function(path: str, node: Function, place: _Place, classes: _Classes) -> Iterator[Stub]:
    kind, owner = _kind(node), place.owner
    if kind is None or any(last_name(_called(each)) in ABSTRACT for each in node.decorator_list):
        return
    marked = {last_name(_called(each)) for each in node.decorator_list} - PLAIN_DECORATORS
    if kind == "none" and (owner is not None or place.nested):
        return
    sure = kind != "none" and not place.nested and not marked and not node.name.startswith(("__", "on_"))
    if owner is not None:
        bases = {_base_name(base) for base in owner.bases}
        interface = INTERFACES & (bases | {last_name(each.value) for each in owner.keywords})
        overridden = classes.overriding(owner.name, node.name)
        hook = overridden and (kind == "raise" or node.name not in NEVER_EMPTY)
        if interface or hook or DO_NOTHING.search(owner.name):
            return
        if kind == "raise":
            sure = sure and not bases & classes.methods.keys()
        elif node.name in NEVER_EMPTY:
            sure = not overridden
        else:
            sure = sure and not bases - {"object"} and node.name not in classes.working
    name = f"{owner.name}.{node.name}" if owner else node.name
    yield Stub(path, name, node.lineno, node.end_lineno or node.lineno, kind, sure)


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _kind(node: Function | ast.ClassDef) -> Literal["raise", "empty", "none"] | None:
    body = node.body[1:] if docstring(node) is not None else node.body
    if all(isinstance(each, ast.Pass) or _is_ellipsis(each) for each in body):
        return "empty"
    if len(body) == 1 and isinstance(node, Function) and node.args.args and _returns_nothing(body[0]):
        return "none"
    last = body[-1]
    if isinstance(last, ast.Raise) and last.exc is not None and all(map(_only_says, body[:-1])):
        return "raise" if last_name(_called(last.exc)) == "NotImplementedError" else None
    return None


def _returns_nothing(node: ast.stmt) -> bool:
    value = node.value if isinstance(node, ast.Return) else ast.Constant(0)
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _only_says(node: ast.stmt) -> bool:
    """Whether a statement is a printed or logged line."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and last_name(node.value.func) in SAYING


def _is_ellipsis(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...


def _definitions(tree: ast.Module | None) -> Iterator[tuple[Function | ast.ClassDef, _Place]]:
    stack: list[tuple[ast.AST, _Place]] = [(tree, _Place(None, False, False))] if tree else []
    while stack:
        node, place = stack.pop()
        inner = place
        if isinstance(node, Function | ast.ClassDef):
            yield node, place
            is_class = isinstance(node, ast.ClassDef)
            inner = _Place(
                node if isinstance(node, ast.ClassDef) else None, place.nested or not is_class, place.excused
            )
        elif isinstance(node, ast.ExceptHandler | ast.Try) or (
            isinstance(node, ast.If) and last_name(node.test) == "TYPE_CHECKING"
        ):
            inner = _Place(place.owner, place.nested, excused=True)
        stack.extend((child, inner) for child in children(node))
