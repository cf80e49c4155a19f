"""Where a text from the command line ends up unchanged in a call that only a clean value satisfies.

``json.loads(args.run_ids)`` fails on ``run_ids=["a"]``, and ``Path(args.results_dir)`` names a folder called
``results_dir=...``. Values are followed through plain assignments and into functions of the same file; anything done to
a value on the way ends the trail, so what is reported is certain.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from checks.facts.imports import Imports
from checks.facts.syntax import arguments

SINKS = frozenset(
    {
        "json.loads", "ast.literal_eval", "yaml.safe_load", "orjson.loads", "pathlib.Path", "pathlib.PurePath",
        "os.makedirs", "os.mkdir", "os.listdir", "os.scandir", "os.chdir", "os.path.join", "os.path.abspath",
        "os.path.exists", "os.path.isdir", "os.path.realpath", "open",
    }
)  # fmt: skip
"""Calls whose first argument is a path or a document."""

Source = Callable[[ast.expr], bool]


@dataclass(frozen=True, slots=True)
class LiteralUse:
    """One such use.

    Args:
        line: first line of the call, counted from 1.
        end_line: its last line.
    """

    line: int
    end_line: int


def literal_uses(tree: ast.AST, imports: Imports, source: Source) -> Iterator[LiteralUse]:
    """Every sink in ``tree`` whose first argument is a value that ``source`` recognises, or a plain name for one."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    carriers: set[tuple[int, str]] = set()
    for _ in range(_MOST_STEPS):
        before = len(carriers)
        for scope in (tree, *functions):
            _carry(scope, functions, carriers, source)
        if len(carriers) == before:
            break
    for scope in (tree, *functions):
        for node in _own(scope):
            if isinstance(node, ast.Call) and node.args and _sink(node, imports):
                value = node.args[0]
                if source(value) or (isinstance(value, ast.Name) and (id(scope), value.id) in carriers):
                    yield LiteralUse(node.lineno, node.end_lineno or node.lineno)


_MOST_STEPS = 5
"""Assignments and calls that a value is followed through."""


def _sink(call: ast.Call, imports: Imports) -> bool:
    origin = imports.resolve(call.func) or (call.func.id if isinstance(call.func, ast.Name) else "")
    return origin in SINKS


def _carry(scope: ast.AST, functions: list[ast.FunctionDef], carriers: set[tuple[int, str]], source: Source) -> None:
    def carries(node: ast.expr) -> bool:
        return source(node) or (isinstance(node, ast.Name) and (id(scope), node.id) in carriers)

    for node in _own(scope):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets: Sequence[ast.expr] = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target, value in _pairs(targets, node.value):
                if carries(value) and _stores(scope, target.id) == 1:
                    carriers.add((id(scope), target.id))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for function in functions:
                if function.name == node.func.id:
                    given = {name for name, value in arguments(function, node) if carries(value)}
                    carriers |= {(id(function), name) for name in given if not _stores(function, name)}


def _pairs(targets: Sequence[ast.expr], value: ast.expr) -> Iterator[tuple[ast.Name, ast.expr]]:
    for target in targets:
        if isinstance(target, ast.Name):
            yield target, value
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for one, its in zip(target.elts, value.elts, strict=True):
                if isinstance(one, ast.Name):
                    yield one, its


def _stores(scope: ast.AST, name: str) -> int:
    return sum(
        isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load) for node in _own(scope)
    )


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, without those of the functions in it."""
    stack: list[ast.AST] = list(ast.iter_child_nodes(scope))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            stack.extend(ast.iter_child_nodes(node))
