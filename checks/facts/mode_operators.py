"""Python's operators on values of which some are unknown."""

import ast
import operator
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any


class _Unknown:
    """What cannot be told; one object, ``UNKNOWN``."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()
CONVERSIONS: dict[str, Callable[[Any], object]] = {
    "USub": operator.neg,
    "UAdd": operator.pos,
    "int": int,
    "float": float,
}
Plain = str | int | float | bool | None
TEXT_METHODS = frozenset({"lower", "upper", "strip", "casefold", "title", "capitalize", "startswith", "endswith"})
ARITHMETIC = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
LARGEST = 10**9


def same(one: object, other: object) -> bool:
    """Whether two values are the same known value; ``1`` and ``True`` are not."""
    return one is not UNKNOWN and type(one) is type(other) and one == other


def compared(ops: Sequence[ast.cmpop], sides: Sequence[object]) -> object:
    """``a == b``, ``a in b``, ``a < b < c``."""
    results = [_compare(op, *pair) for op, pair in zip(ops, pairwise(sides), strict=False)]
    return joined(True, results)


def _compare(op: ast.cmpop, left: object, right: object) -> object:
    if isinstance(op, ast.In | ast.NotIn):
        found = _contains(right, left)
        return found if found is UNKNOWN or isinstance(op, ast.In) else not found
    if UNKNOWN in (left, right) or isinstance(left, tuple) != isinstance(right, tuple):
        return UNKNOWN
    if isinstance(op, ast.Eq | ast.Is):
        return left == right
    if isinstance(op, ast.NotEq | ast.IsNot):
        return left != right
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    return ORDER[type(op)](left, right) if numbers and type(op) in ORDER else UNKNOWN


def _contains(container: object, item: object) -> object:
    if item is UNKNOWN or container is UNKNOWN:
        return UNKNOWN
    if isinstance(container, str):
        return item in container if isinstance(item, str) else UNKNOWN
    if isinstance(container, tuple):
        if any(same(each, item) for each in container):
            return True
        return UNKNOWN if UNKNOWN in container else False
    return _in_table(container, item)


def _in_table(container: object, item: object) -> object:
    node = getattr(container, "node", None)
    if not isinstance(node, ast.Dict) or not all(isinstance(key, ast.Constant) for key in node.keys):
        return UNKNOWN
    return any(same(key.value, item) for key in node.keys if isinstance(key, ast.Constant))


def joined(every: bool, values: Iterable[object]) -> object:
    """``and`` of the values where ``every``, else ``or``."""
    unknown = False
    last: object = UNKNOWN
    for value in values:
        last = value
        if value is UNKNOWN:
            unknown = True
        elif bool(value) is not every:
            return value if not unknown else (not every)
    return UNKNOWN if unknown else last


def converted(name: str, *values: object) -> object:
    """What a unary operator or a builtin of this name gives; ``min`` takes what is known for the bound that it is."""
    known = [value for value in values if value is not UNKNOWN]
    numbers = [value for value in known if isinstance(value, int | float)]
    if name == "min" and numbers and len(values) > 1:
        return min(numbers)
    if len(values) != len(known) or len(values) != 1:
        return UNKNOWN
    value = known[0]
    if name in ("Not", "bool"):
        return (not value) is (name == "Not")
    if name == "str":
        return str(value) if isinstance(value, str | int | bool) else UNKNOWN
    if isinstance(value, int | float) and abs(value) < LARGEST:
        return CONVERSIONS[name](value) if name in CONVERSIONS else UNKNOWN
    return UNKNOWN


def binary(op: ast.operator, left: object, right: object) -> object:
    """Arithmetic of small numbers and the sum of short texts."""
    act = ARITHMETIC.get(type(op))
    if act is None or isinstance(left, bool) or isinstance(right, bool):
        return UNKNOWN
    if isinstance(left, str) and isinstance(right, str) and isinstance(op, ast.Add):
        return left + right if len(left) + len(right) < 1000 else UNKNOWN
    if isinstance(left, int | float) and isinstance(right, int | float) and max(abs(left), abs(right)) < LARGEST:
        return UNKNOWN if right == 0 and isinstance(op, ast.Div | ast.FloorDiv) else act(left, right)
    return UNKNOWN


def method(name: str, value: object, arguments: Sequence[object]) -> object:
    """What a method of a text gives."""
    if not isinstance(value, str) or name not in (*TEXT_METHODS, "split", "get"):
        return UNKNOWN
    if not all(isinstance(each, str) for each in arguments) or len(arguments) > 1:
        return UNKNOWN
    result = getattr(value, name)(*arguments)
    return tuple(result) if isinstance(result, list) else result
