"""Every use of a library's name or argument that the library does not have, where nothing guards it."""

import ast
from collections.abc import Iterator, Set
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import Calls, calls
from checks.facts.gone_names import (
    GONE_ARGUMENTS,
    GONE_LAST,
    GONE_NAMES,
    OLD_STYLE,
    OMEGACONF,
    STYLE_USE,
    STYLES_GONE,
    Gone,
    missing_of_omegaconf,
)
from checks.facts.guards import CATCHERS, last_name
from checks.facts.imports import Import, Imports, imports
from checks.facts.local_modules import LocalModules, local_modules
from checks.facts.nodes import Nodes, nodes

ASKERS = frozenset({"hasattr", "getattr", "setattr", "delattr"})
OWNERS = frozenset(each.place.partition(".")[0] for each in GONE_NAMES.values()) | {"omegaconf"}


@dataclass(frozen=True, slots=True)
class LibraryUse:
    """One thing that is used and not there.

    Args:
        path: the file.
        gone: what is not there.
        node: the attribute, or the call with the argument; None for an import.
        statement: the import; None for the others.
        line: first line, counted from 1.
        end_line: last line.
    """

    path: str
    gone: Gone
    node: ast.Attribute | ast.Call | None
    statement: Import | None
    line: int
    end_line: int


def missing_names(context: Context) -> tuple[LibraryUse, ...]:
    """Every import and attribute of a missing name, in order of file and line; under a guard it is left out."""
    local = context.fact(local_modules)
    found: list[LibraryUse] = []
    for path, file in context.fact(imports).items():
        if any(statement.top in OWNERS for statement in file) and not local.is_local(path):
            some = [*_imported(path, file, local), *_attributes(path, file, context.fact(nodes)[path])]
            if some:
                known = _asked_for(context, path)
                found += sorted((use for use in some if use.gone.full not in known), key=lambda use: use.line)
    return tuple(found)


def missing_arguments(context: Context) -> tuple[LibraryUse, ...]:
    """Every call of a library's function with an argument that the function does not take."""
    found = []
    for path, some in context.fact(calls).items():
        every: list[tuple[ast.Call, Gone, ast.keyword | ast.expr]] = [*_given(some), *_styles(some)]
        for call, gone, node in every:
            if not _is_guarded(context.fact(nodes)[path], call):
                found.append(LibraryUse(path, gone, call, None, node.lineno, node.end_lineno or node.lineno))
    return tuple(found)


ARGUMENTS = frozenset(name for place in GONE_ARGUMENTS.values() for name in place)


def _given(some: Calls) -> Iterator[tuple[ast.Call, Gone, ast.keyword]]:
    for call in some:
        if any(word.arg in ARGUMENTS for word in call.keywords):
            entries = GONE_ARGUMENTS.get(_public(some.origin(call) or ""), {})
            yield from ((call, entries[word.arg], word) for word in call.keywords if word.arg and word.arg in entries)


def _styles(some: Calls) -> Iterator[tuple[ast.Call, Gone, ast.expr]]:
    for call in some.named("use", "context"):
        match call.args:
            case [ast.Constant(value=str(name)) as node, *_] if OLD_STYLE.fullmatch(name):
                if some.origin(call) in STYLE_USE:
                    instead = name.replace("seaborn", "seaborn-v0_8", 1)
                    yield call, Gone("matplotlib", STYLES_GONE, "matplotlib.style", name, instead), node


def _public(origin: str) -> str:
    """The place under which the table knows a function that is taken from a deeper module."""
    if origin.startswith("transformers."):
        return f"transformers.{origin.rpartition('.')[2]}"
    return origin


def _imported(path: str, file: Imports, local: LocalModules) -> Iterator[LibraryUse]:
    for statement in file:
        if statement.level or statement.guard is not None or local.is_local(statement.top):
            continue
        gone = GONE_NAMES.get(statement.origin) if statement.name else None
        gone = gone or _module_gone(statement.module)
        if gone is not None:
            yield LibraryUse(path, gone, None, statement, statement.line, statement.end_line)


def _module_gone(module: str) -> Gone | None:
    while "." in module:
        if module in GONE_NAMES:
            return GONE_NAMES[module]
        module = module.rpartition(".")[0]
    return None


def _attributes(path: str, file: Imports, tree: Nodes) -> Iterator[LibraryUse]:
    imported = {each.origin for each in file if each.name}
    class_names = {each.bound for each in file if each.origin == OMEGACONF} | {"OmegaConf"}
    for node in tree.of(ast.Attribute):
        if node.attr not in GONE_LAST and last_name(node.value) not in class_names:
            continue
        origin = file.resolve(node)
        gone = (GONE_NAMES.get(origin) or missing_of_omegaconf(origin)) if origin else None
        if gone is not None and origin not in imported and not _is_guarded(tree, node):
            yield LibraryUse(path, gone, node, None, node.lineno, node.end_lineno or node.lineno)


def _is_guarded(tree: Nodes, node: ast.expr) -> bool:
    """Whether a failure is caught there, or the library's version or the name is asked for first."""
    if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
        return True
    inner: ast.AST = node
    for outer in tree.above(node):
        match outer:
            case ast.Try(body=body, handlers=handlers) if inner in body:
                if any(_catches(handler.type) for handler in handlers):
                    return True
            case ast.If(test=test) | ast.IfExp(test=test) if inner is not test:
                if any("version" in last_name(each).lower() for each in tree.under(test, ast.Name, ast.Attribute)):
                    return True
        inner = outer
    return False


def _catches(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(
        each is None or last_name(each) in {*CATCHERS, "AttributeError", "TypeError", "OSError"} for each in kinds
    )


def _asked_for(context: Context, path: str) -> Set[str]:
    """Dotted names that the file asks for with ``hasattr`` or ``getattr``, or that any file puts into a library."""
    asked = set(context.fact(_put))
    file = context.fact(imports)[path]
    for call in context.fact(calls)[path].named(*ASKERS):
        match call.args:
            case [module, ast.Constant(value=str(name)), *_]:
                asked.add(f"{file.resolve(module)}.{name}")
    return asked


def _put(context: Context) -> frozenset[str]:
    """Dotted names that some file puts into a library."""
    return frozenset(
        context.fact(imports)[path].resolve(node) or ""
        for path, tree in context.fact(nodes).items()
        for node in tree.of(ast.Attribute)
        if node.attr in GONE_LAST and not isinstance(node.ctx, ast.Load)
    )
