"""What the aggregated document's gap is: its formula, tried out on numbers in every way that the code may take.

The expression is read as arithmetic over two values, the proposed method's and the baseline's, told apart by the names
around them. It is then worked out at a few points and compared there with the formula that is asked for and with the
ones that are written in its place, so that any spelling of the same arithmetic counts alike.
"""

import ast
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from checks.context import Context
from checks.facts.choices import Choices, Decisions, Place, choices
from checks.facts.evaluation_code import words_of
from checks.facts.evaluation_document import Document, evaluation_document

POINTS = ((0.92, 0.88), (0.5, 0.8), (3.0, 2.0), (1.3, 2.6))
"""Values of the proposed method and the baseline that formulas are compared at."""
NEAR = 1e-3
"""Relative difference that counts as none: a small number added to a divisor stays below it."""
MOST_STEPS = 200
MOST_DEEP = 30
PROPOSED = frozenset({"proposed", "prop", "proposal", "ours", "our"})
BASELINE = frozenset({"baseline", "baselines", "base", "comparative", "comp", "theirs", "reference", "ref", "control"})


class Kind(StrEnum):
    """What one reading of the gap's formula computes."""

    RIGHT = "right"
    REVERSED = "reversed"
    SIGNED = "signed"
    DIFFERENCE = "difference"
    POINTS = "points"
    FRACTION = "fraction"
    BY_PROPOSED = "by-proposed"
    ABSOLUTE = "absolute"
    RATIO = "ratio"
    FALLBACK = "fallback"
    UNKNOWN = "unknown"


Formula = Callable[[float, float], float]
FORMULAS: tuple[tuple[Kind, Formula], ...] = (
    (Kind.RIGHT, lambda p, b: (p - b) / b * 100),
    (Kind.REVERSED, lambda p, b: (b - p) / b * 100),
    (Kind.DIFFERENCE, lambda p, b: p - b),
    (Kind.DIFFERENCE, lambda p, b: b - p),
    (Kind.POINTS, lambda p, b: (p - b) * 100),
    (Kind.POINTS, lambda p, b: (b - p) * 100),
    (Kind.FRACTION, lambda p, b: (p - b) / b),
    (Kind.FRACTION, lambda p, b: (b - p) / b),
    (Kind.BY_PROPOSED, lambda p, b: (p - b) / p * 100),
    (Kind.BY_PROPOSED, lambda p, b: (b - p) / p * 100),
    (Kind.BY_PROPOSED, lambda p, b: (p - b) / p),
    (Kind.BY_PROPOSED, lambda p, b: (b - p) / p),
    (Kind.ABSOLUTE, lambda p, b: abs(p - b) / b * 100),
    (Kind.ABSOLUTE, lambda p, b: abs(p - b) / b),
    (Kind.ABSOLUTE, lambda p, b: abs(p - b)),
    (Kind.RATIO, lambda p, b: p / b),
    (Kind.RATIO, lambda p, b: p / b * 100),
    (Kind.RATIO, lambda p, b: b / p),
    (Kind.RATIO, lambda p, b: b / p * 100),
)
"""The formula that is asked for, its mirror for a minimised metric, and what is written in their place."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way in which the gap may be computed.

    Args:
        kind: what it computes.
        path: the file of the arithmetic.
        node: the outermost arithmetic expression; the written value where there is none.
    """

    kind: Kind
    path: str
    node: ast.expr


def gap_readings(context: Context) -> tuple[Reading, ...]:
    """Every way in which the document's gap is computed, fallbacks such as ``0.0`` left out."""
    document = context.fact(evaluation_document)
    if document is None:
        return ()
    known = context.fact(choices)
    found: list[Reading] = []
    for end in document.ends("[gap]"):
        if end.steps or not end.known or not isinstance(end.node, ast.expr):
            return (Reading(Kind.UNKNOWN, end.path, end.node if isinstance(end.node, ast.expr) else _place(document)),)
        place = Place(end.path, end.node)
        found += known.readings(lambda decided, place=place: _reading(known, place, decided))  # type: ignore[misc]
    return tuple(dict.fromkeys(each for each in found if each.kind is not Kind.FALLBACK))


def _place(document: Document) -> ast.expr:
    return document.writes[-1].value.node


def _reading(known: Choices, place: Place, decided: Decisions) -> Reading:
    worker = _Arithmetic(known, decided)
    value = worker.of(place.path, place.node)
    at = worker.outermost or place
    return Reading(_kind(value), at.path, at.node)


@dataclass(frozen=True, slots=True)
class _Value:
    """Numbers at the points, once for each sign that an unknown factor may have.

    Args:
        plus: the numbers where unknown parts are 1.
        minus: the numbers where unknown parts are -1.
        uses: ``p``, ``b`` and ``?`` for what it is made of.
    """

    plus: tuple[float, ...]
    minus: tuple[float, ...]
    uses: frozenset[str]


