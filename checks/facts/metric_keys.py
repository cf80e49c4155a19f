"""The texts that an expression can be, and the keys that a dictionary can have, as patterns with ``*`` for what varies.

``f"{split}/loss"`` is ``train/loss`` and ``val/loss`` where ``split`` ranges over those two, ``*/loss`` where it cannot
be told. What is not understood at all is ``*``, so a set of patterns always covers every key there can be.
"""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import islice, product

from checks.context import Context
from checks.facts.origins import Origins, origins
from checks.facts.trail import End

ANY = "*"
MOST_TEXTS = 200
"""Texts kept for one expression; past that it is ``*``."""
DEEPEST = 8
"""Texts within texts that are followed."""


class MetricKeys:
    """Answers what texts and keys there can be; use it as ``context.fact(metric_keys)``."""

    def __init__(self, found: Origins) -> None:
        self._origins = found

    def keys(self, path: str, node: ast.AST) -> frozenset[str]:
        """The keys of the mapping that an expression is."""
        return self._collected(self._origins.of(path, node, ("key",)), DEEPEST)

    def texts(self, path: str, node: ast.AST, steps: tuple[str, ...] = (), deep: int = DEEPEST) -> frozenset[str]:
        """The texts that an expression can be, after these steps."""
        if isinstance(node, ast.Constant) and not steps:
            return frozenset({node.value if isinstance(node.value, str) else str(node.value)})
        return self._collected(self._origins.of(path, node, steps), deep)

    def _collected(self, ends: tuple[End, ...], deep: int) -> frozenset[str]:
        found: set[str] = set()
        for end in ends:
            found |= self._end(end, deep)
            if len(found) > MOST_TEXTS:
                return frozenset({ANY})
        return frozenset(found)

    def _end(self, end: End, deep: int) -> frozenset[str]:
        if end.steps == (".format()",) and isinstance(end.node, ast.Constant) and isinstance(end.node.value, str):
            return frozenset({re.sub(r"\{[^{}]*\}", ANY, end.node.value)})
        if end.steps or not deep:
            return frozenset({ANY})
        match end.node:
            case ast.Constant(value=str() as text):
                return frozenset({text})
            case ast.Constant(value=value):
                return frozenset({str(value)})
            case ast.JoinedStr(values=parts):
                return _joined([self._part(end.path, part, deep - 1) for part in parts])
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                sides = (left, right)
                return _joined([self.texts(end.path, each, (), deep - 1) for each in sides])
            case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str(text))):
                return frozenset({re.sub(r"%[\d.]*[a-z]", ANY, text)})
        return frozenset({ANY})

    def _part(self, path: str, part: ast.expr, deep: int) -> frozenset[str]:
        if not isinstance(part, ast.FormattedValue):
            return self.texts(path, part, (), deep)
        return (self.texts(path, part.value, (), deep) if part.format_spec is None else None) or frozenset({ANY})


def metric_keys(context: Context) -> MetricKeys:
    """What texts and keys there can be; use it as ``context.fact(metric_keys)``."""
    return MetricKeys(context.fact(origins))


def covers(pattern: str, key: str) -> bool:
    """Whether a key is one that a pattern stands for."""
    return fnmatchcase(key, pattern.replace("[", "[[]").replace("?", "[?]"))


def _joined(parts: list[frozenset[str]]) -> frozenset[str]:
    found = frozenset(islice(_product(parts), MOST_TEXTS + 1))
    if len(found) <= MOST_TEXTS:
        return found
    return frozenset({_collapsed("".join(next(iter(part)) if len(part) == 1 else ANY for part in parts))})


def _product(parts: list[frozenset[str]]) -> Iterator[str]:
    for each in product(*(sorted(part) for part in parts)):
        yield _collapsed("".join(each))


def _collapsed(pattern: str) -> str:
    return re.sub(r"\*+", ANY, pattern)
