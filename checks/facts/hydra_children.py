"""Child processes that a file starts as ``-m module key=value ...``, so far as their arguments can be read off."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.facts.python import Module

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
        module: the dotted module after ``-m``.
        arguments: what follows it, with ``{run_id}``, ``{mode}`` and ``{results_dir}`` for the values passed on.
        line: where the list of arguments starts, counted from 1.
        unknown: why the arguments cannot be read off, empty where they can.
    """

    module: str
    arguments: tuple[str, ...]
    line: int
    unknown: str = ""

    def filled(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The arguments with every placeholder replaced."""
        return tuple(_fill(argument, values) for argument in self.arguments)


def _fill(text: str, values: Mapping[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def children(module: Module) -> Iterator[Child]:
    """Every list or tuple in the file that holds ``"-m"`` and a module's name."""
    grown = set(_grown_names(module))
    for node in module.walk():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.List() | ast.Tuple() as display):
                yield from _child(display, "more arguments are added later" if name in grown else "")
            case ast.Assign(value=ast.BinOp() as sum_) | ast.AnnAssign(value=ast.BinOp() as sum_):
                yield from _in_sum(sum_)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.List() | ast.Tuple() as display):
                yield from _child(display, "more arguments are added later" if name in grown else "")
            case ast.Call(args=[ast.List() | ast.Tuple() as display, *_]):
                yield from _child(display, "")


def _in_sum(node: ast.BinOp) -> Iterator[Child]:
    for part in ast.walk(node):
        if isinstance(part, ast.List | ast.Tuple):
            yield from _child(part, "more arguments are added")


def _grown_names(module: Module) -> Iterator[str]:
    for node in module.walk():
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "extend" | "insert")):
                yield name
            case ast.AugAssign(target=ast.Name(id=name)):
                yield name


def _child(display: ast.List | ast.Tuple, unknown: str) -> Iterator[Child]:
    words = [_word(item) for item in display.elts]
    if "-m" not in words or words.index("-m") + 1 >= len(words):
        return
    after = words.index("-m") + 1
    module, arguments = words[after], words[after + 1 :]
    if module is None:
        return
    if None in arguments or any(argument and argument.startswith("-") for argument in arguments):
        unknown = unknown or "an argument cannot be read off"
    yield Child(module, tuple(argument for argument in arguments if argument), display.lineno, unknown)


def _word(node: ast.expr) -> str | None:
    """The text of one argument, None where it cannot be read off."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            parts = [_part(value) for value in values]
            return None if None in parts else "".join(part or "" for part in parts)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            first, second = _word(left), _role(right)
            return None if first is None or second is None else first + second
    return None


def _part(node: ast.expr) -> str | None:
    if isinstance(node, ast.FormattedValue):
        return _role(node.value) if node.format_spec is None else None
    return _word(node)


def _role(node: ast.expr) -> str | None:
    """The placeholder for a value that is passed on, by the last name of the expression."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return _ROLES.get(name)
    return None
