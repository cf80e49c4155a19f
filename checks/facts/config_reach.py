"""Whether a place in the code runs for one run and mode, so far as the configuration decides it."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.config_cases import Absent, Case
from checks.facts.config_conditions import Conditions, conditions
from checks.facts.config_values import ConfigValues, config_values
from checks.facts.imports import Imports, imports
from checks.facts.live_code import unused_functions
from checks.facts.local_calls import LocalCalls, local_calls
from checks.facts.nodes import Nodes, nodes

MOST_CALLERS = 8
"""Callers of one function, and functions above one another, that are asked."""
MOST_NESTED = 20
"""Conditions inside one another that are worked out."""
LOOPS = (ast.For, ast.While, ast.Try, ast.With)


class _After(Enum):
    """How a block of statements ends."""

    GOES_ON = "goes on"
    LEFT = "left"
    FAILED = "failed"


class ConfigReach:
    """Which places run, by case. ``True`` is certain, ``False`` is certain, None cannot be told.

    Args:
        context: the review.
        trusting: whether a condition on a key that the code itself writes counts as met, and a function that is handed
            to others as called: such a place is meant to run in some case.
    """

    def __init__(self, context: Context, trusting: bool = False) -> None:
        self._trusting = trusting
        self._nodes: Mapping[str, Nodes] = context.fact(nodes)
        self._imports: Mapping[str, Imports] = context.fact(imports)
        self._conditions: Conditions = context.fact(conditions)
        self._local: LocalCalls = context.fact(local_calls)
        self._values: ConfigValues = context.fact(config_values)
        self._unused = context.fact(unused_functions)
        self._known: dict[tuple[ast.AST, Case], bool | None] = {}
        self._blocks: dict[ast.AST, dict[ast.AST, list[ast.AST]]] = {}
        self._before: dict[tuple[ast.AST, Case], dict[ast.AST, _After | None]] = {}

    def runs(self, path: str, node: ast.AST, case: Case, steps: int = MOST_CALLERS) -> bool | None:
        """Whether a place runs in a case, once its program is started; a loop is taken to have a round."""
        if any(id(outer) in self._unused for outer in self._nodes[path].above(node)):
            return False
        state: bool | None = True
        inner = node
        for outer in self._nodes[path].above(node):
            found = self._under(path, outer, inner, case)
            if found is False:
                return False
            state = state and found if found is not None else None
            if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
                called = self._is_called(outer, case, steps)
                if called is not True:
                    return called
                return state
            inner = outer
        return state

    def _under(self, path: str, outer: ast.AST, inner: ast.AST, case: Case) -> bool | None:
        """Whether ``inner`` runs when ``outer``, which holds it, does."""
        match outer:
            case ast.IfExp(test=test, body=body) if inner is not test:
                return self._is(path, test, case, wanted=inner is body)
            case ast.BoolOp(op=op, values=values):
                before = values[: values.index(inner)] if isinstance(inner, ast.expr) else []
                if len(before) > MOST_NESTED:
                    return None
                return _all(self._is(path, each, case, wanted=isinstance(op, ast.And)) for each in before)
            case ast.Lambda():
                return self._trusting or None
            case ast.ExceptHandler():
                return None
        block = self._block_of(outer, inner)
        if block is None:
            return True
        before_it = self._passed(path, block, inner, case)
        if isinstance(outer, ast.If):
            return _all((self._is(path, outer.test, case, wanted=block is outer.body), before_it))
        if isinstance(outer, ast.match_case):
            return _all((self._is_taken(path, outer, case), before_it))
        if isinstance(outer, ast.For | ast.While) and block is outer.orelse:
            return None
        return before_it

    def _passed(self, path: str, block: list[ast.AST], inner: ast.AST, case: Case) -> bool | None:
        """Whether the statements before ``inner`` in its block let it run; an error that they raise is left aside."""
        if (block[0], case) not in self._before:
            self._before[block[0], case] = dict(zip(block, self._states(path, block, case), strict=True))
        state = self._before[block[0], case][inner]
        return None if state is None else state is not _After.LEFT

    def _states(self, path: str, block: list[ast.AST], case: Case) -> Iterator["_After | None"]:
        """What ``_after`` gives for the statements before each of a block, all in one pass over a long block."""
        state: _After | None = _After.GOES_ON
        for statement in block:
            yield state
            if state is _After.GOES_ON:
                state = self._how(path, statement, case, MOST_NESTED)

    def _block_of(self, outer: ast.AST, inner: ast.AST) -> list[ast.AST] | None:
        if outer not in self._blocks:
            self._blocks[outer] = {each: block for block in _blocks(outer) for each in block}
        return self._blocks[outer].get(inner)

    def _after(self, path: str, block: Sequence[ast.AST], case: Case, steps: int) -> "_After | None":
        """How a block ends; None where that cannot be told."""
        unsure = False
        for statement in block:
            found = self._how(path, statement, case, steps)
            if found is None:
                unsure = True
            elif found is not _After.GOES_ON:
                return None if unsure else found
        return None if unsure else _After.GOES_ON

    def _how(self, path: str, statement: ast.AST, case: Case, steps: int) -> "_After | None":
        if isinstance(statement, ast.Return | ast.Continue | ast.Break):
            return _After.LEFT
        if isinstance(statement, ast.Raise) or _exits(statement):
            return _After.FAILED
        if isinstance(statement, ast.If):
            return self._branches(path, statement, case, steps) if steps else None
        if isinstance(statement, ast.Match) and steps:
            return self._cases(path, statement, case, steps)
        if isinstance(statement, LOOPS) and self._leaves(path, statement):
            return None
        return _After.GOES_ON

    def _cases(self, path: str, statement: ast.Match, case: Case, steps: int) -> "_After | None":
        for each in statement.cases[:MOST_NESTED]:
            taken = self._is_taken(path, each, case)
            if taken is not False:
                return self._after(path, each.body, case, steps - 1) if taken else None
        return _After.GOES_ON if len(statement.cases) <= MOST_NESTED else None

    def _is_taken(self, path: str, taken: ast.match_case, case: Case) -> bool | None:
        """Whether a ``match`` comes to one of its cases, where those are written values."""
        statement = self._nodes[path].parent(taken)
        if not isinstance(statement, ast.Match) or len(statement.cases) > MOST_NESTED:
            return None
        value = self._conditions.value(path, statement.subject, case)
        if isinstance(value, Absent):
            return None
        for each in statement.cases:
            fits = _fits(each.pattern, value)
            if fits and each.guard is not None:
                found = self._conditions.value(path, each.guard, case)
                fits = None if isinstance(found, Absent) else bool(found)
            if each is taken or fits is not False:
                return fits if each is taken else False if fits else None
        return None

    def _branches(self, path: str, statement: ast.If, case: Case, steps: int) -> "_After | None":
        if not any(self._nodes[path].under(statement, ast.Return, ast.Continue, ast.Break, ast.Raise, ast.Call)):
            return _After.GOES_ON
        value = self._conditions.value(path, statement.test, case)
        if not isinstance(value, Absent):
            return self._after(path, statement.body if value else statement.orelse, case, steps - 1)
        ways = {self._after(path, each, case, steps - 1) for each in (statement.body, statement.orelse)}
        if _After.FAILED in ways and len(ways) > 1 and self._asks_for_flag(path, statement.test):
            return None
        ways -= {_After.FAILED} if len(ways) > 1 else set()
        if len(ways) > 1 and self._trusting and self._conditions.depends_on_writes(path, statement.test):
            return _After.GOES_ON
        return ways.pop() if len(ways) == 1 else None

    def _asks_for_flag(self, path: str, test: ast.expr) -> bool:
        """Whether a condition looks for an option such as ``--main``, which the documented commands do not give."""
        tree, names = self._nodes[path], self._imports[path]
        flags = (each.value for each in tree.under(test, ast.Constant))
        return any(isinstance(each, str) and each.startswith("-") for each in flags) and any(
            names.resolve(each) == "sys.argv" for each in tree.under(test, ast.Attribute, ast.Name)
        )

    def _leaves(self, path: str, statement: ast.AST) -> bool:
        """Whether a statement has a ``return`` of the function that it stands in."""
        tree = self._nodes[path]
        own = tree.function(statement)
        return any(tree.function(each) is own for each in tree.under(statement, ast.Return))

    def _is(self, path: str, test: ast.expr, case: Case, wanted: bool) -> bool | None:
        value = self._conditions.value(path, test, case)
        if isinstance(value, Absent):
            return True if self._trusting and self._conditions.depends_on_writes(path, test) else None
        return bool(value) is wanted

    def _is_called(self, function: ast.FunctionDef | ast.AsyncFunctionDef, case: Case, steps: int) -> bool | None:
        if (function, case) not in self._known:
            self._known[function, case] = None
            self._known[function, case] = self._any_call(function, case, steps)
        return self._known[function, case]

    def _any_call(self, function: ast.FunctionDef | ast.AsyncFunctionDef, case: Case, steps: int) -> bool | None:
        roots = {held.source.line for each in function.args.args for held in self._values.parameters.get(each, ())}
        if any(each.lineno in roots for each in function.decorator_list):
            return True
        callers = self._local.callers(function)
        if not callers or not steps or len(callers) > MOST_CALLERS:
            return None
        states = [None if target.first else self.runs(where, call, case, steps - 1) for where, call, target in callers]
        return True if any(states) else None if None in states else False


def _blocks(node: ast.AST) -> Iterator[list[ast.AST]]:
    for name in ("body", "orelse", "finalbody"):
        found = getattr(node, name, None)
        if isinstance(found, list):
            yield found


def _fits(pattern: ast.pattern, value: object) -> bool | None:
    """Whether a value matches a pattern of constants and wildcards; None for a pattern of another kind."""
    match pattern:
        case ast.MatchValue(value=ast.Constant(value=wanted)) | ast.MatchSingleton(value=wanted):
            return value == wanted
        case ast.MatchAs(pattern=None):
            return True
        case ast.MatchAs(pattern=ast.pattern() as inner):
            return _fits(inner, value)
        case ast.MatchOr(patterns=patterns):
            found = [_fits(each, value) for each in patterns]
            return True if True in found else None if None in found else False
    return None


def _all(states: "Iterator[bool | None] | tuple[bool | None, ...]") -> bool | None:
    found = list(states)
    return False if False in found else None if None in found else True


def _exits(statement: ast.AST) -> bool:
    """Whether a statement ends the program."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and called_name(call) in ("exit", "_exit", "quit")


def trusting_reach(context: Context) -> ConfigReach:
    """The same, where what the code itself switches counts as switched on."""
    return ConfigReach(context, trusting=True)


def config_reach(context: Context) -> ConfigReach:
    """Which places run, by case; use it as ``context.fact(config_reach)``."""
    return ConfigReach(context)