def _constant(number: float) -> _Value:
    return _Value((number,) * len(POINTS), (number,) * len(POINTS), frozenset())


P = _Value(tuple(p for p, _ in POINTS), tuple(p for p, _ in POINTS), frozenset("p"))
B = _Value(tuple(b for _, b in POINTS), tuple(b for _, b in POINTS), frozenset("b"))
OPEN = _Value((1.0,) * len(POINTS), (-1.0,) * len(POINTS), frozenset("?"))


def _kind(value: _Value) -> Kind:
    if not value.uses:
        return Kind.FALLBACK
    if not {"p", "b"} <= value.uses:
        return Kind.UNKNOWN
    plus, minus = _match(value.plus), _match(value.minus)
    if "?" in value.uses:
        return Kind.SIGNED if {plus, minus} == {Kind.RIGHT, Kind.REVERSED} else Kind.UNKNOWN
    return plus


def _match(numbers: Sequence[float]) -> Kind:
    for kind, formula in FORMULAS:
        if all(math.isclose(n, formula(p, b), rel_tol=NEAR) for n, (p, b) in zip(numbers, POINTS, strict=True)):
            return kind
    return Kind.UNKNOWN


OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b if b else math.nan,
}
ONE = {
    "float": None, "round": None, "numpy.round": None, "numpy.float64": None, "numpy.float32": None, "float64": None,
    "numpy.nan_to_num": None, "decimal.Decimal": None, "abs": abs, "numpy.abs": abs, "numpy.absolute": abs,
    "math.fabs": abs, "numpy.fabs": abs,
}  # fmt: skip
"""Functions of one number, with what they do to it; None for nothing that matters here."""
NOTHING = frozenset({"numpy.nan", "numpy.NaN", "numpy.NAN", "math.nan", "numpy.inf", "math.inf"})
"""What is written where there is nothing to compare."""
SIGNS: dict[str, type[ast.operator]] = {
    "operator.sub": ast.Sub, "operator.truediv": ast.Div, "operator.mul": ast.Mult, "operator.add": ast.Add,
    "numpy.subtract": ast.Sub, "numpy.divide": ast.Div, "numpy.true_divide": ast.Div, "numpy.multiply": ast.Mult,
    "numpy.add": ast.Add,
}  # fmt: skip
"""Functions that are operators."""
TWO = {"max": max, "min": min, "numpy.maximum": max, "numpy.minimum": min}


