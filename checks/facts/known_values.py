"""Values as far as code that is only read lets them be known: constants, and how much lists, queues and such hold."""

import ast
from dataclasses import dataclass


class Unknown:
    """A value that is not known."""


class Nothing:
    """The value that no way through the code has given yet."""


UNKNOWN, NOTHING = Unknown(), Nothing()


@dataclass(slots=True, eq=False)
class Store:
    """A ``list`` (or any other collection), a ``queue`` or a ``semaphore``.

    Args:
        kind: which of the three.
        size: how many things are in it; None where that is not known.
    """

    kind: str
    size: int | None = 0

    def grow(self, by: int | None) -> None:
        """Take in some things, an unknown number for None."""
        self.size = None if self.size is None or by is None else max(self.size + by, 0)


def joined(first: object, second: object) -> object:
    """What two ways through the code have in common."""
    if isinstance(first, Nothing):
        return second
    if isinstance(first, Store) and isinstance(second, Store) and first.kind == second.kind:
        return first if first.size == second.size else UNKNOWN
    return first if type(first) is type(second) and first == second else UNKNOWN


def truth(held: object) -> bool | None:
    """Whether a value counts as true; None where that is not known."""
    if isinstance(held, Store):
        return None if held.size is None or held.kind != "list" else held.size > 0
    return None if isinstance(held, Unknown | Nothing) else bool(held)


def compared(left: object, op: ast.cmpop, right: object) -> object:
    """The result of a comparison."""
    if isinstance(op, ast.Is | ast.IsNot):
        if isinstance(left, Unknown | Nothing) or right is not None:
            return UNKNOWN
        return (left is None) is isinstance(op, ast.Is)
    if isinstance(left, Store) and left.size == 0 and isinstance(right, Store) and right.size == 0:
        return isinstance(op, ast.Eq) if isinstance(op, ast.Eq | ast.NotEq) else UNKNOWN
    if isinstance(left, str) and isinstance(right, str) and isinstance(op, ast.Eq | ast.NotEq):
        return (left == right) is isinstance(op, ast.Eq)
    if not (isinstance(left, int) and isinstance(right, int)):
        return UNKNOWN
    results = {
        ast.Eq: left == right,
        ast.NotEq: left != right,
        ast.Lt: left < right,
        ast.Gt: left > right,
        ast.LtE: left <= right,
        ast.GtE: left >= right,
    }
    return results.get(type(op), UNKNOWN)


_QUEUES = frozenset({"Queue", "SimpleQueue", "LifoQueue", "PriorityQueue", "JoinableQueue"})
_SAME = frozenset({"list", "tuple", "set", "sorted", "deque", "enumerate", "reversed", "frozenset"})


def on_text(held: str, name: str, given: list[object]) -> object:
    """A method of a known text."""
    plain = not given or isinstance(given[0], str)
    if name == "split" and plain and given != [""]:
        return Store("list", len(held.split(*given[:1])))  # type: ignore[arg-type]
    return held.strip() if name == "strip" and not given else UNKNOWN


def made(name: str, origin: str, given: list[object], words: dict[str | None, object]) -> object | None:
    """What a function of Python's own gives; None for any other."""
    first = given[0] if given else None
    if name in _QUEUES:
        return Store("queue", 0)
    if name in ("Semaphore", "BoundedSemaphore"):
        count = words.get("value", first if given else 1)
        return Store("semaphore", count if type(count) is int else None)
    if name == "range":
        return Store("list", max(first, 0)) if len(given) == 1 and type(first) is int else Store("list", None)
    if name == "len":
        return first.size if isinstance(first, Store) and first.size is not None else UNKNOWN
    if name in _SAME and (not origin or origin.startswith("collections.")):
        size = first.size if isinstance(first, Store) else (None if given else 0)
        return Store("list", size)
    if name in ("max", "min") and len(given) > 1:
        numbers = [each for each in given if type(each) is int]
        return (max if name == "max" else min)(numbers) if len(numbers) == len(given) else UNKNOWN
    if name in ("int", "bool") and len(given) == 1 and type(first) in (int, bool):
        return first
    return None
