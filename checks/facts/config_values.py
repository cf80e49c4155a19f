"""Which expressions hold configuration, and which part of it: a value is followed from where it comes in.

Followed are names, attributes and keys, ``get``, ``getattr``, ``OmegaConf.select``, copies and merges, parameters and
results of the tree's own functions, and attributes of ``self``. What a name holds is told by the assignments that can
reach its use.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from checks.context import Context
from checks.facts.bindings import Bindings, bindings
from checks.facts.calls import Calls, called_name, calls
from checks.facts.config_roots import Source, config_roots
from checks.facts.constant_texts import Texts, texts
from checks.facts.imports import Imports, imports
from checks.facts.local_calls import LocalCalls, local_calls
from checks.facts.nodes import Nodes, nodes
from checks.facts.reach import FunctionNode
from checks.facts.syntax import keyword

OMEGACONF = "omegaconf.OmegaConf."
COPIES = frozenset(
    {"copy.deepcopy", "copy.copy", "omegaconf.DictConfig"}
    | {OMEGACONF + name for name in ("create", "to_container", "to_object", "structured", "deepcopy")}
)
"""Calls that give what they are given, under the same keys."""
MERGES = frozenset({OMEGACONF + "merge", OMEGACONF + "unsafe_merge"})
SELECT = OMEGACONF + "select"
GETTERS = frozenset({"get", "pop", "setdefault"})
"""Methods that give the value of a key."""
MOST_HELD = 8
"""Parts of the configuration that one expression may be; more are not told apart."""
MOST_DEPTH = 12
"""Keys below one another; configurations are not nested deeper."""
MOST_NODES = 20_000
"""Expressions that are followed in one tree."""


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that an expression may be.

    Args:
        key: the dotted key as the code sees it, in parts; empty for the whole configuration.
        source: where the configuration comes from.
        place: the same in the source: ``run.training`` for the key ``training`` of ``merge(cfg, cfg.run)``.
        plain: whether it is a plain dictionary by now, not OmegaConf's.
        copied: whether it went through a plain dictionary, which drops OmegaConf's flags.
    """

    key: tuple[str, ...]
    source: Source
    place: tuple[str, ...]
    plain: bool = False
    copied: bool = False

    def below(self, *names: str) -> "Held":
        """What stands under these names."""
        return replace(self, key=(*self.key, *names), place=(*self.place, *names))


