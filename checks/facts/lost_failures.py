"""Where the main module's code loses that a run has failed: the child's exit status, or an exception in a worker.

Facts about the libraries: an exception in a thread ends that thread alone and is printed; what a thread's function
returns is dropped. A future keeps the exception until ``result()`` or ``exception()`` is asked; ``Executor.map`` raises
when its results are walked through.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from checks.context import Context
from checks.facts.call_graph import CallGraph, Function, Site, call_graph
from checks.facts.calls import called_name, calls
from checks.facts.guards import last_name
from checks.facts.may_hold import GROWING
from checks.facts.nodes import Nodes, nodes
from checks.facts.run_starts import RunStart, run_starts, start_chain


class Fate(IntEnum):
    """What becomes of an exit status; the highest of several counts."""

    DROPPED = 0
    PRINTED = 1
    READ = 2


@dataclass(frozen=True, slots=True)
class LostFailure:
    """One place where a failed run goes unnoticed.

    Args:
        path: the file.
        node: the place.
        why: ``status``, ``printed``, ``thread`` or ``future``.
        cause: where the worker is made or the child is started.
    """

    path: str
    node: ast.AST
    why: str
    cause: ast.AST


SAYING = frozenset(
    {"print", "debug", "info", "warning", "warn", "error", "exception", "log", "critical", "write", "rule"}
)
"""Calls that only tell the reader."""
RECORDS = frozenset({*GROWING, "set", "_exit", "interrupt_main", "kill", "send", "set_exception", "exit", "stop"})
"""Calls by which a worker tells others that something went wrong."""
ASKS = frozenset({"result", "exception", "add_done_callback", "gather"})
"""Calls that learn what became of a future."""
MOST_STARTS, MOST_FUNCTIONS, MOST_SITES = 20, 40, 200
"""Starts of one tree, functions above one start and calls of one function that are followed."""
STATUS = frozenset({"returncode", "exitcode"})


def lost_failures(context: Context) -> Iterator[LostFailure]:
    """Every such place; use it directly, it is asked once."""
    for start in context.fact(run_starts).processes[:MOST_STARTS]:
        search = _Search(context, start)
        fate = search.fate_of_start()
        if fate is Fate.DROPPED and not search.raises():
            yield LostFailure(start.path, start.node, "status", start.node)
            continue
        lost = list(search.lost_in_workers())
        yield from lost
        swallowed = search.swallowed()
        if swallowed is not None and not lost:
            yield swallowed
        elif fate is Fate.PRINTED and not lost and not search.raises():
            yield LostFailure(start.path, start.node, "printed", start.node)


class _Search:
    """What becomes of one start's failure on its way up to the main module's top level."""

    def __init__(self, context: Context, start: RunStart) -> None:
        self._context = context
        self._start = start
        self._graph: CallGraph = context.fact(call_graph)
        self._nodes = context.fact(nodes)
        self._seen: set[ast.AST] = set()
        self.between, self._workers = self._climb()

    def _climb(self) -> tuple[list[Function], list[Site]]:
        """The functions from the start up to a worker's, and where workers are made of them."""
        found: list[Function] = [self._start.function] if self._start.function else []
        workers: list[Site] = []
        for function in found:
            for site in self._graph.sites[function][:MOST_SITES]:
                if site.how != "call":
                    workers.append(site)
                    continue
                outer = self._nodes[site.path].function(site.node)
                if outer is not None and outer not in found and len(found) < MOST_FUNCTIONS:
                    found.append(outer)
        return found, workers

    def raises(self) -> bool:
        """Whether a failed child raises on the way."""
        if self._start.checked:
            return True
        for function in self.between:
            found, names, held = self._known(function)
            ends: list[ast.AST] = list(found.under(function, ast.Raise))
            for call in found.under(function, ast.Call):
                if called_name(call) == "check_returncode":
                    return True
                ends += [call] if called_name(call) in ("exit", "_exit") else []
            if any(_in_reaction(found, node, names, held) for node in ends):
                return True
        return False

    def _known(self, function: Function) -> tuple[Nodes, set[str], set[str]]:
        """The file's nodes, the names of calls that give a status, and the variables that hold one."""
        found = self._nodes[self._graph.path_of[function]]
        names = {each.name for each in self.between} | {"wait", "poll", "communicate", "call"}
        held = {
            target.id
            for each in found.under(function, ast.Assign)
            if _speaks_of(found, each.value, names, frozenset())
            for target in each.targets
            if isinstance(target, ast.Name)
        }
        return found, names, held

    def swallowed(self) -> LostFailure | None:
        """A handler on the way that only reports the exception of a failed child."""
        for path, node in start_chain(self._context, self._start):
            found = self._nodes[path]
            function = found.function(node)
            for outer in found.above(node):
                if outer is function:
                    break
                if isinstance(outer, ast.Try) and any(found.within(node, each) for each in outer.body):
                    for handler in outer.handlers:
                        if self.raises() and _catches(handler) and all(_only_says(each) for each in handler.body):
                            return LostFailure(path, handler, "printed", self._start.node)
        return None

    def fate_of_start(self) -> Fate:
        """What becomes of the exit status, exceptions aside."""
        if self._start.like in ("exec", "getoutput") or self._start.checked:
            return Fate.READ
        if self._start.like in ("run", "Popen"):
            return self._fate_of_handle(self._start.path, self._start.node)
        return self.fate(self._start.path, self._start.node)

    def _fate_of_handle(self, path: str, call: ast.Call) -> Fate:
        """What becomes of the status behind a ``Popen`` or a ``CompletedProcess``."""
        found = self._nodes[path]
        parent = _past_await(found, call)
        if isinstance(parent, ast.Expr):
            return Fate.DROPPED if self._start.like == "run" else self._anywhere()
        if isinstance(parent, ast.Attribute):
            return self._fate_of_use(path, parent)
        target = parent.targets[0] if isinstance(parent, ast.Assign) else None
        target = parent.optional_vars if isinstance(parent, ast.withitem) else target
        if not isinstance(target, ast.Name):
            return self._anywhere()
        uses = [found.parent(name) for name in self._loads(path, target)]
        if not all(isinstance(use, ast.Attribute) for use in uses):
            return self._anywhere()
        return max(
            (self._fate_of_use(path, use) for use in uses if isinstance(use, ast.Attribute)), default=Fate.DROPPED
        )

    def _fate_of_use(self, path: str, use: ast.Attribute) -> Fate:
        found = self._nodes[path]
        if use.attr in STATUS:
            return self.fate(path, use)
        parent = found.parent(use)
        if use.attr in ("wait", "poll") and isinstance(parent, ast.Call):
            return self.fate(path, parent)
        return Fate.READ if use.attr == "check_returncode" else Fate.DROPPED

    def _anywhere(self) -> Fate:
        """The same for a handle that is passed on: by every use of a status in the main module's code."""
        fates = [Fate.DROPPED]
        for path in self._context.fact(run_starts).paths:
            found = self._nodes[path]
            for use in found.of(ast.Attribute):
                if use.attr in STATUS or (use.attr in ("wait", "poll") and isinstance(found.parent(use), ast.Call)):
                    fates.append(self._fate_of_use(path, use))
                elif use.attr in ("check_returncode", "waitpid", "wait_for", "gather"):
                    fates.append(Fate.READ)
        return max(fates)

    def fate(self, path: str, node: ast.AST) -> Fate:
        """What becomes of an expression that is an exit status."""
        if node in self._seen:
            return Fate.DROPPED
        self._seen.add(node)
        found = self._nodes[path]
        parent = _past_await(found, node)
        if isinstance(parent, ast.Expr):
            return Fate.DROPPED
        if isinstance(parent, ast.ListComp | ast.SetComp) and parent.elt is node:
            return self.fate(path, parent)
        if isinstance(parent, ast.Return):
            return self._fate_of_returned(found.function(node))
        if isinstance(parent, ast.Compare):
            return Fate.DROPPED if _with_none(parent) else self._fate_of_test(found, parent)
        if isinstance(parent, ast.If | ast.IfExp | ast.BoolOp | ast.UnaryOp):
            return self._fate_of_test(found, node)
        if isinstance(parent, ast.FormattedValue) or (isinstance(parent, ast.Call) and called_name(parent) in SAYING):
            return Fate.PRINTED if _is_said(found, node) else Fate.READ
        target = parent.targets[0] if isinstance(parent, ast.Assign) and len(parent.targets) == 1 else None
        target = parent.target if isinstance(parent, ast.NamedExpr) else target
        if isinstance(target, ast.Name):
            own = [self._fate_of_test(found, parent)] if isinstance(parent, ast.NamedExpr) else []
            return max([*own, *(self.fate(path, name) for name in self._loads(path, target))], default=Fate.DROPPED)
        return Fate.READ

    def _fate_of_returned(self, function: Function | None) -> Fate:
        sites = self._graph.sites[function] if function is not None else []
        if not sites or len(sites) > MOST_SITES:
            return Fate.READ
        return max(
            self.fate(site.path, site.node)
            if site.how == "call"
            else (Fate.DROPPED if site.how == "thread" else Fate.READ)
            for site in sites
        )

    def _fate_of_test(self, found: Nodes, test: ast.AST) -> Fate:
        """What the branches of the ``if`` do whose test reads the status."""
        outer = next((each for each in found.above(test) if not isinstance(each, ast.expr)), None)
        if not isinstance(outer, ast.If):
            return Fate.PRINTED if _is_said(found, test) else Fate.READ
        statements = [*outer.body, *outer.orelse]
        return Fate.PRINTED if all(_only_says(each) for each in statements) else Fate.READ

    def _loads(self, path: str, target: ast.Name) -> Iterator[ast.Name]:
        found = self._nodes[path]
        function = found.function(target)
        under = found.under(function, ast.Name) if function is not None else found.of(ast.Name)
        return (name for name in under if name.id == target.id and isinstance(name.ctx, ast.Load))

    def lost_in_workers(self) -> Iterator[LostFailure]:
        """Workers whose exception or result nobody asks for."""
        if self._records():
            return
        for site in self._workers:
            if site.how == "thread" and (self.raises() or self._returns_status()):
                join = self._join_after(site)
                yield LostFailure(site.path, join or site.node, "thread", site.node)
            elif site.how == "pool" and self._never_asked(site):
                yield LostFailure(site.path, site.node, "future", site.node)

    def _returns_status(self) -> bool:
        return any(
            each.value is not None and not isinstance(each.value, ast.Constant)
            for function in self.between
            for each in self._nodes[self._graph.path_of[function]].under(function, ast.Return)
        )

    def _records(self) -> bool:
        """Whether anything on the way tells others of a failure."""
        for function in self.between:
            found, names, held = self._known(function)
            outside = {name for each in found.under(function, ast.Nonlocal) for name in each.names}
            outside |= {name for each in found.under(function, ast.Global) for name in each.names}
            kept: Iterator[ast.AST] = found.under(function, ast.Assign, ast.AugAssign, ast.Call)
            for node in kept:
                if _stores(node, outside) and (
                    _in_reaction(found, node, names, held) or _speaks_of(found, node, names, held, self._start.node)
                ):
                    return True
        return any("excepthook" in ast.dump(each) for each in self._hooks())

    def _hooks(self) -> Iterator[ast.AST]:
        for path in self._context.fact(run_starts).paths:
            yield from (each for each in self._nodes[path].of(ast.Attribute) if each.attr == "excepthook")

    def _never_asked(self, site: Site) -> bool:
        found = self._nodes[site.path]
        name = called_name(site.node)
        if name == "map":
            executor = any(
                called_name(call) in ("ThreadPoolExecutor", "ProcessPoolExecutor")
                for path in self._context.fact(run_starts).paths
                for call in self._context.fact(calls)[path]
            )
            return executor and isinstance(found.parent(site.node), ast.Expr)
        asked = {
            each.attr for path in self._context.fact(run_starts).paths for each in self._nodes[path].of(ast.Attribute)
        }
        return name == "submit" and not asked & ASKS

    def _join_after(self, site: Site) -> ast.stmt | None:
        found = self._nodes[site.path]
        function = found.function(site.node)
        for call in self._context.fact(calls)[site.path].named("join"):
            if found.function(call) is function and not call.args and found.before(site.node, call):
                return found.statement(call)
        return None


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches what a failed child raises."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    wide = ("CalledProcessError", "SubprocessError", "Exception", "BaseException", "RuntimeError")
    return any(kind is None or last_name(kind) in wide for kind in kinds)


