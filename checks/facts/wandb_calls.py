"""What the code does with WandB runs of its own, through any alias, stored handle or wrapper: starts, logs, summaries.

Keys are patterns with ``*`` for what varies (see ``metric_keys``). Recorded runs that the evaluation reads back are in
``wandb_reads``.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from checks.context import Context
from checks.facts.calls import Calls, called_name, calls
from checks.facts.metric_keys import ANY, MetricKeys, covers, metric_keys
from checks.facts.nodes import Nodes, nodes
from checks.facts.origins import Origins, origins
from checks.facts.trail import End
from checks.facts.value_sites import ValueSites, value_sites
from checks.facts.wandb_integrations import wandb_integrated

Loop = Literal["epoch", "batch", "loop", "unknown", "", "never"]
EVALUATE = "src/evaluate.py"
HARMLESS = frozenset({"print", "isinstance", "type", "hasattr", "str", "repr", "bool", "info", "debug", "getattr"})
"""Calls that only look at what they are given."""
LOGS = ("wandb.log", "wandb.run.log")
RUNS = ("wandb", "wandb.run", "wandb.init()", "wandb.sdk.wandb_run.Run")
"""What the engine's trail of a handle ends at: the module itself, the current run, a started one."""


@dataclass(frozen=True, slots=True)
class Init:
    """One start of a run.

    Args:
        path: the file.
        node: the call.
        arguments: what it passes, by name.
        complete: whether no ``**`` hides further arguments.
    """

    path: str
    node: ast.Call
    arguments: Mapping[str, ast.expr]
    complete: bool


@dataclass(frozen=True, slots=True)
class Record:
    """One place that logs, or that writes into the summary.

    Args:
        path: the file.
        node: the call, or the target of the assignment.
        keys: the keys' patterns; ``*`` where nothing is known of them.
        loop: the innermost loop that it runs in, followed through the functions that hold it; empty where it
            runs once, ``never`` in a function that nothing calls.
        certain: whether it always goes to WandB; False for a ``log`` of something that is unknown, or not always a run.
    """

    path: str
    node: ast.AST
    keys: frozenset[str]
    loop: Loop
    certain: bool

    @property
    def complete(self) -> bool:
        """Whether every key is known, in so far as a pattern says it."""
        return ANY not in self.keys


@dataclass(frozen=True, slots=True)
class WandbCalls:
    """All of it, the evaluation's file left out.

    Args:
        inits: every start of a run.
        logs: every log.
        summaries: every write into a run's summary, ``define_metric`` with one among them.
        finishes: every end of a run.
        hidden: whether keys may be logged by means that are not followed: an integration, a stored ``wandb.log``.
    """

    inits: tuple[Init, ...]
    logs: tuple[Record, ...]
    summaries: tuple[Record, ...]
    finishes: tuple[tuple[str, ast.Call], ...]
    hidden: bool

    @property
    def complete(self) -> bool:
        """Whether every key that reaches the history is known."""
        return not self.hidden and all(each.complete for each in self.logs)

    def logged(self, key: str) -> bool:
        """Whether a key may be in the history."""
        return any(_covered(pattern, key) for each in self.logs for pattern in each.keys)

    def summarised(self, key: str) -> bool:
        """Whether a key may be in the summary, where the last value of everything logged is too."""
        return self.logged(key) or any(_covered(pattern, key) for each in self.summaries for pattern in each.keys)


def _covered(pattern: str, key: str) -> bool:
    """Whether a key is one of the pattern's, or lies within a nested value that was logged under it."""
    parts = key.split(".")
    return any(covers(pattern, ".".join(parts[:end])) for end in range(1, len(parts) + 1))


def wandb_calls(context: Context) -> WandbCalls:
    """Everything that is done with WandB; use it as ``context.fact(wandb_calls)``."""
    found = _Gatherer(context)
    inits = tuple(found.inits())
    logs, summaries = tuple(found.logs()), tuple(found.summaries())
    if all(found.loop(each.path, each.node) == "never" for each in inits):
        logs, summaries = tuple(map(_called_once, logs)), tuple(map(_called_once, summaries))
    return WandbCalls(inits, logs, summaries, tuple(found.finishes()), found.hidden(context))


