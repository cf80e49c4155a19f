"""What the code does under one mode alone, as far as it matters for how much work is done.

``settings`` are the keys that are written, ``unknown`` is anything whose effect is not understood: other statements,
other branches of an expression, the mode handed to code that is not followed. A rule that says "nothing limits the
work" must stay silent where ``unknown`` holds something.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.imports import imports
from checks.facts.local_calls import local_calls
from checks.facts.mode_code import MODES, TRIAL, ModeCode, Write, mode_code
from checks.facts.mode_values import is_config_name
from checks.facts.mode_words import mode_words
from checks.facts.mode_writes import READERS
from checks.facts.nodes import Nodes, nodes
from checks.facts.syntax import text_of

EVALUATE = "src/evaluate.py"
SHOWING = frozenset(
    {"print", "info", "debug", "warning", "error", "log", "echo", "exit", "write", "pprint", "rule", "warn", "append",
     "extend", "join", "format", "makedirs", "mkdir", "ValueError", "RuntimeError", "SystemExit", "KeyError",
     "NotImplementedError", "set_struct", "set_readonly", "finish", "login", "str", "lower", "upper", "strip", "repr"}
)  # fmt: skip
"""Last names of calls that change no amount of work, whatever they are given."""
SETTERS = frozenset({"update", "setattr", "merge", "merge_with", "setdefault", "open_dict", "create", "from_dotlist",
                     "putenv", "__setitem__", "items"})  # fmt: skip
"""Calls that write settings; what they write is among the settings."""
STATEMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return, ast.Break, ast.Continue, ast.With)
"""What may do something; what holds other statements is left to these."""
HANDING = (ast.Call, ast.keyword, ast.Dict, ast.List, ast.Tuple, ast.Subscript, ast.FormattedValue)
"""What a value may be handed on by."""
SEARCH = re.compile(r"(?i)n_trials|optuna|search|tun(e|ing)|hpo|sweep")
LOADERS = frozenset({"load", "compose", "getattr", "import_module", "open", "merge"})
"""Calls that find something by a text that the mode is a part of."""
HARMLESS = re.compile(
    r"(?i)(.*\.)?(wandb\..*|optuna\..*|os\.environ\..*|.*wandb.*|.*n_trials|mode|.*logg(er|ing).*|log_.*|verbose"
    r"|.*workers|.*seed|.*save.*|.*checkpoint.*|.*_dir|run_?(id|name)|name|tags?|notes|group|resume|debug|device|.*lr"
    r"|learning_rate|warmup.*|.*patience|pin_memory|command|run|.*tracking)"
)
"""Names of settings that limit neither epochs nor batches nor samples."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A place whose effect under one mode is not understood."""

    path: str
    node: ast.AST


