"""What the evaluation reads back from recorded WandB runs: keys of the history and of the summary, and how firmly.

A value is recognised by where it comes from (``origins``): ``wandb.Api()``, then ``.run()`` or an item of ``.runs()``,
then ``.history()`` or ``.summary``, through variables, helpers, records and objects of the tree's own classes.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from checks.context import Context
from checks.facts.calls import Calls, calls
from checks.facts.metric_keys import ANY, MetricKeys, metric_keys
from checks.facts.nodes import Nodes, nodes
from checks.facts.origins import Origins, origins
from checks.facts.recorded_runs import STORES, STORES_TO_READ, RecordedRuns, Store, kind_of, recorded_runs
from checks.facts.syntax import keyword

DERIVED = ("_", "system.", "system/", "gradients/", "parameters/")
"""Beginnings of keys that WandB records by itself."""
INDEX = ("index", "level_0")
"""Columns that a table's own index becomes."""
ASKING = frozenset({"issubset", "issuperset", "difference", "intersection", "isdisjoint"})


@dataclass(frozen=True, slots=True)
class Read:
    """One place that reads a key.

    Args:
        path: the file.
        node: the expression.
        store: where the key is looked up.
        keys: the alternatives of which any one will do; one key where there is no choice.
        firm: whether the place fails without the key: no default, no test, no ``try`` around it.
    """

    path: str
    node: ast.expr
    store: Store
    keys: tuple[str, ...]
    firm: bool


@dataclass(frozen=True, slots=True)
class WandbReads:
    """What the evaluation takes from WandB.

    Args:
        reads: every read of keys that are texts of the code.
        runs: the calls that fetch a run by its path, ``api.run(...)``.
        listed: the calls that fetch runs by a filter, ``api.runs(...)``.
        histories: the calls of ``history`` and ``scan_history`` on a fetched run.
        configs: the uses of a fetched run's ``config``.
        apis: the calls that make the API object.
    """

    reads: tuple[Read, ...]
    runs: tuple[tuple[str, ast.Call], ...]
    listed: tuple[tuple[str, ast.Call], ...]
    histories: tuple[tuple[str, ast.Call], ...]
    configs: tuple[tuple[str, ast.Attribute], ...]
    apis: tuple[tuple[str, ast.Call], ...]


def wandb_reads(context: Context) -> WandbReads:
    """Everything that is read back; use it as ``context.fact(wandb_reads)``."""
    runs = context.fact(recorded_runs)
    if not runs.apis:
        return WandbReads((), (), (), (), (), ())
    found = _Reader(context)
    return WandbReads(
        tuple(found.reads()),
        tuple(runs.methods("run", "api")),
        tuple(runs.methods("runs", "api")),
        (*runs.methods("history", "run"), *runs.methods("scan_history", "run")),
        tuple(found.configs()),
        runs.apis,
    )


