"""What the main module's code comes to on a machine without a GPU, worked out by following it with known values.

There, ``torch.cuda.device_count()`` is 0, ``torch.cuda.is_available()`` is False, and ``CUDA_VISIBLE_DEVICES`` is not
set. Everything else is unknown; a branch that hangs on something unknown is followed both ways. A value counts as known
only where every way leads to it, so what is reported happens.
"""

import ast
from collections.abc import Callable, Iterator
from contextlib import suppress

from checks.context import Context
from checks.facts.call_graph import Function, Site
from checks.facts.calls import called_name
from checks.facts.followed_values import GROWS, Env, FollowedValues, Frame, Stop, TooMuchError, WayEndedError
from checks.facts.known_values import NOTHING, UNKNOWN, Store, joined, truth
from checks.facts.may_hold import parameters
from checks.facts.nodes import nodes
from checks.facts.syntax import dotted, text_of

MAIN = "src/main.py"
MOST_NESTED = 30
"""Calls within calls that are followed."""
IDLE = frozenset({"sleep", "print", "debug", "info", "warning", "flush", "len", "device_count", "is_available", "log"})
"""Calls that change nothing that a loop may wait for."""
KEEPS = frozenset({"shuffle", "sorted", "join", "str", "zip", "cycle", "format", "repr", "type", "isinstance", "iter"})
"""Other calls that put nothing into what they are given."""
ENDS = frozenset({"exit", "_exit", "error", "abort"})
CHANGES = (ast.Break, ast.Return, ast.Raise, ast.Assign, ast.AugAssign, ast.NamedExpr, ast.Try, ast.Yield)
"""What lets a loop end."""


def stops_without_gpu(context: Context) -> tuple[Stop, ...]:
    """Every place where the program hangs or stops there, in the order in which it comes to them."""
    found = context.fact(nodes)
    if MAIN not in found or not any(b"device_count" in context.tree.files.get(path, b"") for path in found):
        return ()
    run, tree = _Run(context), found[MAIN].tree
    with suppress(TooMuchError, WayEndedError, RecursionError):
        own = run.globals(MAIN)
        own["__name__"] = "__main__"
        run.block(Frame(MAIN, own, own), tree.body if tree is not None else [])
    return tuple(run.found)


