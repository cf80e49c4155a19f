"""Under which of ``trial`` and ``full`` each node of the code can run, and what each mode writes to which key.

``mode_code(context)`` gives a ``ModeCode``. What cannot be followed counts as running under both modes and as writing
something unknown, so that a rule which trusts the answer errs in favour of the code.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.local_calls import local_calls
from checks.facts.mode_keys import Key, Keys, parameters
from checks.facts.mode_operators import UNKNOWN, same
from checks.facts.mode_reach import Reach
from checks.facts.mode_values import FULL, MODES, OTHER, TRIAL, WORLDS
from checks.facts.mode_writes import ENVIRONMENT, Kind, Raw, raw_writes
from checks.facts.nodes import nodes
from checks.facts.yaml_files import config_files

__all__ = ["ENVIRONMENT", "FULL", "MODES", "OTHER", "TRIAL", "UNKNOWN", "ModeCode", "Write", "mode_code"]

MOST_ROUNDS = 3
MOST_REFERENCES = 20


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """A place that gives a configuration key a value.

    Args:
        path: the file; a YAML file for a section or a file that is named after a mode.
        line: first line, counted from 1.
        node: the syntax that writes; None in YAML.
        key: the key, or its last parts; ``("os.environ", NAME)`` for a variable of the environment.
        modes: the modes under which it can run.
        values: what it writes under each of them; ``UNKNOWN`` where that cannot be told.
        kind: how it is written.
        applied: whether it certainly reaches the configuration; a table alone may serve anything.
        search: whether it changes the configuration of an Optuna trial only.
        root: the variable whose configuration is changed.
    """

    path: str
    line: int
    node: ast.AST | None
    key: Key
    modes: frozenset[str]
    values: Mapping[str, object] = field(default_factory=dict)
    kind: Kind = "assigned"
    applied: bool = True
    search: bool = False
    root: str = ""

    def ends(self, *names: str) -> bool:
        """Whether the key ends with these parts."""
        return self.key[-len(names) :] == names

    def gives(self, mode: str, *values: object) -> bool:
        """Whether it certainly writes one of these values under a mode."""
        return any(same(self.values.get(mode, UNKNOWN), value) for value in values)


class ModeCode:
    """The answers for one tree.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._nodes = context.fact(nodes)
        self._calls = context.fact(calls)
        self._keys = Keys(context)
        self._reach = Reach(context, self._keys)
        self._raw = tuple(raw_writes(context, self._keys))
        for raw in self._raw:
            if raw.kind in ("assigned", "updated") and not self.in_search(raw.path, raw.node):
                value = raw.value if raw.value is not None else ast.Name("?", ast.Load())
                self._reach.writes.setdefault(raw.key, []).append((raw.path, raw.node, value))

    def modes(self, path: str, node: ast.AST) -> frozenset[str]:
        """Under which of ``trial`` and ``full`` a node can run."""
        return self._reach.worlds(path, node) & frozenset(MODES)

    def worlds(self, path: str, node: ast.AST) -> frozenset[str]:
        """The same, with ``OTHER`` for a mode that is neither."""
        return self._reach.worlds(path, node)

    def certain(self, path: str, node: ast.AST, mode: str) -> bool:
        """Whether nothing but the mode decides if a node runs, so far as branches, loops and callers tell."""
        return mode in self.modes(path, node) and self._reach.certain(path, node, mode)

    def is_switched(self, path: str, node: ast.AST) -> bool:
        """Whether a branch around a node asks a setting, other than a count of trials, that may be off."""
        below = node
        for above in self._nodes[path].above(node):
            if isinstance(above, ast.If) and below is not above.test and self._is_open(path, above.test):
                return True
            below = above
        return False

    def _is_open(self, path: str, test: ast.expr) -> bool:
        if any(self.value(path, test, mode) is not UNKNOWN for mode in MODES):
            return False
        parts: Iterator[ast.AST] = self._nodes[path].under(test, ast.Attribute, ast.Name, ast.Call, ast.Subscript)
        keys = [key for each in parts if (key := self.key_of(path, each))]
        return not keys or any(key[-1] != "n_trials" and key[-1] != "optuna" for key in keys)

    def value(self, path: str, node: ast.AST, mode: str) -> object:
        """What an expression is worth under a mode; ``UNKNOWN`` where it cannot be told."""
        return self._reach.values.of(path, node, mode)

    def tells(self, path: str, node: ast.AST) -> bool:
        """Whether an expression is certainly worth something else under the one mode than under the other."""
        return self._reach.values.tells(path, node)

    def ends(self, path: str, block: Sequence[ast.stmt]) -> frozenset[str]:
        """The worlds in which nothing after a block of statements runs."""
        return self._reach.block_ends(path, block)

    def is_exit(self, path: str, call: ast.Call) -> bool:
        """Whether a call ends the program."""
        return self._reach.is_exit(path, call)

    def matters(self, node: ast.AST) -> bool:
        """Whether an expression mentions anything that may depend on the mode; a cheap look."""
        return self._reach.values.matters(node)

    def is_mode(self, path: str, node: ast.AST) -> bool:
        """Whether an expression is the mode that the command was given."""
        return self._reach.values.is_mode(path, node)

    def key_of(self, path: str, node: ast.AST) -> Key | None:
        """The configuration key that an expression denotes."""
        return self._keys.of(path, node)

    @cached_property
    def writes(self) -> tuple[Write, ...]:
        """Every write, in order of file and line."""
        found = [self._resolved(raw) for raw in self._raw]
        found += _in_yaml(self._context)
        return tuple(sorted(found, key=lambda write: (write.path, write.line)))

    def under(self, mode: str, *names: str) -> Iterator[Write]:
        """The writes that can run under a mode, outside a search, to keys that end with these parts."""
        return (each for each in self.writes if mode in each.modes and not each.search and each.ends(*names))

    def only(self, mode: str) -> Iterator[Write]:
        """The writes that run under this mode alone."""
        return (each for each in self.writes if each.modes == {mode} and not each.search)

    @cached_property
    def searching(self) -> frozenset[ast.AST]:
        """The functions that only an Optuna trial runs."""
        found: set[ast.AST] = set()
        for path, some in self._calls.items():
            for call in some:
                name = called_name(call)
                if name.startswith("suggest_"):
                    found.update(self._suggesting(path, call))
                elif name == "optimize" and call.args:
                    found.update(self._handed(call.args[0]))
        callers = self._context.fact(local_calls)
        functions = [each for every in self._nodes.values() for each in every.of(ast.FunctionDef)]
        for _ in range(MOST_ROUNDS if found else 0):
            for function in functions:
                sites = callers.callers(function) if function not in found else ()
                if sites and all(found.intersection(self._around(where, call)) for where, call, _ in sites):
                    found.add(function)
        return frozenset(found)

    def _suggesting(self, path: str, call: ast.Call) -> Iterator[ast.AST]:
        """The function that is given the Optuna trial which a call asks."""
        asked = call.func.value if isinstance(call.func, ast.Attribute) else None
        name = asked.id if isinstance(asked, ast.Name) else ""
        yield from [each for each in self._around(path, call) if name in parameters(each)][:1]

    def in_search(self, path: str, node: ast.AST) -> bool:
        """Whether a node runs only inside an Optuna trial."""
        return not self.searching.isdisjoint(self._around(path, node))

    def _around(self, path: str, node: ast.AST) -> Iterator[ast.AST]:
        return (each for each in self._nodes[path].above(node) if isinstance(each, (*FUNCTIONS, ast.Lambda)))

    def _handed(self, node: ast.expr) -> Iterator[ast.AST]:
        yield node
        name = called_name(node) if isinstance(node, ast.Call) else getattr(node, "id", getattr(node, "attr", ""))
        for every in self._nodes.values():
            yield from (each for each in every.of(ast.FunctionDef) if each.name == name)

    def _resolved(self, raw: Raw) -> Write:
        worlds = self._reach.worlds(raw.path, raw.node)
        if raw.kind in ("table", "override", "environment"):
            worlds &= self._used(raw)
        modes = worlds & frozenset(MODES)
        values = {
            mode: UNKNOWN if raw.value is None else self._reach.values.of(raw.path, raw.value, mode) for mode in modes
        }
        line = getattr(raw.node, "lineno", 1)
        search = self.in_search(raw.path, raw.node) or "trial" in raw.root.lower()
        return Write(raw.path, line, raw.node, raw.key, modes, values, raw.kind, raw.applied, search, raw.root)

    def _used(self, raw: Raw) -> frozenset[str]:
        """The worlds in which the name is used that the outermost display around a node is assigned to."""
        found = self._nodes[raw.path]
        for above in found.above(raw.node):
            if isinstance(above, ast.Assign | ast.AnnAssign):
                target = above.targets[0] if isinstance(above, ast.Assign) else above.target
                if not isinstance(target, ast.Name) or found.function(above) is not None:
                    return WORLDS
                uses = self._reach.references(target.id)[:MOST_REFERENCES]
                return frozenset().union(*(self._reach.worlds(*each) for each in uses)) if uses else WORLDS
            if isinstance(above, ast.stmt):
                break
        return WORLDS


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def mode_code(context: Context) -> ModeCode:
    """What the code does under each mode; use it as ``context.fact(mode_code)``."""
    return ModeCode(context)


def _in_yaml(context: Context) -> Iterator[Write]:
    """The keys of files and sections of the configuration that are named after a mode."""
    for path, file in context.fact(config_files).items():
        stem = path.rpartition("/")[2].rpartition(".")[0]
        for dotted, line in (file.lines or {}).items():
            parts = tuple(dotted.split("."))
            mode = stem if stem in MODES else next((each for each in parts[:-1] if each in MODES), None)
            if mode is None:
                continue
            key = parts if stem in MODES else parts[parts.index(mode) + 1 :]
            value = _at(file.value, parts)
            if not isinstance(value, dict):
                yield Write(path, line, None, key, frozenset({mode}), {mode: value}, "yaml")


def _at(value: object, parts: Key) -> object:
    for part in parts:
        if not isinstance(value, dict):
            return UNKNOWN
        value = value.get(part, UNKNOWN)
    return value if isinstance(value, str | int | float | bool | dict) or value is None else UNKNOWN
