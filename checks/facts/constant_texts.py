"""Which texts an expression can be, where every one of them stands in the code.

Followed are constants, f-strings and sums of them, names assigned once, loops over written lists and dictionaries, and
parameters that every caller gives such a text.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product

from checks.context import Context
from checks.facts.imports import Imports, imports
from checks.facts.local_calls import LocalCalls, local_calls
from checks.facts.nodes import Nodes, nodes

MOST_TEXTS = 32
"""Texts that one expression may be; one that may be more is unknown."""
MOST_STEPS = 5
"""Names and callers that a text is followed through."""


@dataclass(frozen=True, slots=True)
class Row:
    """One way in which a variable gets its value.

    Args:
        path: the file that the expressions stand in.
        given: what each of the variables that get their values together is given.
    """

    path: str
    given: Mapping[str, ast.expr]


class Texts:
    """The texts that expressions can be.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._imports: Mapping[str, Imports] = context.fact(imports)
        self._calls: LocalCalls = context.fact(local_calls)
        self._known: dict[tuple[ast.expr, int], tuple[str, ...]] = {}

    def of(self, path: str, node: ast.expr, steps: int = MOST_STEPS) -> tuple[str, ...]:
        """Every text that an expression can be; none where it can be anything else. A whole number counts as text."""
        if isinstance(node, ast.Constant):
            return (str(node.value),) if isinstance(node.value, str | int) else ()
        if (node, steps) not in self._known:
            self._known[node, steps] = self._work_out(path, node, steps)
        return self._known[node, steps]

    def _work_out(self, path: str, node: ast.expr, steps: int) -> tuple[str, ...]:
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
            return self._joined(path, parts, steps)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._joined(path, [node.left, node.right], steps)
        if not isinstance(node, ast.Name) or not steps:
            return ()
        found: list[str] = []
        for row in self.rows(path, node):
            value = row.given.get(node.id) if row else None
            texts = self.of(row.path, value, steps - 1) if row and value is not None else ()
            if not texts:
                return ()
            found += texts
        return tuple(dict.fromkeys(found)) if len(found) <= MOST_TEXTS else ()

    def pairs(self, path: str, key: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, str, ast.expr | None]]:
        """Each text that ``key`` can be, with the file and the expression that ``value`` is then.

        ``for k, v in {"a": 1}.items(): f(k, v)`` gives ``a`` with ``1``, and so does a helper that is called with both.
        """
        name = next(self._nodes[path].under(key, ast.Name), None)
        if isinstance(key, ast.Constant) or name is None:
            yield from ((text, path, value) for text in self.of(path, key))
            return
        every = self.of(path, key)
        for row in self.rows(path, name) if every else ():
            if row is not None:
                its = row.given.get(value.id) if isinstance(value, ast.Name) else None
                texts = self.of(row.path, row.given[name.id]) if isinstance(key, ast.Name) else every
                yield from ((text, row.path if its is not None else path, its or value) for text in texts)

    def assigned(self, path: str, name: ast.Name) -> ast.expr | None:
        """What a name stands for, if a single plain assignment is all that binds it."""
        return self._imports[path].assigned(name)

    def rows(self, path: str, name: ast.Name) -> Iterator[Row | None]:
        """Every way in which a name gets its value; None for one that is not understood."""
        bindings = self._imports[path].bindings(name)
        if not bindings or len(bindings) > MOST_TEXTS:
            yield None
        for bound in bindings:
            if isinstance(bound, ast.Assign):
                yield Row(path, {name.id: bound.value})
            elif isinstance(bound, ast.arg):
                yield from self._from_callers(path, bound)
            elif isinstance(bound, ast.Name):
                yield from self._from_loop(path, bound)
            else:
                yield None

    def _joined(self, path: str, parts: list[ast.expr], steps: int) -> tuple[str, ...]:
        every = [self.of(path, part, steps - 1) if steps else () for part in parts]
        if not all(every):
            return ()
        found = tuple("".join(texts) for texts in islice(product(*every), MOST_TEXTS + 1))
        return found if len(found) <= MOST_TEXTS else ()

    def _from_callers(self, path: str, parameter: ast.arg) -> Iterator[Row | None]:
        function = self._nodes[path].function(parameter)
        callers = self._calls.callers(function) if function is not None else ()
        if not callers or len(callers) > MOST_TEXTS:
            yield None
            return
        for where, call, target in callers:
            given = {each.arg: value for each, value in target.given(call)}
            yield Row(where, given) if parameter.arg in given else None

    def _from_loop(self, path: str, bound: ast.Name) -> Iterator[Row | None]:
        found = self._nodes[path]
        parent = found.parent(bound)
        if isinstance(parent, ast.AnnAssign) and parent.value is not None:
            yield Row(path, {bound.id: parent.value})
            return
        target: ast.expr = bound
        if isinstance(parent, ast.Tuple | ast.List):
            target, parent = parent, found.parent(parent)
        if not isinstance(parent, ast.For | ast.comprehension) or parent.target is not target:
            yield None
            return
        rows = list(islice(self._written(path, parent.iter), MOST_TEXTS + 1))
        if not rows or len(rows) > MOST_TEXTS:
            yield None
            return
        for row in rows:
            yield _bound(path, target, row)

    def _written(self, path: str, source: ast.expr, steps: int = 3) -> Iterator[ast.expr | tuple[ast.expr, ...]]:
        """What a loop over a written list or dictionary gives, one after the other; nothing where it is not written."""
        match source:
            case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
                yield from items
            case ast.Dict(keys=keys) if None not in keys:
                yield from (key for key in keys if key is not None)
            case ast.Call(func=ast.Attribute(value=base, attr="items" | "keys" as method), args=[]):
                written = self._dictionary(path, base)
                if written is not None and None not in written.keys:
                    for key, value in zip(written.keys, written.values, strict=True):
                        if key is not None:
                            yield (key, value) if method == "items" else key
            case ast.Call(func=ast.Name(id="sorted" | "list" | "tuple" | "set"), args=[inner]) if steps:
                yield from self._written(path, inner, steps - 1)
            case ast.Name() if steps:
                assigned = self._imports[path].assigned(source)
                if assigned is not None:
                    yield from self._written(path, assigned, steps - 1)

    def _dictionary(self, path: str, node: ast.expr) -> ast.Dict | None:
        value = self._imports[path].assigned(node) if isinstance(node, ast.Name) else node
        return value if isinstance(value, ast.Dict) else None


def _bound(path: str, target: ast.expr, row: ast.expr | tuple[ast.expr, ...]) -> Row | None:
    """What the names of a loop's target get in one round."""
    if isinstance(target, ast.Name):
        return Row(path, {target.id: row}) if isinstance(row, ast.expr) else None
    parts = row if isinstance(row, tuple) else row.elts if isinstance(row, ast.Tuple | ast.List) else ()
    names = target.elts if isinstance(target, ast.Tuple | ast.List) else ()
    if not parts or len(parts) != len(names):
        return None
    return Row(path, {name.id: part for name, part in zip(names, parts, strict=True) if isinstance(name, ast.Name)})


def texts(context: Context) -> Texts:
    """The texts that expressions of the tree can be; use it as ``context.fact(texts)``."""
    return Texts(context)
