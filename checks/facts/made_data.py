"""Values that the code makes up: drawn at random, or made by a library's generators of examples.

An expression is made up when every value in it comes from such a draw; noise added to something that is loaded is not.
"""

import ast
import re
from collections.abc import Mapping
from enum import Enum

from checks.context import Context
from checks.facts.calls import Calls, called_name, calls
from checks.facts.imports import Imports, imports
from checks.facts.nodes import Nodes, nodes

DRAWS = frozenset(
    {f"torch.{name}" for name in ("randn", "rand", "randint", "normal")}
    | {
        f"numpy.random.{name}"
        for name in ("rand", "randn", "randint", "normal", "uniform", "random", "random_sample", "standard_normal")
    }
    | {f"random.{name}" for name in ("random", "randint", "gauss", "uniform", "randrange")}
)
"""Functions that draw values."""
METHODS = frozenset({"normal", "standard_normal", "integers", "uniform", "random", "randint", "rand", "randn"})
"""The same as methods of a generator."""
GENERATORS = frozenset({"numpy.random.default_rng", "numpy.random.RandomState", "random.Random"})
EXAMPLES = re.compile(
    r"sklearn\.datasets\.(?:samples_generator\.)?make_\w+|torchvision\.datasets\.(?:fakedata\.)?FakeData"
)
"""Generators of whole sets of examples."""
PLAIN = frozenset({"range", "len", "int", "float", "str", "list", "tuple", "zip", "enumerate", "sum", "abs", "round"})
MOST_BOUNDS = 2
"""Arguments of a draw that are its bounds or its moments; one more is the size."""
MOST_STEPS = 6
"""Names that a value is followed through."""
MOST_NODES = 400
"""Nodes of one expression that are looked at."""


class Leaf(Enum):
    """What a part of an expression is."""

    MADE = "made"
    NEUTRAL = "neutral"
    OTHER = "other"


