"""Where a value comes from: followed backwards through names, parameters, returned values, containers and attributes.

What is left to do to a value is a list of steps, outermost first: ``.a`` an attribute, ``.m()`` a method's result,
``()`` what a held function gives, ``[k]`` the item under a constant key, ``[]`` under an unknown one, ``*`` an item of
a loop, ``#1`` the second of a pair, ``key`` a key of a mapping. ``run.summary["acc"]`` with
``run = wandb.Api().run(x)`` ends at the imported ``wandb.Api()`` with the steps ``.run()``, ``.summary``, ``[acc]``.
"""

import ast
import builtins
from collections.abc import Iterable, Iterator

from checks.context import Context
from checks.facts.imports import imports
from checks.facts.nodes import FUNCTIONS, nodes
from checks.facts.reach import FunctionNode
from checks.facts.trail import (
    CALLED,
    End,
    State,
    Steps,
    attribute,
    content,
    iterated,
    lost,
    method,
    put,
    subscript,
)
from checks.facts.value_sites import Function, ValueSites, default_of, given, value_sites

MOST_STATES = 400
"""Values looked at for one answer; past that it is unknown."""
MOST_STEPS = 10
"""Longest list of steps that is followed."""
MOST_SITES = 60
"""Calls of one function that are followed; past that what it is given is unknown."""
MOST_CHANGES = 200
"""Things put into one container that are followed; past that what it holds is unknown."""
SAME = frozenset({"dict", "list", "tuple", "sorted", "reversed", "set", "copy.copy", "copy.deepcopy", "iter",
                  "collections.OrderedDict", "frozenset"})  # fmt: skip
"""Functions that give their first argument in another wrapping."""
WALKS = frozenset({"enumerate", "zip", "next", "map", "tqdm.tqdm", "tqdm.auto.tqdm"})
"""Functions that give what they walk through item by item."""
TYPES = frozenset({"wandb.Api", "wandb.apis.public.Api", "wandb.apis.public.Run", "wandb.apis.public.runs.Run"})
"""Types of parameters that say by themselves where a value comes from."""
EMPTY = frozenset({"collections.defaultdict", "collections.Counter", "collections.deque", "collections.OrderedDict",
                   "dict", "list", "set", "tuple"})  # fmt: skip
"""Functions that make an empty container where they are given none to copy."""


