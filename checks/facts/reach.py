"""Which code a module can run: its own file, and what it uses of the tree's other modules, followed by name."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.facts.imports import imports
from checks.facts.python import Module, modules
from checks.facts.syntax import walk

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of one file that can run.

    Args:
        path: the file.
        node: a whole module, or one top-level definition of it.
    """

    path: str
    node: ast.AST

    def walk(self) -> Iterator[ast.AST]:
        """Every node of the part."""
        return walk(self.node)


class LocalNames:
    """The tree's modules by dotted name, with their top-level definitions, and what ``reachable`` gave so far."""

    def __init__(self, found: Mapping[str, Module]) -> None:
        self._modules = {
            module.name: Piece(module.path, module.tree) for module in found.values() if module.tree is not None
        }
        self.reached: dict[str, tuple[Piece, ...]] = {}
        self._definitions = {piece.path: _definitions(piece.node) for piece in self._modules.values()}

    def piece(self, origin: str) -> Piece | None:
        """What an imported name stands for in the tree: a definition, or the whole module where it is anything else.

        ``utils.f`` is looked for as ``src.utils.f`` too, since a script's own folder is importable.
        """
        for name in (origin, f"src.{origin}"):
            module, rest = name, ""
            while module:
                if module in self._modules:
                    whole = self._modules[module]
                    return self.definition(whole.path, rest) or whole
                module, _, rest = module.rpartition(".")
        return None

    def definition(self, path: str, name: str) -> Piece | None:
        """A top-level function or class of one file."""
        node = self._definitions.get(path, {}).get(name)
        return Piece(path, node) if node else None


def local_names(context: Context) -> LocalNames:
    """The tree's own definitions; use it as ``context.fact(local_names)``."""
    return LocalNames(context.fact(modules))


def reachable(context: Context, path: str) -> tuple[Piece, ...]:
    """The file at ``path`` and every definition of other files that it uses, directly or through one another."""
    known = context.fact(local_names).reached
    if path not in known:
        known[path] = _reached(context, path)
    return known[path]


def _reached(context: Context, path: str) -> tuple[Piece, ...]:
    module = context.fact(modules).get(path)
    if module is None or module.tree is None:
        return ()
    found = [Piece(path, module.tree)]
    seen = {id(module.tree)}
    for piece in found:
        for used in _uses(context, piece):
            if id(used.node) not in seen and used.path != path:
                seen.add(id(used.node))
                found.append(used)
    return tuple(found)


def whole_file(context: Context, path: str) -> tuple[Piece, ...]:
    """The file at ``path`` alone."""
    module = context.fact(modules).get(path)
    return () if module is None or module.tree is None else (Piece(path, module.tree),)


def imported_files(context: Context, path: str) -> set[str]:
    """The file at ``path`` and every file of the tree that its imports bring in, directly or through one another."""
    names, known = context.fact(local_names), context.fact(imports)
    found, work = {path}, [path]
    while work:
        for each in known[here].all if (here := work.pop()) in known else ():
            for piece in map(names.piece, (each.module, each.origin)):
                if piece is not None and piece.path not in found:
                    found.add(piece.path)
                    work.append(piece.path)
    return found


def _uses(context: Context, piece: Piece) -> Iterator[Piece]:
    names = context.fact(local_names)
    known = context.fact(imports)[piece.path]
    whole = isinstance(piece.node, ast.Module)
    for statement in known.all:
        if whole and statement.name == "*" and (star := names.piece(statement.module)):
            yield star
    for node in piece.walk():
        if not isinstance(node, ast.Name | ast.Attribute):
            continue
        origin = known.resolve(node)
        if origin and (used := names.piece(origin)) and not (isinstance(used.node, ast.Module) and "." not in origin):
            yield used
        elif isinstance(node, ast.Name) and not whole and (own := names.definition(piece.path, node.id)):
            yield own


def _definitions(tree: ast.AST) -> dict[str, ast.AST]:
    body = tree.body if isinstance(tree, ast.Module) else []
    return {node.name: node for node in body if isinstance(node, FunctionNode | ast.ClassDef)}