class _Reader:
    def __init__(self, context: Context) -> None:
        self._calls: Mapping[str, Calls] = context.fact(calls)
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._runs: RecordedRuns = context.fact(recorded_runs)
        self._origins: Origins = context.fact(origins)
        self._keys: MetricKeys = context.fact(metric_keys)

    def configs(self) -> Iterator[tuple[str, ast.Attribute]]:
        for path, found in self._nodes.items():
            for node in found.of(ast.Attribute):
                if node.attr == "config" and self._kind(path, node.value) == "run":
                    yield path, node

    def _kind(self, path: str, node: ast.AST) -> str:
        return self._runs.kind(path, node)

    def _store(self, path: str, node: ast.AST) -> Store | None:
        """What a key is looked up in: the history, the summary, or a table of the code's own that has its keys."""
        kind = self._kind(path, node)
        if kind or not isinstance(node, ast.Name) or not self._origins.sites.is_filled(path, node):
            return STORES.get(kind)
        ends = self._origins.of(path, node, ("key",))
        own = {kind_of(replace(end, steps=end.steps[:-1])) if end.steps[-1:] == ("key",) else "" for end in ends}
        return "summary" if own == {"summary"} else None

    def reads(self) -> Iterator[Read]:
        """Every read, those that are alternatives to one another as one."""
        groups: dict[ast.AST, list[Read]] = {}
        for each in self._places():
            groups.setdefault(self._choice(each.path, each.node) if not each.firm else each.node, []).append(each)
        for together in groups.values():
            yield from (each for each in together if each.firm)
            for store in STORES_TO_READ:
                soft = [each for each in together if not each.firm and each.store == store]
                if soft:
                    keys = tuple(dict.fromkeys(key for each in soft for key in each.keys))
                    yield replace(min(soft, key=lambda each: each.node.lineno), keys=keys)

    def _choice(self, path: str, node: ast.expr) -> ast.AST:
        """The outermost expression or the chain of ``if`` that chooses between this read and others."""
        found = self._nodes[path]
        chosen: ast.AST = node
        for outer in found.above(node):
            if isinstance(outer, ast.stmt):
                break
            getting = isinstance(outer, ast.Call) and isinstance(outer.func, ast.Attribute) and outer.func.attr == "get"
            if (
                getting
                or isinstance(outer, ast.IfExp)
                or (isinstance(outer, ast.BoolOp) and isinstance(outer.op, ast.Or))
            ):
                chosen = outer
        asking: ast.AST | None = None
        for outer in found.above(node):
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.For | ast.While):
                break
            chained = isinstance(outer, ast.If) and asking in outer.orelse
            if isinstance(outer, ast.If) and (chained or (asking is None and self._compares(path, outer.test))):
                asking = outer
        return asking or chosen

    def _compares(self, path: str, test: ast.expr) -> bool:
        found = self._nodes[path].under(test, ast.Compare)
        return any(isinstance(op, ast.In | ast.NotIn | ast.Is) for each in found for op in each.ops)

    def _places(self) -> Iterator[Read]:
        for path, found in self._nodes.items():
            for node in found.of(ast.Subscript):
                if isinstance(node.ctx, ast.Load):
                    yield from self._subscript(path, node)
            for call in self._calls[path]:
                yield from self._called(path, call)
            for test in found.of(ast.Compare):
                yield from self._tested(path, test)

    def _subscript(self, path: str, node: ast.Subscript) -> Iterator[Read]:
        base, key = node.value, node.slice
        if isinstance(base, ast.Attribute) and base.attr == "loc" and isinstance(key, ast.Tuple) and len(key.elts) == 2:
            base, key = base.value, key.elts[1]
        if isinstance(key, ast.Slice) or not _may_be_text(key):
            return
        store = self._store(path, base)
        if store is not None:
            every = key.elts if isinstance(key, ast.List) else [key]
            for each in every:
                yield from self._read(path, node, store, each)

    def _called(self, path: str, call: ast.Call) -> Iterator[Read]:
        if not isinstance(call.func, ast.Attribute):
            return
        name, base = call.func.attr, call.func.value
        if name in ("get", "pop") and call.args and (store := self._store(path, base)):
            yield from self._read(path, call, store, call.args[0], soft=True)
        elif name in ("history", "scan_history") and (keys := keyword(call, "keys")) is not None:
            if self._kind(path, base) == "run":
                for text in sorted(self._keys.texts(path, keys, ("*",))):
                    yield from self._made(path, call, "history", (text,), soft=False)
        elif self._is_plot(path, call):
            given = [keyword(call, axis) for axis in ("x", "y", "hue")]
            for value in given:
                if isinstance(value, ast.Constant | ast.Name) and _may_be_text(value):
                    yield from self._read(path, call, "history", value)

    def _is_plot(self, path: str, call: ast.Call) -> bool:
        """``sns.lineplot(data=history, y="k")`` or ``history.plot(y="k")``."""
        data = keyword(call, "data")
        plots = isinstance(call.func, ast.Attribute) and call.func.attr == "plot"
        drawn = (
            data if data is not None else call.func.value if plots and isinstance(call.func, ast.Attribute) else None
        )
        return drawn is not None and self._kind(path, drawn) == "history"

    def _tested(self, path: str, test: ast.Compare) -> Iterator[Read]:
        """``"k" in history.columns``: whoever asks, reads."""
        if len(test.ops) == 1 and isinstance(test.ops[0], ast.In) and _may_be_text(test.left):
            store = self._store(path, test.comparators[0])
            if store is not None:
                yield from self._read(path, test, store, test.left, soft=True)

    def _read(self, path: str, node: ast.expr, store: Store, key: ast.expr, *, soft: bool = False) -> Iterator[Read]:
        texts = sorted(self._keys.texts(path, key))
        if soft or any(self._is_asked(store, text) for text in texts):
            yield from self._made(path, node, store, tuple(texts), soft=True)
        else:
            for text in texts:
                yield from self._made(path, node, store, (text,), soft=False)

    def _made(self, path: str, node: ast.expr, store: Store, keys: tuple[str, ...], *, soft: bool) -> Iterator[Read]:
        if not keys or any(ANY in key or _is_derived(key) or key in self._written for key in keys):
            return
        if self._is_fallback(path, node):
            return
        yield Read(path, node, store, keys, firm=not soft and not self._is_guarded(path, node))

    def _is_fallback(self, path: str, node: ast.AST) -> bool:
        """Whether a place is reached only where another value is missing: ``if best is None``, ``if not best``."""
        found = self._nodes[path]
        for outer in found.above(node):
            if isinstance(outer, ast.If) and not found.within(node, outer.test):
                match outer.test:
                    case ast.UnaryOp(op=ast.Not()) | ast.Compare(ops=[ast.Is()]):
                        return True
        return False

    def _is_guarded(self, path: str, node: ast.AST) -> bool:
        """Whether a place is skipped, or fails harmlessly, where a key is missing, as the code around it shows."""
        found, inner = self._nodes[path], node
        for outer in found.above(node):
            if isinstance(outer, ast.Try) and any(found.within(inner, each) for each in outer.body) and outer.handlers:
                return True
            if any(self._asks(path, test) for test in _tests(outer) if not found.within(inner, test)):
                return True
            inner = outer
        return path in self._vague

    def _asks(self, path: str, test: ast.expr) -> bool:
        found = self._nodes[path]
        compared = any(isinstance(op, ast.In | ast.NotIn) for each in found.under(test, ast.Compare) for op in each.ops)
        return compared or any(isinstance(each.func, ast.Attribute) for each in found.under(test, ast.Call))

    def _is_asked(self, store: Store, key: str) -> bool:
        return key in self._asked.get(store, ())

    @cached_property
    def _asked(self) -> dict[Store, set[str]]:
        """The keys that some test asks for with ``in`` or ``not in``, by where it looks."""
        found: dict[Store, set[str]] = {"history": set(), "summary": set()}
        for path, each in self._nodes.items():
            for test in each.of(ast.Compare):
                if isinstance(test.ops[0], ast.In | ast.NotIn):
                    store = self._store(path, test.comparators[0])
                    if store is not None:
                        found[store] |= self._keys.texts(path, test.left)
        return found

    @cached_property
    def _vague(self) -> frozenset[str]:
        """Files that compare sets of columns, so that what is asked for cannot be told."""
        return frozenset(path for path, found in self._calls.items() if any(True for _ in found.named(*ASKING)))

    @cached_property
    def _written(self) -> frozenset[str]:
        """Columns and keys that the code itself adds to what it fetched."""
        found: set[str] = set()
        for path, each in self._nodes.items():
            for node in each.of(ast.Subscript):
                if isinstance(node.ctx, ast.Store) and self._kind(path, node.value) in STORES:
                    found |= self._keys.texts(path, node.slice)
            for call in self._calls[path].named("assign", "rename", "update", "setdefault", "insert"):
                found |= {word.arg for word in call.keywords if word.arg}
                for text in each.under(call, ast.Constant):
                    found |= {text.value} if isinstance(text.value, str) else set()
        return frozenset(found)


def _is_derived(key: str) -> bool:
    return key.startswith(DERIVED) or key in INDEX


def _tests(outer: ast.AST) -> list[ast.expr]:
    """What decides whether a part of a statement or expression runs."""
    match outer:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) | ast.Assert(test=test):
            return [test]
        case ast.BoolOp(values=values):
            return values
        case ast.ListComp(generators=made) | ast.SetComp(generators=made) | ast.GeneratorExp(generators=made):
            return [test for each in made for test in each.ifs]
        case ast.DictComp(generators=made):
            return [test for each in made for test in each.ifs]
    return []


def _may_be_text(key: ast.expr) -> bool:
    if isinstance(key, ast.List):
        return all(map(_may_be_text, key.elts))
    return isinstance(key, ast.Name | ast.JoinedStr | ast.Attribute | ast.BinOp) or (
        isinstance(key, ast.Constant) and isinstance(key.value, str)
    )
