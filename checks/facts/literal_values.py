"""Where a text from the command line ends up unchanged in a call that only a clean value satisfies.

``json.loads(args.run_ids)`` fails on ``run_ids=["a"]``, and ``Path(args.results_dir)`` names a folder called
``results_dir=...``. Values are followed through plain assignments and into functions of the same file; anything done to
a value on the way ends the trail, so what is reported is certain.
"""

import ast
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from checks.facts.imports import Imports
from checks.facts.syntax import arguments, children, walk

SINKS = frozenset(
    {
        "json.loads", "ast.literal_eval", "yaml.safe_load", "orjson.loads", "pathlib.Path", "pathlib.PurePath",
        "os.makedirs", "os.mkdir", "os.listdir", "os.scandir", "os.chdir", "os.path.join", "os.path.abspath",
        "os.path.exists", "os.path.isdir", "os.path.realpath", "open",
    }
)  # fmt: skip
"""Calls whose first argument is a path or a document."""

Source = Callable[[ast.expr], bool]


def never(value: ast.expr) -> bool:
    """The source that recognises nothing."""
    del value
    return False


@dataclass(frozen=True, slots=True)
class LiteralUse:
    """One such use.

    Args:
        line: first line of the call, counted from 1.
        end_line: its last line.
    """

    line: int
    end_line: int


def literal_uses(
    tree: ast.AST, imports: Imports, source: Source, lists: Source = never, whole: Source = never
) -> Iterator[LiteralUse]:
    """Every sink in ``tree`` whose first argument is a value from the command line, or a plain name for one.

    Args:
        tree: a file.
        imports: what its names stand for.
        source: recognises such values.
        lists: recognises lists of which every item is one, such as ``sys.argv[1:]``.
        whole: recognises lists of which every item but the first is one, such as ``sys.argv``.
    """
    trail = _Trail(tree, source, lists, whole)
    for scope, nodes in trail.scopes.items():
        for node in nodes:
            if isinstance(node, ast.Call) and node.args and _sink(node, imports) and trail.carries(scope, node.args[0]):
                yield LiteralUse(node.lineno, node.end_lineno or node.lineno)


_MOST_STEPS = 5
"""Assignments and calls that a value is followed through."""
MOVES = (ast.Assign, ast.AnnAssign, ast.Call)
"""What gives a value another name."""


def _sink(call: ast.Call, imports: Imports) -> bool:
    origin = imports.resolve(call.func) or (call.func.id if isinstance(call.func, ast.Name) else "")
    return origin in SINKS


class _Trail:
    """Which names hold such a value, by the scope that they belong to."""

    def __init__(self, tree: ast.AST, source: Source, lists: Source, whole: Source) -> None:
        functions = [node for node in walk(tree) if isinstance(node, ast.FunctionDef)]
        self.scopes = {scope: tuple(_own(scope)) for scope in (tree, *functions)}
        self._source = source
        self._list_source = lists
        self._whole_source = whole
        self._functions = {function.name: function for function in functions}
        self._stores = {scope: _stores(nodes) for scope, nodes in self.scopes.items()}
        keeping = {function.name for function in functions if not _changes_lists(function)}
        self._changed = {scope: _changed(nodes, keeping) for scope, nodes in self.scopes.items()}
        self._names: set[tuple[ast.AST, str]] = set()
        self._lists: set[tuple[ast.AST, str]] = set()
        moves = [(scope, node) for scope, nodes in self.scopes.items() for node in nodes if isinstance(node, MOVES)]
        for _ in range(_MOST_STEPS):
            known = len(self._names) + len(self._lists)
            for scope, node in moves:
                self._follow(scope, node)
            if known == len(self._names) + len(self._lists):
                break

    def carries(self, scope: ast.AST, node: ast.expr) -> bool:
        """Whether an expression of ``scope`` is such a value."""
        if isinstance(node, ast.Subscript) and _is_index(node.slice) and self._is_list(scope, node.value):
            return True
        return self._source(node) or (isinstance(node, ast.Name) and (scope, node.id) in self._names)

    def _is_list(self, scope: ast.AST, node: ast.expr) -> bool:
        return self._list_source(node) or (isinstance(node, ast.Name) and (scope, node.id) in self._lists)

    def _follow(self, scope: ast.AST, node: ast.AST) -> None:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets: Sequence[ast.expr] = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target, value in _pairs(targets, node.value):
                self._learn(scope, target.id, self._stores[scope][target.id] == 1, (scope, value))
            whole = self._whole_source(node.value)
            for target in _unpacked(targets, int(whole)) if whole or self._is_list(scope, node.value) else ():
                if self._stores[scope][target.id] == 1:
                    self._names.add((scope, target.id))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in self._functions:
            function = self._functions[node.func.id]
            for name, value in arguments(function, node):
                self._learn(function, name, not self._stores[function][name], (scope, value))

    def _learn(self, scope: ast.AST, name: str, bound_once: bool, given: tuple[ast.AST, ast.expr]) -> None:
        """Record what a name of ``scope`` holds that is given an expression of another scope, or the same."""
        if bound_once and self.carries(*given):
            self._names.add((scope, name))
        if bound_once and name not in self._changed[scope] and self._is_list(*given):
            self._lists.add((scope, name))


def _is_index(node: ast.expr) -> bool:
    number = node.operand if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) else node
    return isinstance(number, ast.Constant) and isinstance(number.value, int)


def _unpacked(targets: Iterable[ast.expr], start: int) -> Iterator[ast.Name]:
    for target in targets:
        if isinstance(target, ast.Tuple | ast.List):
            yield from (part for part in target.elts[start:] if isinstance(part, ast.Name))


CHANGERS = frozenset({"append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"})
"""Methods that change a list in place."""


def _changes_lists(function: ast.FunctionDef) -> bool:
    return any(
        (isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Attribute) and node.attr in CHANGERS)
        for node in walk(function)
    )


def _changed(nodes: Iterable[ast.AST], keeping: Container[str]) -> frozenset[str]:
    """Names that are used in any way that may change, or rebuild, a list that they hold."""
    plain: set[ast.AST] = set()
    used: set[ast.Name] = set()
    for node in nodes:
        match node:
            case ast.Subscript(value=inner, ctx=ast.Load()) | ast.Assign(value=inner) | ast.If(test=inner):
                plain.add(inner)
            case ast.Call(func=ast.Name(id=name), args=given) if name in keeping or name in ("len", "print"):
                plain.update(given)
            case ast.Compare(comparators=given):
                plain.update(given)
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                plain.add(inner)
            case ast.Name(ctx=ast.Load()):
                used.add(node)
    return frozenset(node.id for node in used if node not in plain)


def _pairs(targets: Sequence[ast.expr], value: ast.expr) -> Iterator[tuple[ast.Name, ast.expr]]:
    for target in targets:
        if isinstance(target, ast.Name):
            yield target, value
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for one, its in zip(target.elts, value.elts, strict=True):
                if isinstance(one, ast.Name):
                    yield one, its


def _stores(nodes: Iterable[ast.AST]) -> Counter[str]:
    return Counter(node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load))


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, without those of the functions in it."""
    stack: list[ast.AST] = list(children(scope))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            stack.extend(children(node))
