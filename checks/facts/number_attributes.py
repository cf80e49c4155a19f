"""Where code asks a plain Python number for something that only a tensor has.

A name counts where one of its assignments certainly gives a number and control certainly comes from there to the use,
with nothing between them that could bind the name anew, leave the way or ask what the name holds.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.imports import Imports, imports
from checks.facts.kinds import Kind
from checks.facts.nodes import FUNCTIONS, Nodes, nodes
from checks.facts.torch_names import NUMBER_FREE
from checks.facts.value_kinds import ValueKinds, value_kinds

LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
CATCHING = frozenset({"AttributeError", "Exception", "BaseException"})
ASKING = frozenset({"isinstance", "hasattr", "callable", "type", "is_tensor"})
MOST_WAYS = 200
"""Ways from an assignment to a use that are followed in one file."""
MOST_BINDINGS = 12
"""Assignments of one name that are looked at."""


@dataclass(frozen=True, slots=True)
class NumberAttribute:
    """One attribute that a number is asked for.

    Args:
        path: the file.
        node: the attribute.
        assigned: the assignment that gives the name its number; None where the expression can be nothing else.
    """

    path: str
    node: ast.Attribute
    assigned: ast.stmt | None


def number_attributes(context: Context) -> tuple[NumberAttribute, ...]:
    """Every such attribute, in order of file and line."""
    found: list[NumberAttribute] = []
    kinds = context.fact(value_kinds)
    for path, inside in sorted(context.fact(nodes).items()):
        with context.reading(path):
            file = _File(path, inside, context.fact(imports)[path], kinds)
            found += file.found()
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    nodes: Nodes
    imports: Imports
    kinds: ValueKinds
    asked: dict[ast.AST | None, frozenset[str]] = field(default_factory=dict)
    ways: list[ast.AST] = field(default_factory=list)

    def found(self) -> Iterator[NumberAttribute]:
        for node in self.nodes.of(ast.Attribute):
            if node.attr not in NUMBER_FREE or not isinstance(node.ctx, ast.Load) or self._caught(node):
                continue
            if isinstance(node.value, ast.Name):
                yield from self._of_name(node, node.value)
            elif isinstance(node.value, ast.Call | ast.BinOp | ast.Attribute) and self._is_number(node.value):
                yield NumberAttribute(self.path, node, None)

    def _is_number(self, node: ast.expr) -> bool:
        return self.kinds.of(self.path, node) is Kind.NUMBER

    def _of_name(self, node: ast.Attribute, name: ast.Name) -> Iterator[NumberAttribute]:
        bound = self.imports.bindings(name)
        if not bound or len(bound) > MOST_BINDINGS or self._asked(node, name.id):
            return
        if not any(isinstance(each, ast.Assign | ast.Name) for each in bound):
            return
        if self._is_number(name):
            yield from [] if self._is_told_apart(name) else [NumberAttribute(self.path, node, None)]
            return
        if len({self.nodes.nearest(each, *FUNCTIONS) for each in bound}) != 1:
            return
        for each in bound:
            statement = self.nodes.statement(each)
            plain = isinstance(statement, ast.Assign | ast.AnnAssign) and self._gives_number(statement, name.id)
            if statement is None or not plain or self._is_told_apart(name):
                continue
            self.ways.append(statement)
            if len(self.ways) <= MOST_WAYS and _Way(self.nodes, name.id, node).leads_from(statement):
                yield NumberAttribute(self.path, node, statement)
                return

    def _is_told_apart(self, name: ast.Name) -> bool:
        """Whether the function asks anywhere what the name holds."""
        function = self.nodes.nearest(name, *FUNCTIONS)
        if function not in self.asked:
            calls = self.nodes.under(function, ast.Call) if function is not None else self.nodes.of(ast.Call)
            self.asked[function] = frozenset(
                each.id
                for call in calls
                for each in call.args[:1]
                if called_name(call) in ASKING and isinstance(each, ast.Name)
            )
        return name.id in self.asked[function]

    def _gives_number(self, statement: ast.Assign | ast.AnnAssign, name: str) -> bool:
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        plain = any(isinstance(target, ast.Name) and target.id == name for target in targets)
        return plain and statement.value is not None and self._is_number(statement.value)

    def _caught(self, node: ast.AST) -> bool:
        """Whether an AttributeError here would be caught."""
        inner: ast.AST = node
        for outer in self.nodes.above(node):
            if isinstance(outer, FUNCTIONS):
                return False
            if isinstance(outer, ast.Try) and inner in outer.body and any(map(_catches, outer.handlers)):
                return True
            if isinstance(outer, ast.With) and any("suppress" in ast.dump(item.context_expr) for item in outer.items):
                return True
            inner = outer
        return False

    def _asked(self, node: ast.AST, name: str) -> bool:
        """Whether a condition around the use asks for the name."""
        inner: ast.AST = node
        for outer in self.nodes.above(node):
            if isinstance(outer, FUNCTIONS):
                return False
            test = getattr(outer, "test", None)
            if isinstance(outer, ast.BoolOp):
                test = outer
            if isinstance(test, ast.expr) and inner is not test and _mentions(self.nodes, test, name, inner):
                return True
            inner = outer
        return False


def _mentions(inside: Nodes, test: ast.expr, name: str, without: ast.AST) -> bool:
    return any(
        each.id == name and not (isinstance(test, ast.BoolOp) and inside.within(each, without))
        for each in inside.under(test, ast.Name)
    )


def _catches(handler: ast.ExceptHandler) -> bool:
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        each is None or (each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "")) in CATCHING
        for each in types
    )


class _Way:
    """Whether control certainly comes from an assignment of a name to one use of it."""

    def __init__(self, inside: Nodes, name: str, use: ast.AST) -> None:
        self._nodes = inside
        self._name = name
        self._use = use
        self._branch_left = False

    def leads_from(self, assigned: ast.stmt) -> bool:
        """Follow the statements after the assignment outwards, through the enclosing loops once."""
        if self._nodes.nearest(self._use, *FUNCTIONS) is not self._nodes.nearest(assigned, *FUNCTIONS):
            return False
        here: ast.stmt = assigned
        while True:
            outer = self._nodes.parent(here)
            block = _block(outer, here) if outer is not None else None
            if outer is None or block is None:
                return False
            found = self._along(block[block.index(here) + 1 :])
            if found is None and isinstance(outer, ast.For | ast.While) and here in outer.body:
                found = self._round(outer, here)
            if found is not None:
                return found
            if not isinstance(outer, ast.stmt):
                handler = isinstance(outer, ast.ExceptHandler | ast.match_case)
                holder = self._nodes.parent(outer) if handler else None
                if not isinstance(holder, ast.stmt):
                    return False
                outer = holder
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                return False
            if isinstance(outer, ast.Try) and not self._passes_try(outer, here):
                return False
            self._branch_left = self._branch_left or not isinstance(outer, ast.With)
            here = outer

    def _along(self, block: Sequence[ast.stmt]) -> bool | None:
        """Along a block: whether the use is come to, or None at the end of the block."""
        for statement in block:
            if self._nodes.within(self._use, statement):
                return self._into(statement)
            if isinstance(statement, LEAVING) or self._binds(statement) or self._asks(statement):
                return False
            if self._branch_left and next(self._nodes.under(statement, *LEAVING), None) is not None:
                return False
        return None

    def _round(self, loop: ast.For | ast.While, last: ast.stmt) -> bool | None:
        """From the end of a loop's body to its start and up to where the way came from."""
        if isinstance(loop, ast.For) and self._binds(loop.target):
            return False
        return self._along(loop.body[: loop.body.index(last)])

    def _into(self, statement: ast.stmt) -> bool:
        """Whether a statement that holds the use evaluates it for certain, as far as conditions go."""
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            block = getattr(statement, part, None)
            if isinstance(block, list) and any(self._nodes.within(self._use, each) for each in block):
                inner = part == "body" and isinstance(statement, ast.With | ast.For | ast.While | ast.Try)
                if isinstance(statement, ast.For) and self._binds(statement.target):
                    return False
                return inner and bool(self._along(block))
        inner_node: ast.AST = self._use
        for outer in self._nodes.above(self._use):
            if outer is statement:
                return True
            lazy = isinstance(outer, ast.IfExp) and inner_node is not outer.test
            later = isinstance(outer, ast.BoolOp) and inner_node is not outer.values[0]
            if lazy or later or isinstance(outer, ast.Lambda | ast.comprehension | ast.NamedExpr | ast.ListComp):
                return False
            if isinstance(outer, ast.GeneratorExp | ast.SetComp | ast.DictComp):
                return False
            inner_node = outer
        return False

    def _passes_try(self, outer: ast.Try, here: ast.stmt) -> bool:
        after = [*(outer.orelse if here in outer.body else []), *outer.finalbody]
        return not any(self._binds(each) or self._nodes.within(self._use, each) for each in after)

    def _binds(self, node: ast.AST) -> bool:
        return any(
            each.id == self._name and not isinstance(each.ctx, ast.Load) for each in self._nodes.under(node, ast.Name)
        )

    def _asks(self, statement: ast.stmt) -> bool:
        """Whether a statement on the way may end it because of what the name holds."""
        if not isinstance(statement, ast.Assert):
            return False
        return any(each.id == self._name for each in self._nodes.under(statement, ast.Name))


def _block(outer: ast.AST, here: ast.stmt) -> list[ast.stmt] | None:
    for part in ("body", "orelse", "finalbody"):
        block = getattr(outer, part, None)
        if isinstance(block, list) and here in block:
            return block
    return None
