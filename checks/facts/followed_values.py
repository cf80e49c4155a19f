"""Expressions worked out with what is known of their names, for code that is followed and not run.

Facts about the libraries: ``Queue.get`` and ``Semaphore.acquire`` wait for ever; ``ThreadPoolExecutor`` and
``multiprocessing.Pool`` refuse 0 workers with ``ValueError``; ``range(0)`` is empty; ``x % 0`` raises.
"""

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from checks.context import Context
from checks.facts.call_graph import CallGraph, Function, call_graph
from checks.facts.calls import called_name, calls
from checks.facts.imports import imports
from checks.facts.known_values import UNKNOWN, Store, compared, joined, made, on_text, truth
from checks.facts.nodes import nodes
from checks.facts.syntax import dotted, text_of

Env = dict[str, object]
MOST_STEPS = 20_000
"""Statements and expressions that are followed in one tree."""
GROWS = frozenset({"append", "appendleft", "add", "put", "put_nowait", "extend", "insert", "update"})
"""Methods that put something into a collection."""
FILLS = frozenset({*GROWS, "release"})
WORKERS = frozenset({"ThreadPoolExecutor", "ProcessPoolExecutor", "Pool", "ThreadPool"})
COUNTS = ("max_workers", "processes")
TAKES = frozenset({"pop", "popleft", "get_nowait", "remove"})


@dataclass(frozen=True, slots=True)
class Frame:
    """Where names are looked up.

    Args:
        path: the file.
        own: the names of the function that is followed, or of the file's top level.
        around: those of the function around it.
    """

    path: str
    own: Env
    around: Env


@dataclass(frozen=True, slots=True)
class Stop:
    """One place where the program hangs or stops.

    Args:
        path: the file.
        node: the place.
        why: ``loop``, ``queue``, ``join``, ``semaphore``, ``workers`` or ``division``.
        name: what is empty or 0 there.
    """

    path: str
    node: ast.AST
    why: str
    name: str


class WayEndedError(Exception):
    """The code followed does not go on: ``return``, ``raise``, ``break``, ``continue``, or a stop."""


class TooMuchError(Exception):
    """More was followed than may be."""


