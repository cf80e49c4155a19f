"""What an expression of the code is worth for one run and mode, so far as the configuration decides it."""

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checks.context import Context
from checks.facts.calls import Calls, called_name, calls
from checks.facts.config_cases import Absent, Case, ConfigCases, config_cases
from checks.facts.config_roots import Source
from checks.facts.config_uses import ConfigUses, Use, config_uses
from checks.facts.constant_texts import Texts, texts
from checks.facts.nodes import Nodes, nodes

UNKNOWN = Absent.UNKNOWN
MOST_STEPS = 12
"""Expressions inside one another that are worked out; a condition that is deeper is unknown."""
TEXT_METHODS: Mapping[str, Callable[..., Any]] = {
    name: getattr(str, name) for name in ("lower", "upper", "strip", "startswith", "endswith")
}
COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda left, right: left in right, ast.NotIn: lambda left, right: left not in right,
    ast.Is: operator.is_, ast.IsNot: operator.is_not,
}  # fmt: skip
CASTS: Mapping[str, Callable[[Any], Any]] = {"str": str, "int": int, "float": float, "bool": bool}
TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,), "int": (int,), "float": (float,), "bool": (bool,), "list": (list,), "dict": (dict, Mapping),
    "DictConfig": (dict, Mapping), "Mapping": (dict, Mapping), "ListConfig": (list,),
}  # fmt: skip

QUESTIONS = frozenset({"isinstance", "hasattr", "type", "callable", "is_config", "is_dict"})
"""Calls that ask what a value is, so that code can work with either kind."""


