"""What an expression can be, joined from the code and from the configuration of every run, with where each stands.

Followed are constants, names, parameters that every caller gives, attributes of ``self`` set once, configuration keys,
written dictionaries, f-strings, and methods of text (``replace``, ``split``, ``lower`` and the like).
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from checks.context import Context
from checks.facts.classes import located
from checks.facts.config_uses import ConfigUses, Way, config_uses
from checks.facts.constant_texts import Texts, texts
from checks.facts.hydra_commands import effective_config, run_ids
from checks.facts.imports import Imports, imports
from checks.facts.local_calls import LocalCalls, local_calls
from checks.facts.nodes import Nodes, nodes
from checks.facts.reach import FunctionNode
from checks.facts.yaml_files import yaml_files

MOST_VALUES = 64
"""Values of one expression; one that may have more is unknown."""
MOST_STEPS = 12
"""Names, callers and methods that a value is followed through."""
MOST_EXPRESSIONS = 500
"""Expressions that one question leads through."""
MOST_CHARACTERS = 2000
"""Longest text that a method gives and that is followed on."""
METHODS = frozenset(
    {"strip", "lstrip", "rstrip", "lower", "upper", "replace", "removeprefix", "removesuffix", "split", "rsplit"}
)
MAIN_FILE = "config/config.yaml"


@dataclass(frozen=True, slots=True)
class Value:
    """One thing that an expression can be.

    Args:
        value: a text, a number, None, or a list of texts that is split and indexed.
        path: the file where it stands.
        line: its line, counted from 1.
        run: the run whose configuration has it; empty for a value of the code.
        key: its configuration key, dotted; empty for a value of the code.
    """

    value: object
    path: str
    line: int
    run: str = ""
    key: str = ""


class PossibleValues:
    """What expressions of the tree can be.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._imports: Mapping[str, Imports] = context.fact(imports)
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._local: LocalCalls = context.fact(local_calls)
        self._left = MOST_EXPRESSIONS
        self._texts: Texts = context.fact(texts)
        self._configs: dict[str, Mapping[str, object]] | None = None

    def of(self, path: str, node: ast.expr, steps: int = MOST_STEPS) -> tuple[Value, ...]:
        """Everything that an expression can be; none where it can be anything that is not seen."""
        self._left = MOST_EXPRESSIONS if steps == MOST_STEPS else self._left - 1
        if not steps or self._left < 0:
            return ()
        found = self._plain(path, node, steps - 1)
        return tuple(dict.fromkeys(found)) if len(found) <= MOST_VALUES else ()

    def _plain(self, path: str, node: ast.expr, steps: int) -> tuple[Value, ...]:
        match node:
            case ast.Constant(value=str() | int() | None as value):
                return (Value(value, path, node.lineno),)
            case ast.Name():
                return self._name(path, node, steps)
            case ast.JoinedStr(values=parts):
                return self._joined(path, node, parts, steps)
            case ast.Subscript(value=base, slice=key):
                return self._item(path, node, base, key, steps)
            case ast.Call():
                return self._call(path, node, steps)
            case ast.Attribute():
                return self._attribute(path, node, steps)
            case ast.BoolOp(op=ast.Or(), values=[first, second]):
                return self._either(path, first, second, steps)
        return ()

    def _either(self, path: str, first: ast.expr, second: ast.expr, steps: int) -> tuple[Value, ...]:
        found = self.of(path, first, steps)
        if all(each.value for each in found):
            return found
        others = self.of(path, second, steps)
        return (*(each for each in found if each.value), *others) if found and others else ()

    def _name(self, path: str, node: ast.Name, steps: int) -> tuple[Value, ...]:
        bound = self._imports[path].bindings(node)
        if len(bound) != 1:
            return ()
        match bound[0]:
            case ast.Assign(value=value):
                return self.of(path, value, steps)
            case ast.Name() as target:
                parent = self._nodes[path].parent(target)
                value_ = parent.value if isinstance(parent, ast.AnnAssign | ast.NamedExpr) else None
                if value_ is not None:
                    return self.of(path, value_, steps)
                return tuple(Value(text, path, node.lineno) for text in self._texts.of(path, node))
            case ast.arg() as parameter:
                return self._parameter(path, parameter, steps)
            case ast.alias():
                return self._imported(path, node, steps)
        return ()

    def _imported(self, path: str, node: ast.Name, steps: int) -> tuple[Value, ...]:
        origin = self._imports[path].resolve(node) or ""
        module, _, name = origin.rpartition(".")
        other = f"{module.replace('.', '/')}.py"
        if other in self._imports and name:
            tree = self._nodes[other].tree
            for statement in tree.body if tree else ():
                target = statement.targets[0] if isinstance(statement, ast.Assign) else None
                if isinstance(target, ast.Name) and target.id == name:
                    return self._name(other, target, steps)
        return ()

    def _parameter(self, path: str, parameter: ast.arg, steps: int) -> tuple[Value, ...]:
        function = self._nodes[path].function(parameter)
        callers = self._local.callers(function) if function is not None else ()
        if function is None or not callers:
            return ()
        found: list[Value] = []
        for where, call, target in callers:
            if any(isinstance(each, ast.Starred) for each in call.args) or any(w.arg is None for w in call.keywords):
                return ()
            given = next((value for each, value in target.given(call) if each is parameter), None)
            default = _default(function, parameter)
            its = (
                self.of(where, given, steps) if given is not None else self.of(path, default, steps) if default else ()
            )
            if not its:
                return ()
            found += its
        return tuple(found)

    def _joined(self, path: str, node: ast.expr, parts: Sequence[ast.expr], steps: int) -> tuple[Value, ...]:
        every = [
            self.of(path, part.value if isinstance(part, ast.FormattedValue) else part, steps)
            for part in parts
            if not (isinstance(part, ast.FormattedValue) and (part.format_spec or part.conversion != -1))
        ]
        if len(every) != len(parts) or not all(every):
            return ()
        count = 1
        for some in every:
            count *= len(some)
        if count > MOST_VALUES:
            return ()
        found = []
        for choice in product(*every):
            runs = {each.run for each in choice if each.run}
            if len(runs) <= 1:
                text = "".join(str(each.value) for each in choice)
                found.append(Value(text, path, node.lineno, next(iter(runs), "")))
        return tuple(found)

    def _item(self, path: str, node: ast.expr, base: ast.expr, key: ast.expr, steps: int) -> tuple[Value, ...]:
        known = self._configured(path, node)
        if known:
            return known
        index = _number(key)
        if index is not None:
            return _each(self.of(path, base, steps), lambda value: value[index] if isinstance(value, tuple) else None)
        written = self._dictionary(path, base)
        return self._looked_up(path, written, key, None, steps) if written is not None else ()

    def _call(self, path: str, node: ast.Call, steps: int) -> tuple[Value, ...]:
        match node:
            case ast.Call(func=ast.Attribute(value=base, attr="get"), args=[key, *rest]):
                written = self._dictionary(path, base)
                if written is not None:
                    return self._looked_up(path, written, key, rest[0] if rest else None, steps)
                return self._configured(path, node, rest[0] if rest else None)
            case ast.Call(func=ast.Name(id="getattr"), args=[_, _, default]):
                return self._configured(path, node, default)
            case ast.Call(func=ast.Name(id="str"), args=[inner]):
                return _each(self.of(path, inner, steps), str)
            case ast.Call(func=ast.Attribute(value=base, attr=name), args=args, keywords=[]) if name in METHODS:
                given = [each.value for each in args if isinstance(each, ast.Constant)]
                if len(given) == len(args):
                    return _each(self.of(path, base, steps), lambda value: _method(value, name, given))
        return self._configured(path, node)

    def _attribute(self, path: str, node: ast.Attribute, steps: int) -> tuple[Value, ...]:
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            owner = self._nodes[path].nearest(node, ast.ClassDef)
            stores = (
                [
                    each
                    for each in self._nodes[path].under(owner, ast.Attribute)
                    if each.attr == node.attr and not isinstance(each.ctx, ast.Load)
                ]
                if owner is not None
                else []
            )
            body = owner.body if owner is not None and not stores else []
            written = [each for each in body if isinstance(each, ast.Assign) and _names(each, node.attr)]
            parent = self._nodes[path].parent(stores[0]) if len(stores) == 1 else written[0] if written else None
            if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
                return self.of(path, parent.value, steps)
            return ()
        return self._configured(path, node) or self._class_attribute(path, node, steps)

    def _class_attribute(self, path: str, node: ast.Attribute, steps: int) -> tuple[Value, ...]:
        """What the body of a class gives an attribute of it, or of an object that is made without arguments."""
        base = self._imports[path].assigned(node.value) if isinstance(node.value, ast.Name) else node.value
        bare = isinstance(base, ast.Call) and not base.args and not base.keywords
        piece = located(self._context, path, base.func if isinstance(base, ast.Call) and bare else node.value)
        if piece is None or not isinstance(piece.node, ast.ClassDef):
            return ()
        stored = any(
            each.attr == node.attr and not isinstance(each.ctx, ast.Load)
            for tree in self._nodes.values()
            for each in tree.of(ast.Attribute)
        )
        values = [] if stored else [_field(each, node.attr) for each in piece.node.body]
        found = [value for value in values if value is not None]
        return self.of(piece.path, found[0], steps) if len(found) == 1 else ()

    def _dictionary(self, path: str, node: ast.expr) -> ast.Dict | None:
        if isinstance(node, ast.Name):
            value = self._imports[path].assigned(node)
            return value if isinstance(value, ast.Dict) and None not in value.keys else None
        return node if isinstance(node, ast.Dict) else None

    def _looked_up(
        self, path: str, written: ast.Dict, key: ast.expr, default: ast.expr | None, steps: int
    ) -> tuple[Value, ...]:
        table = {
            str(each.value): value
            for each, value in zip(written.keys, written.values, strict=True)
            if isinstance(each, ast.Constant)
        }
        found: list[Value] = []
        for wanted in self.of(path, key, steps):
            value = table.get(str(wanted.value))
            if value is not None:
                found += [replace(each, run=wanted.run or each.run) for each in self.of(path, value, steps)]
            elif default is not None:
                its = self.of(path, default, steps)
                found += [each for each in its if not each.run or each.run == wanted.run]
        return tuple(found)

    def _configured(self, path: str, node: ast.expr, default: ast.expr | None = None) -> tuple[Value, ...]:
        uses: ConfigUses = self._context.fact(config_uses)
        key = uses.key_of(path, node)
        if not key or self._is_written(uses, key):
            return ()
        found = []
        for run, config in self._every().items():
            known, value = _look(config, key)
            if not known and default is not None:
                found += [replace(each, run=run) for each in self.of(path, default, 2)]
            elif isinstance(value, str | int) or (known and value is None):
                found.append(self._placed(run, key, value))
            elif known:
                return ()
        return tuple(found)

    def _is_written(self, uses: ConfigUses, key: tuple[str, ...]) -> bool:
        """Whether the code changes the key, other than by laying a file over it or putting sampled values into it."""
        return any(
            use.kind is not Way.MERGE
            and (use.key == key or (use.kind is Way.ATTRIBUTE and use.key and key[: len(use.key)] == use.key))
            for use in uses.writes
        )

    def _every(self) -> Mapping[str, Mapping[str, object]]:
        if self._configs is None:
            self._configs = {run: effective_config(self._context, run) for run in run_ids(self._context)}
        return self._configs

    def _placed(self, run: str, key: tuple[str, ...], value: object) -> Value:
        files = self._context.fact(yaml_files)
        for path, lead in ((f"config/runs/{run}.yaml", 0), (f"config/run/{run}.yaml", 0), (MAIN_FILE, 0)):
            for start in (0, 1) if path != MAIN_FILE else (lead,):
                dotted = ".".join(key[start:])
                line = files[path].line(dotted) if path in files and dotted else None
                if line is not None:
                    return Value(value, path, line, run, ".".join(key))
        return Value(value, MAIN_FILE, 1, run, ".".join(key))