class FollowedValues(ABC):
    """Works out expressions, and records where the program would stop.

    Args:
        context: the review's material.
    """

    def __init__(self, context: Context) -> None:
        self.nodes = context.fact(nodes)
        self.graph: CallGraph = context.fact(call_graph)
        self.found: list[Stop] = []
        self.doubt = 0
        self.skipped: list[ast.AST] = []
        self._imports = context.fact(imports)
        self._calls = context.fact(calls)
        self._globals: dict[str, Env] = {}
        self.attributes: Env = {}
        self.entered: set[Function] = set()
        self.lost_track = False
        self._steps = 0

    @abstractmethod
    def run(self, frame: Frame, call: ast.Call) -> object:
        """What a call of the tree's own function gives, after following it."""

    def globals(self, path: str) -> Env:
        """A module's own names."""
        return self._globals.setdefault(path, {})

    def step(self) -> None:
        """Count one statement or expression."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise TooMuchError

    def stop(self, path: str, node: ast.AST, why: str, name: str) -> None:
        """Record a place, unless something unknown decides whether the program comes there."""
        if not self.doubt and all(each.node is not node for each in self.found):
            self.found.append(Stop(path, node, why, name))
        raise WayEndedError

    def value(self, frame: Frame, node: ast.expr) -> object:
        """What an expression comes to."""
        self.step()
        work = _WORK.get(type(node))
        return work(self, frame, node) if work is not None else UNKNOWN

    def lookup(self, frame: Frame, node: ast.expr) -> object:
        """What a name or an attribute holds."""
        if isinstance(node, ast.Name):
            for env in (frame.own, frame.around, self.globals(frame.path)):
                if node.id in env:
                    return env[node.id]
        return self.attributes.get(node.attr, UNKNOWN) if isinstance(node, ast.Attribute) else UNKNOWN

    def bind(self, frame: Frame, target: ast.expr, held: object) -> None:
        """Give a target a value."""
        if isinstance(target, ast.Name):
            frame.own[target.id] = held
        elif isinstance(target, ast.Attribute):
            self.attributes[target.attr] = held
        elif isinstance(target, ast.Tuple | ast.List):
            for each in target.elts:
                self.bind(frame, each, UNKNOWN)
        elif isinstance(target, ast.Starred):
            self.bind(frame, target.value, UNKNOWN)

    def display(self, frame: Frame, node: ast.List | ast.Tuple | ast.Set) -> object:
        """A list, tuple or set that is written out."""
        starred = False
        for item in node.elts:
            starred = starred or isinstance(item, ast.Starred)
            self.value(frame, _plain(item))
        return Store("list", None if starred else len(node.elts))

    def comprehension(self, frame: Frame, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> object:
        """A comprehension: as long as what it walks through, where nothing is left out."""
        over = self.value(frame, node.generators[0].iter)
        if isinstance(over, Store) and over.size == 0:
            self.skipped.append(node.elt)
            return Store("list", 0)
        inner = Frame(frame.path, dict(frame.own), frame.around)
        for each in node.generators:
            self.bind(inner, each.target, UNKNOWN)
        if len(node.generators) > 1 or node.generators[0].ifs:
            return Store("list", None)
        self.value(inner, node.elt)
        return Store("list", over.size if isinstance(over, Store) else None)

    def either(self, frame: Frame, node: ast.BoolOp) -> object:
        """``and`` and ``or``."""
        ends = isinstance(node.op, ast.Or)
        held: object = UNKNOWN
        for each in node.values:
            held = self.value(frame, each)
            known = truth(held)
            if known is None or known is ends:
                return UNKNOWN if known is None else held
        return held

    def opposite(self, frame: Frame, node: ast.UnaryOp) -> object:
        """``not``."""
        known = truth(self.value(frame, node.operand)) if isinstance(node.op, ast.Not) else None
        return UNKNOWN if known is None else not known

    def comparison(self, frame: Frame, node: ast.Compare) -> object:
        """A comparison of two values."""
        left, right = self.value(frame, node.left), self.value(frame, node.comparators[0])
        return compared(left, node.ops[0], right) if len(node.ops) == 1 else UNKNOWN

    def choice(self, frame: Frame, node: ast.IfExp) -> object:
        """``a if test else b``."""
        known = truth(self.value(frame, node.test))
        if known is not None:
            return self.value(frame, node.body if known else node.orelse)
        self.doubt += 1
        held = joined(self.value(frame, node.body), self.value(frame, node.orelse))
        self.doubt -= 1
        return held

    def sum(self, frame: Frame, node: ast.BinOp) -> object:
        """An operator; only division by a known 0 matters."""
        first, second = self.value(frame, node.left), self.value(frame, node.right)
        text = isinstance(first, str) or any(word in text_of(node.left).lower() for word in ("fmt", "format", "msg"))
        divides = isinstance(node.op, ast.Mod | ast.FloorDiv | ast.Div) and not text
        if divides and type(second) is int and second == 0:
            self.stop(frame.path, node, "division", text_of(node.right)[:60])
        return UNKNOWN

    def item(self, frame: Frame, node: ast.Subscript) -> object:
        """``x[i]`` and ``x[a:b]``; a piece of something empty is empty."""
        held = self.value(frame, node.value)
        if isinstance(node.slice, ast.Slice):
            return Store("list", 0) if isinstance(held, Store) and held.size == 0 else UNKNOWN
        self.value(frame, node.slice)
        return UNKNOWN

    def named(self, frame: Frame, node: ast.NamedExpr) -> object:
        """``name := value``."""
        held = self.value(frame, node.value)
        self.bind(frame, node.target, held)
        return held

    def call(self, frame: Frame, call: ast.Call) -> object:
        """A call of one of Python's or torch's own functions, of a method, or of the tree's function."""
        origin = self._imports[frame.path].resolve(call.func) or ""
        if origin in ("torch.cuda.device_count", "torch.cuda.is_available"):
            return 0 if origin.endswith("count") else False
        held = self.value(frame, call.func.value) if isinstance(call.func, ast.Attribute) else UNKNOWN
        given = [self.value(frame, _plain(each)) for each in call.args]
        words = {word.arg: self.value(frame, word.value) for word in call.keywords}
        if isinstance(held, Store):
            return self.method(frame, call, held, given)
        name = called_name(call)
        if origin in ("os.environ.get", "os.getenv"):
            visible = bool(given) and given[0] == "CUDA_VISIBLE_DEVICES"
            return (given[1] if len(given) > 1 else words.get("default")) if visible else UNKNOWN
        if isinstance(held, str):
            return on_text(held, name, given)
        if name in WORKERS and any(type(each) is int and each == 0 for each in (*given[:1], *map(words.get, COUNTS))):
            self.stop(frame.path, call, "workers", name)
        fresh = made(name, origin, given, words)
        return fresh if fresh is not None else self.run(frame, call)

    def method(self, frame: Frame, call: ast.Call, held: Store, given: list[object]) -> object:
        """A method of a list, a queue or a semaphore."""
        name = called_name(call)
        if name in GROWS or name == "release":
            many = name in ("extend", "update")
            size = given[0].size if many and given and isinstance(given[0], Store) else None
            held.grow(size if many else 1)
        elif name in ("get", "acquire") and held.kind != "list":
            self.take(frame, call, held)
        elif name in TAKES:
            held.grow(-1)
        elif name == "join" and held.kind == "queue" and held.size != 0 and self.nobody_works():
            self.stop(frame.path, call, "join", dotted(call.func).rpartition(".")[0])
        elif name == "clear":
            held.size = 0
        if name in ("empty", "qsize") and held.size is not None:
            return held.size == 0 if name == "empty" else held.size
        return Store(held.kind, held.size) if name == "copy" else UNKNOWN

    def nobody_works(self) -> bool:
        """Whether the code that marks tasks as done stands in functions that nothing has made run."""
        if self.lost_track:
            return False
        done = [(path, call) for path, known in self._calls.items() for call in known.named("task_done")]
        places = {self.nodes[path].function(call) for path, call in done}
        return bool(places) and None not in places and not places & self.entered

    def take(self, frame: Frame, call: ast.Call, held: Store) -> None:
        """``get`` and ``acquire``: a stop where nothing is there, and nothing will be."""
        told = [*call.args, *(word.value for word in call.keywords)]
        timed = len(call.args) > 1 or any(word.arg == "timeout" for word in call.keywords)
        waits = not timed and all(isinstance(each, ast.Constant) and each.value is True for each in told)
        base = call.func.value if isinstance(call.func, ast.Attribute) else call
        outer = self.nodes[frame.path].parent(call)
        limited = isinstance(outer, ast.Call) and called_name(outer) == "wait_for"
        if held.size == 0 and waits and not limited and not self.filled(frame.path, call, {last_part(base)}):
            self.stop(frame.path, call, held.kind, dotted(base) or text_of(base)[:40])
        held.grow(-1)

    def filled(self, path: str, node: ast.AST, names: set[str]) -> bool:
        """Whether any code that may run fills what is waited for; handing back what was taken does not."""
        self._steps += MOST_STEPS // 50
        own: Function | None = self.nodes[path].function(node)
        for where, found in self.nodes.items():
            for call in found.of(ast.Call):
                if not isinstance(call.func, ast.Attribute) or called_name(call) not in FILLS:
                    continue
                back = where == path and own is not None and found.function(call) is own and found.before(node, call)
                skipped = any(found.within(call, each) for each in self.skipped)
                if last_part(call.func.value) in names and not back and not skipped:
                    return True
        return False


