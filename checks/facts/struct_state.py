"""Whether a configuration refuses new keys where the code uses it: Hydra hands it over so, and code may lift that.

OmegaConf's struct flag is inherited by sections and copies, a merge has it as soon as one of its arguments has, and a
plain dictionary drops it.
"""

import ast
from collections.abc import Mapping

from checks.context import Context
from checks.facts.bindings import Bindings, bindings
from checks.facts.calls import Calls, called_name, calls
from checks.facts.config_roots import Kind
from checks.facts.config_values import MERGES, OMEGACONF, ConfigValues, config_values
from checks.facts.imports import Imports, imports
from checks.facts.local_calls import LocalCalls, local_calls
from checks.facts.nodes import FUNCTIONS, Nodes, nodes
from checks.facts.own_attributes import OwnAttributes, own_attributes
from checks.facts.reach import FunctionNode
from checks.facts.syntax import keyword

CLEARERS = frozenset({"set_struct", "_set_flag", "flag_override", "set_flag", "_metadata"})
"""Calls that change a configuration's flags."""
OPENERS = frozenset({"open_dict", "flag_override"})
"""Context managers in which new keys may be written."""
KEEPERS = frozenset({"copy.deepcopy", "copy.copy", "omegaconf.DictConfig", OMEGACONF + "create", OMEGACONF + "select"})
"""Calls whose result has the flag of what they are given."""
MOST_STEPS = 8
"""Assignments, calls and callers that a configuration is followed back through."""


