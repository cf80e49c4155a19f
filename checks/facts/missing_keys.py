"""Configuration keys that the code reads and that are nowhere: in no YAML file that is there, and never written."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.config_cases import Absent, Case, ConfigCases, config_cases
from checks.facts.config_conditions import QUESTIONS
from checks.facts.config_reach import ConfigReach, config_reach, trusting_reach
from checks.facts.config_roots import Source
from checks.facts.config_uses import ConfigUses, Use, Way, config_uses
from checks.facts.config_values import Held
from checks.facts.nodes import Nodes, nodes
from checks.facts.search_space import search_spaces
from checks.facts.syntax import text_of
from checks.facts.syntax import texts as texts_under
from checks.facts.yaml_files import config_files

READS = frozenset({Way.ATTRIBUTE, Way.SUBSCRIPT, Way.GETATTR, Way.POP, Way.SHOWN})
"""Ways of reading of which some raise where the key is missing."""
CATCHERS = frozenset({"AttributeError", "KeyError", "LookupError", "Exception", "BaseException"})
"""Exceptions whose handler catches the failure; so does one whose name has ``Config`` or ``Omega`` in it."""

MOST_FOUND = 100
"""Missing keys that are reported of one tree."""
MOST_WRITES = 500
"""Writes to one configuration that are looked at; with more, any key may be written."""


@dataclass(frozen=True, slots=True)
class MissingKey:
    """A key that a read fails on.

    Args:
        use: the read.
        key: the shortest part of its key that is missing.
        node: the expression that raises.
        runs_in: the cases in which the read runs and fails; for one that is missing everywhere, those too in which the
            code itself decides whether it runs.
        sure: whether the files show that the read runs in them, and not only that the code is meant to come to it.
        everywhere: whether the key is missing in every case, those included where the read may not run.
        above: what stands at the key above the missing one where that is no section: a text, a number or null.
    """

    use: Use
    key: tuple[str, ...]
    node: ast.AST
    runs_in: tuple[Case, ...]
    sure: bool
    everywhere: bool
    above: object = Absent.UNKNOWN


class _Finder:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.uses: ConfigUses = context.fact(config_uses)
        self.cases: ConfigCases = context.fact(config_cases)
        self.nodes: Mapping[str, Nodes] = context.fact(nodes)
        self.absent: dict[tuple[Held, ...], tuple[int, list[Case]]] = {}
        self.written: dict[Source, list[Use]] = {}
        for use in self.uses.writes:
            for source in {each.source for each in use.held}:
                self.written.setdefault(source, []).append(use)
        self.asked = {use.key for use in self.uses.reads if use.kind in (Way.IN, Way.HASATTR)}
        self.defaulted = {
            (use.key, self.nodes[use.path].function(use.node)) for use in self.uses.reads if use.has_default
        }

        self.typed = {
            (use.key, self.nodes[use.path].function(use.node))
            for use in self.uses.reads
            if isinstance(call := self.nodes[use.path].parent(use.node), ast.Call) and called_name(call) in QUESTIONS
        }

    def find(self) -> Iterator[MissingKey]:
        """Every such read, the first of each expression and key."""
        seen: set[tuple[ast.AST, tuple[str, ...]]] = set()
        for use in self.uses.reads:
            if use.kind in READS and use.key and use.held:
                found = self._missing(use)
                if found is not None and (found.node, found.key) not in seen:
                    seen.add((found.node, found.key))
                    yield found

    def _missing(self, use: Use) -> MissingKey | None:
        if use.held not in self.absent:
            cases = self.cases.cases(use.held)
            lost = [case for case in cases if self.cases.look(use.held, case) is Absent.MISSING]
            self.absent[use.held] = len(cases), lost
        count, absent = self.absent[use.held]
        if not absent:
            return None
        for node, held in self._chain(use):
            lacking = [case for case in absent if self.cases.look(held, case) is Absent.MISSING]
            if lacking:
                return self._judged(use, node, held, lacking, len(lacking) == count)
        return None

    def _chain(self, use: Use) -> Iterator[tuple[ast.AST, tuple[Held, ...]]]:
        """The expressions that lead to a read, outermost key first, each with what it holds."""
        found: list[ast.AST] = []
        node: ast.AST | None = use.node
        while node is not None and (held := self.uses.values.of(node)) and any(each.key for each in held):
            base = _inner(node)
            found += [node] if base is not None else []
            node = base
        for each in reversed(found):
            held = self.uses.values.of(each)
            mine = tuple(one for one in held if use.key[: len(one.key)] == one.key)
            # A loop over written keys reads them all; a parameter that is given several sections may be told apart.
            if mine and len({one.key for one in mine}) == 1 and len({one.key[:-1] for one in held}) == 1:
                yield each, mine

    def _judged(
        self, use: Use, node: ast.AST, held: tuple[Held, ...], lacking: list[Case], everywhere: bool
    ) -> MissingKey | None:
        key = held[0].key
        if self._is_safe(use, node, key):
            return None
        reach: ConfigReach = self.context.fact(config_reach)
        writes = [use for source in {each.source: None for each in held} for use in self.written.get(source, ())]
        lacking = [case for case in lacking if not self._may_be_written(writes, key, case, reach)]
        states = {case: reach.runs(use.path, node, case) for case in lacking}
        certain = tuple(case for case, state in states.items() if state)
        maybe = everywhere and None in states.values()
        sure = bool(certain)
        if not certain and maybe:
            trusting: ConfigReach = self.context.fact(trusting_reach)
            certain = tuple(case for case in lacking if trusting.runs(use.path, node, case))
        if not certain and not maybe:
            return None
        up = tuple(Held(each.key[:-1], each.source, each.place[:-1], each.plain) for each in held if each.place)
        above = self.cases.look(up, lacking[0]) if up and len(key) > 1 else Absent.UNKNOWN
        return MissingKey(use, key, node, certain, sure, everywhere, above)

    def _is_safe(self, use: Use, node: ast.AST, key: tuple[str, ...]) -> bool:
        """Whether the code asks for the key before, takes a default for it, or catches the failure."""
        tree = self.nodes[use.path]
        if isinstance(node, ast.Call) and _gives_default(node):
            return True
        function = tree.function(node)
        if key in self.asked or (key, function) in self.defaulted or (key[:-1], function) in self.typed:
            return True
        return any(isinstance(outer, ast.Try) and _catches(tree, outer, node) for outer in tree.above(node)) or any(
            _suppresses(outer) for outer in tree.above(node)
        )

    def _may_be_written(self, writes: list[Use], key: tuple[str, ...], case: Case, reach: ConfigReach) -> bool:
        if len(writes) > MOST_WRITES:
            return True
        for use in writes:
            mine = use.key[: len(key)] == key or key[: len(use.key)] == use.key
            if not mine or use.kind is Way.DELETE or reach.runs(use.path, use.node, case) is False:
                continue
            if not use.whole:
                if len(use.key) >= len(key) or not isinstance(use.value, ast.Dict | ast.Constant):
                    return True
            elif use.value not in self.uses.values.held and key[-1] in self._words(use):
                return True
        return False

    def _words(self, use: Use) -> frozenset[str]:
        """What a key that is worked out where it is written can be named."""
        statement = self.nodes[use.path].nearest(use.node, ast.For)
        if statement is not None and any(word in text_of(statement.iter) for word in SEARCHED):
            return self.context.fact(_searched)
        return self.context.fact(_words)


def missing_keys(context: Context) -> tuple[MissingKey, ...]:
    """Every read of a key that is nowhere, in the order of the code."""
    return tuple(islice(_Finder(context).find(), MOST_FOUND))


SEARCHED = ("search_space", "best_params", "best_trial")
"""What a loop over the keys of the Optuna search space mentions."""


def _searched(context: Context) -> frozenset[str]:
    """The keys of every search space, and their last words."""
    keys = {key for space in context.fact(search_spaces) for key in space.parameters}
    return frozenset(word for key in keys for word in (key, *key.split("."), key.rpartition("_")[2]))


def _words(context: Context) -> frozenset[str]:
    found: set[str] = set()
    for file in context.fact(config_files).values():
        for dotted in file.lines or {}:
            found.update(dotted.split("."))
    for tree in context.fact(nodes).values():
        for text in texts_under([tree.tree] if tree.tree is not None else []):
            found.update(text.split(".") if len(text) < MOST_TEXT else ())
    return frozenset(found)


MOST_TEXT = 100
"""Longest text that is taken for a key, characters."""


def _inner(node: ast.AST) -> ast.AST | None:
    """The expression that a key is taken from."""
    if isinstance(node, ast.Attribute | ast.Subscript):
        return node.value
    if isinstance(node, ast.Call):
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in ("get", "pop") and isinstance(node.func, ast.Attribute):
            return node.func.value
        return node.args[0] if node.args and name in ("getattr", "select") else None
    return None


def _gives_default(call: ast.Call) -> bool:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return name in ("get", "select", "setdefault") or len(call.args) > (1 if name == "pop" else 2)


def _catches(tree: Nodes, outer: ast.Try, node: ast.AST) -> bool:
    """Whether a ``try`` around a place goes on after a missing key there."""
    if not any(tree.within(node, statement) for statement in outer.body):
        return False
    for handler in outer.handlers:
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        names = [getattr(kind, "attr", getattr(kind, "id", "")) if kind is not None else "Exception" for kind in kinds]
        if any(name in CATCHERS or "Config" in name or "Omega" in name for name in names):
            return not isinstance(handler.body[-1], ast.Raise)
    return False


def _suppresses(outer: ast.AST) -> bool:
    return isinstance(outer, ast.With) and any(
        isinstance(item.context_expr, ast.Call)
        and getattr(item.context_expr.func, "attr", getattr(item.context_expr.func, "id", "")) in ("suppress", "raises")
        for item in outer.items
    )
