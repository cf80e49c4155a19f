"""What a name may stand for where it is used, one possibility at a time.

A name bound in two branches, a parameter of a function with several calls and a loop's variable stand for several
things. ``Choices.readings`` reads an expression once for each combination: whoever evaluates asks ``value``, which
raises ``UndecidedError`` where the reading has not decided yet, and it starts again with each possible decision.
"""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from checks.context import Context
from checks.facts.calls import Calls, calls
from checks.facts.imports import Imports, imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.own_attributes import OwnAttributes, own_attributes
from checks.facts.python import dotted_name

Result = TypeVar("Result")
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.Lambda
MOST_READINGS = 24
"""Combinations that one expression is read in."""
MOST_IN_ALL = 6000
"""Readings after the first of each expression, in one tree; an expression that comes later and needs them has none."""
MOST_DEEP = 25
"""Names that stand for one another in a row."""
MOST_ATTEMPTS = 160
"""Readings that are begun, with those that only find the next thing to decide."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """An expression with the file that it stands in; ``node`` may be a call, for what its function's parameters are."""

    path: str
    node: ast.expr


Decisions = Mapping[ast.AST, Place]
"""Of one reading: a function to the call that runs it, a loop to its item, a use of a name to its assignment."""


class UndecidedError(Exception):
    """A reading cannot go on before it is decided what ``key`` stands for."""

    def __init__(self, key: ast.AST, options: Sequence[Place]) -> None:
        super().__init__(len(options))
        self.key = key
        self.options = options