class StructState:
    """Whether the struct flag is set: True and False are certain, None is neither.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._calls: Mapping[str, Calls] = context.fact(calls)
        self._imports: Mapping[str, Imports] = context.fact(imports)
        self._bindings: Bindings = context.fact(bindings)
        self._local: LocalCalls = context.fact(local_calls)
        self._values: ConfigValues = context.fact(config_values)
        self._own: OwnAttributes = context.fact(own_attributes)
        self._known: dict[tuple[ast.AST, int], bool | None] = {}
        self._changed: dict[ast.AST, list[tuple[ast.Call, bool]]] = {}
        self._clearing = self._clearing_functions()

    def of(self, path: str, node: ast.AST, steps: int = MOST_STEPS) -> bool | None:
        """The flag of the configuration that an expression holds, where it stands."""
        if not steps:
            return None
        if (node, steps) not in self._known:
            self._known[node, steps] = self._work_out(path, node, steps)
        return self._known[node, steps]

    def _work_out(self, path: str, node: ast.AST, steps: int) -> bool | None:
        if self._is_opened(path, node):
            return False
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            return self._of_own(path, node, steps)
        if isinstance(node, ast.Attribute | ast.Subscript):
            return self.of(path, node.value, steps - 1)
        if isinstance(node, ast.Dict | ast.Constant):
            return False
        if isinstance(node, ast.Call):
            return self._of_call(path, node, steps)
        return self._of_name(path, node, steps) if isinstance(node, ast.Name) else None

    def _of_own(self, path: str, node: ast.Attribute, steps: int) -> bool | None:
        """The flag of what an object keeps, where its class gives it one value and lifts no flag."""
        value, owner = self._own.value(path, node), self._nodes[path].nearest(node, ast.ClassDef)
        if value is None or owner is None or any(lifts for _, lifts in self._changes(path, owner)):
            return None
        return self.of(path, value, steps - 1)

    def _of_call(self, path: str, call: ast.Call, steps: int) -> bool | None:
        origin = self._calls[path].origin(call)
        held = self._values.of(call)
        if call in self._values.roots:
            return all(each.source.kind is Kind.HYDRA for each in held)
        if origin in MERGES:
            states = [self.of(path, each, steps - 1) for each in call.args if not isinstance(each, ast.Starred)]
            return True if True in states else None if None in states else False
        if origin is not None and origin.endswith(("to_container", "to_object", "to_yaml")):
            return False
        if origin in KEEPERS or (origin is None and called_name(call) == "getattr"):
            return self.of(path, call.args[0], steps - 1) if call.args else False
        if isinstance(call.func, ast.Attribute) and called_name(call) in ("get", "copy") and origin is None:
            return self.of(path, call.func.value, steps - 1)
        return self._of_result(path, call, steps)

    def _of_result(self, path: str, call: ast.Call, steps: int) -> bool | None:
        """The flag of what a function of the tree returns."""
        states: set[bool | None] = set()
        for target in self._local.targets(path, call):
            tree = self._nodes[target.path]
            for each in tree.under(target.function, ast.Return):
                if tree.function(each) is target.function and each.value is not None:
                    states.add(self.of(target.path, each.value, steps - 2) if steps > 2 else None)
        return states.pop() if len(states) == 1 else None

    def _of_name(self, path: str, name: ast.Name, steps: int) -> bool | None:
        if self._is_cleared(path, name):
            return None
        bound = list(self._imports[path].bindings(name))
        states: set[bool | None] = set()
        for each in bound:
            if self._bindings.reaches(path, each, name, bound):
                states.add(self._of_binding(path, each, steps))
        return states.pop() if len(states) == 1 else None

    def _of_binding(self, path: str, binding: ast.AST, steps: int) -> bool | None:
        if isinstance(binding, ast.Assign):
            return self.of(path, binding.value, steps - 1)
        if isinstance(binding, ast.arg):
            return self._of_parameter(path, binding, steps)
        parent = self._nodes[path].parent(binding)
        if isinstance(parent, ast.AnnAssign | ast.NamedExpr) and parent.value is not None:
            return self.of(path, parent.value, steps - 1)
        return None

    def _of_parameter(self, path: str, parameter: ast.arg, steps: int) -> bool | None:
        held = self._values.parameters.get(parameter, ())
        if parameter in self._values.roots:
            return True if held else None
        function = self._nodes[path].nearest(parameter, *FUNCTIONS)
        states: set[bool | None] = set()
        for where, call, target in self._local.callers(function) if isinstance(function, FunctionNode) else ():
            given = dict(target.given(call))
            states.add(self.of(where, given[parameter], steps - 1) if parameter in given else None)
        return states.pop() if len(states) == 1 else None

    def _is_opened(self, path: str, node: ast.AST) -> bool:
        """Whether a place is inside ``with open_dict(...)``."""
        return any(
            isinstance(outer, ast.With)
            and any(
                isinstance(item.context_expr, ast.Call) and called_name(item.context_expr) in OPENERS
                for item in outer.items
            )
            for outer in self._nodes[path].above(node)
        )

    def _is_cleared(self, path: str, use: ast.AST) -> bool:
        """Whether a flag was, or may have been, lifted in the functions around a place before it."""
        tree = self._nodes[path]
        own = tree.nearest(use, *FUNCTIONS)
        around: list[ast.AST] = [outer for outer in tree.above(use) if isinstance(outer, FUNCTIONS)]
        for function in around or ([tree.tree] if tree.tree is not None else []):
            before = [
                lifts for call, lifts in self._changes(path, function) if function is not own or tree.before(call, use)
            ]
            if before and before[-1]:
                return True
        return False

    def _changes(self, path: str, function: ast.AST) -> list[tuple[ast.Call, bool]]:
        """The calls in a function that change a flag, in order, each with whether it may lift it."""
        if function not in self._changed:
            found: list[tuple[ast.Call, bool]] = []
            for call in self._nodes[path].under(function, ast.Call):
                if called_name(call) in CLEARERS:
                    found.append((call, not self._sets(call)))
                elif self._clearing and any(t.function in self._clearing for t in self._local.targets(path, call)):
                    found.append((call, True))
            self._changed[function] = found
        return self._changed[function]

    def _sets(self, call: ast.Call) -> bool:
        """Whether a call sets the flag for the whole configuration."""
        value = call.args[1] if len(call.args) > 1 else keyword(call, "value")
        whole = bool(call.args) and isinstance(call.args[0], ast.Name)
        return called_name(call) == "set_struct" and whole and isinstance(value, ast.Constant) and value.value is True

    def _clearing_functions(self) -> frozenset[ast.AST]:
        """The functions that lift a flag, or call one that does."""
        found: dict[ast.AST, None] = {}
        for path, some in self._calls.items():
            for call in some.named(*CLEARERS):
                if not self._sets(call):
                    found.update(dict.fromkeys(o for o in self._nodes[path].above(call) if isinstance(o, FunctionNode)))
        todo = list(found)
        while todo and len(found) < MOST_CLEARING:
            function = todo.pop()
            for path, call, _ in self._local.callers(function) if isinstance(function, FunctionNode) else ():
                outer = self._nodes[path].function(call)
                if outer is not None and outer not in found:
                    found[outer] = None
                    todo.append(outer)
        return frozenset(found)


MOST_CLEARING = 50
"""Functions that lift a flag, those included that call one; more are not looked for."""


def struct_state(context: Context) -> StructState:
    """Whether configurations refuse new keys; use it as ``context.fact(struct_state)``."""
    return StructState(context)