class ConfigValues:
    """What every expression of the tree holds of the configuration.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._calls: Mapping[str, Calls] = context.fact(calls)
        self._imports: Mapping[str, Imports] = context.fact(imports)
        self._local: LocalCalls = context.fact(local_calls)
        self._texts: Texts = context.fact(texts)
        self._bindings: Bindings = context.fact(bindings)
        self.held: dict[ast.AST, tuple[Held, ...]] = {}
        self.paths: dict[ast.AST, str] = {}
        self.parameters: dict[ast.arg, tuple[Held, ...]] = {}
        self.roots: dict[ast.AST, str] = {each.node: each.path for each in context.fact(config_roots)}
        self._todo: list[tuple[str, ast.expr, Held]] = []
        self._follow(context)

    def of(self, node: ast.AST) -> tuple[Held, ...]:
        """What an expression may be; empty where it is no configuration, as far as can be told."""
        return self.held.get(node, ())

    def _follow(self, context: Context) -> None:
        for root in context.fact(config_roots):
            start = Held((), root.source, (), root.source.plain)
            if isinstance(root.node, ast.arg):
                self._to_parameter(root.path, root.node, start)
            else:
                self._todo.append((root.path, root.node, start))
        while self._todo and len(self.held) < MOST_NODES:
            path, node, held = self._todo.pop()
            mine = self.held.get(node, ())
            if held not in mine and len(mine) < MOST_HELD and len(held.key) <= MOST_DEPTH:
                self.held[node] = (*mine, held)
                self.paths[node] = path
                self._step(path, node, held)

    def _push(self, path: str, node: ast.AST | None, held: Held) -> None:
        if isinstance(node, ast.expr):
            self._todo.append((path, node, held))

    def _step(self, path: str, node: ast.expr, held: Held) -> None:
        """Hand a value on to what stands around its expression."""
        parent = self._nodes[path].parent(node)
        match parent:
            case ast.Attribute() | ast.Subscript() | ast.IfExp() | ast.BoolOp() | ast.Await():
                self._to_outer(path, node, parent, held)
            case ast.Assign() | ast.AnnAssign() | ast.withitem():
                for target in _targets(parent):
                    self._to_target(path, target, held)
            case ast.NamedExpr(target=target):
                self._to_target(path, target, held)
                self._push(path, parent, held)
            case ast.Return():
                self._to_callers(path, parent, None, held)
            case ast.Tuple(elts=elts):
                self._to_tuple(path, parent, elts.index(node), held)
            case ast.Call() | ast.keyword(arg=str()):
                call = self._nodes[path].parent(parent) if isinstance(parent, ast.keyword) else parent
                if isinstance(call, ast.Call) and call.func is not node:
                    self._argument(path, call, node, held)

    def _to_outer(self, path: str, node: ast.expr, parent: ast.expr, held: Held) -> None:
        """Hand a value on to the expression that takes a part of it, or may be it."""
        match parent:
            case ast.Attribute(attr=name, ctx=ast.Load()):
                call = self._nodes[path].parent(parent)
                if isinstance(call, ast.Call) and call.func is parent:
                    self._method(path, call, name, held)
                else:
                    self._push(path, parent, held.below(name))
            case ast.Subscript(value=base, slice=key, ctx=ast.Load()) if base is node:
                for text in self._texts.of(path, key):
                    self._push(path, parent, held.below(text))
            case ast.IfExp(test=test) if test is not node:
                self._push(path, parent, held)
            case ast.BoolOp() | ast.Await():
                self._push(path, parent, held)

    def _method(self, path: str, call: ast.Call, name: str, held: Held) -> None:
        if name in GETTERS and call.args:
            for text in self._texts.of(path, call.args[0]):
                self._push(path, call, held.below(text))
        elif name in ("copy", "__copy__", "__deepcopy__"):
            self._push(path, call, held)

    def _argument(self, path: str, call: ast.Call, node: ast.expr, held: Held) -> None:
        origin = self._calls[path].origin(call)
        first = bool(call.args) and call.args[0] is node
        if origin in MERGES:
            self._merged(path, call, node, held)
        elif origin in COPIES or (origin is None and called_name(call) == "dict" and first):
            container = origin in (OMEGACONF + "to_container", OMEGACONF + "to_object") or origin is None
            plain = container or (held.plain and origin is not None and not origin.startswith("omegaconf"))
            self._push(path, call, replace(held, plain=plain, copied=held.copied or plain))
        elif origin == SELECT or (origin is None and called_name(call) == "getattr"):
            self._named(path, call, held, split=origin == SELECT)
        elif called_name(call) == "open_dict" and isinstance(self._nodes[path].parent(call), ast.withitem):
            self._push(path, call, held)
        else:
            for target in self._local.targets(path, call):
                for parameter, value in target.given(call):
                    if value is node:
                        self._to_parameter(target.path, parameter, held)

    def _named(self, path: str, call: ast.Call, held: Held, split: bool) -> None:
        """Hand on what ``getattr`` or ``select`` finds, whose second argument names the key."""
        key = call.args[1] if len(call.args) > 1 else keyword(call, "key")
        for text in self._texts.of(path, key) if key is not None else ():
            self._push(path, call, held.below(*(text.split(".") if split else [text])))

    def _merged(self, path: str, call: ast.Call, node: ast.expr, held: Held) -> None:
        """The result of a merge has the first argument's keys, and those of the others laid over it."""
        first = call.args[0] if call.args else node
        if node is first:
            self._push(path, call, held)
            for other in call.args[1:]:
                for its in self.held.get(other, ()):
                    self._push(path, call, replace(its, key=held.key))
        elif self.held.get(first):
            for base in self.held[first]:
                self._push(path, call, replace(held, key=base.key))
        else:
            self._push(path, call, replace(held, key=() if held.source.kind == "run" else held.key))

    def _to_target(self, path: str, target: ast.expr, held: Held) -> None:
        if isinstance(target, ast.Name):
            for where, load in self._bindings.loads(path, target):
                self._push(where, load, held)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
            for where, use in self._bindings.attribute_loads(path, target):
                self._push(where, use, held)

    def _to_parameter(self, path: str, parameter: ast.arg, held: Held) -> None:
        mine = self.parameters.get(parameter, ())
        if held not in mine and len(mine) < MOST_HELD:
            self.parameters[parameter] = (*mine, held)
            for load in self._bindings.parameter_loads(path, parameter):
                self._push(path, load, held)

    def _to_callers(self, path: str, node: ast.AST, index: int | None, held: Held) -> None:
        function = self._nodes[path].function(node)
        for where, call, target in self._local.callers(function) if function is not None else ():
            if target.first:
                continue
            if index is None:
                self._push(where, call, held)
            else:
                parent = self._nodes[where].parent(call)
                if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Tuple):
                    names = parent.targets[0].elts
                    if index < len(names):
                        self._to_target(where, names[index], held)

    def _to_tuple(self, path: str, node: ast.Tuple, index: int, held: Held) -> None:
        parent = self._nodes[path].parent(node)
        if isinstance(parent, ast.Return):
            self._to_callers(path, parent, index, held)
        elif isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Tuple):
            names = parent.targets[0].elts
            if len(names) == len(node.elts):
                self._to_target(path, names[index], held)
        elif isinstance(parent, ast.keyword) and parent.arg == "args":
            for target_path, parameter in self._started(path, parent, index):
                self._to_parameter(target_path, parameter, held)

    def _started(self, path: str, given: ast.keyword, index: int) -> Iterator[tuple[str, ast.arg]]:
        """The parameter that ``Thread(target=f, args=(..., cfg))`` gives."""
        call = self._nodes[path].parent(given)
        if isinstance(call, ast.Call):
            function = next((word.value for word in call.keywords if word.arg in ("target", "fn")), None)
            found = self._local.definition(path, function) if function is not None else None
            if found and isinstance(found[1], FunctionNode):
                parameters = [*found[1].args.posonlyargs, *found[1].args.args]
                if index < len(parameters):
                    yield found[0], parameters[index]


def _targets(statement: ast.Assign | ast.AnnAssign | ast.withitem) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    target = statement.target if isinstance(statement, ast.AnnAssign) else statement.optional_vars
    return [target] if target is not None else []


def config_values(context: Context) -> ConfigValues:
    """What every expression holds of the configuration; use it as ``context.fact(config_values)``."""
    return ConfigValues(context)
