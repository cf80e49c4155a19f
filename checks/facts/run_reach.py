"""Whether a run certainly comes to a place in the code, decided by the tests on its settings that stand before it."""

import ast
from collections.abc import Iterable

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.classes import Method, classes
from checks.facts.imports import imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.run_values import RunValues, UndecidedError

MOST_CALLERS = 6
"""How far up the callers are asked."""
LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
HOLDING = (ast.If, ast.Match, ast.Try, ast.With, ast.For, ast.While, ast.AsyncFor, ast.AsyncWith)


class RunReach:
    """Where one run goes.

    Args:
        context: the review.
        values: the run's values.
    """

    def __init__(self, context: Context, values: RunValues) -> None:
        self._context = context
        self._values = values
        self._called: dict[ast.AST, tuple[bool, dict[tuple[str, ...], object]]] = {}

    def comes_to(self, path: str, node: ast.AST, callers: int = MOST_CALLERS) -> bool:
        """Whether the run certainly gets there, with no test on the way that the files leave open."""
        inside = self._context.fact(nodes)[path]
        inner = node
        for outer in inside.above(node):
            if isinstance(outer, ast.Module):
                return True
            if isinstance(outer, Method):
                return self._passes(path, outer.body, inner) and self._is_run(path, inside, outer, callers)
            if isinstance(outer, ast.Lambda | ast.ClassDef | ast.While | ast.comprehension | ast.With):
                return False
            if isinstance(outer, ast.Try) and ((outer.handlers and inner in outer.body) or inner in outer.handlers):
                return False
            if isinstance(outer, ast.If) and not self._takes(path, outer, inner):
                return False
            if isinstance(outer, ast.IfExp | ast.BoolOp | ast.Match) and not self._evaluates(path, outer, inner):
                return False
            block = next((each for each in _blocks(outer) if inner in each), None)
            if block is not None and not self._passes(path, block, inner):
                return False
            inner = outer
        return False

    def _takes(self, path: str, outer: ast.If, inner: ast.AST) -> bool:
        if inner is outer.test:
            return True
        if _is_main_guard(outer.test):
            return inner in outer.body
        try:
            return bool(self._values.of(path, outer.test)) is (inner in outer.body)
        except UndecidedError:
            return False

    def _evaluates(self, path: str, outer: ast.IfExp | ast.BoolOp | ast.Match, inner: ast.AST) -> bool:
        if isinstance(outer, ast.BoolOp):
            return inner is outer.values[0]
        try:
            if isinstance(outer, ast.IfExp):
                return inner is outer.test or bool(self._values.of(path, outer.test)) is (inner is outer.body)
            subject = self._values.of(path, outer.subject)
            for case in outer.cases:
                fits = _fits(case, subject)
                if case is inner or fits:
                    return case is inner and fits
        except UndecidedError:
            return False
        return False

    def _passes(self, path: str, block: list[ast.stmt], until: ast.AST) -> bool:
        """Whether no statement before ``until`` in its block leaves the block, for this run."""
        inside = self._context.fact(nodes)[path]
        for statement in block:
            if statement is until:
                return True
            if isinstance(statement, LEAVING):
                return False
            if isinstance(statement, HOLDING) and not self._goes_on(path, inside, statement):
                return False
        return False

    def _goes_on(self, path: str, inside: Nodes, statement: ast.stmt) -> bool:
        """Whether the run certainly comes out at the end of a statement that may leave the function."""
        leaving = [each for each in inside.under(statement, *LEAVING) if _leaves(inside, each, statement)]
        return not any(self._may_come_to(path, inside, each, statement) for each in leaving[:20])

    def _may_come_to(self, path: str, inside: Nodes, node: ast.AST, until: ast.AST) -> bool:
        inner = node
        for outer in inside.above(node):
            if isinstance(outer, ast.If) and inner is not outer.test:
                try:
                    if bool(self._values.of(path, outer.test)) is not (inner in outer.body):
                        return False
                except UndecidedError:
                    return True
            if outer is until:
                break
            inner = outer
        return True

    def _is_run(self, path: str, inside: Nodes, function: Method, callers: int) -> bool:
        """``_is_called``, worked out once for each function, with the settings that decided it."""
        if function not in self._called:
            self._called[function] = (False, {})
            before = dict(self._values.used)
            self._values.used.clear()
            found = self._is_called(path, inside, function, callers)
            self._called[function] = (found, dict(self._values.used))
            self._values.used = before
        found, used = self._called[function]
        self._values.used.update({key: value for key, value in used.items() if key not in self._values.used})
        return found

    def _is_called(self, path: str, inside: Nodes, function: Method, callers: int) -> bool:
        known = self._context.fact(imports)[path]
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and known.resolve(decorator.func) == "hydra.main":
                return True
        if not callers:
            return False
        name = function.name
        cls = self._context.fact(classes).of(inside.parent(function))
        if cls is not None and name == "__init__":
            name = cls.node.name
        elif cls is not None and sum(name in each.methods for each in self._context.fact(classes)) != 1:
            return False
        sites = [(where, call) for where, each in self._context.fact(calls).items() for call in each.named(name)]
        return any(self.comes_to(where, call, callers - 1) for where, call in sites[:8])


def _leaves(inside: Nodes, node: ast.AST, statement: ast.stmt) -> bool:
    """Whether a leaving statement leaves more than a loop or function within ``statement``."""
    for outer in inside.above(node):
        if isinstance(outer, Method | ast.Lambda):
            return False
        if isinstance(outer, ast.For | ast.While) and isinstance(node, ast.Continue | ast.Break):
            return False
        if outer is statement:
            return True
    return True


def _blocks(outer: ast.AST) -> Iterable[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        block = getattr(outer, field, None)
        if isinstance(block, list):
            yield block


def _is_main_guard(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _fits(case: ast.match_case, subject: object) -> bool:
    if case.guard is not None:
        raise UndecidedError
    patterns = case.pattern.patterns if isinstance(case.pattern, ast.MatchOr) else [case.pattern]
    for pattern in patterns:
        match pattern:
            case ast.MatchValue(value=ast.Constant(value=value)):
                if value == subject:
                    return True
            case ast.MatchAs(pattern=None):
                return True
            case _:
                raise UndecidedError
    return False
