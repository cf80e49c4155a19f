"""In which order a program starts WandB, reads settings and writes them under one mode, followed through its functions.

Two events of one program are in order unless branches exclude each other. Whatever is not reached by plain calls from a
file's top level is not in the order, and a reader must not conclude anything from its absence.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from checks.context import Context
from checks.facts.local_calls import LocalCalls, local_calls
from checks.facts.mode_code import MODES, ModeCode, Write, mode_code
from checks.facts.mode_keys import Key
from checks.facts.nodes import Nodes, nodes
from checks.facts.reach import FunctionNode
from checks.facts.wandb_calls import wandb_calls

EVALUATE = "src/evaluate.py"
MOST_EVENTS = 2000
MOST_DEPTH = 8
MOST_INLINED = 600
"""Calls that are followed; a program that makes more is left alone."""
PARTS = (ast.Call, ast.Attribute, ast.Subscript, ast.keyword)
Arm = tuple[ast.AST, int]
What = Literal["init", "read", "write"]


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """One thing that happens.

    Args:
        what: a WandB run starts, a setting is read, a setting is written.
        path: the file.
        node: the syntax.
        arms: the branches that it stands in.
        key: the setting.
        write: the write.
    """

    what: What
    path: str
    node: ast.AST
    arms: tuple[Arm, ...] = ()
    key: Key = ()
    write: Write | None = None

    def excludes(self, other: "Event") -> bool:
        """Whether no run of the program does both."""
        mine = dict(self.arms)
        return any(mine.get(node, arm) != arm for node, arm in other.arms)


def orders(context: Context) -> Mapping[str, tuple[tuple[Event, ...], ...]]:
    """For each mode, the events of every file that is started; use it as ``context.fact(orders)``."""
    paths = [path for path in context.fact(nodes) if path.startswith("src/") and path != EVALUATE]
    found = {}
    for mode in MODES:
        walk = _Walk(context, mode)
        found[mode] = tuple(tuple(walk.program(path)) for path in paths)
    return found


class _Walk:
    def __init__(self, context: Context, mode: str) -> None:
        self._mode = mode
        self._code: ModeCode = context.fact(mode_code)
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._calls: LocalCalls = context.fact(local_calls)
        self._inits = {init.node for init in context.fact(wandb_calls).inits}
        self._writes: dict[ast.AST, Write] = {
            each.node: each
            for each in self._code.writes
            if each.node is not None and each.kind in ("assigned", "updated", "environment") and mode in each.modes
        }
        self._names = {each.key[-1] for each in self._code.only(mode)}
        self._live = self._leading()
        self._events: list[Event] = []
        self._inlined = 0
        self._running: list[ast.AST] = []

    def program(self, path: str) -> list[Event]:
        """What starting a file does; empty where it does too much to be followed."""
        self._events, self._inlined = [], 0
        tree = self._nodes[path].tree
        self._block(path, tree.body if tree is not None else (), ())
        return self._events if len(self._events) < MOST_EVENTS and self._inlined < MOST_INLINED else []

    def _leading(self) -> set[ast.AST]:
        """The nodes that hold, or call what holds, anything that is an event."""
        found: set[ast.AST] = set()
        todo: list[tuple[str, ast.AST]] = []
        for path, each in self._nodes.items():
            named: Iterator[ast.AST] = each.of(*PARTS)
            todo += [(path, node) for node in named if self._is_event(node)]
        seen: set[ast.AST] = set()
        for path, node in todo:
            found.add(node)
            for above in self._nodes[path].above(node):
                if above in found:
                    break
                found.add(above)
                if isinstance(above, ast.FunctionDef) and above not in seen:
                    seen.add(above)
                    todo += [(where, call) for where, call, _ in self._calls.callers(above)]
        return found

    def _is_event(self, node: ast.AST) -> bool:
        return node in self._writes or node in self._inits or _last(node) in self._names

    def _block(self, path: str, block: Sequence[ast.stmt], arms: tuple[Arm, ...]) -> None:
        for statement in block:
            if statement not in self._live and not isinstance(statement, ast.If):
                continue
            if len(self._events) >= MOST_EVENTS or self._mode not in self._code.modes(path, statement):
                continue
            arms = self._statement(path, statement, arms)

    def _statement(self, path: str, statement: ast.stmt, arms: tuple[Arm, ...]) -> tuple[Arm, ...]:
        """Follow one statement; the arms of what comes after it."""
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return arms
            case ast.If(body=body) if statement not in self._live:
                return (*arms, (statement, 1)) if _leaves(body) else arms
            case ast.If(test=test, body=body, orelse=orelse):
                self._expression(path, test, arms)
                self._block(path, body, (*arms, (statement, 0)))
                self._block(path, orelse, (*arms, (statement, 1)))
                return (*arms, (statement, 1)) if _leaves(body) else arms
            case ast.Match(subject=subject, cases=cases):
                self._expression(path, subject, arms)
                for place, case in enumerate(cases):
                    self._block(path, case.body, (*arms, (statement, place)))
                return arms
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                self._block(path, body, arms)
                for handler in handlers:
                    self._block(path, handler.body, (*arms, (handler, 0)))
                self._block(path, [*orelse, *final], arms)
                return arms
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr | ast.withitem | ast.keyword):
                self._expression(path, child, arms)
        self._block(path, getattr(statement, "body", ()), arms)
        self._block(path, getattr(statement, "orelse", ()), arms)
        return arms

    def _expression(self, path: str, whole: ast.AST, arms: tuple[Arm, ...]) -> None:
        found = self._nodes[path]
        stores: list[Event] = []
        interesting = [each for each in found.under(whole, *PARTS) if each in self._live] if whole in self._live else []
        for node in sorted(interesting, key=_end):
            if any(isinstance(each, ast.Lambda) for each in _between(found, node, whole)):
                continue
            if node in self._writes:
                write = self._writes[node]
                stores.append(Event("write", path, node, arms, write.key, write))
            elif node in self._inits:
                self._events.append(Event("init", path, node, arms))
            elif isinstance(node, ast.Call) and self._inline(path, node, arms):
                continue
            elif _last(node) in self._names and (key := self._code.key_of(path, node)):
                self._events.append(Event("read", path, node, arms, key))
        self._events += stores

    def _inline(self, path: str, call: ast.Call, arms: tuple[Arm, ...]) -> bool:
        targets = self._calls.targets(path, call)
        for target in targets[:2]:
            function = target.function
            if self._inlined >= MOST_INLINED:
                return True
            if function not in self._running and len(self._running) < MOST_DEPTH and isinstance(function, FunctionNode):
                self._running.append(function)
                self._inlined += 1
                self._block(target.path, function.body, (*arms, (call, 0)))
                self._running.pop()
        return bool(targets)


def _between(found: Nodes, node: ast.AST, outer: ast.AST) -> Iterator[ast.AST]:
    for above in found.above(node):
        if above is outer or isinstance(above, ast.stmt):
            return
        yield above


def _end(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0)


def _last(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    if isinstance(node, ast.Call):
        return next((str(each.value) for each in node.args if isinstance(each, ast.Constant)), "")
    return ""


def _leaves(body: Sequence[ast.stmt]) -> bool:
    return isinstance(body[-1], ast.Return | ast.Raise | ast.Continue | ast.Break) or any(
        isinstance(each, ast.Return | ast.Raise) for each in body
    )
