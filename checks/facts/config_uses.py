"""Every place where the code reads or writes a key of the configuration, and which key an expression stands for.

``context.fact(config_uses)`` gives ``key_of``, ``reads`` and ``writes``. Keys are tuples of parts; ``()`` is the whole
configuration. Values are followed by ``config_values``; what it cannot follow is reported as a use of everything under
the key (``whole``), since any of it may be read there.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from checks.context import Context
from checks.facts.calls import Calls, called_name, calls
from checks.facts.config_values import COPIES, GETTERS, MERGES, OMEGACONF, SELECT, ConfigValues, Held, config_values
from checks.facts.config_writes import Written, written
from checks.facts.constant_texts import Texts, texts
from checks.facts.local_calls import LocalCalls, local_calls
from checks.facts.nodes import Nodes, nodes
from checks.facts.syntax import keyword

SHOWERS = frozenset({"print", "info", "debug", "warning", "error", "critical", "log", "pprint", "echo"})
"""Last names of calls that only show a value."""
KEEPERS = frozenset(
    {"wandb.config.update"} | {OMEGACONF + name for name in ("save", "to_yaml", "resolve", "set_struct",
     "set_readonly", "is_config", "is_dict", "is_list", "register_new_resolver", "missing_keys")}
)  # fmt: skip
"""Calls that record the configuration, or change how it behaves, and read no setting from it."""
ASKERS = frozenset({"isinstance", "type", "len", "hasattr", "open_dict", "read_write", "flag_override", "id", "bool"})

WRITERS = frozenset({"update", "merge_with", "merge_with_dotlist", "keys", "_set_flag", "__contains__"})
"""Methods that read no value."""
IS_MISSING = OMEGACONF + "is_missing"


class Way(StrEnum):
    """How a key is read or written."""

    ATTRIBUTE = "attribute"
    SUBSCRIPT = "subscript"
    GET = "get"
    GETATTR = "getattr"
    SELECT = "select"
    IN = "in"
    HASATTR = "hasattr"
    POP = "pop"
    SHOWN = "shown"
    WHOLE = "whole"
    UPDATE = "update"
    SETATTR = "setattr"
    SETDEFAULT = "setdefault"
    MERGE = "merge"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Use:
    """One read or write of one key.

    Args:
        path: the file.
        node: the expression; of a write, the target or the call.
        line: its first line, counted from 1.
        key: the key as the code sees it, in parts.
        kind: how it is read or written.
        has_default: whether a missing key raises nothing there.
        value: what is written; None for a read, and where it cannot be told.
        whole: whether everything under the key may be read, or written, there as well.
        held: every configuration that the value can be part of there.
        value_path: the file that ``value`` stands in.
    """

    path: str
    node: ast.AST
    line: int
    key: tuple[str, ...]
    kind: Way
    has_default: bool = False
    value: ast.expr | None = None
    whole: bool = False
    held: tuple[Held, ...] = ()
    value_path: str = ""


class ConfigUses:
    """The configuration keys that the tree's code reads and writes.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self.values: ConfigValues = context.fact(config_values)
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._calls: Mapping[str, Calls] = context.fact(calls)
        self._texts: Texts = context.fact(texts)
        self._local: LocalCalls = context.fact(local_calls)
        reads: dict[tuple[ast.AST, tuple[str, ...], Way], Use] = {}
        writes: dict[tuple[ast.AST, tuple[str, ...], ast.expr | None], Use] = {}
        for node, every in self.values.held.items():
            path = self.values.paths[node]
            for held in every:
                for use in self._reads(path, node, held):
                    at = (use.node, use.key, use.kind)
                    reads[at] = replace(use, held=(*reads[at].held, *use.held)) if at in reads else use
                for each in written(self._nodes[path], self._calls[path], self._texts, path, node, held):
                    use = self._write(path, each, held)
                    to = (use.node, use.key, use.value)
                    writes[to] = replace(use, held=(*writes[to].held, *use.held)) if to in writes else use
        self.reads: tuple[Use, ...] = self._ordered(reads.values())
        self.writes: tuple[Use, ...] = self._ordered(writes.values())

    def _ordered(self, found: Iterable[Use]) -> tuple[Use, ...]:
        order = {path: place for place, path in enumerate(self._nodes)}
        return tuple(sorted(found, key=lambda use: (order[use.path], use.line, use.key)))

    def key_of(self, path: str, node: ast.AST) -> tuple[str, ...] | None:
        """The key that an expression stands for; ``()`` for the whole configuration, None where it is none or several.

        Of a name that is assigned or a parameter, ask about a use of it.
        """
        del path
        held = self.values.of(node) or (self.values.parameters.get(node, ()) if isinstance(node, ast.arg) else ())
        keys = {each.key for each in held}
        return next(iter(keys)) if len(keys) == 1 else self._stored(node) if not keys else None

    def _stored(self, node: ast.AST) -> tuple[str, ...] | None:
        """The key of a target such as ``cfg.a.b`` that is written, not read."""
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            keys = {each.key for each in self.values.of(node.value)}
            return (*next(iter(keys)), node.attr) if len(keys) == 1 else None
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            keys = {each.key for each in self.values.of(node.value)}
            return (*next(iter(keys)), str(node.slice.value)) if len(keys) == 1 else None
        return None

    def _write(self, path: str, each: Written, held: Held) -> Use:
        line = getattr(each.node, "lineno", 1)
        where = each.value_path or path
        return Use(path, each.node, line, each.key, Way(each.way), False, each.value, each.whole, (held,), where)

    def _reads(self, path: str, node: ast.AST, held: Held) -> Iterator[Use]:
        """What is read where a value's expression ends: the key itself, or something asked of it."""
        parent = self._nodes[path].parent(node)
        match parent:
            case ast.Attribute(attr=name):
                yield from self._attribute(path, node, parent, name, held)
            case ast.Subscript(value=base) if base is node:
                if isinstance(parent.ctx, ast.Load) and parent not in self.values.held:
                    yield self._use(path, parent, held, Way.SUBSCRIPT, whole=True)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()]) if left is not node:
                yield from self._asked(path, parent, left, held)
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr() | ast.Return():
                yield from self._plain(path, node, held, whole=not self._is_followed(path, parent))
            case (
                ast.IfExp()
                | ast.BoolOp()
                | ast.Compare()
                | ast.If()
                | ast.UnaryOp()
                | ast.Expr()
                | ast.FormattedValue()
            ):
                yield from self._plain(path, node, held, whole=False)
            case ast.Call():
                yield from self._given(path, node, parent, held)
            case ast.keyword(arg=str()):
                call = self._nodes[path].parent(parent)
                if isinstance(call, ast.Call):
                    yield from self._given(path, node, call, held)
            case _:
                yield from self._plain(path, node, held, whole=not isinstance(parent, ast.withitem | ast.Assert))

    def _attribute(self, path: str, node: ast.AST, parent: ast.Attribute, name: str, held: Held) -> Iterator[Use]:
        call = self._nodes[path].parent(parent)
        if not (isinstance(call, ast.Call) and call.func is parent):
            if isinstance(parent.ctx, ast.Load) and parent not in self.values.held:
                yield from self._plain(path, node, held, whole=True)
        elif name in GETTERS:
            if call not in self.values.held:
                yield self._use(path, call, held, Way.GET, default=True, whole=True)
        elif name != "copy":
            yield from self._plain(path, node, held, whole=name not in WRITERS)

    def _given(self, path: str, node: ast.AST, call: ast.Call, held: Held) -> Iterator[Use]:
        """What a call does with a value that it is given."""
        origin, name = self._calls[path].origin(call), called_name(call)
        first = bool(call.args) and call.args[0] is node
        if call in self.values.held and (origin in MERGES or origin in COPIES or name in ("dict", "open_dict")):
            yield from self._plain(path, node, held, whole=False)
        elif first and (origin in (SELECT, IS_MISSING) or (origin is None and name in ("hasattr", "getattr"))):
            if origin == IS_MISSING or name == "hasattr":
                yield from self._asked(path, call, call.args[1], held) if len(call.args) > 1 else ()
            elif call not in self.values.held:
                yield self._use(path, call, held, Way.SELECT, default=True, whole=True)
        elif origin == OMEGACONF + "update" or (origin is None and name in ("setattr", "delattr")):
            yield from self._plain(path, node, held, whole=True) if not first else ()
        elif origin in KEEPERS or name in SHOWERS or (origin == "wandb.init" and keyword(call, "config") is node):
            yield self._use(path, node, held, Way.SHOWN, default=_has_default(node))
        else:
            kept = name in ASKERS or self._is_given_on(path, call, node)
            yield from self._plain(path, node, held, whole=not kept)

    def _asked(self, path: str, node: ast.AST, name: ast.expr, held: Held) -> Iterator[Use]:
        """A question whether a key is there."""
        way = Way.HASATTR if isinstance(node, ast.Call) else Way.IN
        for text in self._texts.of(path, name):
            yield self._use(path, node, held.below(text), way, default=True)

    def _is_given_on(self, path: str, call: ast.Call, node: ast.AST) -> bool:
        """Whether every function that may get the value is the tree's own, so that its uses there are seen."""
        found = self._local.targets(path, call)
        return bool(found) and all(any(value is node for _, value in each.given(call)) for each in found)

    def _is_followed(self, path: str, statement: ast.AST) -> bool:
        if isinstance(statement, ast.Return):
            function = self._nodes[path].function(statement)
            return function is not None and bool(self._local.callers(function))
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        return all(isinstance(target, ast.Name) or _is_own(target) for target in targets)

    def _plain(self, path: str, node: ast.AST, held: Held, whole: bool) -> Iterator[Use]:
        if held.key or whole:
            way = _way(node) if held.key else Way.WHOLE
            yield self._use(path, node, held, way, default=_has_default(node), whole=whole)

    def _use(
        self, path: str, node: ast.AST, held: Held, way: Way, *, default: bool = False, whole: bool = False
    ) -> Use:
        return Use(path, node, getattr(node, "lineno", 1), held.key, way, default, None, whole, (held,))


def config_uses(context: Context) -> ConfigUses:
    """The configuration keys that the code reads and writes; use it as ``context.fact(config_uses)``."""
    return ConfigUses(context)


def _is_own(target: ast.expr | None) -> bool:
    return isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"


def _way(node: ast.AST) -> Way:
    """How an expression gets at its key."""
    if isinstance(node, ast.Subscript):
        return Way.SUBSCRIPT
    if isinstance(node, ast.Call):
        name = called_name(node)
        known = {"get": Way.GET, "pop": Way.POP, "getattr": Way.GETATTR, "select": Way.SELECT, "setdefault": Way.GET}
        return known.get(name, Way.ATTRIBUTE)
    return Way.ATTRIBUTE


def _has_default(node: ast.AST) -> bool:
    """Whether an expression gives something, and raises nothing, where its key is missing."""
    if not isinstance(node, ast.Call):
        return False
    name = called_name(node)
    return name in ("get", "select", "setdefault") or (name == "getattr" and len(node.args) > 2)
