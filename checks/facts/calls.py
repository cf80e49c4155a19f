"""Every call of every Python file, found by the name that is called and by what that name stands for."""

import ast
from collections.abc import Iterator, Mapping

from checks.context import Context
from checks.facts.imports import Imports, imports
from checks.facts.nodes import Nodes, nodes


class Calls:
    """The calls of one file.

    Args:
        found: the file's nodes.
        names: the file's imports.
    """

    def __init__(self, found: Nodes, names: Imports) -> None:
        self._imports = names
        self._origins: dict[ast.Call, str | None] = {}
        self._by_name: dict[str, list[ast.Call]] = {}
        self.all: tuple[ast.Call, ...] = tuple(found.of(ast.Call))
        for call in self.all:
            self._by_name.setdefault(called_name(call), []).append(call)

    def __iter__(self) -> Iterator[ast.Call]:
        return iter(self.all)

    def named(self, *names: str) -> Iterator[ast.Call]:
        """The calls whose function's last name is one of these, whatever it stands for: ``x.y.log()`` is ``log``."""
        for name in names:
            yield from self._by_name.get(name, ())

    def to(self, *origins: str) -> Iterator[ast.Call]:
        """The calls of these imported things, under any alias: ``wb.init()`` for ``wandb.init``."""
        wanted = frozenset(origins)
        return (call for call in self.all if self.origin(call) in wanted)

    def origin(self, call: ast.Call) -> str | None:
        """The dotted origin of what is called, as ``Imports.resolve`` gives it."""
        if call not in self._origins:
            self._origins[call] = self._imports.resolve(call.func)
        return self._origins[call]


def calls(context: Context) -> Mapping[str, Calls]:
    """The calls of every ``.py`` file that was read, by path; use it as ``context.fact(calls)[path]``."""
    found = context.fact(imports)
    return {path: Calls(each, found[path]) for path, each in context.fact(nodes).items()}


def called_name(call: ast.Call) -> str:
    """The last name of what is called: ``log`` of ``wandb.log(...)``; empty for a call of anything else."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""