class _Arithmetic:
    """Works an expression out in one reading.

    Args:
        known: what names may stand for.
        decided: what this reading has decided.
    """

    def __init__(self, known: Choices, decided: Decisions) -> None:
        self._known = known
        self._decided = dict(decided)
        self._steps = 0
        self._deep = 0
        self.outermost: Place | None = None

    def of(self, path: str, node: ast.expr) -> _Value:
        """The value of an expression. May raise ``Choice``."""
        self._steps += 1
        if self._steps > MOST_STEPS or self._deep >= MOST_DEEP:
            return OPEN
        self._deep += 1
        try:
            return self._value(path, node)
        finally:
            self._deep -= 1

    def _value(self, path: str, node: ast.expr) -> _Value:
        match node:
            case ast.Constant():
                return self._number(path, node)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                self.outermost = self.outermost or Place(path, node)
                return _combined(OPERATORS[type(op)], self.of(path, left), self.of(path, right))
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return _combined(lambda a, b: a * b, _constant(-1.0), self.of(path, inner))
            case ast.UnaryOp(op=ast.UAdd(), operand=inner) | ast.NamedExpr(value=inner):
                return self.of(path, inner)
            case ast.BoolOp(op=ast.Or(), values=[inner, *_]):
                return self.of(path, inner)
            case ast.IfExp(body=body, orelse=orelse):
                chosen = self._known.decide(node, [Place(path, body), Place(path, orelse)], self._decided)
                return self.of(chosen.path, chosen.node)
            case ast.Call():
                return self._call(path, node)
        return self._named(path, node)

    def _number(self, path: str, node: ast.Constant) -> _Value:
        if node.value is None:
            return _constant(0.0)
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return _constant(_bounded(node.value))
        return self._leaf(path, node)

    def _named(self, path: str, node: ast.expr) -> _Value:
        if self._known.imports[path].resolve(node) in NOTHING:
            return _constant(0.0)
        return self._name(path, node) if isinstance(node, ast.Name) else self._leaf(path, node)

    def _name(self, path: str, name: ast.Name) -> _Value:
        own = role_of_words(words_of(name.id))
        place = self._known.value(path, name, self._decided)
        if place is None:
            return self._leaf(path, name)
        if isinstance(place.node, ast.Constant) and own:
            return _of_role(own)
        if isinstance(
            place.node, ast.BinOp | ast.UnaryOp | ast.IfExp | ast.Constant | ast.Call | ast.Name | ast.BoolOp
        ):
            before = self.outermost
            value = self.of(place.path, place.node)
            if "?" not in value.uses or not own:
                return value
            self.outermost = before
        return _of_role(own) if own else self._leaf(place.path, place.node)

    def _call(self, path: str, call: ast.Call) -> _Value:
        origin = self._known.imports[path].resolve(call.func) or ""
        origin = origin or (call.func.id if isinstance(call.func, ast.Name) else "")
        if origin == "float" and len(call.args) == 1 and isinstance(call.args[0], ast.Constant):
            return _constant(0.0)
        if origin in ONE and call.args:
            value, change = self.of(path, call.args[0]), ONE[origin]
            return (
                value
                if change is None
                else _Value(tuple(map(change, value.plus)), tuple(map(change, value.minus)), value.uses)
            )
        if origin in SIGNS and len(call.args) == 2:
            return self._value(path, ast.copy_location(ast.BinOp(call.args[0], SIGNS[origin](), call.args[1]), call))
        if origin in TWO and len(call.args) == 2 and not call.keywords:
            first, second = self.of(path, call.args[0]), self.of(path, call.args[1])
            if not first.uses or not second.uses:
                return _combined(TWO[origin], first, second)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "item" and not call.args:
            return self.of(path, call.func.value)
        local = self._known.function(path, call)
        if local is None or (local[1] in self._decided and self._deep > MOST_DEEP // 2):
            return self._leaf(path, call)
        return self._returned(path, call, *local)

    def _returned(
        self, path: str, call: ast.Call, where: str, function: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> _Value:
        tree = self._known.nodes[where]
        found = [each for each in tree.under(function, ast.Return) if tree.function(each) is function]
        values = [Place(where, each.value) for each in found if each.value is not None]
        if not values:
            return OPEN
        outer = self._decided.get(function)
        self._decided[function] = Place(path, call)
        try:
            chosen = values[0] if len(values) == 1 else self._known.decide(call, values, self._decided)
            value = self.of(chosen.path, chosen.node)
        finally:
            del self._decided[function]
            if outer is not None:
                self._decided[function] = outer
        role = self._role(path, call, 0)
        return _of_role(role) if "?" in value.uses and role and not {"p", "b"} <= value.uses else value

    def _leaf(self, path: str, node: ast.expr) -> _Value:
        role = self._role(path, node, 0)
        return _of_role(role) if role else OPEN

    def _role(self, path: str, node: ast.expr, deep: int) -> str:
        """Whose value an expression is: ``p``, ``b``, or empty where the names do not say."""
        tree = self._known.nodes[path]
        texts: list[str] = []
        names: list[ast.Name] = []
        for each in tree.under(node, ast.Name, ast.Attribute, ast.Constant, ast.keyword):
            if isinstance(each, ast.Name):
                texts.append(each.id)
                names.append(each)
            elif isinstance(each, ast.Attribute):
                texts.append(each.attr)
            elif isinstance(each, ast.Constant) and isinstance(each.value, str) and len(each.value) < 60:
                texts.append(("not " if _negated(tree.parent(each)) else "") + each.value)
        words = words_of(*(text for text in texts if not text.startswith("not ")))
        denied = words_of(*(text[4:] for text in texts if text.startswith("not ")))
        role = role_of_words((words - denied) | (BASELINE & {"baseline"} if denied & PROPOSED else frozenset()))
        if role or words & PROPOSED or deep >= 3:
            return role
        found = set()
        for name in names[:6]:
            place = self._known.value(path, name, self._decided) if isinstance(name.ctx, ast.Load) else None
            if place is not None and place.node is not node:
                found.add(self._role(place.path, place.node, deep + 1))
        found.discard("")
        return found.pop() if len(found) == 1 else ""


def role_of_words(words: frozenset[str]) -> str:
    """``p`` for words of the proposed method alone, ``b`` for words of a baseline alone, else empty."""
    ours, theirs = bool(words & PROPOSED), bool(words & BASELINE)
    return "p" if ours and not theirs else "b" if theirs and not ours else ""


def _negated(parent: ast.AST | None) -> bool:
    return isinstance(parent, ast.Compare) and any(isinstance(op, ast.NotIn | ast.NotEq) for op in parent.ops)


def _of_role(role: str) -> _Value:
    return P if role == "p" else B


def _bounded(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _combined(operator: Callable[[float, float], float], left: _Value, right: _Value) -> _Value:
    def each(first: Sequence[float], second: Sequence[float]) -> tuple[float, ...]:
        return tuple(operator(a, b) for a, b in zip(first, second, strict=True))

    return _Value(each(left.plus, right.plus), each(left.minus, right.minus), left.uses | right.uses)
