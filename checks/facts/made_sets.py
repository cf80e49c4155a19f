"""Sets of made up examples in the code, and under what circumstances each is used."""

import ast
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from enum import IntEnum

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.data_loading import data_loading
from checks.facts.guards import last_name
from checks.facts.imports import imports
from checks.facts.made_data import MadeData, made_data
from checks.facts.nodes import Nodes, nodes
from checks.facts.placeholders import name_words

Function = ast.FunctionDef | ast.AsyncFunctionDef
DATA_WORDS = frozenset(
    {"data", "dataset", "datasets", "loader", "loaders", "dataloader", "dataloaders", "corpus", "samples", "examples"}
)
MADE_WORDS = frozenset({"synthetic", "dummy", "fake", "mock", "artificial", "simulated"})
SAID = re.compile(
    r"synth|dummy|toy|fake|mock|debug|smoke|simulat|artificial|random|gaussian|blobs|moons", re.IGNORECASE
)
"""Words of a choice that asks for made up examples by name."""
SETS = frozenset({"Dataset", "IterableDataset", "MapDataset"})
MOST_STEPS = 4
"""Callers that a use is followed through."""
MOST_USES = 50
MOST_FOLLOWED = 2000
"""Uses of one tree that are followed; beyond them nothing is said."""


class Standing(IntEnum):
    """How sure it is that made up examples take the place of real ones."""

    CHOSEN = 0
    CONDITIONAL = 1
    ALWAYS = 2
    FALLBACK = 3


@dataclass(frozen=True, slots=True)
class MadeSet:
    """One place where made up examples come in.

    Args:
        path: the file.
        node: the maker; for a fallback, what stands in the handler.
        what: what it is, in words.
        standing: under what circumstances.
    """

    path: str
    node: ast.stmt | ast.expr
    what: str
    standing: Standing


def made_sets(context: Context) -> tuple[MadeSet, ...]:
    """Every set of made up examples that the code uses, at its worst standing."""
    finder = _Finder(context)
    found: dict[tuple[str, int], MadeSet] = {}
    for path in context.fact(nodes):
        if "test" in path.rpartition("/")[2].lower():
            continue
        for node, what in finder.sources(path):
            standing, where, at = finder.standing(path, node, MOST_STEPS)
            if standing > Standing.CHOSEN:
                place = at if standing is Standing.FALLBACK else node
                file = where if standing is Standing.FALLBACK else path
                found.setdefault((file, place.lineno), MadeSet(file, place, what, standing))
    return tuple(found.values())


