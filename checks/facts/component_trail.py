"""Follows one module or parameter through the tree, from expression to expression, until it escapes."""

import ast
from collections.abc import Iterator, Mapping

from checks.context import Context
from checks.facts.calls import Calls, called_name, calls
from checks.facts.classes import Class, Method, classes, located, receiver
from checks.facts.component_tables import (
    COMPUTING,
    FILLING,
    HARMLESS_CALLS,
    HARMLESS_METHODS,
    ITEMS_OF,
    LOOKING,
    PASSING,
    RETURNS_SELF,
)
from checks.facts.component_uses import Component, Use
from checks.facts.imports import Imports, imports
from checks.facts.nodes import FUNCTIONS, Nodes, nodes
from checks.facts.scopes import Scope
from checks.facts.torch_modules import Kind, torch_modules

MOST_STEPS = 300
"""Places that one component is followed to; beyond, it counts as escaped."""


Slot = tuple[str, int, str]


class Surroundings:
    """What following needs to know of the whole tree."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.nodes: Mapping[str, Nodes] = context.fact(nodes)
        self.imports: Mapping[str, Imports] = context.fact(imports)
        self.calls: Mapping[str, Calls] = context.fact(calls)
        self.classes = context.fact(classes)
        self.modules = context.fact(torch_modules)
        self.loads: dict[Slot, list[ast.Name]] = {}
        self.named: dict[str, list[tuple[str, ast.Name]]] = {}
        self.scopes: dict[ast.AST, Scope] = {}
        self._noted: set[tuple[int, str]] = set()
        self.attributes: dict[str, list[tuple[str, ast.Attribute]]] = {}
        self.methods: dict[str, list[tuple[Class, Method]]] = {}
        for path, each in self.nodes.items():
            for load in each.of(ast.Name):
                if isinstance(load.ctx, ast.Load) and (scope := self.imports[path].scope(load)) is not None:
                    self.loads.setdefault((path, id(scope), load.id), []).append(load)
                    self.named.setdefault(load.id, []).append((path, load))
                    self._note_parameters(scope, load.id)
            for attribute in each.of(ast.Attribute):
                if isinstance(attribute.ctx, ast.Load):
                    self.attributes.setdefault(attribute.attr, []).append((path, attribute))
        for cls in self.classes:
            for name, method in cls.methods.items():
                self.methods.setdefault(name, []).append((cls, method))
        self.imported = {each.origin for file in self.imports.values() for each in file}

    def _note_parameters(self, scope: Scope, name: str) -> None:
        """Remember the scope of a parameter that is used; one that is not has none and needs none."""
        if (id(scope), name) not in self._noted:
            self._noted.add((id(scope), name))
            self.scopes.update((each, scope) for each in scope.bindings[name] if isinstance(each, ast.arg))


class Trail:
    """Follows one component from expression to expression."""

    def __init__(self, tree: Surroundings, component: Component) -> None:
        self.tree = tree
        self.component = component
        self.work: list[tuple[str, ast.AST, int | None]] = [(component.path, component.call, None)]
        self.seen: set[tuple[int, int | None]] = set()
        self.slots: set[object] = set()

    def follow(self) -> None:
        """Go on until nothing new is found or the component has escaped."""
        steps = 0
        while self.work and not self.component.escaped:
            path, node, index = self.work.pop()
            steps += 1
            if (id(node), index) in self.seen:
                continue
            self.seen.add((id(node), index))
            if steps > MOST_STEPS:
                self.escape()
            self._step(path, node, index)

    def escape(self) -> None:
        """Nothing more can be said."""
        self.component.escaped = True

    def on(self, path: str, node: ast.AST, index: int | None = None) -> None:
        """An expression is, or holds, the component; ``index`` where it is one known item of a tuple."""
        self.work.append((path, node, index))

    def _step(self, path: str, node: ast.AST, index: int | None) -> None:
        parent = self.tree.nodes[path].parent(node)
        match parent:
            case ast.Assign(targets=targets):
                for target in targets:
                    self._bind(path, target, index)
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                self._bind(path, target, index)
                if isinstance(parent, ast.NamedExpr):
                    self.on(path, parent, index)
            case ast.For(iter=source, target=target) | ast.comprehension(iter=source, target=target):
                if source is node:
                    self._bind(path, target, index if isinstance(target, ast.Tuple | ast.List) else None)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                fixed = isinstance(parent, ast.Tuple) and not any(isinstance(each, ast.Starred) for each in items)
                self.on(path, parent, items.index(node) if fixed and index is None and node in items else None)
            case ast.Return():
                self._returned(path, parent, index)
            case ast.Call() | ast.keyword():
                self._call(path, node, parent)
            case _:
                self._inside(path, node, parent, index)

    def _inside(self, path: str, node: ast.AST, parent: ast.AST | None, index: int | None) -> None:
        """What an expression that holds the component makes of it."""
        match parent:
            case ast.Set() | ast.Starred() | ast.IfExp() | ast.BoolOp() | ast.Await():
                if not (isinstance(parent, ast.IfExp) and parent.test is node):
                    self.on(path, parent, index if isinstance(parent, ast.IfExp) else None)
            case ast.Dict() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self.on(path, parent)
            case ast.BinOp():
                self._operator(path, node, parent)
            case ast.Subscript():
                self._subscript(path, node, parent, index)
            case ast.Attribute():
                self._attribute(path, parent)
            case ast.arguments():
                self._default(path, node, parent)
            case _:
                self._rest(parent)

    def _rest(self, parent: ast.AST | None) -> None:
        harmless = (ast.Expr, ast.Compare, ast.FormattedValue, ast.Assert, ast.If, ast.While, ast.UnaryOp, ast.Delete)
        if not isinstance(parent, harmless):
            self.escape()

    def _operator(self, path: str, node: ast.AST, parent: ast.BinOp) -> None:
        single = self.component.made.kind is Kind.PARAMETER and not isinstance(
            node, ast.List | ast.Tuple | ast.ListComp
        )
        if single and isinstance(node, ast.Name):
            self.component.uses.append(Use(path, parent, "forward", called=False))
        else:
            self.on(path, parent)

    def _subscript(self, path: str, node: ast.AST, parent: ast.Subscript, index: int | None) -> None:
        if parent.value is not node or not isinstance(parent.ctx, ast.Load):
            return
        wanted = parent.slice.value if isinstance(parent.slice, ast.Constant) else None
        if index is None or not isinstance(wanted, int) or wanted == index:
            self.on(path, parent)

    def _bind(self, path: str, target: ast.expr, index: int | None) -> None:
        match target:
            case ast.Name(id=name):
                scope = self.tree.imports[path].scope(target)
                self._slot(path, scope, name, index)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                plain = index is not None and index < len(items)
                for each in items if not plain else [items[index or 0]]:
                    self._bind(path, each.value if isinstance(each, ast.Starred) else each, None)
            case ast.Attribute():
                self._store(path, target)
            case ast.Subscript() if not isinstance(holder := _holder(target), ast.Subscript):
                self._bind(path, holder, None)
            case _:
                self.escape()

    def _slot(self, path: str, scope: Scope | None, name: str, index: int | None) -> None:
        if scope is None or scope.kind == "class":
            self.escape()
            return
        module = self.tree.imports[path].module.name
        if scope.parent is None and f"{module}.{name}" in self.tree.imported:
            self.escape()
        key = (path, id(scope), name)
        if (key, index) not in self.slots:
            self.slots.add((key, index))
            for load in self.tree.loads.get(key, ()):
                self.on(path, load, index)

    def _store(self, path: str, target: ast.Attribute) -> None:
        """Into an attribute: of a plain class of the tree it is followed by name, elsewhere it has escaped."""
        function = self.tree.nodes[path].function(target)
        owner = self.tree.classes.of(self.tree.nodes[path].parent(function)) if function is not None else None
        own = isinstance(target.value, ast.Name) and function is not None and receiver(function) == target.value.id
        if not own or owner is None or self.tree.modules.of(owner) is not None or owner.bases or owner.children:
            self.escape()
        elif any(base is not None for base in owner.outside) or target.attr in self.slots:
            self.component.escaped |= target.attr not in self.slots
        else:
            self.slots.add(target.attr)
            for where, load in self.tree.attributes.get(target.attr, ()):
                self.on(where, load)

    def _returned(self, path: str, statement: ast.Return, index: int | None) -> None:
        function = self.tree.nodes[path].function(statement)
        if function is None or self.tree.nodes[path].nearest(statement, *FUNCTIONS) is not function:
            self.escape()
            return
        for where, name in self._mentions(function.name):
            parent = self.tree.nodes[where].parent(name)
            if isinstance(parent, ast.Call) and parent.func is name:
                self.on(where, parent, index)
            elif not (isinstance(parent, ast.Call) and called_name(parent) == "register_forward_hook"):
                self.escape()

    def _mentions(self, name: str) -> Iterator[tuple[str, ast.AST]]:
        yield from self.tree.named.get(name, ())
        yield from self.tree.attributes.get(name, ())

    def _attribute(self, path: str, attribute: ast.Attribute) -> None:
        parent = self.tree.nodes[path].parent(attribute)
        called = isinstance(parent, ast.Call) and parent.func is attribute
        name = attribute.attr
        if not isinstance(attribute.ctx, ast.Load):
            self.component.uses.append(Use(path, attribute, name, called=False))
        elif called and isinstance(parent, ast.Call):
            if name in RETURNS_SELF or name in ITEMS_OF or name == "requires_grad_":
                self.on(path, parent)
            if self.component.made.kind is Kind.PARAMETER and name in COMPUTING:
                self.component.uses.append(Use(path, parent, "forward", called=True))
            elif name not in HARMLESS_METHODS | ITEMS_OF | FILLING:
                self.component.uses.append(Use(path, parent, name, called=True))
        else:
            self.component.uses.append(Use(path, attribute, name, called=False))

    def _call(self, path: str, node: ast.AST, parent: ast.Call | ast.keyword) -> None:
        call = parent if isinstance(parent, ast.Call) else self.tree.nodes[path].parent(parent)
        if not isinstance(call, ast.Call):
            self.escape()
        elif call.func is node:
            self.component.uses.append(Use(path, call, "forward", called=True))
        else:
            self._given(path, node, parent, call)

    def _given(self, path: str, node: ast.AST, parent: ast.AST, call: ast.Call) -> None:
        known = self.tree.imports[path]
        name = called_name(call)
        origin = known.resolve(call.func)
        if isinstance(call.func, ast.Name) and not known.bindings(call.func):
            if name in PASSING:
                self.on(path, call)
            elif name not in LOOKING:
                self.escape()
        elif (piece := located(self.tree.context, path, call.func)) is not None:
            self._enter(piece.path, piece.node, call, node, parent)
        elif origin is not None:
            value = self.component.made.kind is Kind.PARAMETER and isinstance(node, ast.Name)
            if value and origin.startswith(("torch.nn.functional.",)):
                self.component.uses.append(Use(path, call, "forward", called=True))
            elif origin not in HARMLESS_CALLS:
                self.escape()
        elif isinstance(call.func, ast.Attribute):
            self._to_method(path, node, parent, call, call.func)
        else:
            self.escape()

    def _to_method(self, path: str, node: ast.AST, parent: ast.AST, call: ast.Call, func: ast.Attribute) -> None:
        if func.attr in FILLING and func.attr not in self.tree.methods:
            self._bind(path, _holder(func.value), None)
        elif func.attr in self.tree.methods and isinstance(func.value, ast.Name | ast.Attribute):
            for cls, method in self.tree.methods[func.attr]:
                self._parameter(cls.path, method, call, node, parent, 1 if receiver(method) else 0)
        else:
            self.escape()

    def _enter(self, path: str, target: ast.AST, call: ast.Call, node: ast.AST, parent: ast.AST) -> None:
        if isinstance(target, Method):
            self._parameter(path, target, call, node, parent, 0)
            return
        cls = self.tree.classes.of(target)
        init = cls.method("__init__") if cls is not None else None
        if cls is None or init is None:
            self.escape()
        else:
            self._parameter(init[0].path, init[1], call, node, parent, 1)

    def _parameter(
        self, path: str, function: Method, call: ast.Call, node: ast.AST, parent: ast.AST, skip: int
    ) -> None:
        every = [*function.args.posonlyargs, *function.args.args]
        argument: ast.arg | None = None
        if isinstance(parent, ast.keyword):
            names = [*every, *function.args.kwonlyargs]
            argument = next((each for each in names if each.arg == parent.arg), None)
        elif node in call.args and not any(isinstance(each, ast.Starred) for each in call.args):
            position = call.args.index(node) + skip if isinstance(node, ast.expr) else -1
            argument = every[position] if position < len(every) else None
        if argument is None:
            self.escape()
        else:
            self._argument(path, argument)

    def _argument(self, path: str, argument: ast.arg) -> None:
        scope = self.tree.scopes.get(argument)
        if scope is not None:
            self._slot(path, scope, argument.arg, None)

    def _default(self, path: str, node: ast.AST, parent: ast.arguments) -> None:
        """A default of a parameter, which is how a closure keeps the present value of a loop's variable."""
        function = self.tree.nodes[path].parent(parent)
        every = [*parent.posonlyargs, *parent.args]
        pairs = [*zip(every[len(every) - len(parent.defaults) :], parent.defaults, strict=True)]
        pairs += [(arg, value) for arg, value in zip(parent.kwonlyargs, parent.kw_defaults, strict=True) if value]
        for argument, value in pairs:
            if value is node and function is not None:
                self._argument(path, argument)


def _holder(node: ast.expr) -> ast.expr:
    """The name or attribute of the container in ``held["a"][0]`` or ``held.setdefault("a", [])``."""
    for _ in range(4):
        if isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ITEMS_OF:
            node = node.func.value
    return node