def handed_out(context: Context) -> bool:
    """Whether a run, or the module, is given to code that is not the tree's own, which may record anything with it.

    Use it as ``context.fact(handed_out)``, last: it looks at every argument of every call.
    """
    gatherer, sites = _Gatherer(context), context.fact(value_sites)
    for path, found in context.fact(calls).items():
        for call in found if path != EVALUATE else ():
            own = sites.defined(path, call.func) is not None or sites.called(path, call)
            if own or called_name(call) in HARMLESS:
                continue
            given = [*call.args, *(word.value for word in call.keywords)]
            if any(isinstance(each, ast.Name | ast.Attribute) and gatherer.is_run(path, each) for each in given):
                return True
    return False


def _called_once(record: Record) -> Record:
    """The record in a tree whose callers are not there: functions that nothing calls say nothing then."""
    return replace(record, loop="") if record.loop == "never" else record


class _Gatherer:
    def __init__(self, context: Context) -> None:
        self._calls: Mapping[str, Calls] = {p: each for p, each in context.fact(calls).items() if p != EVALUATE}
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._origins: Origins = context.fact(origins)
        self._keys: MetricKeys = context.fact(metric_keys)
        self._sites: ValueSites = context.fact(value_sites)

    def is_run(self, path: str, node: ast.AST) -> bool | None:
        """Whether an expression is the module or a run; None where it may be."""
        return _verdict(self._origins.of(path, node))

    def inits(self) -> Iterator[Init]:
        for path, found in self._calls.items():
            for call in found:
                if found.origin(call) == "wandb.init" or (self._named(call, "init") and self._base_is_run(path, call)):
                    arguments = {word.arg: word.value for word in call.keywords if word.arg}
                    yield Init(path, call, arguments, len(arguments) == len(call.keywords) and not call.args)

    def finishes(self) -> Iterator[tuple[str, ast.Call]]:
        for path, found in self._calls.items():
            for call in found.named("finish"):
                if found.origin(call) == "wandb.finish" or self._base_is_run(path, call):
                    yield path, call

    def _named(self, call: ast.Call, name: str) -> bool:
        return isinstance(call.func, ast.Attribute) and call.func.attr == name

    def _base_is_run(self, path: str, call: ast.Call) -> bool | None:
        return self.is_run(path, call.func.value) if isinstance(call.func, ast.Attribute) else False

    def logs(self) -> Iterator[Record]:
        for path, found in self._calls.items():
            for call in found:
                certain = self._is_log(path, call, found)
                if certain is not None:
                    yield Record(path, call, self._logged(path, call), self.loop(path, call), certain)

    def _is_log(self, path: str, call: ast.Call, found: Calls) -> bool | None:
        """Whether a call logs to WandB: False where it may, None where it does not."""
        origin = found.origin(call)
        if origin in LOGS:
            return True
        if isinstance(call.func, ast.Name) and not origin:
            ends = self._origins.of(path, call.func) if self._stored else ()
            given = {end.root in LOGS for end in ends}
            return all(given) if True in given else None
        if not self._named(call, "log") or origin or not (call.args or call.keywords):
            return None
        if self._base_is_run(path, call) and isinstance(call.func, ast.Attribute):
            return all(_stands_for_run(end) for end in self._origins.of(path, call.func.value))
        ends = self._origins.of(path, call.func.value) if isinstance(call.func, ast.Attribute) else ()
        own = bool(ends) and all(isinstance(end.node, ast.ClassDef) for end in ends)
        unknown = not ends or any(not end.known for end in ends)
        return False if not own and (unknown or isinstance(call.args[0] if call.args else None, ast.Dict)) else None

    @cached_property
    def _stored(self) -> bool:
        """Whether ``wandb.log``, or a run's, is used other than by calling it."""
        for path, found in self._calls.items():
            called = {id(call.func) for call in found}
            for node in self._nodes[path].of(ast.Attribute):
                if node.attr == "log" and id(node) not in called and self.is_run(path, node.value):
                    return True
        return False

    def hidden(self, context: Context) -> bool:
        """Whether keys may be logged by means that are not followed."""
        looked_up = any(
            bool(self.is_run(path, each))
            for path, found in self._calls.items()
            for call in found.named("getattr")
            for each in call.args[:1]
        )
        return self._stored or looked_up or context.fact(wandb_integrated)

    def _logged(self, path: str, call: ast.Call) -> frozenset[str]:
        value = call.args[0] if call.args else next((w.value for w in call.keywords if w.arg in ("data", "row")), None)
        if value is None:
            return frozenset({ANY})
        return self._keys.keys(path, value) or frozenset({ANY})

    def summaries(self) -> Iterator[Record]:
        for path, found in self._calls.items():
            for call in found.named("update"):
                if (
                    isinstance(call.func, ast.Attribute)
                    and (sure := self._is_summary(path, call.func.value)) is not None
                ):
                    keys = [self._keys.keys(path, each) for each in call.args]
                    keys += [frozenset({word.arg or ANY}) for word in call.keywords]
                    yield self._record(path, call, frozenset().union(*keys), sure)
            for call in found.named("define_metric"):
                if any(word.arg == "summary" for word in call.keywords) and call.args:
                    texts = self._keys.texts(path, call.args[0])
                    yield self._record(path, call, texts | {f"{each}.*" for each in texts}, True)
            for target in self._nodes[path].of(ast.Subscript):
                if isinstance(target.ctx, ast.Store) and (sure := self._is_summary(path, target.value)) is not None:
                    yield self._record(path, target, self._keys.texts(path, target.slice), sure)
            for written in self._nodes[path].of(ast.Attribute):
                if isinstance(written.ctx, ast.Store) and self._is_summary(path, written.value):
                    yield self._record(path, written, frozenset({written.attr}), True)

    def _record(self, path: str, node: ast.AST, keys: frozenset[str], certain: bool) -> Record:
        return Record(path, node, keys, self.loop(path, node), certain)

    def _is_summary(self, path: str, node: ast.AST) -> bool | None:
        """Whether an expression is a run's summary: False where it may be, None where it is not."""
        if not isinstance(node, ast.Attribute | ast.Name | ast.Call):
            return None
        ends = self._origins.of(path, node)
        names = {end.root + "".join(end.steps) for end in ends}
        if names & {f"{root}.summary" for root in RUNS}:
            return True
        unknown = isinstance(node, ast.Attribute) and node.attr == "summary" and self.is_run(path, node.value) is None
        return False if unknown else None

    def loop(self, path: str, node: ast.AST, deep: int = 4) -> Loop:
        """The innermost loop around a node, looked for in the callers too."""
        found = self._nodes[path]
        for outer in found.above(node):
            if isinstance(outer, ast.For | ast.While | ast.AsyncFor):
                return _kind_of_loop(outer, found)
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
                return self._caller_loop(path, outer, deep)
            if isinstance(outer, ast.Lambda):
                return "unknown"
        return ""

    def _caller_loop(self, path: str, function: ast.FunctionDef | ast.AsyncFunctionDef, deep: int) -> Loop:
        if not deep or self._sites.is_passed_on(function):
            return "unknown"
        sites = self._sites.sites(path, function)
        if not sites and (function.decorator_list or self._sites.owner(path, function)):
            return "unknown" if self._sites.owner(path, function) else ""
        loops = [self.loop(site.path, site.call, deep - 1) for site in sites]
        order: tuple[Loop, ...] = ("batch", "epoch", "loop", "unknown", "")
        return next((each for each in order if each in loops), "never")


def _verdict(ends: tuple[End, ...]) -> bool | None:
    if any(map(_stands_for_run, ends)):
        return True
    return None if not ends or any(not end.known for end in ends) else False


def _stands_for_run(end: End) -> bool:
    return bool(end.root) and end.root + "".join(end.steps) in RUNS


def _kind_of_loop(loop: ast.For | ast.While | ast.AsyncFor, found: Nodes) -> Loop:
    """What a loop goes over, by its variables' names, then by the names in what it ranges over."""
    head = loop.test if isinstance(loop, ast.While) else loop.iter
    for part in (head,) if isinstance(loop, ast.While) else (loop.target, head):
        words = [node.id for node in found.under(part, ast.Name)]
        words += [node.attr for node in found.under(part, ast.Attribute)]
        text = " ".join(words).lower()
        if "epoch" in text and "per_epoch" not in text:
            return "epoch"
        if any(each in text for each in ("batch", "loader", "step", "iter")):
            return "batch"
    return "loop"
