"""The comments of a Python file, told from its text and the places of its strings: cheaper than tokens by far."""

import ast
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterator

from checks.facts.python import Module

Place = tuple[int, int]
"""Line, counted from 1, and offset in its UTF-8 bytes, as ``ast`` counts."""

_TRIPLE = re.compile(rb"""[A-Za-z]{0,2}(\"\"\"|''')""")


def comments(module: Module) -> Iterator[tuple[int, str]]:
    """Line and text of every comment, ``#`` included, in order; none of a file that does not parse."""
    if module.tree is None or "#" not in module.text:
        return
    lines = module.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    spans = list(_strings(module))
    if any(_may_hold_comment(lines, span) for span in spans):
        yield from _tokenized(module.text)
        return
    starts = [start for start, _ in spans]
    for number, line in enumerate(lines, 1):
        at = line.find("#")
        while at >= 0:
            place = (number, at if line.isascii() else len(line[:at].encode("utf-8", "replace")))
            index = bisect_right(starts, place) - 1
            if index < 0 or spans[index][1] <= place:
                yield number, line[at:]
                break
            at = line.find("#", at + 1)


def _strings(module: Module) -> Iterator[tuple[Place, Place]]:
    """Where each outermost string begins and ends, in order; strings that stand side by side are one."""
    outer: ast.AST | None = None
    for node in module.nodes.of(ast.Constant, ast.JoinedStr):
        if outer is not None and module.nodes.within(node, outer):
            continue
        if isinstance(node, ast.Constant) and not isinstance(node.value, str | bytes):
            continue
        outer = node
        yield (node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0)


def _may_hold_comment(lines: list[str], span: tuple[Place, Place]) -> bool:
    """Whether a comment may stand inside: between two strings on lines of their own that are joined."""
    (first, column), (last, end) = span
    if first == last:
        return False
    inside = lines[first - 1 : last]
    if not any("#" in line for line in inside):
        return False
    opening = _TRIPLE.match(inside[0].encode("utf-8", "replace")[column:])
    closing = inside[-1].encode("utf-8", "replace")[:end]
    quotes = opening[1] if opening else b""
    text = "\n".join(inside).encode("utf-8", "replace")
    return not quotes or not closing.endswith(quotes) or text.count(quotes) > 2


def _tokenized(text: str) -> Iterator[tuple[int, str]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    except (tokenize.TokenError, SyntaxError):
        return