class ModeEffects:
    """What only one of the modes does.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._code: ModeCode = context.fact(mode_code)
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._calls = context.fact(calls)
        self._imports = context.fact(imports)
        self._local = context.fact(local_calls)

    @cached_property
    def settings(self) -> tuple[Write, ...]:
        """The writes that only one mode makes."""
        return tuple(each for each in self._code.writes if len(each.modes) == 1 and not each.search)

    @cached_property
    def unknown(self) -> tuple[Unknown, ...]:
        """Everything else that only one mode does, or that is handed the mode."""
        return (
            tuple(
                Unknown(path, node)
                for path, found in self._nodes.items()
                if path != EVALUATE
                for node in (*self._statements(path, found), *self._expressions(path, found))
            )
            + self.escapes
        )

    @cached_property
    def escapes(self) -> tuple[Unknown, ...]:
        """Where the mode, or a test of it, is handed to something that is not followed."""
        return tuple(
            Unknown(path, node)
            for path, use in self._context.fact(mode_words).occurrences
            if path != EVALUATE
            for node in self._escapes(path, use)
        )

    @cached_property
    def may_change_configuration(self) -> bool:
        """Whether something that is not understood may write any key under one mode."""
        return any(self._takes_configuration(each.path, each.node) for each in self.unknown)

    def leaves(self, effect: Unknown, path: str, loop: ast.AST) -> bool:
        """Whether something that one mode does may end a loop: it stands in it, and in no loop further inside."""
        found = self._nodes[path]
        if effect.path != path or not found.within(effect.node, loop):
            return False
        if isinstance(effect.node, ast.Break | ast.Continue):
            return found.nearest(effect.node, ast.For, ast.While) is loop
        return isinstance(effect.node, ast.Return) or found.nearest(effect.node, ast.For, ast.While) is loop

    def _takes_configuration(self, path: str, node: ast.AST) -> bool:
        found = self._nodes[path]
        statement = found.statement(node)
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) if is_config_name(name):
                return True
        call = node if isinstance(node, ast.Call) else found.nearest(node, ast.Call)
        inner = [call] if call is not None else []
        whole = node if isinstance(node, ast.stmt) else statement
        if whole is node or isinstance(whole, ast.For):
            inner = list(found.under(whole, ast.Call))
        given = [each for call in inner for each in (*call.args, *(word.value for word in call.keywords))]
        return any(isinstance(each, ast.Name) and is_config_name(each.id) for each in given)

    def _only(self, path: str, node: ast.AST) -> bool:
        return len(self._code.modes(path, node)) == 1

    def _statements(self, path: str, found: Nodes) -> Iterator[ast.AST]:
        for node in found.of(*STATEMENTS):  # fmt: skip
            if self._only(path, node) and not self._is_plain(path, found, node):
                yield node

    def _is_plain(self, path: str, found: Nodes, node: ast.AST) -> bool:
        """Whether a statement of one mode is understood: it writes a setting, prints, or calls code that is seen."""
        if self._code.in_search(path, node) or self._is_search(path, found, node):
            return True
        match node:
            case ast.Assign(targets=[ast.Name() as name], value=value):
                merged = isinstance(value, ast.Call) and called_name(value) in SETTERS
                return merged or bool(HARMLESS.fullmatch(name.id)) or isinstance(value, ast.Dict)
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript() as target]):
                return bool(self._code.key_of(path, target)) or self._in_environment(path, target)
            case ast.Expr(value=ast.Call() as call):
                return self._is_plain_call(path, call)
            case ast.Expr(value=ast.Constant()):
                return True
            case ast.Return(value=None | ast.Constant(value=None)) | ast.Return(value=ast.Name()):
                return found.nearest(node, ast.For, ast.While) is None
            case ast.With(items=items):
                return all(
                    isinstance(each.context_expr, ast.Call) and called_name(each.context_expr) == "open_dict"
                    for each in items
                )
        return False

    @cached_property
    def _searching(self) -> frozenset[ast.AST]:
        """The functions, and the branches on a number of trials, that hold a search."""
        found: set[ast.AST] = set()
        for path, some in self._calls.items():
            for call in some.named("optimize", "create_study"):
                for above in self._nodes[path].above(call):
                    asks = isinstance(above, ast.If) and SEARCH.search(text_of(above.test))
                    if asks or isinstance(above, ast.FunctionDef):
                        found.add(above)
        return frozenset(found)

    def _is_search(self, path: str, found: Nodes, node: ast.AST) -> bool:
        """Whether a statement of one mode is a part of a search, or starts one."""
        if not self._searching:
            return False
        for above in found.above(node):
            if above in self._searching and (isinstance(above, ast.If) or self._only(path, above.body[0])):  # type: ignore[attr-defined]
                return True
        targets = (each for call in found.under(node, ast.Call) for each in self._local.targets(path, call))
        return any(each.function in self._searching for each in targets)

    def _in_environment(self, path: str, target: ast.expr) -> bool:
        return isinstance(target, ast.Subscript) and self._imports[path].resolve(target.value) == "os.environ"

    def _is_plain_call(self, path: str, call: ast.Call) -> bool:
        name = called_name(call)
        if name in SHOWING or name in SETTERS or name in READERS or self._local.targets(path, call):
            return True
        return any(write.node is call for write in self._code.writes)

    def _expressions(self, path: str, found: Nodes) -> Iterator[ast.AST]:
        """Parts of expressions that one mode alone evaluates, inside statements that both run."""
        for node in found.of(ast.IfExp, ast.BoolOp):
            parts = [node.body, node.orelse] if isinstance(node, ast.IfExp) else getattr(node, "values", [])[1:]
            if any(self._only(path, part) for part in parts) and not self._only(path, node):
                holder = self._holder(path, found, node)
                if holder is not None:
                    yield holder

    def _holder(self, path: str, found: Nodes, node: ast.AST) -> ast.AST | None:
        """The statement or argument that takes a value by mode; None where it matters to no amount of work."""
        below = node
        for above in found.above(node):
            match above:
                case ast.keyword(arg=str() as name) if HARMLESS.fullmatch(name):
                    return None
                case ast.Call() if called_name(above) in SHOWING:
                    return None
                case ast.FormattedValue() | ast.If() | ast.While() | ast.Assert() | ast.Raise():
                    return None
                case ast.Assign(targets=[ast.Name(id=name)]) if HARMLESS.fullmatch(name):
                    return None
                case ast.Assign(targets=[ast.Attribute() | ast.Subscript() as target]):
                    key = self._code.key_of(path, target)
                    harmless = key is not None and HARMLESS.fullmatch(".".join(key))
                    return None if harmless or self._in_environment(path, target) else above
                case ast.stmt():
                    return above
            below = above
        return below

    def _escapes(self, path: str, node: ast.AST) -> Iterator[ast.AST]:
        """Where the mode, or a test of it, is handed to something that is not followed."""
        found, current = self._nodes[path], node
        while isinstance(current, ast.expr) and not isinstance(current, ast.Constant):
            if self._lost(path, found, current):
                yield current
            parent = found.parent(current)
            while isinstance(parent, ast.keyword):
                parent = found.parent(parent)
            if parent is None or not isinstance(parent, ast.expr):
                return
            current = parent

    def _lost(self, path: str, found: Nodes, node: ast.AST) -> bool:
        parent = found.parent(node)
        if not isinstance(parent, HANDING):
            return isinstance(parent, ast.BinOp) and isinstance(node, ast.Compare) and self._code.tells(path, node)
        if isinstance(parent, ast.Call) and parent.func is node:
            return False
        if isinstance(node, ast.Call | ast.BoolOp) and not isinstance(parent, ast.Call | ast.keyword):
            return False
        if not self._code.matters(node):
            return False
        value = self._code.value(path, node, TRIAL)
        if not (isinstance(value, bool) or value == TRIAL) or not self._code.tells(path, node):
            return False
        match parent:
            case ast.Subscript(slice=index) if isinstance(found.parent(parent), ast.For):
                return index is node
            case ast.Subscript(slice=index):
                return index is node and self._code.value(path, parent, MODES[0]) is self._code.value(path, parent, "?")
            case ast.FormattedValue():
                return self._finds(found, parent)
            case ast.List() | ast.Tuple() | ast.Dict():
                return not isinstance(found.parent(parent), ast.Call | ast.Compare | ast.Assign | ast.For)
        call = found.parent(parent) if isinstance(parent, ast.keyword) else parent
        return isinstance(call, ast.Call) and not self._is_followed(path, parent, call)

    def _finds(self, found: Nodes, value: ast.FormattedValue) -> bool:
        holder = found.parent(found.parent(value) or value)
        while isinstance(holder, ast.BinOp):
            holder = found.parent(holder)
        return isinstance(holder, ast.Subscript) or (isinstance(holder, ast.Call) and called_name(holder) in LOADERS)

    def _is_followed(self, path: str, given: ast.AST, call: ast.Call) -> bool:
        if isinstance(given, ast.keyword) and given.arg and HARMLESS.fullmatch(given.arg):
            return True
        name = called_name(call)
        if name in SHOWING or name in SETTERS or name in READERS or name in ("bool", "int", "dict", "init", "Settings"):
            return True
        targets = self._local.targets(path, call)
        return bool(targets) and any(isinstance(each.function.body, list) for each in targets)


def mode_effects(context: Context) -> ModeEffects:
    """What only one of the modes does; use it as ``context.fact(mode_effects)``."""
    return ModeEffects(context)


def read_names(context: Context) -> frozenset[str]:
    """Every attribute that is read and every text, outside what a setting is written by."""
    code = context.fact(mode_code)
    written = {part for write in code.writes if isinstance(write.node, ast.Call) for part in write.key}
    found: set[str] = set()
    for each in context.fact(nodes).values():
        found.update(node.attr for node in each.of(ast.Attribute) if isinstance(node.ctx, ast.Load))
        texts = (node.value for node in each.of(ast.Constant) if isinstance(node.value, str))
        found.update(text for text in texts if text not in written)
    return frozenset(found)
