"""Every Python file of the tree, parsed once."""

import ast
import io
import tokenize
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from checks.context import Context
from checks.facts.node_index import Nodes

MOST_COMPILED = 256 * 1024
"""Largest file that is compiled too, bytes: CPython takes 20 s for 30,000 small classes in one file."""


@dataclass(frozen=True, slots=True)
class ParseError:
    """Why a file is not Python that CPython would accept.

    Args:
        message: CPython's own words, or ours where it only dies.
        line: where, counted from 1.
    """

    message: str
    line: int


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file.

    Args:
        path: POSIX path relative to the root.
        name: dotted name under which ``python -m`` from the root finds it.
        text: decoded source; empty when it cannot be decoded.
        tree: syntax tree, or None when it does not parse.
        nodes: its indexed nodes; none when it does not parse.
        error: why CPython refuses it; also set beside a tree that parses and does not compile (``return`` outside a
            function).
    """

    path: str
    name: str
    text: str
    tree: ast.Module | None
    error: ParseError | None
    nodes: Nodes = field(default_factory=lambda: Nodes(None), compare=False, repr=False)

    def walk(self) -> Iterator[ast.AST]:
        """Every node, in the order of the source, or none when the file does not parse."""
        return iter(self.nodes)


def modules(context: Context) -> Mapping[str, Module]:
    """Every ``.py`` file that was read, by path."""
    found = {}
    for path, data in context.tree.files.items():
        if path.endswith(".py"):
            with context.reading(path):
                found[path] = parse(path, data)
    return found


def dotted_name(path: str) -> str:
    """``src/model.py`` as ``src.model``; a package's ``__init__.py`` as the package."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def parse(path: str, data: bytes) -> Module:
    """Parse one file as CPython would; never raises on any bytes."""
    name = dotted_name(path)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as refused:
        return Module(path, name, "", None, ParseError(f"cannot be decoded: {refused}", 1))
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return Module(path, name, text, None, ParseError("source code contains a NUL byte", line))
    tree: ast.Module | None = None
    error: ParseError | None = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, filename=path)
            error = _refusal(tree, path) if len(data) <= MOST_COMPILED else None
    except SyntaxError as refused:
        error = ParseError(refused.msg or "invalid syntax", refused.lineno or 1)
    except (RecursionError, MemoryError):
        error = ParseError("too large or nested too deeply for CPython's parser", 1)
    except ValueError as refused:
        error = ParseError(str(refused), 1)
    return Module(path, name, text, tree, error, Nodes(tree))


def _refusal(tree: ast.Module, path: str) -> ParseError | None:
    """What CPython finds only when it compiles, such as ``return`` outside a function; nothing is run."""
    try:
        compile(tree, path, "exec", dont_inherit=True)
    except SyntaxError as refused:
        return ParseError(refused.msg, refused.lineno or 1)
    except (RecursionError, MemoryError, ValueError, OverflowError):
        return None
    return None