class MadeData:
    """Which expressions are made up.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._known: dict[ast.expr, bool] = {}
        self._imports: Mapping[str, Imports] = context.fact(imports)
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._calls: Mapping[str, Calls] = context.fact(calls)

    def is_draw(self, path: str, call: ast.Call) -> bool:
        """Whether a call draws random values."""
        origin = self._calls[path].origin(call)
        if origin is not None:
            return origin in DRAWS
        return called_name(call) in METHODS and self._is_generator(path, call)

    def is_array_draw(self, path: str, call: ast.Call) -> bool:
        """Whether a call draws a whole array, not one number."""
        origin = self._calls[path].origin(call) or ""
        if not self.is_draw(path, call) or origin.startswith("random."):
            return False
        sized = any(word.arg == "size" for word in call.keywords) or len(call.args) > MOST_BOUNDS
        return origin.startswith("torch.") or sized or (called_name(call) in ("rand", "randn") and bool(call.args))

    def is_example_maker(self, path: str, call: ast.Call) -> bool:
        """Whether a call makes a whole set of examples."""
        origin = self._calls[path].origin(call)
        return origin is not None and bool(EXAMPLES.fullmatch(origin))

    def is_made(self, path: str, node: ast.expr, steps: int = MOST_STEPS) -> bool:
        """Whether an expression holds made up values and nothing else."""
        if node not in self._known:
            self._known[node] = False
            self._known[node] = self._holds_draws(path, node, steps)
        return self._known[node]

    def _holds_draws(self, path: str, node: ast.expr, steps: int) -> bool:
        drawn, seen = False, 0
        todo: list[ast.expr] = [node]
        while todo:
            part = todo.pop()
            seen += 1
            found = self._leaf(path, part, steps)
            inner = self._parts(path, part) if found is None else []
            if seen > MOST_NODES or found is Leaf.OTHER or inner is None:
                return False
            drawn = drawn or found is Leaf.MADE
            todo += inner
        return drawn

    def _leaf(self, path: str, part: ast.expr, steps: int) -> "Leaf | None":
        """What an expression is that is not looked into; None for one that is made of others."""
        match part:
            case ast.Call() if self.is_draw(path, part) or self.is_example_maker(path, part):
                return Leaf.MADE
            case ast.Name():
                return self._value(path, part, steps)
            case ast.Attribute(value=ast.Name(id="self")):
                stored = self._stored(path, part)
                made = stored is not None and bool(steps) and self.is_made(path, stored, steps - 1)
                return Leaf.MADE if made else Leaf.OTHER
            case ast.Constant() | ast.Lambda() | ast.Slice():
                return Leaf.NEUTRAL
            case ast.Attribute() if self._imports[path].resolve(part):
                return Leaf.NEUTRAL
        return None

    def _parts(self, path: str, part: ast.expr) -> list[ast.expr] | None:
        """The expressions that another is made of; None for one that is not understood."""
        match part:
            case ast.Call(func=func, args=args):
                plain = isinstance(func, ast.Name) and func.id in PLAIN
                origin = self._imports[path].resolve(func)
                if plain or origin is not None:
                    return list(args) if not (origin or "").startswith("torch.nn.") else None
                return [func.value, *args] if isinstance(func, ast.Attribute) else None
            case ast.Subscript(value=value):
                return [value]
            case ast.ListComp(elt=elt) | ast.GeneratorExp(elt=elt):
                return [elt]
            case ast.Dict(values=values):
                return list(values)
            case ast.Tuple() | ast.List() | ast.BinOp() | ast.UnaryOp() | ast.Compare() | ast.Attribute():
                return [child for child in ast.iter_child_nodes(part) if isinstance(child, ast.expr)]
        return None

    def _value(self, path: str, name: ast.Name, steps: int) -> "Leaf":
        """What a name holds; a written number is neutral."""
        bound = self._imports[path].bindings(name)
        if not bound or not steps:
            return Leaf.NEUTRAL if name.id in PLAIN else Leaf.OTHER
        made = False
        if len(bound) == 1 and isinstance(bound[0], ast.Assign):
            if isinstance(bound[0].value, ast.Constant):
                return Leaf.NEUTRAL
            made = self.is_made(path, bound[0].value, steps - 1)
        elif len(bound) == 1 and isinstance(bound[0], ast.Name):
            made = self._unpacked(path, bound[0], steps - 1)
        return Leaf.MADE if made else Leaf.OTHER

    def _unpacked(self, path: str, target: ast.Name, steps: int) -> bool:
        """``X, y = make_classification(...)`` makes both up; of two tuples each name has its own value."""
        parent = self._nodes[path].parent(target)
        statement = self._nodes[path].parent(parent) if isinstance(parent, ast.Tuple) else None
        value = statement.value if isinstance(statement, ast.Assign) else None
        if isinstance(parent, ast.Tuple) and isinstance(value, ast.Tuple) and len(parent.elts) == len(value.elts):
            return self.is_made(path, value.elts[parent.elts.index(target)], steps)
        return isinstance(value, ast.Call) and self.is_example_maker(path, value)

    def _stored(self, path: str, node: ast.Attribute) -> ast.expr | None:
        """What an attribute of ``self`` is set to, where it is set once."""
        tree = self._nodes[path]
        owner = tree.nearest(node, ast.ClassDef)
        if owner is None:
            return None
        stores = [
            each
            for each in tree.under(owner, ast.Attribute)
            if each.attr == node.attr and not isinstance(each.ctx, ast.Load)
        ]
        parent = tree.parent(stores[0]) if len(stores) == 1 else None
        return parent.value if isinstance(parent, ast.Assign) else None

    def _is_generator(self, path: str, call: ast.Call) -> bool:
        base = call.func.value if isinstance(call.func, ast.Attribute) else None
        value = self._imports[path].assigned(base) if isinstance(base, ast.Name) else base
        return isinstance(value, ast.Call) and self._calls[path].origin(value) in GENERATORS


def made_data(context: Context) -> MadeData:
    """Which expressions are made up; use it as ``context.fact(made_data).is_made(path, node)``."""
    return MadeData(context)