class Choices:
    """The possibilities in one tree.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self.nodes: Mapping[str, Nodes] = context.fact(nodes)
        self.calls: Mapping[str, Calls] = context.fact(calls)
        self.imports: Mapping[str, Imports] = context.fact(imports)
        self.attributes: OwnAttributes = context.fact(own_attributes)
        self._deep = 0
        self._left = MOST_IN_ALL
        self._growth: dict[str, Growth] = {}
        self._uses: dict[str, Mapping[tuple[ast.AST | None, str], list[ast.Name]]] = {}
        self._sites: dict[ast.AST, tuple[Place, ...]] = {}
        self._functions: dict[str, tuple[str, Function]] = {}
        self._methods: dict[str, dict[ast.ClassDef, tuple[str, Function]]] = {}
        for path, found in self.nodes.items():
            for function in functions(found):
                self._functions.setdefault(f"{dotted_name(path)}.{function.name}", (path, function))
                owner = found.parent(function)
                if isinstance(owner, ast.ClassDef):
                    self._methods.setdefault(function.name, {})[owner] = (path, function)

    def readings(self, work: Callable[[Decisions], Result]) -> Iterator[Result]:
        """``work`` of every combination of decisions that it asks for, within bounds."""
        stack: list[Decisions] = [{}]
        attempts = given = 0
        while stack and attempts < MOST_ATTEMPTS and given < MOST_READINGS:
            decided = stack.pop()
            if attempts and not self._left:
                return
            self._left -= bool(attempts)
            attempts += 1
            try:
                result = work(decided)
            except UndecidedError as choice:
                stack.extend({**decided, choice.key: option} for option in reversed(choice.options[:MOST_READINGS]))
                continue
            given += 1
            yield result

    def value(self, path: str, name: ast.Name, decided: Decisions) -> Place | None:
        """What a name stands for in this reading; None where the tree shows nothing. May raise ``UndecidedError``."""
        if self._deep >= MOST_DEEP:
            return None
        self._deep += 1
        try:
            return self._value(path, name, decided)
        finally:
            self._deep -= 1

    def _value(self, path: str, name: ast.Name, decided: Decisions) -> Place | None:
        bound = self.imports[path].bindings(name)
        if len(bound) == 1 and isinstance(bound[0], ast.arg):
            return self._argument(path, bound[0], decided)
        if len(bound) == 1 and isinstance(bound[0], ast.alias):
            return None
        loops = [self._loop(path, node) for node in bound]
        if len(bound) == 1 and loops[0] is not None:
            return self._item(path, bound[0], loops[0], decided)
        values = [(node, self.assigned(path, node)) for node in bound]
        options = [Place(path, value) for _, value in self._reaching(path, name, values) if value is not None]
        if not options or any(value is None for _, value in values):
            return None
        return options[0] if len(options) == 1 else self.decide(name, options, decided)

    def decide(self, key: ast.AST, options: Sequence[Place], decided: Decisions) -> Place:
        """The option that this reading has taken. Raises ``UndecidedError`` where it has taken none."""
        if key not in decided:
            raise UndecidedError(key, options)
        return decided[key]

    def assigned(self, path: str, bound: ast.AST) -> ast.expr | None:
        """The whole value that a binding gives its name; None for one that unpacks, counts or loops."""
        if isinstance(bound, ast.Assign):
            return bound.value
        parent = self.nodes[path].parent(bound)
        if isinstance(parent, ast.AnnAssign | ast.NamedExpr) and parent.target is bound:
            return parent.value
        if isinstance(parent, ast.Assign) and bound in parent.targets:
            return parent.value
        return _part_of_tuple(parent, self.nodes[path].parent(parent), bound) if parent is not None else None

    def function(self, path: str, call: ast.Call) -> tuple[str, Function] | None:
        """The tree's function that a call runs, with its file."""
        own = dotted_name(path)
        match call.func:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                return self._functions.get(f"{own}.{name}")
            case ast.Name(id=name):
                bound = self.imports[path].bindings(call.func)
                if len(bound) == 1 and isinstance(bound[0], Function):
                    return path, bound[0]
            case ast.Attribute(value=base, attr=name) if name in self._methods and (owner := self._class(path, base)):
                return self._methods[name].get(owner)
        origin = self.imports[path].resolve(call.func) or ""
        return self._functions.get(origin) or self._functions.get(f"src.{origin}")

    def _class(self, path: str, base: ast.expr) -> ast.ClassDef | None:
        """The class of the file that makes a thing: ``Report(x)``, or a name that is given that once."""
        made = self.imports[path].assigned(base) if isinstance(base, ast.Name) else base
        if not isinstance(made, ast.Call) or not isinstance(made.func, ast.Name):
            return None
        bound = self.imports[path].bindings(made.func)
        return bound[0] if len(bound) == 1 and isinstance(bound[0], ast.ClassDef) else None

    def sites(self, path: str, function: Function) -> tuple[Place, ...]:
        """Every call of a function of the tree; a constructor's are those of its class."""
        if function not in self._sites:
            owner = self.nodes[path].parent(function) if function.name == "__init__" else None
            if isinstance(owner, ast.ClassDef):
                self._sites[function] = tuple(self._made(path, owner))
                return self._sites[function]
            found = [
                Place(file, call)
                for file, each in self.calls.items()
                for call in each.named(function.name)
                if self.function(file, call) == (path, function)
            ]
            self._sites[function] = tuple(found)
        return self._sites[function]

    def _made(self, path: str, owner: ast.ClassDef) -> Iterator[Place]:
        """Where instances of a class are made."""
        origin = f"{dotted_name(path)}.{owner.name}"
        for file, each in self.calls.items():
            for call in each.named(owner.name):
                here = isinstance(call.func, ast.Name) and owner in self.imports[file].bindings(call.func)
                if here or (each.origin(call) or "") in (origin, origin.removeprefix("src.")):
                    yield Place(file, call)

    def uses(self, path: str, name: str, scope: ast.AST | None) -> Sequence[ast.Name]:
        """Where a function, or the top level of a file, reads a name, in the order of the source."""
        if path not in self._uses:
            every: dict[tuple[ast.AST | None, str], list[ast.Name]] = {}
            for each in self.nodes[path].of(ast.Name):
                if isinstance(each.ctx, ast.Load):
                    every.setdefault((self.nodes[path].function(each), each.id), []).append(each)
            self._uses[path] = every
        return self._uses[path].get((scope, name), ())

    def growth(self, path: str, name: str, scope: ast.AST | None) -> Sequence[tuple[ast.AST, ast.expr, bool]]:
        """What is appended to a list by its name: the place, what is added, and whether that is one item."""
        if path not in self._growth:
            self._growth[path] = _growth(self.nodes[path], self.calls[path])
        return self._growth[path].get((scope, name), ())

    def given(self, function: Function, call: ast.Call, name: str) -> ast.expr | None:
        """What a call passes for a parameter; the default where it passes nothing; None where that is not plain."""
        word = next((word.value for word in call.keywords if word.arg == name), None)
        if word is not None:
            return word
        arguments = [*function.args.posonlyargs, *function.args.args]
        positions = {argument.arg: index for index, argument in enumerate(arguments)}
        if name in positions:
            bound = function.name == "__init__" or isinstance(call.func, ast.Attribute)
            index = positions[name] - bool(arguments[0].arg in ("self", "cls") and bound)
            if any(isinstance(each, ast.Starred) for each in call.args[: index + 1]):
                return None
            if 0 <= index < len(call.args):
                return call.args[index]
        if any(word.arg is None for word in call.keywords):
            return None
        return _default(function, name)

    def _argument(self, path: str, bound: ast.arg, decided: Decisions) -> Place | None:
        function = next((each for each in self.nodes[path].above(bound) if isinstance(each, Definition)), None)
        if not isinstance(function, Function):
            return None
        sites = self.sites(path, function)
        if function not in decided and not sites:
            return None
        site = self.decide(function, sites, decided) if len(sites) != 1 or function in decided else sites[0]
        if bound is function.args.vararg and isinstance(site.node, ast.Call):
            return _rest(function, site)
        value = self.given(function, site.node, bound.arg) if isinstance(site.node, ast.Call) else None
        return Place(site.path, value) if value is not None else None

    def _loop(self, path: str, bound: ast.AST) -> ast.For | ast.AsyncFor | ast.comprehension | None:
        parent = self.nodes[path].parent(bound)
        while isinstance(parent, ast.Tuple | ast.List):
            parent = self.nodes[path].parent(parent)
        loop = isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension)
        return parent if loop and self.nodes[path].within(bound, parent.target) else None  # type: ignore[union-attr,return-value]

    def _item(
        self, path: str, bound: ast.AST, loop: ast.For | ast.AsyncFor | ast.comprehension, decided: Decisions
    ) -> Place | None:
        """What a loop's variable is in this reading."""
        if loop not in decided:
            options = self.items(path, loop.iter, decided)
            if not options:
                return None
            self.decide(loop, options, decided)
        item, target = decided[loop], loop.target
        while target is not bound:
            if not isinstance(target, ast.Tuple | ast.List) or not isinstance(item.node, ast.Tuple | ast.List):
                return None
            if len(target.elts) != len(item.node.elts):
                return None
            index = next(n for n, each in enumerate(target.elts) if self.nodes[path].within(bound, each))
            item, target = Place(item.path, item.node.elts[index]), target.elts[index]
        return item

    def items(self, path: str, node: ast.expr, decided: Decisions) -> tuple[Place, ...]:
        """The items of what is looped over, as far as they are written out; empty where they are not."""
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr="items"), args=[]):
                held = self._plain(path, inner, decided)
                if held is not None and isinstance(held.node, ast.Dict) and None not in held.node.keys:
                    pairs = zip(held.node.keys, held.node.values, strict=True)
                    return tuple(Place(held.path, _pair(key, value)) for key, value in pairs if key is not None)
                return ()
            case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
                inside = self.items(path, inner, decided)
                return tuple(Place(each.path, _pair(ast.Constant(n), each.node)) for n, each in enumerate(inside))
            case ast.Call(func=ast.Name(id="list" | "tuple" | "sorted"), args=[inner]):
                return self.items(path, inner, decided)
        held = self._plain(path, node, decided)
        if held is None or not isinstance(held.node, ast.List | ast.Tuple | ast.Set):
            return ()
        return tuple(self._spread(held.path, held.node.elts, decided))

    def _spread(self, path: str, items: Sequence[ast.expr], decided: Decisions) -> list[Place]:
        """Written items, starred ones taken apart; none where those are not written out."""
        found: list[Place] = []
        for each in items:
            inside = [Place(path, each)]
            if isinstance(each, ast.Starred):
                self._deep += 1
                inside = list(self.items(path, each.value, decided)) if self._deep < MOST_DEEP else []
                self._deep -= 1
            if not inside:
                return []
            found += inside
        return found

    def _plain(self, path: str, node: ast.expr, decided: Decisions) -> Place | None:
        """An expression with a few plain names followed."""
        here: Place | None = Place(path, node)
        for _ in range(4):
            if here is None or not isinstance(here.node, ast.Name):
                return here
            here = self.value(here.path, here.node, decided)
        return None

    def _reaching(
        self, path: str, name: ast.Name, values: list[tuple[ast.AST, ast.expr | None]]
    ) -> list[tuple[ast.AST, ast.expr | None]]:
        """The assignments whose value may still be there at a use: those from the last certain one before it on."""
        if len(values) < 2:
            return values
        found = self.nodes[path]
        use = found.function(name)
        if any(found.function(node) is not use for node, _ in values):
            return values
        before = [pair for pair in values if found.before(pair[0], name) and not found.within(name, pair[0])] or values
        for index in range(len(before) - 1, 0, -1):
            statement = found.statement(before[index][0])
            block = found.parent(statement) if statement is not None else None
            if _holds(block, statement, name, found):
                return before[index:]
        return before


