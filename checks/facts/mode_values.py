"""What an expression is worth under each mode, as far as the code alone tells.

Three worlds are told apart: the command was given ``mode=trial``, ``mode=full`` or something else. Everything that does
not follow from that is ``UNKNOWN``, which every reader takes in favour of the code.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from checks.context import Context
from checks.facts.imports import imports
from checks.facts.local_calls import local_calls
from checks.facts.mode_keys import CONFIG_NAME, Key, Keys, chain, parameters
from checks.facts.mode_operators import UNKNOWN, binary, compared, converted, joined, method, same
from checks.facts.mode_words import mode_words
from checks.facts.nodes import Nodes, nodes
from checks.facts.reach import FunctionNode, local_names
from checks.facts.syntax import keyword

TRIAL, FULL, OTHER = "trial", "full", "\0other"
WORLDS = frozenset({TRIAL, FULL, OTHER})
MODES = (TRIAL, FULL)
FLAG = re.compile(r"(?i)(is_|in_|_)*(trial|full)(_mode|_run)?")
"""Names of switches that say which mode it is, where nothing else tells what they hold."""
MOST_DEPTH = 30
MOST_ELEMENTS = 60
Where = tuple[str, ast.expr]


@dataclass(frozen=True, slots=True)
class Table:
    """A dictionary display, to be looked into."""

    path: str
    node: ast.Dict | ast.Call


class Values:
    """Evaluates expressions of one tree.

    Args:
        context: the review.
        keys: which configuration key an expression denotes.
        runs: whether a node can run in a world.
        written: what a configuration key is worth in a file and a world, by what the code writes to it.
    """

    def __init__(
        self,
        context: Context,
        keys: Keys,
        runs: Callable[[str, ast.AST, str], bool],
        written: Callable[[str, Key, str], object],
    ) -> None:
        self._keys, self._runs, self._written = keys, runs, written
        self._nodes = context.fact(nodes)
        self._imports = context.fact(imports)
        self._calls = context.fact(local_calls)
        self._local = context.fact(local_names)
        self._words = context.fact(mode_words)
        self._known: dict[tuple[ast.AST, str], object] = {}
        self._busy: set[tuple[ast.AST, str]] = set()
        self._stores: dict[str, dict[tuple[ast.AST | None, str], list[ast.Name]]] = {}
        self._attributes: dict[str, list[tuple[str, ast.Attribute]]] = defaultdict(list)
        self._told: set[str] = set()
        self._shared: set[str] = set()
        for path, found in self._nodes.items():
            self._index(path, found)

    def _index(self, path: str, found: Nodes) -> None:
        stores: dict[tuple[ast.AST | None, str], list[ast.Name]] = defaultdict(list)
        for name in found.of(ast.Name):
            if isinstance(name.ctx, ast.Store):
                stores[found.function(name), name.id].append(name)
        self._stores[path] = stores
        for statement in found.of(ast.Global, ast.Nonlocal):
            self._shared.update(getattr(statement, "names", ()))
        for attribute in found.of(ast.Attribute):
            if isinstance(attribute.ctx, ast.Store) and isinstance(attribute.value, ast.Name):
                self._attributes[attribute.attr].append((path, attribute))
        for compare in found.of(ast.Compare):
            sides = [compare.left, *compare.comparators]
            if any(isinstance(side, ast.Constant) and side.value in MODES for side in sides):
                self._told.update(".".join(chain(side)[1]) or getattr(chain(side)[0], "id", "") for side in sides)

    def of(self, path: str, node: ast.AST, world: str) -> object:
        """The value in one world, ``UNKNOWN`` where it cannot be told."""
        state = (node, world)
        if state in self._known:
            return self._known[state]
        if state in self._busy or len(self._busy) > MOST_DEPTH:
            return UNKNOWN
        self._busy.add(state)
        value = self._evaluate(path, node, world)
        self._busy.discard(state)
        self._known[state] = value
        return value

    def truth(self, path: str, node: ast.AST, world: str) -> bool | None:
        """Whether a test holds in a world; None where it cannot be told."""
        value = self.of(path, node, world) if self.matters(node) else UNKNOWN
        return None if value is UNKNOWN else bool(value)

    def matters(self, node: ast.AST) -> bool:
        """Whether an expression mentions anything that may depend on the mode."""
        return node in self._words

    def tells(self, path: str, node: ast.AST) -> bool:
        """Whether an expression is worth something else under ``trial`` than under ``full``."""
        if not self.matters(node):
            return False
        one, other = (self.of(path, node, world) for world in MODES)
        return not same(one, other) and UNKNOWN not in (one, other)

    def is_mode(self, path: str, node: ast.AST) -> bool:
        """Whether an expression is the mode that the command line gave."""
        key = self._keys.of(path, node)
        if not key or key[-2:] == ("wandb", "mode"):
            return False
        return key == ("mode",) or ".".join(key) in self._told

    def _evaluate(self, path: str, node: ast.AST, world: str) -> object:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name():
                return self._name(path, node, world)
            case ast.Attribute() | ast.Subscript() | ast.Call():
                return self._part(path, node, world)
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp() | ast.BinOp() | ast.IfExp():
                return self._operation(path, node, world)
            case ast.NamedExpr(value=inner) | ast.Await(value=inner):
                return self.of(path, inner, world)
            case ast.List(elts=[]) | ast.Dict(keys=[]):
                return UNKNOWN  # it is there to be filled
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                return tuple(self.of(path, each, world) for each in elements[:MOST_ELEMENTS])
            case ast.Dict():
                return Table(path, node)
            case ast.JoinedStr(values=values):
                texts = [self.of(path, getattr(each, "value", each), world) for each in values[:MOST_ELEMENTS]]
                return UNKNOWN if UNKNOWN in texts else "".join(map(str, texts))
        return UNKNOWN

    def _operation(self, path: str, node: ast.expr, world: str) -> object:
        match node:
            case ast.Compare():
                sides = [self.of(path, side, world) for side in (node.left, *node.comparators)[:MOST_ELEMENTS]]
                return compared(node.ops, sides)
            case ast.BoolOp(op=op, values=values):
                return joined(isinstance(op, ast.And), (self.of(path, value, world) for value in values))
            case ast.UnaryOp(op=unary, operand=inner):
                return converted(type(unary).__name__, self.of(path, inner, world))
            case ast.BinOp(left=left, op=sign, right=right):
                return binary(sign, self.of(path, left, world), self.of(path, right, world))
            case ast.IfExp(test=test, body=body, orelse=other):
                held = self.truth(path, test, world)
                picked = [each for each, when in ((body, True), (other, False)) if held is None or held is when]
                return unified(self.of(path, each, world) for each in picked)
        return UNKNOWN

    def _part(self, path: str, node: ast.Attribute | ast.Subscript | ast.Call, world: str) -> object:
        if self.is_mode(path, node):
            return world
        key = self._keys.of(path, node)
        if key and (value := self._written(path, key, world)) is not UNKNOWN:
            return value
        if isinstance(node, ast.Attribute):
            value = self._attribute(path, node, world)
        elif isinstance(node, ast.Subscript):
            value = self._item(path, node.value, self.of(path, node.slice, world), None, world)
        else:
            value = self._call(path, node, world)
        return self._flag(chain(node)[1][-1:], world) if value is UNKNOWN else value

    def _attribute(self, path: str, node: ast.Attribute, world: str) -> object:
        definition = self._calls.definition(path, node.value) if isinstance(node.value, ast.Name) else None
        if definition is not None and isinstance(definition[1], ast.ClassDef):
            return self._member(definition[0], definition[1], node.attr, world)
        if node.attr in ("value", "name"):
            return self.of(path, node.value, world)
        stores = self._attributes.get(node.attr, [])[:MOST_ELEMENTS] if isinstance(node.value, ast.Name) else []
        known = self._stored(stores, world) if node.attr != "mode" or stores else UNKNOWN
        return known if stores else self._global(path, node, world)

    def _stored(self, stores: Sequence[tuple[str, ast.Attribute]], world: str) -> object:
        return unified(
            self.of(where, assigned, world) if (assigned := self._assigned(where, store)) is not None else UNKNOWN
            for where, store in stores
            if self._runs(where, store, world)
        )

    def _member(self, path: str, owner: ast.ClassDef, name: str, world: str) -> object:
        for statement in owner.body:
            if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == name:
                plain = isinstance(statement.value, ast.Constant)
                return self.of(path, statement.value, world) if plain else name.lower()
        return UNKNOWN

    def _item(self, path: str, base: ast.expr, index: object, default: ast.expr | None, world: str) -> object:
        held = self.of(path, base, world)
        if isinstance(held, tuple) and isinstance(index, int) and -len(held) <= index < len(held):
            return held[index]
        if not isinstance(held, Table) or index is UNKNOWN:
            definition = self._calls.definition(path, base) if isinstance(base, ast.Name) else None
            return index.lower() if definition and isinstance(index, str) else UNKNOWN
        for key, value in entries(held.node):
            if same(self.of(held.path, key, world), index):
                return self.of(held.path, value, world)
        return self.of(path, default, world) if default is not None else UNKNOWN

    def _call(self, path: str, call: ast.Call, world: str) -> object:
        arguments = [self.of(path, each, world) for each in call.args[:MOST_ELEMENTS]]
        if isinstance(call.func, ast.Attribute) and call.func.attr == "get" and arguments:
            default = call.args[1] if len(call.args) > 1 else ast.Constant(None)
            return self._item(path, call.func.value, arguments[0], default, world)
        if isinstance(call.func, ast.Attribute) and not call.keywords:
            value = method(call.func.attr, self.of(path, call.func.value, world), arguments)
            if value is not UNKNOWN:
                return value
        if isinstance(call.func, ast.Name) and call.func.id == "dict" and not call.args and keyword(call, TRIAL):
            return Table(path, call)
        targets = self._calls.targets(path, call)
        if targets and all(each.function.name != "__init__" for each in targets):
            return unified(self._returned(each.path, each.function, world) for each in targets)
        definition = self._calls.definition(path, call.func)
        if definition is not None:
            return arguments[0] if isinstance(definition[1], ast.ClassDef) and len(arguments) == 1 else UNKNOWN
        return converted(call.func.id, *arguments) if isinstance(call.func, ast.Name) else UNKNOWN

    def _returned(self, path: str, function: ast.AST, world: str) -> object:
        found = self._nodes[path]
        returns = [each for each in found.under(function, ast.Return) if found.function(each) is function]
        return unified(
            self.of(path, each.value or ast.Constant(None), world)
            for each in returns[:MOST_ELEMENTS]
            if self._runs(path, each, world)
        )

    def _name(self, path: str, name: ast.Name, world: str) -> object:
        if name.id == "__name__":
            return "__main__"  # every file that matters here is started or imported by one that is
        found, stores = self._nodes[path], self._stores[path]
        lambdas = (each for each in found.above(name) if isinstance(each, ast.Lambda))
        if name.id in self._shared or any(name.id in parameters(each) for each in lambdas):
            return UNKNOWN
        owner: ast.AST | None = found.function(name)
        while owner is not None and (owner, name.id) not in stores and name.id not in parameters(owner):
            owner = found.function(owner)
        value: object = UNKNOWN
        if (owner, name.id) in stores:
            value = self._reaching(path, name, owner, world)
        elif owner is not None:
            value = self._parameter(path, owner, name.id, world)
        else:
            value = self._global(path, name, world)
        if value is UNKNOWN and name.id in self._told and not isinstance(name.ctx, ast.Store):
            value = world if name.id.endswith("mode") and not self._is_computed(path, owner, name.id) else value
        return self._flag((name.id,), world) if value is UNKNOWN else value

    def _is_computed(self, path: str, owner: ast.AST | None, name: str) -> bool:
        return (owner, name) in self._stores[path] and name not in parameters(owner)

    def _flag(self, names: Iterable[str], world: str) -> object:
        for name in names:
            match = FLAG.fullmatch(name)
            if match and name.lower() not in MODES:
                return world == match[2].lower()
        return UNKNOWN

    def _global(self, path: str, node: ast.expr, world: str) -> object:
        """A constant that another file of the tree defines."""
        origin = self._imports[path].resolve(node)
        piece = self._local.piece(origin) if origin else None
        if piece is None or not isinstance(piece.node, ast.Module) or origin is None:
            return UNKNOWN
        stores = self._stores[piece.path].get((None, origin.rpartition(".")[2]), [])
        value = self._assigned(piece.path, stores[0]) if len(stores) == 1 else None
        return self.of(piece.path, value, world) if value is not None else UNKNOWN

    def _parameter(self, path: str, function: ast.AST, name: str, world: str) -> object:
        if not isinstance(function, FunctionNode):
            return UNKNOWN
        given: list[object] = []
        for where, call, target in self._calls.callers(function)[:MOST_ELEMENTS]:
            if not self._runs(where, call, world):
                continue
            passed = {each.arg: value for each, value in target.given(call)}
            starred = any(word.arg is None for word in call.keywords) or any(
                isinstance(each, ast.Starred) for each in call.args
            )
            if name in passed:
                given.append(self.of(where, passed[name], world))
            else:
                default = None if starred else default_of(function, name)
                given.append(self.of(path, default, world) if default is not None else UNKNOWN)
        return unified(given)

    def _reaching(self, path: str, use: ast.Name, owner: ast.AST | None, world: str) -> object:
        """What the assignments that can come before a use leave in the name."""
        found = self._nodes[path]
        inside = found.function(use) is owner
        candidates: list[object] = []
        for store in reversed(self._stores[path][owner, use.id][:MOST_ELEMENTS]):
            holder = found.parent(store)
            value = self._assigned(path, store)
            if value is not None and found.within(use, value):
                continue
            if inside and not found.before(store, use):
                looped = [each for each in found.above(store) if isinstance(each, ast.For | ast.While)]
                if any(found.within(use, each) for each in looped):
                    candidates.append(UNKNOWN)
                continue
            if holder is None or not self._runs(path, store, world):
                continue
            candidates.append(self.of(path, value, world) if value is not None else UNKNOWN)
            if self._certain(path, store, use, world):
                return unified(candidates)
        if owner is not None and use.id in parameters(owner):
            candidates.append(self._parameter(path, owner, use.id, world))
        return unified(candidates)

    def _certain(self, path: str, store: ast.AST, use: ast.AST, world: str) -> bool:
        """Whether the assignment has run whenever the use runs after it."""
        found, below = self._nodes[path], store
        for above in found.above(store):
            if isinstance(above, FunctionNode) or found.within(use, above):
                return True
            if isinstance(above, ast.If):
                if self.truth(path, above.test, world) is not any(below is each for each in above.body):
                    return False
            elif isinstance(above, ast.For | ast.AsyncFor | ast.While | ast.ExceptHandler | ast.match_case):
                return False
            below = above
        return True

    def _assigned(self, path: str, store: ast.expr) -> ast.expr | None:
        """The expression that a store takes; None where it is a part of something or changed in place."""
        match self._nodes[path].parent(store):
            case ast.Assign(targets=targets, value=value) if store in targets:
                return value
            case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
                return value
            case ast.Tuple(elts=elements) as display:
                match self._nodes[path].parent(display):
                    case ast.Assign(value=ast.Tuple(elts=values)) if len(values) == len(elements):
                        return values[elements.index(store)]
        return None


def unified(values: Iterable[object]) -> object:
    """The one value that all are; ``UNKNOWN`` where they differ or there is none."""
    found = list(values)
    return found[0] if found and all(same(found[0], each) for each in found) else UNKNOWN


def entries(table: ast.Dict | ast.Call) -> list[tuple[ast.expr, ast.expr]]:
    """Keys and values of ``{...}`` or ``dict(a=...)``; what is unpacked is left out."""
    if isinstance(table, ast.Dict):
        return [(key, value) for key, value in zip(table.keys, table.values, strict=True) if key is not None]
    return [(ast.Constant(word.arg), word.value) for word in table.keywords if word.arg]


def default_of(function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> ast.expr | None:
    """The default of a parameter; None where it has none."""
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(plain), reversed(arguments.defaults), strict=False)]
    pairs += [(each, value) for each, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value]
    return next((value for each, value in pairs if each.arg == name), None)


def is_config_name(name: str) -> bool:
    """Whether a variable's name is one that configurations go by."""
    return bool(CONFIG_NAME.fullmatch(name.strip("_")))
