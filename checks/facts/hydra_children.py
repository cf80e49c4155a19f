"""Child processes with ``key=value`` arguments, as command lines to compose: known values stand as placeholders."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.facts.processes import Process, processes
from checks.facts.text_patterns import Hole, Pattern

RUN, MODE, RESULTS = "{run_id}", "{mode}", "{results_dir}"
_ROLES = {
    "run": RUN,
    "run_id": RUN,
    "run_name": RUN,
    "mode": MODE,
    "results_dir": RESULTS,
    "results": RESULTS,
    "output_dir": RESULTS,
}


@dataclass(frozen=True, slots=True)
class Child:
    """One child process.

    Args:
        module: the dotted module that it runs.
        arguments: what follows it, with ``{run_id}``, ``{mode}`` and ``{results_dir}`` for the values passed on.
        line: where it is started, counted from 1.
        unknown: why the arguments cannot be read off, empty where they can.
    """

    module: str
    arguments: tuple[str, ...]
    line: int
    unknown: str = ""

    def filled(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The arguments with every placeholder replaced."""
        return tuple(_fill(argument, values) for argument in self.arguments)


def children(context: Context, path: str) -> Iterator[Child]:
    """The processes that a file starts with ``-m``, each set of arguments once."""
    found = (_child(each) for each in context.fact(processes) if each.path == path and each.module)
    yield from dict.fromkeys(found)


def _child(process: Process) -> Child:
    given = process.arguments
    words = [_word(word) for word in given.words]
    unknown = ""
    if given.open or given.maybe:
        unknown = "more arguments are added"
    elif None in words or any(word and word.startswith("-") for word in words):
        unknown = "an argument cannot be read off"
    return Child(process.module, tuple(word for word in words if word), process.line, unknown)


def _fill(text: str, values: Mapping[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def _word(pattern: Pattern) -> str | None:
    """The text of one argument, None where it cannot be read off."""
    parts = [_role(part.node) if isinstance(part, Hole) else part for part in pattern.parts]
    return None if None in parts else "".join(part or "" for part in parts)


def _role(node: ast.expr) -> str | None:
    """The placeholder for a value that is passed on, by the last name of the expression."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return _ROLES.get(name)
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(name)), *_]):
            return _ROLES.get(name)
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
            return _ROLES.get(name)
    return None