Growth = Mapping[tuple[ast.AST | None, str], list[tuple[ast.AST, ast.expr, bool]]]


def _growth(found: Nodes, known: Calls) -> Growth:
    every: dict[tuple[ast.AST | None, str], list[tuple[ast.AST, ast.expr, bool]]] = {}
    for call in known.named("append", "extend", "insert"):
        match call:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=how), args=[*_, last]):
                every.setdefault((found.function(call), name), []).append((call, last, how != "extend"))
    for grown in found.of(ast.AugAssign):
        if isinstance(grown.target, ast.Name):
            every.setdefault((found.function(grown), grown.target.id), []).append((grown, grown.value, False))
    for some in every.values():
        some.sort(key=lambda each: (getattr(each[0], "lineno", 0), getattr(each[0], "col_offset", 0)))
    return every


def functions(found: Nodes) -> Iterator[Function]:
    """The function definitions of a file."""
    yield from found.of(ast.FunctionDef)
    yield from found.of(ast.AsyncFunctionDef)


def _holds(block: ast.AST | None, statement: ast.AST | None, name: ast.Name, found: Nodes) -> bool:
    """Whether a use lies in the same list of statements as an assignment, or below one of them."""
    for field in ("body", "orelse", "finalbody"):
        listed = getattr(block, field, None)
        if isinstance(listed, list) and statement in listed:
            return any(found.within(name, each) for each in listed)
    return False