class Conditions:
    """The values of expressions, by case.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._uses: ConfigUses = context.fact(config_uses)
        self._cases: ConfigCases = context.fact(config_cases)
        self._texts: Texts = context.fact(texts)
        self._calls: Mapping[str, Calls] = context.fact(calls)
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._known: dict[tuple[ast.expr, Case, int], object] = {}
        self._changing: dict[ast.expr, bool] = {}
        self._written: dict[tuple[str, ...], list[Use]] = {}
        for use in self._uses.writes:
            self._written.setdefault(use.key, []).append(use)

    def value(self, path: str, node: ast.expr, case: Case, steps: int = MOST_STEPS) -> object:
        """What an expression is worth; ``UNKNOWN`` where the configuration alone does not say."""
        if not steps:
            return UNKNOWN
        if (node, case, steps) not in self._known:
            self._known[node, case, steps] = self._work_out(path, node, case, steps)
        return self._known[node, case, steps]

    def _work_out(self, path: str, node: ast.expr, case: Case, steps: int) -> object:
        if self._uses.values.of(node):
            return self._configured(path, node, case, steps)
        match node:
            case ast.Constant():
                return node.value
            case ast.Tuple(elts=elts) | ast.List(elts=elts) | ast.Set(elts=elts):
                items = [self.value(path, each, case, steps - 1) for each in elts]
                return UNKNOWN if any(each is UNKNOWN for each in items) else items
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                negated = self.value(path, inner, case, steps - 1)
                return UNKNOWN if negated is UNKNOWN else not negated
            case ast.BoolOp(op=op, values=values):
                return self._both(path, isinstance(op, ast.And), values, case, steps)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compared(path, left, op, right, case, steps)
            case ast.Call():
                return self._called(path, node, case, steps)
            case ast.Name():
                return self._named(path, node, case, steps)
        return UNKNOWN

    def depends_on_writes(self, path: str, test: ast.expr) -> bool:
        """Whether a condition asks for a key that the code itself writes."""
        if test not in self._changing:
            self._changing[test] = self._asks_for_written(path, test)
        return self._changing[test]

    def _asks_for_written(self, path: str, test: ast.expr) -> bool:
        if any(called_name(call) in QUESTIONS for call in self._nodes[path].under(test, ast.Call)):
            return False
        inside: Iterator[ast.AST] = self._nodes[path].under(test)
        held = (one for each in inside for one in self._uses.values.of(each))
        return any(one.key in self._written for one in held if one.key)

    def _configured(self, path: str, node: ast.expr, case: Case, steps: int) -> object:
        held = self._uses.values.of(node)
        keys = {each.key for each in held}
        sources = {each.source for each in held}
        if len(keys) != 1 or self._may_change(next(iter(keys)), sources) or not self._cases.cases(held):
            return UNKNOWN
        found = self._cases.look(held, case)
        if found is not Absent.MISSING:
            return found
        default: ast.expr | None = None
        if isinstance(node, ast.Call) and called_name(node) in ("get", "getattr", "select"):
            place = 1 if called_name(node) == "get" else 2
            default = node.args[place] if len(node.args) > place else None
            if default is None and called_name(node) != "getattr":
                return next((UNKNOWN for word in node.keywords if word.arg == "default"), None)
        return self.value(path, default, case, steps - 1) if default is not None else UNKNOWN

    def _may_change(self, key: tuple[str, ...], sources: set[Source]) -> bool:
        """Whether the code writes a key, or what may be it."""
        for end in range(len(key) + 1):
            for use in self._written.get(key[:end], ()):
                worked_out = use.whole and use.value not in self._uses.values.held
                if (end or worked_out) and any(each.source in sources for each in use.held):
                    return True
        return False

    def _both(self, path: str, every: bool, values: list[ast.expr], case: Case, steps: int) -> object:
        """``and`` (``every``) or ``or``: decided as soon as one part decides it, whatever the unknown ones are."""
        last: object = every
        unknown = False
        for each in values:
            last = self.value(path, each, case, steps - 1)
            if last is UNKNOWN:
                unknown = True
            elif bool(last) is not every:
                return bool(last) if unknown else last
        return UNKNOWN if unknown else last

    def _compared(self, path: str, left: ast.expr, op: ast.cmpop, right: ast.expr, case: Case, steps: int) -> object:
        one, two = self.value(path, left, case, steps - 1), self.value(path, right, case, steps - 1)
        if one is UNKNOWN or two is UNKNOWN:
            return UNKNOWN
        try:
            return bool(COMPARISONS[type(op)](one, two))
        except TypeError:
            return UNKNOWN

    def _called(self, path: str, call: ast.Call, case: Case, steps: int) -> object:
        name = called_name(call)
        if isinstance(call.func, ast.Attribute) and name in TEXT_METHODS and not call.keywords:
            given = [self.value(path, each, case, steps - 1) for each in (call.func.value, *call.args)]
            if all(isinstance(each, str) for each in given):
                return TEXT_METHODS[name](*given) if len(given) < MOST_GIVEN else UNKNOWN
        elif isinstance(call.func, ast.Name) and len(call.args) == 1 and name in CASTS:
            value = self.value(path, call.args[0], case, steps - 1)
            if isinstance(value, str | int | float) and len(str(value)) < MOST_TEXT:
                return _attempt(CASTS[name], value)
        elif isinstance(call.func, ast.Name) and name == "isinstance" and len(call.args) == 2:
            value = self.value(path, call.args[0], case, steps - 1)
            kinds = TYPES.get(getattr(call.args[1], "id", ""))
            return isinstance(value, kinds) if kinds and value is not UNKNOWN else UNKNOWN
        elif isinstance(call.func, ast.Name) and name == "hasattr" and len(call.args) == 2:
            value = self.value(path, call.args[0], case, steps - 1)
            names = self._texts.of(path, call.args[1])
            return names[0] in value if isinstance(value, Mapping) and len(names) == 1 else UNKNOWN
        return UNKNOWN

    def _named(self, path: str, name: ast.Name, case: Case, steps: int) -> object:
        """What a name is worth: the same by whichever way it got its value."""
        found: list[object] = []
        for row in self._texts.rows(path, name):
            value = row.given.get(name.id) if row is not None else None
            if row is None or value is None or len(found) > MOST_GIVEN:
                return UNKNOWN
            found.append(self.value(row.path, value, case, steps - 3) if steps > 3 else UNKNOWN)
        same = bool(found) and all(type(each) is type(found[0]) and each == found[0] for each in found)
        return found[0] if same else UNKNOWN


MOST_GIVEN = 6
"""Ways in which a name gets its value, and arguments of a call, that are looked at."""
MOST_TEXT = 500
"""Longest text that is turned into a number, characters."""


def _attempt(cast: Callable[[Any], Any], value: object) -> object:
    try:
        return cast(value)
    except (ValueError, OverflowError):
        return UNKNOWN


def conditions(context: Context) -> Conditions:
    """The values of expressions, by case; use it as ``context.fact(conditions)``."""
    return Conditions(context)