def _past_await(found: Nodes, node: ast.AST) -> ast.AST | None:
    parent = found.parent(node)
    while isinstance(parent, ast.Await):
        parent = found.parent(parent)
    return parent


def _with_none(node: ast.Compare) -> bool:
    return all(isinstance(each, ast.Constant) and each.value is None for each in node.comparators)


def _is_said(found: Nodes, node: ast.AST) -> bool:
    statement = found.statement(node)
    return statement is not None and _only_says(statement)


def _only_says(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass | ast.Continue):
        return True
    if isinstance(statement, ast.If):
        return all(_only_says(each) for each in (*statement.body, *statement.orelse))
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Call) and called_name(value) in SAYING


def _stores(node: ast.AST, outside: set[str]) -> bool:
    """Whether a node puts something where other code can see it."""
    if isinstance(node, ast.Call):
        return called_name(node) in RECORDS
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(
        isinstance(each, ast.Subscript | ast.Attribute) or (isinstance(each, ast.Name) and each.id in outside)
        for each in targets
    )


def _in_reaction(found: Nodes, node: ast.AST, names: set[str], held: set[str]) -> bool:
    """Whether it happens because of a failure: in a handler, or under a test of the status."""
    for outer in found.above(node):
        if isinstance(outer, ast.ExceptHandler):
            return True
        if isinstance(outer, ast.If) and _speaks_of(found, outer.test, names, held):
            return True
    return False


def _speaks_of(
    found: Nodes, node: ast.AST, names: set[str], held: set[str] | frozenset[str], start: ast.AST | None = None
) -> bool:
    under: Iterator[ast.AST] = found.under(node, ast.Name, ast.Attribute, ast.Call)
    for each in under:
        if isinstance(each, ast.Name) and each.id in held and isinstance(each.ctx, ast.Load):
            return True
        if isinstance(each, ast.Attribute) and each.attr in STATUS:
            return True
        if isinstance(each, ast.Call) and each is not node and (called_name(each) in names or each is start):
            return True
        if isinstance(each, ast.Call) and each is node and start is None and called_name(each) in names:
            return True
    return False