class _Run(FollowedValues):
    """Follows statements."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._started = False
        self._functions: list[tuple[Function, Env]] = []
        self._returned: list[object] = []

    def block(self, frame: Frame, statements: list[ast.stmt]) -> None:
        """Follow statements one after the other."""
        for each in statements:
            self.step()
            work = _WORK.get(type(each))
            if work is not None:
                work(self, frame, each)

    def run(self, frame: Frame, call: ast.Call) -> object:
        """Follow the tree's own functions that a call runs, or hands to a thread or a pool."""
        sites = self.graph.sites_at(frame.path, call)
        direct = [site for site in sites if site.how == "call"]
        held = self._enter(frame, direct[0]) if len(direct) == 1 else UNKNOWN
        if len(direct) != 1 and (direct or not sites):
            self._forget(frame, call, bool(direct))
        for site in sites:
            if site.how != "call":
                self._started = self._started or site.how != "other"
                with suppress(WayEndedError):
                    self._enter(frame, site)
        return held

    def _forget(self, frame: Frame, call: ast.Call, own: bool) -> None:
        """Nothing is known any more of what a call may fill that is not followed."""
        self.lost_track = self.lost_track or own
        given = [self.lookup(frame, each) for each in (*call.args, *(word.value for word in call.keywords))]
        held = [*given, *self.attributes.values()] if own else given
        for each in held if called_name(call) not in IDLE | KEEPS else ():
            if isinstance(each, Store):
                each.size = None

    def _enter(self, frame: Frame, site: Site) -> object:
        function = site.function
        self.entered.add(function)
        if len(self._functions) >= MOST_NESTED or any(function is each for each, _ in self._functions):
            return UNKNOWN
        own: Env = dict.fromkeys(parameters(function), UNKNOWN)
        own |= {name: self.value(frame, value) for name, value in site.given.items()}
        path = self.graph.path_of[function]
        outer = self.nodes[path].function(function)
        around = next((env for each, env in reversed(self._functions) if each is outer), self.globals(path))
        for name in self._shared(path, function):
            self.globals(path)[name] = around[name] = UNKNOWN
            own.pop(name, None)
        self._functions.append((function, own))
        self._returned.append(NOTHING)
        try:
            self.block(Frame(path, own, around), function.body)
            self._returned[-1] = joined(self._returned[-1], None)
        except WayEndedError:
            pass
        finally:
            self._functions.pop()
            held = self._returned.pop()
        if held is NOTHING:
            raise WayEndedError
        return held

    def _shared(self, path: str, function: Function) -> Iterator[str]:
        """Names of other scopes that a function may bind anew."""
        found = self.nodes[path]
        yield from (name for each in found.under(function, ast.Global) for name in each.names)
        yield from (name for each in found.under(function, ast.Nonlocal) for name in each.names)

    def assign(self, frame: Frame, node: ast.Assign) -> None:
        """``a = b = value``."""
        held = self.value(frame, node.value)
        for target in node.targets:
            self.bind(frame, target, held)

    def annotated(self, frame: Frame, node: ast.AnnAssign) -> None:
        """``a: int = value``."""
        if node.value is not None:
            self.bind(frame, node.target, self.value(frame, node.value))

    def augmented(self, frame: Frame, node: ast.AugAssign) -> None:
        """``a += value``."""
        self.value(frame, node.value)
        held = self.lookup(frame, node.target)
        if isinstance(held, Store):
            held.size = None
        self.bind(frame, node.target, UNKNOWN)

    def choose(self, frame: Frame, node: ast.If) -> None:
        """``if``: the way that is taken, or both."""
        known = truth(self.value(frame, node.test))
        if known is None:
            self._both(frame, [node.body, node.orelse])
        else:
            self.skipped += node.orelse if known else node.body
            self.block(frame, node.body if known else node.orelse)

    def _both(self, frame: Frame, ways: list[list[ast.stmt]]) -> None:
        """Follow several ways of which one is taken; what they leave different becomes unknown."""
        stores = {id(each): each for each in (*frame.own.values(), *frame.around.values()) if isinstance(each, Store)}
        before = {key: store.size for key, store in stores.items()}
        after: dict[int, set[int | None]] = {key: set() for key in stores}
        ends: list[Env] = []
        self.doubt += 1
        for way in ways:
            for key, store in stores.items():
                store.size = before[key]
            own = dict(frame.own)
            with suppress(WayEndedError):
                self.block(Frame(frame.path, own, frame.around), way)
                ends.append(own)
                for key, store in stores.items():
                    after[key].add(store.size)
        self.doubt -= 1
        for key, store in stores.items():
            store.size = next(iter(after[key])) if len(after[key]) == 1 else None
        if not ends:
            raise WayEndedError
        for name in {name for end in ends for name in end}:
            held = ends[0].get(name, UNKNOWN)
            for end in ends[1:]:
                held = joined(held, end.get(name, UNKNOWN))
            frame.own[name] = held

    def repeat(self, frame: Frame, node: ast.While) -> None:
        """``while``: a stop where its test stays true and nothing can change it."""
        known = truth(self.value(frame, node.test))
        if known is False:
            self.skipped += node.body
            self.block(frame, node.orelse)
            return
        if known and not isinstance(node.test, ast.Constant) and self._only_waits(frame.path, node):
            names = {each.id for each in self.nodes[frame.path].under(node.test, ast.Name)}
            names |= {each.attr for each in self.nodes[frame.path].under(node.test, ast.Attribute)}
            if not self._started or not self.filled(frame.path, node, names):
                self.stop(frame.path, node, "loop", text_of(node.test)[:80])
        self._body(frame, node)

    def _only_waits(self, path: str, node: ast.While) -> bool:
        """Whether nothing in a loop can change its test or leave it."""
        under: Iterator[ast.AST] = self.nodes[path].under(node)
        return not any(
            isinstance(each, CHANGES) or (isinstance(each, ast.Call) and not _is_idle(each, node)) for each in under
        )

    def loop(self, frame: Frame, node: ast.For | ast.AsyncFor) -> None:
        """``for``: nothing where there is nothing to walk through."""
        over = self.value(frame, node.iter)
        if isinstance(over, Store) and over.size == 0:
            self.skipped += node.body
            self.block(frame, node.orelse)
            return
        self.bind(frame, node.target, UNKNOWN)
        self._body(frame, node)

    def _body(self, frame: Frame, node: ast.For | ast.AsyncFor | ast.While) -> None:
        """Follow a body once, then forget what it may change when it is repeated."""
        with suppress(WayEndedError):
            self.block(frame, node.body)
        found = self.nodes[frame.path]
        for name in found.under(node, ast.Name):
            if isinstance(name.ctx, ast.Store):
                frame.own[name.id] = UNKNOWN
        for call in found.under(node, ast.Call):
            if isinstance(call.func, ast.Attribute) and called_name(call) in GROWS:
                held = self.lookup(frame, call.func.value)
                if isinstance(held, Store):
                    held.size = None

    def hold(self, frame: Frame, node: ast.With | ast.AsyncWith) -> None:
        """``with``: a semaphore of 0 is never had."""
        for item in node.items:
            held = self.value(frame, item.context_expr)
            if isinstance(held, Store) and held.kind == "semaphore" and held.size == 0:
                self.stop(frame.path, item.context_expr, "semaphore", dotted(item.context_expr))
            if item.optional_vars is not None:
                self.bind(frame, item.optional_vars, held)
        self.block(frame, node.body)

    def attempt(self, frame: Frame, node: ast.Try) -> None:
        """``try``: with handlers, any of them may be taken."""
        if node.handlers:
            self._both(frame, [[*node.body, *node.orelse], *(handler.body for handler in node.handlers)])
            self.block(frame, node.finalbody)
            return
        try:
            self.block(frame, [*node.body, *node.orelse])
        finally:
            self.block(frame, node.finalbody)

    def give(self, frame: Frame, node: ast.Return) -> None:
        """``return``."""
        held = self.value(frame, node.value) if node.value is not None else None
        if self._returned:
            self._returned[-1] = joined(self._returned[-1], held)
        raise WayEndedError

    def end(self, frame: Frame, node: ast.stmt) -> None:
        """``raise``, ``break`` and ``continue``."""
        del frame, node
        raise WayEndedError

    def say(self, frame: Frame, node: ast.Expr) -> None:
        """An expression of its own."""
        self.value(frame, node.value)
        if isinstance(node.value, ast.Call) and called_name(node.value) in ENDS:
            raise WayEndedError


