"""Exact replacements of one statement or call that leave everything else on its lines as written."""

import ast
import textwrap
from typing import Any

import libcst

from checks.context import Context
from checks.facts.syntax import keyword, text_of

MAX_CHARACTERS = 600
"""Longest statement that is rewritten; libcst's cost grows steeply with what it is given."""


def replaced(context: Context, path: str, statement: ast.stmt, old: ast.expr, new: str) -> str | None:
    """The lines of ``statement`` with ``old`` in it written as ``new``.

    None where the statement shares its lines with another, is long, or cannot be rewritten in one place.
    """
    lines = context.lines(path)[statement.lineno - 1 : statement.end_lineno]
    text = textwrap.dedent("\n".join(lines))
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        module = libcst.parse_module(text)
        kind, replacement = type(libcst.parse_expression(text_of(old))), libcst.parse_expression(new)
    except (libcst.ParserSyntaxError, RecursionError):
        return None
    if len(module.body) != 1 or not isinstance(module.body[0], libcst.SimpleStatementLine):
        return None
    if len(module.body[0].body) != 1:
        return None
    swap = _Swap(text_of(old), kind, replacement)
    changed = module.visit(swap).code
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    return textwrap.indent(changed, indent) if swap.count == 1 else None


def with_keyword(context: Context, path: str, call: ast.Call, name: str, value: str) -> str | None:
    """The lines of ``call`` with its keyword argument ``name`` written as ``value``, added where it has none.

    None where arguments are unpacked, or a comment stands before the closing bracket.
    """
    lines = [line.encode() for line in context.lines(path)[call.lineno - 1 : call.end_lineno]]
    ends = [(each.end_lineno, each.end_col_offset) for each in (*call.args, *(word.value for word in call.keywords))]
    if not lines or call.end_lineno is None or call.end_col_offset is None or any(w.arg is None for w in call.keywords):
        return None
    old = keyword(call, name)
    if old is not None:
        start, end = (old.lineno, old.col_offset), (old.end_lineno or old.lineno, old.end_col_offset or 0)
        new = value
    else:
        start = end = max(((line or 0, column or 0) for line, column in ends), default=(0, 0))
        if not ends:
            start = end = (call.end_lineno, call.end_col_offset - 1)
        new = f"{', ' if ends else ''}{name}={value}"
    first, last = start[0] - call.lineno, end[0] - call.lineno
    after = b"\n".join([lines[last][end[1] :], *lines[last + 1 :]])
    if b"#" in after and old is None:
        return None
    before = b"\n".join([*lines[:first], lines[first][: start[1]]])
    return (before + new.encode() + after).decode("utf-8", "replace")


def with_argument(context: Context, path: str, call: ast.Call, argument: str) -> str | None:
    """The lines of ``call`` with one keyword argument more, everything else as written.

    None where a comment or a generator stands before the closing bracket.
    """
    lines = context.lines(path)[call.lineno - 1 : call.end_lineno]
    last, end = lines[-1].encode(), (call.end_col_offset or 0) - 1
    before, after = last[:end].decode(errors="replace"), last[end:].decode(errors="replace")
    if not after.startswith(")") or (len(call.args) == 1 and isinstance(call.args[0], ast.GeneratorExp)):
        return None
    if before.strip():
        between = "" if before.rstrip().endswith("(") else " " if before.rstrip().endswith(",") else ", "
        return "\n".join([*lines[:-1], f"{before.rstrip()}{between}{argument}{after}"])
    if len(lines) < 2 or "#" in lines[-2]:
        return None
    above = lines[-2]
    indent = above[: len(above) - len(above.lstrip())]
    if len(lines) == 2 or above.rstrip().endswith("("):
        indent = f"{before}    "
    comma = "" if above.rstrip().endswith((",", "(")) else ","
    return "\n".join([*lines[:-2], f"{above}{comma}", f"{indent}{argument},", f"{before}{after}"])


class _Swap(libcst.CSTTransformer):
    """Replaces the expressions whose normalised text is that of ``old``."""

    def __init__(self, text: str, kind: type[libcst.BaseExpression], new: libcst.BaseExpression) -> None:
        super().__init__()
        self.count = 0
        self._text = text
        self._kind = kind
        self._new = new

    def on_leave(self, original_node: libcst.CSTNodeT, updated_node: libcst.CSTNodeT) -> Any:
        """The replacement for a match, else what the parent class gives."""
        if isinstance(original_node, self._kind) and _normal(original_node) == self._text:
            self.count += 1
            return self._new.deep_clone()
        return super().on_leave(original_node, updated_node)


def _normal(node: libcst.CSTNode) -> str:
    try:
        return text_of(ast.parse(libcst.Module([]).code_for_node(node), mode="eval"))
    except (SyntaxError, ValueError):
        return ""