def _rest(function: Function, site: Place) -> Place | None:
    """What a call passes for ``*names`` of a plain function, as a tuple."""
    given = site.node.args if isinstance(site.node, ast.Call) else []
    places = [*function.args.posonlyargs, *function.args.args]
    method = bool(places) and places[0].arg in ("self", "cls")
    if method or any(isinstance(each, ast.Starred) for each in given[: len(places)]):
        return None
    return Place(site.path, ast.Tuple(given[len(places) :], ast.Load()))


def _default(function: Function, name: str) -> ast.expr | None:
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    pairs = dict(zip([a.arg for a in positional[len(positional) - len(given.defaults) :]], given.defaults, strict=True))
    pairs |= {a.arg: d for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d is not None}
    return pairs.get(name)


def _part_of_tuple(target: ast.AST, statement: ast.AST | None, bound: ast.AST) -> ast.expr | None:
    """What ``bound`` gets of ``a, b = 1, 2``."""
    if not isinstance(statement, ast.Assign) or not isinstance(target, ast.Tuple | ast.List):
        return None
    value = statement.value
    if not isinstance(value, ast.Tuple | ast.List) or len(value.elts) != len(target.elts):
        return None
    return next((v for t, v in zip(target.elts, value.elts, strict=True) if t is bound), None)


def _pair(first: ast.expr, second: ast.expr) -> ast.Tuple:
    return ast.Tuple([first, second], ast.Load())


def choices(context: Context) -> Choices:
    """The tree's possibilities; use it as ``context.fact(choices)``."""
    return Choices(context)
