"""Under which mode each node of the code can run: branches, early exits, tables by mode, and who calls a function."""

import ast
import re
from collections.abc import Iterator, Sequence

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.imports import imports
from checks.facts.local_calls import local_calls
from checks.facts.mode_keys import Key, Keys, parameters
from checks.facts.mode_operators import UNKNOWN, same
from checks.facts.mode_processes import together
from checks.facts.mode_values import FULL, MODES, TRIAL, WORLDS, Values, entries, unified
from checks.facts.mode_words import mode_words
from checks.facts.nodes import Nodes, nodes

Worlds = frozenset[str]
NONE: Worlds = frozenset()
EXITS = frozenset({"sys.exit", "os._exit", "os.abort"})
EXIT_NAMES = frozenset({"exit", "quit", "_exit", "abort"})
MOST_CALLERS = 40
MOST_DEPTH = 20
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


class Reach:
    """Where the modes lead.

    Args:
        context: the review.
        keys: which configuration key an expression denotes.
    """

    def __init__(self, context: Context, keys: Keys) -> None:
        self.writes: dict[Key, list[tuple[str, ast.AST, ast.expr]]] = {}
        self.values = Values(context, keys, self.runs, self._written)
        self._nodes = context.fact(nodes)
        self._together = context.fact(together)
        self._imports = context.fact(imports)
        self._calls = context.fact(local_calls)
        self._worlds: dict[ast.AST, Worlds] = {}
        self._blocks: dict[ast.AST, dict[ast.AST, Worlds]] = {}
        self._ends: dict[ast.AST, Worlds] = {}
        self._busy: set[ast.AST] = set()
        self._words = context.fact(mode_words)
        self._mentioned: dict[str, list[tuple[str, ast.AST]]] = {}

    def runs(self, path: str, node: ast.AST, world: str) -> bool:
        """Whether a node can run in a world."""
        return world in self.worlds(path, node)

    def worlds(self, path: str, node: ast.AST) -> Worlds:
        """The worlds in which a node can run."""
        found = self._nodes[path]
        climbed: list[tuple[ast.AST, ast.AST]] = []
        below: ast.AST = node
        result = WORLDS
        while below not in self._worlds:
            parent = found.parent(below)
            if parent is None:
                break
            climbed.append((below, parent))
            below = parent
        result = self._worlds.get(below, WORLDS)
        for child, parent in reversed(climbed):
            result &= self._given(path, found, child, parent, result)
            self._worlds[child] = result
        return result

    def _given(self, path: str, found: Nodes, child: ast.AST, parent: ast.AST, outer: Worlds) -> Worlds:
        """The worlds in which ``parent`` lets ``child`` run."""
        if not outer:
            return outer
        match parent:
            case ast.Module() if isinstance(child, ast.stmt):
                return self._entering(path, parent, parent.body).get(child, outer)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                inside = isinstance(child, ast.stmt)
                return self._called(parent) & self._entry(path, parent, child) if inside else outer
            case ast.If() | ast.While():
                if child is parent.test:
                    return outer
                first = _in_body(parent, child)
                inside = isinstance(parent, ast.If) or first
                held = self._holding(path, parent.test, first)
                return (held if inside else outer) & self._entry(path, parent, child)
            case ast.IfExp() | ast.BoolOp() | ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._chosen(path, child, parent)
            case ast.Match():
                return self._case(path, parent, child) if isinstance(child, ast.match_case) else outer
            case ast.Dict() | ast.Call():
                return self._entry_of_table(path, found, parent, child)
        return self._entry(path, parent, child) if isinstance(child, ast.stmt) else outer

    def _chosen(self, path: str, child: ast.AST, parent: ast.AST) -> Worlds:
        """The worlds in which an expression evaluates one of its parts."""
        match parent:
            case ast.IfExp(test=test, body=body):
                return WORLDS if child is test else self._holding(path, test, child is body)
            case ast.BoolOp(op=op, values=values):
                before = values[: values.index(child)] if child in values[:MOST_CALLERS] else []
                return self._all(self._holding(path, each, isinstance(op, ast.And)) for each in before)
        if isinstance(child, ast.comprehension) or not isinstance(parent, COMPREHENSIONS):
            return WORLDS
        tests = [test for each in parent.generators for test in each.ifs]
        return self._all(self._holding(path, test, True) for test in tests)

    def _all(self, several: Iterator[Worlds]) -> Worlds:
        result = WORLDS
        for each in several:
            result &= each
        return result

    def _holding(self, path: str, test: ast.expr, when: bool) -> Worlds:
        """The worlds in which a test can come out as ``when``."""
        return frozenset(world for world in WORLDS if self.values.truth(path, test, world) is not (not when))

    def _entry(self, path: str, parent: ast.AST, child: ast.AST) -> Worlds:
        if parent not in self._blocks:
            self._blocks[parent] = {}
            for name in ("body", "orelse", "finalbody"):
                block = getattr(parent, name, None)
                if isinstance(block, list):
                    self._blocks[parent] |= self._entering(path, parent, block)
        return self._blocks[parent].get(child, WORLDS)

    def _entering(self, path: str, parent: ast.AST, block: Sequence[ast.stmt]) -> dict[ast.AST, Worlds]:
        """For each statement of a block, the worlds that the statements before it leave."""
        if isinstance(parent, ast.Module):
            if parent not in self._blocks:
                self._blocks[parent] = {}
                self._blocks[parent] = self._left_by(path, block)
            return self._blocks[parent]
        return self._left_by(path, block)

    def _left_by(self, path: str, block: Sequence[ast.stmt]) -> dict[ast.AST, Worlds]:
        left, result = WORLDS, dict[ast.AST, Worlds]()
        for statement in block:
            result[statement] = left
            if left and statement is not block[-1]:
                left -= self.ends(path, statement)
        return result

    def ends(self, path: str, statement: ast.stmt) -> Worlds:
        """The worlds in which nothing after a statement runs in its block."""
        if statement not in self._ends:
            if len(self._busy) > MOST_DEPTH or statement in self._busy:
                return NONE
            self._busy.add(statement)
            self._ends[statement] = self._ending(path, statement)
            self._busy.discard(statement)
        return self._ends[statement]

    def _ending(self, path: str, statement: ast.stmt) -> Worlds:
        match statement:
            case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
                return WORLDS
            case ast.Expr(value=ast.Call() as call) | ast.Assign(value=ast.Call() as call):
                return self._never_returns(path, call)
            case ast.Assert(test=test):
                return WORLDS - self._holding(path, test, True)
            case ast.If():
                return self._chain_ends(path, statement)
            case ast.With(body=body) | ast.AsyncWith(body=body):
                return self.block_ends(path, body)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                ended = self.block_ends(path, [*body, *orelse])
                caught = self._all(self.block_ends(path, each.body) for each in handlers)
                return (ended & caught) | self.block_ends(path, final)
            case ast.Match(cases=cases):
                parts = [(self._case(path, statement, each), each) for each in cases]
                going = NONE.union(*(held - self.block_ends(path, each.body) for held, each in parts))
                missed = WORLDS - NONE.union(*(held for held, _ in parts))
                return WORLDS - going - missed if any(_takes_all(each) for each in cases) else NONE
        return NONE

    def _chain_ends(self, path: str, statement: ast.If) -> Worlds:
        """An ``if`` with all its ``elif``, without descending into each other's nesting."""
        left, ended = WORLDS, NONE
        block: Sequence[ast.stmt] = [statement]
        while len(block) == 1 and isinstance(block[0], ast.If) and left:
            link = block[0]
            hit = self._holding(path, link.test, True)
            missed = self._holding(path, link.test, False)
            inside = self.block_ends(path, link.body)
            ended |= left & (hit - missed) & inside
            left &= missed - (hit - inside)
            block = link.orelse
        return ended | (left & self.block_ends(path, block))

    def block_ends(self, path: str, block: Sequence[ast.stmt]) -> Worlds:
        """The worlds in which nothing after a block of statements runs."""
        return NONE.union(*(self.ends(path, each) for each in block)) if block else NONE

    def is_exit(self, path: str, call: ast.Call) -> bool:
        """Whether a call ends the program."""
        origin = self._imports[path].resolve(call.func)
        return origin in EXITS or (isinstance(call.func, ast.Name) and call.func.id in EXIT_NAMES)

    def _never_returns(self, path: str, call: ast.Call) -> Worlds:
        if self.is_exit(path, call):
            return WORLDS
        targets = self._calls.targets(path, call)
        return self._all(self._refuses(each.path, each.function) for each in targets) if targets else NONE

    def _refuses(self, path: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Worlds:
        """The worlds in which a function neither returns nor reaches its end."""
        ended = self.block_ends(path, function.body)
        if not ended:
            return NONE
        found = self._nodes[path]
        returns = [each for each in found.under(function, ast.Return) if found.function(each) is function]
        return ended - NONE.union(*(self._within(path, function, each) for each in returns))

    def _within(self, path: str, function: ast.AST, node: ast.AST) -> Worlds:
        """The worlds in which a node of a function can run once the function runs."""
        found, result, below = self._nodes[path], WORLDS, node
        for above in found.above(node):
            if above is function:
                return result & self._entry(path, above, below)
            result &= self._given(path, found, below, above, WORLDS)
            below = above
        return result

    def _case(self, path: str, statement: ast.Match, case: ast.AST) -> Worlds:
        held = WORLDS
        for each in statement.cases:
            hit = self._matches(path, statement.subject, each.pattern)
            hit = hit if each.guard is None else hit & self._holding(path, each.guard, True)
            if each is case:
                return held & hit
            if each.guard is None and self._is_known(path, statement.subject):
                held -= hit
        return held

    def _matches(self, path: str, subject: ast.expr, pattern: ast.pattern) -> Worlds:
        match pattern:
            case ast.MatchValue(value=value):
                pairs = {w: (self.values.of(path, subject, w), self.values.of(path, value, w)) for w in WORLDS}
                unknown = {w for w, (one, other) in pairs.items() if not same(one, one) or not same(other, other)}
                return frozenset(w for w, (one, other) in pairs.items() if w in unknown or same(one, other))
            case ast.MatchOr(patterns=patterns):
                return NONE.union(*(self._matches(path, subject, each) for each in patterns))
            case ast.MatchAs(pattern=ast.pattern() as inner):
                return self._matches(path, subject, inner)
        return WORLDS

    def _is_known(self, path: str, subject: ast.expr) -> bool:
        return all(same(value := self.values.of(path, subject, world), value) for world in WORLDS)

    def _entry_of_table(self, path: str, found: Nodes, parent: ast.Dict | ast.Call, child: ast.AST) -> Worlds:
        """The worlds of one value of ``{"trial": ..., "full": ...}``."""
        if isinstance(parent, ast.Call):
            named = isinstance(parent.func, ast.Name) and parent.func.id == "dict" and isinstance(child, ast.keyword)
            if not named:
                return WORLDS
            own: ast.expr | None = next((ast.Constant(word.arg) for word in parent.keywords if word is child), None)
        else:
            own = next((key for key, value in entries(parent) if value is child), None)
        if own is None:
            return WORLDS
        held = [self.values.of(path, key, TRIAL) for key, _ in entries(parent)]
        picks = isinstance(found.parent(parent), ast.Subscript)
        if not (set(MODES) <= {each for each in held if isinstance(each, str)} or (picks and TRIAL in held)):
            return WORLDS
        value = self.values.of(path, own, TRIAL)
        return frozenset({value}) if value in MODES and isinstance(value, str) else WORLDS

    def _called(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Worlds:
        """The worlds in which anything runs a function; all where nothing in sight does."""
        if function in self._busy or len(self._busy) > MOST_DEPTH:
            return WORLDS
        if any("main" in called_name(each) for each in function.decorator_list if isinstance(each, ast.Call)):
            return WORLDS
        self._busy.add(function)
        callers = self._calls.callers(function)
        result = NONE if callers else self._by_name(function)
        for where, call, _ in callers[:MOST_CALLERS]:
            result |= WORLDS if self._within_function(where, call, function) else self.worlds(where, call)
        references = self.references(function.name)
        if references:
            mentioned = NONE.union(*(self.worlds(where, each) for where, each in references[:MOST_CALLERS]))
            result = mentioned | (result if callers else NONE)
        self._busy.discard(function)
        return WORLDS if len(callers) > MOST_CALLERS or len(references) > MOST_CALLERS else result

    def _within_function(self, path: str, call: ast.AST, function: ast.AST) -> bool:
        """Whether a call stands in the function itself; such a call tells nothing new and is left to the others."""
        return len(self._calls.callers(function)) == 1 and self._nodes[path].within(call, function)  # type: ignore[arg-type]

    def _by_name(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Worlds:
        words = set(re.split(r"[^a-z]+", function.name.lower()))
        if "trial" in words and not ({"objective", "study"} & words) and "trial" not in parameters(function):
            return frozenset({TRIAL})
        return frozenset({FULL}) if "full" in words and TRIAL not in words else WORLDS

    def references(self, name: str) -> list[tuple[str, ast.AST]]:
        """Where a name stands anywhere in the tree without being called."""
        if name not in self._mentioned:
            self._mentioned[name] = self._references(name)
        return self._mentioned[name]

    def _references(self, name: str) -> list[tuple[str, ast.AST]]:
        found = []
        for path, node in self._words.uses(name):
            parent = self._nodes[path].parent(node)
            if not isinstance(node, ast.Constant) and not (isinstance(parent, ast.Call) and parent.func is node):
                found.append((path, node))
        return found

    def _written(self, path: str, key: Key, world: str) -> object:
        """What the code surely writes to a key in a world, where all that it may write there is the same."""
        seen = [each for each in self.writes.get(key, ()) if self._together.shares(each[0], path)]
        found = [each for each in seen if self.runs(each[0], each[1], world)]
        if not any(self.certain(where, node, world) for where, node, _ in found):
            return UNKNOWN
        return unified(self.values.of(where, value, world) for where, _, value in found)

    def certain(self, path: str, node: ast.AST, world: str, rounds: int = 3) -> bool:
        """Whether a node runs whenever its program does, so far as the branches around it and its callers tell."""
        found, below = self._nodes[path], node
        for above in found.above(node):
            match above:
                case ast.If(test=test, body=body):
                    held = self.values.truth(path, test, world)
                    inside = below is test or held is any(below is each for each in body)
                case ast.IfExp(test=test, body=body):
                    inside = below is test or self.values.truth(path, test, world) is (below is body)
                case ast.For() | ast.AsyncFor() | ast.While() | ast.ExceptHandler() | ast.Lambda():
                    inside = False
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    sites = self._calls.callers(above)[:MOST_CALLERS]
                    runs = [each for each in sites if self.runs(each[0], each[1], world)]
                    return not sites or rounds == 0 or any(self.certain(w, c, world, rounds - 1) for w, c, _ in runs)
                case _:
                    inside = True
            if not inside:
                return False
            below = above
        return True


def _in_body(branch: ast.If | ast.While, child: ast.AST) -> bool:
    """Whether a statement of a branch stands before its ``else``; by its line, since a block may be very long."""
    return not branch.orelse or (isinstance(child, ast.stmt) and child.lineno < branch.orelse[0].lineno)


def _takes_all(case: ast.match_case) -> bool:
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None
