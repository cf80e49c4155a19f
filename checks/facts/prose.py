"""What a Python file says in words: its comments, its docstrings and the names that it gives its definitions."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from checks.context import Context
from checks.facts.comments import comments
from checks.facts.python import Module, modules


@dataclass(frozen=True, slots=True)
class Prose:
    """One line of words.

    Args:
        kind: ``comment``, ``docstring``, or ``name`` for that of a function or class.
        line: where it stands, counted from 1.
        text: the line, without ``#`` and the space around it.
        opens: whether it is the first line of what documents a function or class.
    """

    kind: Literal["comment", "docstring", "name"]
    line: int
    text: str
    opens: bool = False


def prose(context: Context) -> Mapping[str, tuple[Prose, ...]]:
    """Every file's words by path, in order of the lines; a file that does not parse has none."""
    found = {}
    for path, module in context.fact(modules).items():
        if module.tree is not None:
            with context.reading(path):
                words = [*_comments(module), *_docstrings(module), *_names(module)]
                found[path] = tuple(sorted(words, key=lambda each: each.line))
    return found


def _comments(module: Module) -> Iterator[Prose]:
    for line, text in comments(module):
        yield Prose("comment", line, text.lstrip("#!").strip())


def docstring(node: ast.AST) -> ast.Constant | None:
    """The docstring's node, or None."""
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
        value = body[0].value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value
    return None


def _docstrings(module: Module) -> Iterator[Prose]:
    for node in module.nodes.of(ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef):
        found = docstring(node)
        if found is not None:
            opens = not isinstance(node, ast.Module)
            for number, line in enumerate(str(found.value).split("\n")):
                if line.strip():
                    last = found.end_lineno or found.lineno
                    yield Prose("docstring", min(found.lineno + number, last), line.strip(), opens)
                    opens = False


def _names(module: Module) -> Iterator[Prose]:
    for node in module.nodes.of(ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield Prose("name", node.lineno, node.name)
