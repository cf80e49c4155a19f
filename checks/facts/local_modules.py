"""Which dotted names the tree itself provides when its programs start with ``python -m`` in the root."""

import ast
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.facts.imports import Imports, imports
from checks.facts.python import Module, modules

COMPILED = (".so", ".pyd")
DYNAMIC = frozenset({"globals", "exec", "vars", "setattr", "__getattr__"})
"""Names whose use in a module says that it may define names while it runs."""


@dataclass(frozen=True, slots=True)
class LocalModules:
    """The tree's own modules and packages.

    Args:
        files: path of every module by dotted name; of a package, that of its ``__init__.py``.
        folders: dotted names of the folders that hold Python files at any depth.
        exports: names that each module defines, by path; None where only running it can show.
    """

    files: Mapping[str, str]
    folders: frozenset[str]
    exports: Mapping[str, frozenset[str] | None]

    def has(self, dotted: str) -> bool:
        """Whether ``import dotted`` finds something in the tree."""
        return dotted in self.files or dotted in self.folders

    def is_local(self, dotted: str) -> bool:
        """Whether the first part of a name is the tree's own.

        A folder without ``__init__.py`` gives way to an installed package of the same name, except ``src``, which none
        is called.
        """
        top = dotted.partition(".")[0]
        return top in self.files or (top == "src" and top in self.folders)

    def defines(self, dotted: str, name: str) -> bool:
        """Whether ``from dotted import name`` can succeed; also where that cannot be known."""
        if self.has(f"{dotted}.{name}"):
            return True
        path = self.files.get(dotted)
        if path is None:
            return dotted not in self.folders
        names = self.exports.get(path)
        return names is None or name in names

    def module_of(self, dotted: str) -> str | None:
        """The longest leading part of a dotted name that is one of the tree's modules with a file."""
        parts = dotted.split(".")
        candidates = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
        return next((name for name in candidates if name in self.files), None)


def local_modules(context: Context) -> LocalModules:
    """The tree's own modules, read once."""
    files: dict[str, str] = {}
    folders: set[str] = set()
    for path in context.tree.paths():
        stem = _module_stem(path)
        if stem is None:
            continue
        parts = stem.split("/")
        folders.update(".".join(parts[:end]) for end in range(1, len(parts)))
        if parts[-1] == "__init__":
            parts.pop()
        if parts:
            files[".".join(parts)] = path
    parsed = context.fact(modules)
    known = context.fact(imports)
    own = {path: _defined(parsed[path], known[path]) if path in parsed else None for path in files.values()}
    return LocalModules(files, frozenset(folders), {path: _with_stars(path, own, files, ()) for path in own})


def _module_stem(path: str) -> str | None:
    if path.endswith(".py"):
        return path.removesuffix(".py")
    folder, name = posixpath.split(path)
    return posixpath.join(folder, name.partition(".")[0]) if name.endswith(COMPILED) else None


@dataclass(frozen=True, slots=True)
class _Own:
    names: frozenset[str]
    stars: tuple[str, ...]
    public: frozenset[str] | None


def _defined(module: Module, known: Imports) -> _Own | None:
    """What a module binds at its top level; None where it does not parse or may define names while it runs."""
    if module.tree is None or any(map(_is_dynamic, module.nodes.of(ast.Name, ast.FunctionDef))):
        return None
    bindings = known.scopes.module.bindings
    stars = tuple(_star_modules(module))
    public = _all_names(module.tree) if "__all__" in bindings else frozenset(n for n in bindings if n[0] != "_")
    return _Own(frozenset(bindings) - {"*"}, stars, public)


def _is_dynamic(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name in DYNAMIC
    return isinstance(node, ast.Name) and node.id in DYNAMIC


def _star_modules(module: Module) -> Iterator[str]:
    package = module.name.split(".") if module.path.endswith("/__init__.py") else module.name.split(".")[:-1]
    for node in module.nodes.of(ast.ImportFrom):
        if node.names[0].name == "*":
            base = package[: len(package) - node.level + 1] if node.level else []
            yield ".".join([*base, *([node.module] if node.module else [])])


def _all_names(tree: ast.Module) -> frozenset[str] | None:
    """The names of ``__all__`` where it is one list of texts, else None."""
    found = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)
    ]
    if len(found) != 1 or not isinstance(found[0], ast.List | ast.Tuple):
        return None
    texts = [item.value for item in found[0].elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return frozenset(texts) if len(texts) == len(found[0].elts) else None


def _with_stars(
    path: str, own: Mapping[str, _Own | None], files: Mapping[str, str], above: tuple[str, ...]
) -> frozenset[str] | None:
    """A module's names with those of every local star import; None where one comes from elsewhere."""
    mine = own.get(path)
    if mine is None:
        return None
    names = set(mine.names) | IMPLICIT
    for module in mine.stars:
        target = files.get(module)
        theirs = own.get(target) if target and target not in above else None
        inner = _with_stars(target, own, files, (*above, path)) if target and theirs else None
        if theirs is None or theirs.public is None or inner is None:
            return None
        names |= inner
    return frozenset(names)


IMPLICIT = frozenset(
    {"__name__", "__file__", "__doc__", "__package__", "__spec__", "__loader__", "__dict__", "__path__"}
)
"""Names that every module has."""