class _Finder:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._made: MadeData = context.fact(made_data)
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._named: dict[str, list[tuple[str, ast.expr]]] = {}
        self._steps = MOST_FOLLOWED
        self._loads = {id(load.call) for load in context.fact(data_loading)}

    def sources(self, path: str) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
        """What makes examples in one file, the outermost thing first."""
        file = self._context.fact(calls)[path]
        has_draws = any(self._made.is_draw(path, call) or self._made.is_example_maker(path, call) for call in file)
        if not has_draws:
            return
        tree = self._nodes[path]
        inside: set[ast.AST] = set()
        every: list[ast.ClassDef | Function] = [*tree.of(ast.ClassDef), *tree.of(ast.FunctionDef)]
        for node in every:
            if node not in inside and self._makes(path, node):
                inside.update(tree.under(node))
                kind = "class" if isinstance(node, ast.ClassDef) else "function"
                yield node, f"the {kind} `{node.name}` makes up its examples"
        for call in file:
            if call not in inside and self._is_set(path, call):
                inside.update(tree.under(tree.statement(call) or call))
                yield call, f"`{called_name(call)}` is given made up examples"
        yield from self._in_handlers(path, inside)

    def _in_handlers(self, path: str, inside: Set[ast.AST]) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
        """Arrays that a handler draws where loading failed."""
        tree = self._nodes[path]
        for handler in tree.of(ast.ExceptHandler):
            attempt = tree.parent(handler)
            if not isinstance(attempt, ast.Try) or not self._tries_to_load(path, attempt):
                continue
            every: list[ast.Assign | ast.Return] = [*tree.under(handler, ast.Assign), *tree.under(handler, ast.Return)]
            for statement in every:
                value = statement.value if statement not in inside else None
                drawn = any(self._made.is_array_draw(path, call) for call in tree.under(statement, ast.Call))
                if value is not None and drawn and self._made.is_made(path, value):
                    yield value, "the handler draws random values"
                    break

    def _makes(self, path: str, node: ast.ClassDef | Function) -> bool:
        tree = self._nodes[path]
        if isinstance(node, ast.ClassDef):
            if not any(last_name(base) in SETS for base in node.bases):
                return False
            methods = [each for each in node.body if isinstance(each, Function)]
            given = [each for each in methods if each.name in ("__getitem__", "__iter__")]
            return bool(given) and all(self._gives_made(path, each) for each in given)
        words = name_words(node.name)
        if not words & DATA_WORDS:
            return False
        if words & MADE_WORDS:
            return any(
                self._made.is_draw(path, c) or c.args for c in tree.under(node, ast.Call) if self._draws(path, c)
            )
        return self._gives_made(path, node)

    def _draws(self, path: str, call: ast.Call) -> bool:
        return self._made.is_draw(path, call) or self._made.is_example_maker(path, call)

    def _gives_made(self, path: str, function: Function) -> bool:
        tree = self._nodes[path]
        every: list[ast.Return | ast.Yield] = [*tree.under(function, ast.Return), *tree.under(function, ast.Yield)]
        given = [each.value for each in every if each.value is not None and tree.function(each) is function]
        return bool(given) and all(self._made.is_made(path, value) for value in given)

    def _is_set(self, path: str, call: ast.Call) -> bool:
        if self._made.is_example_maker(path, call):
            return True
        origin = self._context.fact(imports)[path].resolve(call.func) or ""
        is_tensors = origin.startswith("torch.utils.data.") and origin.endswith(".TensorDataset")
        return is_tensors and self._made.is_made(path, ast.Tuple(call.args, ast.Load()))

    def standing(self, path: str, node: ast.AST, steps: int) -> tuple[Standing, str, ast.stmt | ast.expr]:
        """The worst circumstances under which a node runs, with the place that shows them."""
        self._steps -= 1
        if self._steps < 0:
            return Standing.CHOSEN, path, ast.Pass(lineno=1)
        here, place = self._circumstances(path, node)
        at = place if isinstance(place, ast.stmt | ast.expr) else ast.Pass(lineno=1)
        if here in (Standing.CHOSEN, Standing.FALLBACK) or not steps:
            return here, path, at
        holder = node if isinstance(node, ast.ClassDef | Function) else self._nodes[path].function(node)
        if holder is None or holder.name == "main":
            return here, path, at
        name = self._owner(path, holder)
        uses = list(self._uses(name, holder))[:MOST_USES]
        found = [self.standing(where, use, steps - 1) for where, use in uses]
        worst = max(found, key=lambda each: each[0], default=(Standing.CHOSEN, path, at))
        if isinstance(holder, Function) and holder.decorator_list and not found:
            worst = (here, path, at)
        return (worst[0], worst[1], worst[2]) if worst[0] in (0, 3) else (min(here, worst[0]), path, at)

    def _owner(self, path: str, holder: ast.ClassDef | Function) -> str:
        """The name by which a holder is used: a constructor by its class."""
        owner = self._nodes[path].parent(holder)
        special = holder.name.startswith("__") and isinstance(owner, ast.ClassDef)
        return owner.name if special and isinstance(owner, ast.ClassDef) else holder.name

    def _uses(self, name: str, holder: ast.AST) -> Iterator[tuple[str, ast.expr]]:
        if not self._named:
            for path, tree in self._nodes.items():
                every: list[ast.Name | ast.Attribute] = [*tree.of(ast.Name), *tree.of(ast.Attribute)]
                for node in every:
                    if isinstance(node.ctx, ast.Load):
                        self._named.setdefault(last_name(node), []).append((path, node))
        for path, use in self._named.get(name, ()):
            if not self._nodes[path].within(use, holder):
                yield path, use

    def _circumstances(self, path: str, node: ast.AST) -> tuple[Standing, ast.AST]:
        tree, inner, worst = self._nodes[path], node, Standing.ALWAYS
        for outer in tree.above(node):
            if isinstance(outer, ast.ClassDef | Function):
                said = any(self._says(tree, each) for each in outer.decorator_list)
                return (Standing.CHOSEN if said else worst), node
            here = self._around(path, outer, inner)
            if here is Standing.CHOSEN:
                return here, node
            if here is Standing.FALLBACK:
                return here, tree.statement(node) or node
            worst = min(worst, here)
            inner = outer
        return worst, node

    def _around(self, path: str, outer: ast.AST, inner: ast.AST) -> Standing:
        """Under what circumstances ``outer`` runs ``inner``, which stands directly in it."""
        tree = self._nodes[path]
        match outer:
            case ast.If(test=test) | ast.IfExp(test=test) if inner is not test:
                asked = self._says(tree, test) and not (isinstance(outer, ast.If) and inner in outer.orelse)
                return Standing.CHOSEN if asked else Standing.CONDITIONAL
            case ast.match_case(pattern=pattern):
                return Standing.CHOSEN if self._says(tree, pattern) else Standing.CONDITIONAL
            case ast.Dict(keys=keys, values=values):
                key = next((key for key, value in zip(keys, values, strict=True) if value is inner), None)
                asked = isinstance(key, ast.Constant) and bool(SAID.search(str(key.value)))
                return Standing.CHOSEN if asked else Standing.CONDITIONAL if key is not None else Standing.ALWAYS
            case ast.ExceptHandler():
                attempt = tree.parent(outer)
                tried = isinstance(attempt, ast.Try) and self._tries_to_load(path, attempt)
                return Standing.FALLBACK if tried else Standing.CONDITIONAL
        return Standing.ALWAYS

    def _says(self, tree: Nodes, node: ast.AST) -> bool:
        texts = (str(each.value) for each in tree.under(node, ast.Constant))
        names = (last_name(each) for each in (*tree.under(node, ast.Name), *tree.under(node, ast.Attribute)))
        return any(SAID.search(word) for word in (*texts, *names))

    def _tries_to_load(self, path: str, attempt: ast.Try) -> bool:
        """Whether the body of a ``try`` loads something, itself or through one of the tree's functions."""
        tree = self._nodes[path]
        for statement in attempt.body:
            for call in tree.under(statement, ast.Call):
                if id(call) in self._loads or "load" in called_name(call) or "read_" in called_name(call):
                    return True
        return False
