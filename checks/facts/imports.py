"""Every import statement of every Python file, and what a name means under its aliases.

``context.fact(imports)[path].resolve(node)`` says which imported thing an expression names: with ``import wandb as wb``
it is ``"wandb.init"`` for ``wb.init``. Scopes follow Python: a parameter or a local variable hides an import.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.facts.guards import Guard
from checks.facts.python import Module, modules
from checks.facts.scopes import Scope, Scopes, scopes


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name; ``import a, b`` gives two.

    Args:
        line: first line of the statement, counted from 1.
        end_line: last line of the statement.
        module: absolute dotted module; a relative import is resolved from the file's package. Empty where it climbs out
            of the tree's packages, which Python refuses.
        name: the name taken from the module, ``"*"`` for all, None for a plain ``import``.
        bound: the local name that the statement binds; empty for ``"*"``.
        origin: what ``bound`` stands for, dotted; empty where ``module`` is.
        level: number of leading dots.
        guard: what makes a failure harmless; None when it would end the program.
        in_function: whether it runs only when a function is called.
    """

    line: int
    end_line: int
    module: str
    name: str | None
    bound: str
    origin: str
    level: int
    guard: Guard | None
    in_function: bool

    @property
    def top(self) -> str:
        """First part of the module: the name that a distribution provides or a folder of the tree has."""
        return self.module.partition(".")[0]


class Imports:
    """The imports of one file.

    Args:
        module: the parsed file; one that does not parse has no imports and resolves nothing.
    """

    def __init__(self, module: Module) -> None:
        self.module = module
        self.scopes: Scopes = scopes(module.tree) if module.tree is not None else Scopes()
        self._origins: dict[int, str] = {}
        self._bases: dict[tuple[int, str], str | None] = {}
        self.all: tuple[Import, ...] = tuple(self._read(module))

    def __iter__(self) -> Iterator[Import]:
        return iter(self.all)

    def resolve(self, node: ast.AST) -> str | None:
        """The dotted origin of a ``Name`` or ``Attribute`` chain.

        ``nn.Module`` after ``from torch import nn`` is ``"torch.nn.Module"``; a relative import gives
        ``"src.model.Net"``.
        None when the first name is not an import, nor a plain alias of one (``Adam = torch.optim.Adam``).
        """
        return self._resolved(node, _MOST_STEPS)

    def _resolved(self, node: ast.AST, steps: int) -> str | None:
        tail: list[str] = []
        while isinstance(node, ast.Attribute):
            tail.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        scope = self.scopes.where(node)
        key = (id(scope), node.id)
        if key not in self._bases:
            self._bases[key] = self._base(scope.owner(node.id), node.id, steps)
        base = self._bases[key]
        return ".".join([base, *reversed(tail)]) if tail and base is not None else base

    def _base(self, scope: Scope | None, name: str, steps: int) -> str | None:
        """What a name stands for in the scope that binds it, other names for it followed."""
        if scope is None:
            return None
        statement = next((b for b in scope.bindings[name] if id(b) in self._origins), None)
        if statement is not None:
            return self._origins[id(statement)]
        alias = _plain_alias(scope, name)
        return self._resolved(alias, steps - 1) if alias is not None and steps else None

    def assigned(self, name: ast.Name) -> ast.expr | None:
        """What a name stands for where it is used, if a single plain assignment is all that binds it there."""
        scope = self.scopes.where(name).owner(name.id)
        bound = scope.bindings[name.id] if scope is not None else []
        return bound[0].value if len(bound) == 1 and isinstance(bound[0], ast.Assign) else None

    def bindings(self, name: ast.Name) -> tuple[ast.AST, ...]:
        """Everything that binds a name in the scope that it is looked up in; none for a builtin."""
        scope = self.scope(name)
        return tuple(scope.bindings[name.id]) if scope is not None else ()

    def scope(self, name: ast.Name) -> Scope | None:
        """The scope that a name belongs to where it is used; None for a builtin."""
        return self.scopes.where(name).owner(name.id)

    def called(self, node: ast.AST) -> str | None:
        """``resolve`` of what a call calls; None for anything but a call."""
        return self.resolve(node.func) if isinstance(node, ast.Call) else None

    def _read(self, module: Module) -> Iterator[Import]:
        for statement, flags in self.scopes.statements:
            level = statement.level if isinstance(statement, ast.ImportFrom) else 0
            base = (statement.module or "") if isinstance(statement, ast.ImportFrom) else ""
            for alias in statement.names:
                plain = isinstance(statement, ast.Import)
                target = alias.name if plain else _absolute(module, base, level)
                origin = _origin(alias, target, plain)
                if origin:
                    self._origins[id(alias)] = origin
                yield Import(
                    line=statement.lineno,
                    end_line=statement.end_lineno or statement.lineno,
                    module=target,
                    name=None if plain else alias.name,
                    bound=_bound(alias, plain),
                    origin=origin,
                    level=level,
                    guard=flags.guard,
                    in_function=flags.in_function,
                )


_MOST_STEPS = 10
"""Aliases of aliases that ``resolve`` follows; a cycle ends here."""


def imports(context: Context) -> Mapping[str, Imports]:
    """The imports of every ``.py`` file that was read, by path; use it as ``context.fact(imports)``."""
    found = {}
    for path, module in context.fact(modules).items():
        with context.reading(path):
            found[path] = Imports(module)
    return found


def _bound(alias: ast.alias, plain: bool) -> str:
    if alias.name == "*":
        return ""
    return alias.asname or (alias.name.partition(".")[0] if plain else alias.name)


def _origin(alias: ast.alias, target: str, plain: bool) -> str:
    if plain:
        return alias.name if alias.asname else alias.name.partition(".")[0]
    return f"{target}.{alias.name}" if target and alias.name != "*" else target


def _absolute(module: Module, base: str, level: int) -> str:
    if not level:
        return base
    package = module.name.split(".")
    drop = level - 1 if module.path.endswith("/__init__.py") else level
    kept = package[: len(package) - drop] if drop < len(package) else []
    return ".".join([*kept, *([base] if base else [])]) if kept else ""


def _plain_alias(scope: Scope, name: str) -> ast.expr | None:
    bindings = scope.bindings[name]
    if len(bindings) != 1 or not isinstance(bindings[0], ast.Assign):
        return None
    value = bindings[0].value
    return value if isinstance(value, ast.Name | ast.Attribute) else None