_Work = Callable[[_Run, Frame, ast.stmt], None]
_WORK: dict[type[ast.stmt], _Work] = {
    ast.Assign: _Run.assign,  # type: ignore[dict-item]
    ast.AnnAssign: _Run.annotated,  # type: ignore[dict-item]
    ast.AugAssign: _Run.augmented,  # type: ignore[dict-item]
    ast.If: _Run.choose,  # type: ignore[dict-item]
    ast.While: _Run.repeat,  # type: ignore[dict-item]
    ast.For: _Run.loop,  # type: ignore[dict-item]
    ast.AsyncFor: _Run.loop,  # type: ignore[dict-item]
    ast.With: _Run.hold,  # type: ignore[dict-item]
    ast.AsyncWith: _Run.hold,  # type: ignore[dict-item]
    ast.Try: _Run.attempt,  # type: ignore[dict-item]
    ast.Return: _Run.give,  # type: ignore[dict-item]
    ast.Raise: _Run.end,
    ast.Break: _Run.end,
    ast.Continue: _Run.end,
    ast.Expr: _Run.say,  # type: ignore[dict-item]
}
"""How each kind of statement is followed; any other changes nothing that matters."""


def _is_idle(call: ast.Call, loop: ast.While) -> bool:
    """Whether a call in a loop changes nothing; a question in its own test, such as ``q.empty()``, does not either."""
    asked = called_name(call) in ("empty", "qsize") and call.lineno == loop.lineno
    return asked or called_name(call) in IDLE
