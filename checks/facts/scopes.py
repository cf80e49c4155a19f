"""Which scope each name of a file is looked up in, and what binds it there.

Walked with a stack of our own, so that no nesting that CPython parses can exhaust Python's.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from checks.facts.guards import Flags, Guard, guarded
from checks.facts.syntax import children

COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(slots=True, eq=False)
class Scope:
    """One scope of a file.

    Args:
        parent: the enclosing scope; None for the module.
        kind: ``module``, ``class``, ``function`` or ``comprehension``.
        bindings: what binds each name here: the ``ast.alias`` of an import, the ``ast.Assign`` of ``name = value``, or
            another node (definition, parameter, loop, ...).
        elsewhere: names declared ``global`` or ``nonlocal``, with the scope that they belong to.
    """

    parent: "Scope | None"
    kind: str
    bindings: dict[str, list[ast.AST]] = field(default_factory=dict)
    elsewhere: dict[str, "Scope"] = field(default_factory=dict)

    def owner(self, name: str) -> "Scope | None":
        """The scope whose binding a use of ``name`` here finds; None for a builtin or an unknown name."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.elsewhere:
                scope = scope.elsewhere[name]
            if name in scope.bindings and (scope is self or scope.kind != "class"):
                return scope
            scope = scope.parent
        return None

    def bind(self, name: str, node: ast.AST) -> None:
        """Record that ``node`` binds ``name`` when it runs in this scope."""
        self.elsewhere.get(name, self).bindings.setdefault(name, []).append(node)


SCOPE = "_scope"
"""Name under which a node keeps its scope: the room for it is there, a table by node costs a hundred bytes each."""


class Scopes:
    """The scopes of one file, by use of a name, and its import statements in order."""

    def __init__(self) -> None:
        self.module = Scope(None, "module")
        self.statements: list[tuple[ast.Import | ast.ImportFrom, Flags]] = []

    def where(self, name: ast.Name) -> Scope:
        """The scope that a name is used in; the module's for a node that is not of this file."""
        return name.__dict__.get(SCOPE, self.module)  # type: ignore[no-any-return]

    def use(self, name: ast.Name, scope: Scope) -> None:
        """Record where a name is used."""
        name.__dict__[SCOPE] = scope


Work = tuple[ast.AST, Scope, Flags]


def scopes(tree: ast.Module) -> Scopes:
    """Walk a file once and record every binding, use and import."""
    found = Scopes()
    stack: list[Work] = [(tree, found.module, Flags())]
    while stack:
        node, scope, flags = stack.pop()
        _record(found, node, scope, flags)
        stack.extend(reversed(list(_children(node, scope, flags))))
    return found


def _record(found: Scopes, node: ast.AST, scope: Scope, flags: Flags) -> None:
    match node:
        case ast.Import() | ast.ImportFrom():
            found.statements.append((node, flags))
            for alias in node.names:
                scope.bind(alias.asname or alias.name.partition(".")[0], alias)
        case ast.Name():
            found.use(node, scope)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            scope.bind(node.name, node)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            scope.bind(name, node)
        case ast.MatchMapping(rest=str(name)):
            scope.bind(name, node)
        case ast.Global():
            scope.elsewhere.update(dict.fromkeys(node.names, found.module))
        case ast.Nonlocal():
            scope.elsewhere.update({name: _enclosing(scope, name) for name in node.names})
    _bind_targets(node, scope)


def _bind_targets(node: ast.AST, scope: Scope) -> None:
    match node:
        case ast.Assign():
            plain = len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
            targets: Iterable[ast.expr] = node.targets
        case ast.AnnAssign() | ast.AugAssign() | ast.For() | ast.AsyncFor() | ast.comprehension():
            plain, targets = False, [node.target]
        case ast.NamedExpr():
            plain, targets = False, [node.target]
            while scope.kind == "comprehension" and scope.parent is not None:
                scope = scope.parent
        case ast.withitem(optional_vars=ast.expr() as target):
            plain, targets = False, [target]
        case _:
            return
    for target in targets:
        for name in _names(target):
            scope.bind(name.id, node if plain else name)


def _names(target: ast.expr) -> Iterator[ast.Name]:
    stack = [target]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            yield node
        elif isinstance(node, ast.Tuple | ast.List):
            stack.extend(node.elts)
        elif isinstance(node, ast.Starred):
            stack.append(node.value)


def _enclosing(scope: Scope, name: str) -> Scope:
    outer = scope.parent
    while outer is not None and outer.parent is not None:
        if outer.kind == "function" and name in outer.bindings:
            return outer
        outer = outer.parent
    return outer or scope


def _children(node: ast.AST, scope: Scope, flags: Flags) -> Iterator[Work]:
    if isinstance(node, Function):
        yield from _function(node, scope, flags)
    elif isinstance(node, ast.ClassDef):
        inner = Scope(scope, "class")
        yield from ((child, scope, flags) for child in (*node.decorator_list, *node.bases, *node.keywords))
        yield from ((child, inner, flags) for child in node.body)
    elif isinstance(node, COMPREHENSIONS):
        inner = Scope(scope, "comprehension")
        first = node.generators[0].iter
        yield first, scope, flags
        yield from ((child, inner, flags) for child in _within(node, first))
    else:
        yield from ((child, scope, inner_flags) for child, inner_flags in guarded(node, flags))


def _within(node: ast.AST, first: ast.expr) -> Iterator[ast.AST]:
    for child in children(node):
        if isinstance(child, ast.comprehension) and child.iter is first:
            yield ast.comprehension(child.target, ast.Constant(None), child.ifs, child.is_async)
        else:
            yield child


def _function(node: Function, scope: Scope, flags: Flags) -> Iterator[Work]:
    inner = Scope(scope, "function")
    guard = None if flags.guard is Guard.IMPORT_ERROR else flags.guard
    within = replace(flags, guard=guard, in_function=True)
    arguments = node.args
    outside: list[ast.AST | None] = [*arguments.defaults, *arguments.kw_defaults]
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    outside += [argument.annotation for argument in every]
    for argument in every:
        inner.bind(argument.arg, argument)
    if isinstance(node, ast.Lambda):
        body: list[ast.AST] = [node.body]
    else:
        outside += [*node.decorator_list, node.returns]
        body = [*node.body]
    yield from ((child, scope, flags) for child in outside if child is not None)
    yield from ((child, inner, within) for child in body)
