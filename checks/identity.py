"""What makes a finding the same after its file was edited elsewhere, moved about or formatted anew."""

import ast
import re
from bisect import bisect_right

from checks.context import Context
from checks.facts.nodes import Nodes, nodes
from checks.facts.syntax import text_of

HEADS: dict[type[ast.stmt], tuple[str, ...]] = {
    ast.FunctionDef: ("args", "returns"),
    ast.AsyncFunctionDef: ("args", "returns"),
    ast.ClassDef: ("bases", "keywords"),
    ast.For: ("target", "iter"),
    ast.AsyncFor: ("target", "iter"),
    ast.While: ("test",),
    ast.If: ("test",),
    ast.With: ("items",),
    ast.AsyncWith: ("items",),
    ast.Match: ("subject",),
}
"""The parts of a compound statement that stand before its body."""


def identity(context: Context, path: str, line: int, end_line: int) -> str:
    """The code at some lines, in a form that neither moving nor formatting it changes.

    For Python that is what its statements say, quotes, parentheses and line breaks aside; a comment is its words, and
    any other file its text without spaces and quotation marks.

    Args:
        context: the review's material.
        path: the file.
        line: first line, counted from 1.
        end_line: last line, inclusive.
    """
    if path.endswith(".py") and (said := _statements(context.fact(nodes).get(path), line, end_line)):
        return said
    text = "\n".join(context.lines(path)[line - 1 : end_line])
    return re.sub(r"[\s'\"]+", "", text)


def _statements(found: Nodes | None, line: int, end_line: int) -> str:
    """The source of the statements that share a line with the range, compound ones without their body."""
    if found is None:
        return ""
    statements = found.statements
    index = bisect_right(statements, end_line, key=lambda statement: statement.lineno)
    touched = []
    # Without their bodies statements do not overlap, so the first one that ends above the range ends the search.
    while index and _head_end(statements[index - 1]) >= line:
        index -= 1
        touched.append(_source(statements[index]))
    return "\n".join(reversed(touched))


def _head_end(statement: ast.stmt) -> int:
    """The last line of a statement without its body."""
    body = getattr(statement, "body", None) or getattr(statement, "cases", None)
    if not isinstance(body, list) or not body:
        return statement.end_lineno or statement.lineno
    first = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
    return max(statement.lineno, first.lineno - 1)


def _source(statement: ast.stmt) -> str:
    fields = HEADS.get(type(statement))
    if fields is None:
        return text_of(statement)
    parts = [type(statement).__name__, getattr(statement, "name", "")]
    for name in fields:
        value = getattr(statement, name)
        parts += [text_of(part) for part in (value if isinstance(value, list) else [value]) if part is not None]
    return " ".join(parts)