_Work = Callable[[FollowedValues, Frame, ast.expr], object]
_WORK: dict[type[ast.expr], _Work] = {
    ast.Constant: lambda _self, _frame, node: getattr(node, "value", UNKNOWN),
    ast.Name: FollowedValues.lookup,
    ast.Attribute: FollowedValues.lookup,
    ast.Await: lambda self, frame, node: self.value(frame, _awaited(node)),
    ast.List: FollowedValues.display,  # type: ignore[dict-item]
    ast.Tuple: FollowedValues.display,  # type: ignore[dict-item]
    ast.Set: FollowedValues.display,  # type: ignore[dict-item]
    ast.ListComp: FollowedValues.comprehension,  # type: ignore[dict-item]
    ast.SetComp: FollowedValues.comprehension,  # type: ignore[dict-item]
    ast.GeneratorExp: FollowedValues.comprehension,  # type: ignore[dict-item]
    ast.BoolOp: FollowedValues.either,  # type: ignore[dict-item]
    ast.UnaryOp: FollowedValues.opposite,  # type: ignore[dict-item]
    ast.Compare: FollowedValues.comparison,  # type: ignore[dict-item]
    ast.IfExp: FollowedValues.choice,  # type: ignore[dict-item]
    ast.BinOp: FollowedValues.sum,  # type: ignore[dict-item]
    ast.Subscript: FollowedValues.item,  # type: ignore[dict-item]
    ast.NamedExpr: FollowedValues.named,  # type: ignore[dict-item]
    ast.Call: FollowedValues.call,  # type: ignore[dict-item]
}
"""How each kind of expression is worked out; any other is unknown."""


def last_part(node: ast.AST) -> str:
    """The last name of a name or an attribute."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _plain(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Starred) else node


def _awaited(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Await) else node
