"""Keys that the code writes to a configuration that refuses new ones."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.config_cases import Absent, Case, ConfigCases, config_cases
from checks.facts.config_reach import ConfigReach, config_reach, trusting_reach
from checks.facts.config_roots import Kind
from checks.facts.config_uses import ConfigUses, Use, Way, config_uses
from checks.facts.config_values import Held
from checks.facts.config_writes import is_empty
from checks.facts.hydra_commands import merged
from checks.facts.struct_state import StructState, struct_state
from checks.facts.syntax import keyword

MOST_KEYS = 3
"""New keys that are named of one merge."""

MOST_FOUND = 50
"""Places that are reported of one tree."""
MOST_WRITES = 500
"""Writes of one tree that are looked at; with more, nothing is said."""


@dataclass(frozen=True, slots=True)
class StructFault:
    """One place where new keys are written.

    Args:
        use: the write.
        keys: the first of the keys that the configuration lacks, dotted.
        cases: in which runs and modes.
        merges: whether whole mappings are laid over the configuration.
        above: what stands at the section that a key is written to, where that is no section.
    """

    use: Use
    keys: tuple[str, ...]
    cases: tuple[Case, ...]
    merges: bool
    above: object = Absent.UNKNOWN


class _Finder:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.uses: ConfigUses = context.fact(config_uses)
        self.cases: ConfigCases = context.fact(config_cases)
        self.states: StructState = context.fact(struct_state)

    def find(self) -> Iterator[StructFault]:
        """Every such place once, with the keys of all its entries."""
        seen: set[ast.AST] = set()
        for use in self.uses.writes if len(self.uses.writes) <= MOST_WRITES else ():
            if use.node not in seen and use.kind is not Way.DELETE and self._may_refuse(use):
                fault = self._fault(use)
                if fault is not None:
                    seen.add(use.node)
                    yield fault

    def _base(self, use: Use) -> ast.expr | None:
        """The expression whose content a write changes."""
        node = use.node
        if isinstance(node, ast.Attribute | ast.Subscript):
            return node.value
        if not isinstance(node, ast.Call):
            return None
        if isinstance(node.func, ast.Attribute) and self.uses.values.of(node.func.value):
            return node.func.value
        return next((each for each in node.args if not is_empty(each)), None)

    def _may_refuse(self, use: Use) -> bool:
        """Whether the write goes to what Hydra composed, in a way that can be refused."""
        if not any(each.source.kind is Kind.HYDRA and not each.copied for each in use.held):
            return False
        if isinstance(use.node, ast.Call) and called_name(use.node) == "update":
            added = keyword(use.node, "force_add")
            return added is None or (isinstance(added, ast.Constant) and not added.value)
        return True

    def _fault(self, use: Use) -> StructFault | None:
        base = self._base(use)
        held = self.uses.values.of(base) if base is not None else ()
        cases = self.cases.cases(held)
        if base is None or len({each.key for each in held}) != 1 or not cases:
            return None
        lacking = {case: keys for case in cases if (keys := tuple(self._new(use, held, case)))}
        if not lacking or self.states.of(use.path, base) is not True or self._is_made_elsewhere(use):
            return None
        reach: ConfigReach = self.context.fact(config_reach)
        failing = tuple(case for case in lacking if reach.runs(use.path, use.node, case))
        if not failing and len(lacking) == len(cases):
            trusting: ConfigReach = self.context.fact(trusting_reach)
            failing = tuple(case for case in lacking if trusting.runs(use.path, use.node, case))
        if not failing:
            return None
        keys = tuple(dict.fromkeys(key for case in failing for key in lacking[case]))[:MOST_KEYS]
        rest = use.key[len(held[0].key) : -1]
        section = tuple(each.below(*rest) for each in held)
        above = self.cases.look(section, failing[0]) if not use.whole else Absent.UNKNOWN
        return StructFault(use, keys, failing, use.whole or use.kind is Way.MERGE, above)

    def _new(self, use: Use, held: tuple[Held, ...], case: Case) -> Iterator[str]:
        """The keys of a write that the configuration lacks in a case, dotted."""
        if any(len(layers) > 1 for each in held for layers in self.cases.of(each.source).values()):
            return
        if use.whole:
            for value in self.uses.values.of(use.value) if use.value is not None else ():
                over, under = self._mapping((value,), case), self._mapping(held, case)
                if over is not None and under is not None and use.kind in (Way.MERGE, Way.UPDATE):
                    yield from _lacking(over, under, ".".join(held[0].key))
            return
        place = use.key[len(held[0].key) :]
        if len(place) > 1 and use.kind in (Way.ATTRIBUTE, Way.SUBSCRIPT, Way.SETATTR, Way.SETDEFAULT):
            return
        if self.cases.look(tuple(each.below(*place) for each in held), case) is Absent.MISSING:
            yield ".".join(use.key)

    def _mapping(self, held: tuple[Held, ...], case: Case) -> Mapping[str, object] | None:
        found: Mapping[str, object] | None = None
        for each in held:
            value = self.cases.look((each,), case)
            if isinstance(value, Mapping):
                found = merged(found, value) if found is not None else value
        return found

    def _is_made_elsewhere(self, use: Use) -> bool:
        """Whether another write, which the configuration may take, gives it the key first."""
        for other in self.uses.writes:
            covers = other.key == use.key[: len(other.key)] and other.key != ()
            if other.node is not use.node and covers and not use.whole:
                base = self._base(other)
                if base is None or self.states.of(other.path, base) is not True:
                    return True
        return False


def _lacking(over: Mapping[str, object], under: Mapping[str, object], above: str) -> Iterator[str]:
    """The keys of one mapping that another lacks, section by section."""
    todo = [(over, under, above)]
    while todo:
        mine, theirs, prefix = todo.pop(0)
        for name, value in mine.items():
            dotted = f"{prefix}.{name}" if prefix else str(name)
            if name not in theirs:
                yield dotted
            else:
                inner = theirs[name]
                if isinstance(value, Mapping) and isinstance(inner, Mapping):
                    todo.append((value, inner, dotted))


def struct_faults(context: Context) -> tuple[StructFault, ...]:
    """Every write of a new key that the configuration refuses, in the order of the code."""
    return tuple(islice(_Finder(context).find(), MOST_FOUND))