class Origins:
    """Answers where values come from; use it as ``context.fact(origins)``."""

    def __init__(self, context: Context) -> None:
        self._nodes = context.fact(nodes)
        self._imports = context.fact(imports)
        self.sites: ValueSites = context.fact(value_sites)
        self._fields: dict[ast.ClassDef, list[ast.Constant]] = {}
        self._found: dict[tuple[ast.AST, Steps], tuple[End, ...]] = {}

    def of(self, path: str, node: ast.AST, steps: Steps = ()) -> tuple[End, ...]:
        """Every end of the trail; ``None`` and empty containers are left out, and a lost trail is an unknown end."""
        key = (node, steps)
        if key not in self._found:
            self._found[key] = tuple(self._follow(State(path, node, steps)))
        return self._found[key]

    def _follow(self, start: State) -> Iterator[End]:
        work, seen = [start], {(start.node, start.steps)}
        while work:
            state = work.pop()
            if len(seen) > MOST_STATES or len(state.steps) > MOST_STEPS:
                yield lost(state)
                return
            for each in self._next(state):
                if isinstance(each, End):
                    yield each
                elif (each.node, each.steps) not in seen:
                    seen.add((each.node, each.steps))
                    work.append(each)

    def _next(self, state: State) -> Iterable[State | End]:
        match state.node:
            case ast.Name() | ast.Attribute() if origin := self._imports[state.path].resolve(state.node):
                return [self._imported(state, origin)]
            case ast.Name():
                return self._name(state, state.node)
            case ast.Attribute(value=value, attr=name):
                return [*self._changed(state), State(state.path, value, attribute(name, state.steps))]
            case ast.Call():
                return self._call(state, state.node)
            case ast.arg():
                return self._parameter(state, state.node)
            case ast.ClassDef() if state.steps[:1] == ("new",):
                return self._instance(state, state.node)
            case _:
                return self._expression(state)

    def _imported(self, state: State, origin: str) -> State | End:
        own = self.sites.imported(origin)
        if own is None:
            called = state.steps[:1] == (CALLED,)
            return End(state.path, state.node, f"{origin}()" if called else origin, state.steps[called:])
        path, node = own
        if isinstance(node, ast.expr):
            return State(path, node, state.steps)
        return End(path, node, "", state.steps, known=not isinstance(node, ast.Module))

    def _expression(self, state: State) -> Iterable[State | End]:
        path, steps = state.path, state.steps
        match state.node:
            case ast.Lambda(body=body) if steps[:1] == (CALLED,):
                return [State(path, body, steps[1:])]
            case ast.IfExp(body=first, orelse=second):
                return [State(path, first, steps), State(path, second, steps)]
            case ast.BoolOp(values=values):
                return [State(path, each, steps) for each in values]
            case ast.NamedExpr(value=value) | ast.Await(value=value) | ast.Starred(value=value):
                return [State(path, value, steps)]
            case ast.BinOp(op=ast.BitOr() | ast.Add(), left=left, right=right) if steps:
                return [State(path, left, steps), State(path, right, steps)]
            case ast.Subscript(value=value, slice=ast.Slice()):
                return [State(path, value, steps)]
            case ast.Subscript(value=value, slice=key):
                return [State(path, value, (subscript(key), *steps))]
            case ast.Constant(value=None) | ast.Dict(keys=[]) | ast.List(elts=[]) | ast.Tuple(elts=[]):
                return []
        return content(state) if steps else [End(path, state.node, "", steps)]

    def _name(self, state: State, name: ast.Name) -> Iterable[State | End]:
        bound = self._imports[state.path].bindings(name)
        if not bound:
            return [End(state.path, name, name.id, state.steps, known=hasattr(builtins, name.id))]
        found = list(self._changed(state))
        for binding in bound[:MOST_SITES]:
            found += self._bound(state, binding)
        return found

    def _bound(self, state: State, binding: ast.AST) -> Iterable[State | End]:
        if isinstance(binding, ast.Assign):
            return [State(state.path, binding.value, state.steps)]
        if isinstance(binding, ast.arg):
            return [State(state.path, binding, state.steps)]
        if isinstance(binding, FunctionNode) and state.steps[:1] == (CALLED,):
            return self._returned(state.path, binding, state.steps[1:])
        if not isinstance(binding, ast.Name):
            return [End(state.path, binding, "", state.steps)]
        return self._target(state, binding)

    def _target(self, state: State, target: ast.AST) -> Iterable[State | End]:
        places: Steps = ()
        parent = self._nodes[state.path].parent(target)
        while isinstance(parent, ast.Tuple | ast.List):
            if any(isinstance(each, ast.Starred) for each in parent.elts):
                return [lost(state)]
            places = (f"#{parent.elts.index(target)}", *places)  # type: ignore[arg-type]
            target, parent = parent, self._nodes[state.path].parent(parent)
        steps = (*places, *state.steps)
        match parent:
            case ast.AnnAssign(value=None):
                return []
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
                return [State(state.path, value, steps)]
            case ast.AugAssign(value=value):
                return [State(state.path, value, steps)]
            case ast.For(iter=source) | ast.AsyncFor(iter=source) | ast.comprehension(iter=source):
                return [State(state.path, source, ("*", *steps))]
            case ast.withitem(context_expr=value):
                return [State(state.path, value, steps)]
        return [lost(state)]

    def _parameter(self, state: State, parameter: ast.arg) -> Iterable[State | End]:
        function = self._nodes[state.path].nearest(parameter, *FUNCTIONS)
        if not isinstance(function, FunctionNode):
            return [lost(state)]
        owner = self.sites.owner(state.path, function)
        first = [*function.args.posonlyargs, *function.args.args][:1]
        if owner is not None and first == [parameter]:
            return [State(state.path, owner, ("new", *state.steps))]
        typed = self._imports[state.path].resolve(parameter.annotation) if parameter.annotation is not None else None
        if typed in TYPES:
            return [End(state.path, parameter, f"{typed}()", state.steps)]
        found: list[State | End] = list(self._changed(state))
        if self.sites.is_passed_on(function) or parameter is function.args.vararg:
            found.append(lost(state))
        sites = self.sites.sites(state.path, function)
        if len(sites) > MOST_SITES:
            return [lost(state)]
        for site in sites:
            found += self._passed(state, parameter, function, site.path, site.call, site.offset)
        return found if sites else [*found, lost(state)]

    def _passed(
        self, state: State, parameter: ast.arg, function: Function, path: str, call: ast.Call, offset: int
    ) -> Iterable[State | End]:
        starred = any(word.arg is None for word in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args)
        if parameter is function.args.kwarg:
            named = {each.arg for each in (*function.args.args, *function.args.kwonlyargs)}
            words = [word for word in call.keywords if word.arg and word.arg not in named]
            keys: list[ast.expr | None] = [ast.Constant(word.arg) for word in words]
            made = ast.Dict(keys, [word.value for word in words])
            spread = [State(path, word.value, state.steps) for word in call.keywords if word.arg is None]
            return [State(path, made, state.steps), *spread]
        values = [value for each, value in given(function, call, offset) if each is parameter]
        if values:
            return [State(path, values[0], state.steps)]
        default = default_of(function, parameter)
        found: list[State | End] = [State(state.path, default, state.steps)] if default is not None else []
        return [*found, lost(state)] if starred else found

    def _call(self, state: State, call: ast.Call) -> Iterable[State | End]:
        path, steps = state.path, state.steps
        target = self.sites.defined(path, call.func)
        if target is not None and isinstance(target[1], ast.ClassDef):
            return [State(target[0], target[1], ("new", *steps))]
        if target is not None and isinstance(target[1], FunctionNode):
            return self._returned(target[0], target[1], steps)
        origin = self._imports[path].resolve(call.func)
        if origin is None and self._is_held(path, call.func):
            return [State(path, call.func, (CALLED, *steps))]
        origin = origin or (call.func.id if isinstance(call.func, ast.Name) else "")
        given = _through(state, call, origin)
        if given is not None:
            return given
        if isinstance(call.func, ast.Attribute) and not self._imports[path].resolve(call.func):
            return method(state, call, call.func)
        return [End(path, call, f"{origin}()" if origin else "", steps, known=bool(origin))]

    def _is_held(self, path: str, func: ast.expr) -> bool:
        """Whether what is called is held by a name of the code, or is what another call or item gives."""
        if isinstance(func, ast.Name):
            return bool(self._imports[path].bindings(func))
        return isinstance(func, ast.Call | ast.Subscript)

    def _returned(self, path: str, function: ast.AST, steps: Steps) -> Iterable[State | End]:
        found = self._nodes[path]
        own = [each for each in found.under(function, ast.Return, ast.Yield, ast.YieldFrom)
               if found.function(each) is function]  # fmt: skip
        values = [each.value for each in own if isinstance(each, ast.Return) and each.value is not None]
        if any(not isinstance(each, ast.Return) for each in own):
            return [State(path, each.value, steps[1:]) for each in own
                    if isinstance(each, ast.Yield) and each.value and steps[:1] == ("*",)]  # fmt: skip
        return [State(path, value, steps) for value in values]

    def _instance(self, state: State, made: ast.ClassDef) -> Iterable[State | End]:
        if len(state.steps) < 2 or state.steps[1][0] not in ".[k":
            return [End(state.path, made, "", state.steps)]
        if state.steps[1] == "key":
            return [State(state.path, key, state.steps[2:]) for key in self._field_names(made)] or [lost(state)]
        name, rest = state.steps[1][1:].rstrip("]"), state.steps[2:]
        method = next((each for each in made.body if isinstance(each, FunctionNode) and each.name == name.rstrip("()")),
                      None)  # fmt: skip
        if method is not None and (name.endswith("()") or method.decorator_list):
            return self._returned(state.path, method, rest)
        found: list[State | End] = [State(*each, rest) for each in self.sites.attributes.get(name, ())]
        found += [State(path, value, rest) for path, value in self.sites.fields(state.path, made, name)]
        return found or [lost(state)]

    def _field_names(self, made: ast.ClassDef) -> list[ast.Constant]:
        """The names of a dataclass's fields, as the keys that it has as a dictionary; none where it has a base."""
        if made not in self._fields:
            targets = [each.target for each in made.body if isinstance(each, ast.AnnAssign)] if not made.bases else []
            names = [each for each in targets if isinstance(each, ast.Name)]
            self._fields[made] = [ast.copy_location(ast.Constant(each.id), each) for each in names]
        return self._fields[made]

    def _changed(self, state: State) -> Iterator[State | End]:
        """What was put into the variable after it was made."""
        if not state.steps or state.steps[0][0] not in "k[*":
            return
        holder = state.node if isinstance(state.node, ast.arg) else self.sites.holder(state.path, state.node)
        changes = list(self.sites.changes.get(holder, ()))
        for other in self.sites.also.get(holder, ()):
            changes += self.sites.changes.get(other, ())
            if len(changes) > MOST_CHANGES:
                break
        if len(changes) > MOST_CHANGES:
            yield lost(state)
            return
        for change in changes:
            yield from put(change, state.steps)