def possible_values(context: Context) -> PossibleValues:
    """What expressions can be; use it as ``context.fact(possible_values).of(path, node)``."""
    return PossibleValues(context)


def _default(function: FunctionNode, parameter: ast.arg) -> ast.expr | None:
    names = [*function.args.posonlyargs, *function.args.args]
    pairs = zip(reversed(names), reversed(function.args.defaults), strict=False)
    given = dict(pairs) | dict(zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True))
    return given.get(parameter)


def _field(statement: ast.stmt, name: str) -> ast.expr | None:
    target = statement.target if isinstance(statement, ast.AnnAssign) else None
    if isinstance(target, ast.Name) and target.id == name and isinstance(statement, ast.AnnAssign):
        return statement.value
    return statement.value if isinstance(statement, ast.Assign) and _names(statement, name) else None


def _names(statement: ast.Assign, name: str) -> bool:
    return any(isinstance(each, ast.Name) and each.id == name for each in statement.targets)


def _number(node: ast.expr) -> int | None:
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            return -number
    return None


def _each(found: tuple[Value, ...], change: Callable[[object], object]) -> tuple[Value, ...]:
    changed = []
    for each in found:
        try:
            value = change(each.value)
        except (TypeError, ValueError, AttributeError, IndexError):
            return ()
        if value is None:
            return ()
        changed.append(replace(each, value=value))
    return tuple(changed)


def _method(value: object, name: str, given: Sequence[object]) -> object:
    if not isinstance(value, str):
        return None
    result: object = getattr(value, name)(*given)
    if isinstance(result, str) and len(result) > MOST_CHARACTERS:
        return None
    return tuple(result) if isinstance(result, list) else result


def _look(config: Mapping[str, object], key: tuple[str, ...]) -> tuple[bool, object]:
    value: object = config
    for part in key:
        if not isinstance(value, Mapping) or part not in value:
            return False, None
        value = value[part]
    return True, value