def origins(context: Context) -> Origins:
    """Where values come from; use it as ``context.fact(origins)``."""
    return Origins(context)


def _through(state: State, call: ast.Call, origin: str) -> Iterable[State | End] | None:
    """What a function gives that hands on what it is given, wrapped anew or not; None for any other function."""
    path, steps = state.path, state.steps
    if origin == "functools.partial" and call.args and steps[:1] == (CALLED,):
        return [State(path, call.args[0], steps)]
    if origin == "getattr" and len(call.args) > 1 and isinstance(call.args[1], ast.Constant):
        return [State(path, call.args[0], attribute(str(call.args[1].value), steps))]
    if origin in EMPTY and not call.keywords and (not call.args or origin == "collections.defaultdict"):
        return [State(path, each, steps) for each in call.args[1:]]
    if origin in (*SAME, "dataclasses.asdict") and call.args and not call.keywords:
        return [State(path, call.args[0], steps)]
    if origin in ("dict", "collections.OrderedDict") and steps:
        words: list[ast.expr | None] = [ast.Constant(word.arg) if word.arg else None for word in call.keywords]
        made = ast.Dict(words, [word.value for word in call.keywords])
        return [State(path, made, steps), *(State(path, each, steps) for each in call.args)]
    if origin in WALKS and call.args and steps:
        return iterated(state, call, origin)
    return None
