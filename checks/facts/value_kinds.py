"""What an expression certainly is at run time: a plain number, a new tensor, a setting, a parameter, a module.

Names are followed to all their bindings, attributes to all that is stored in them, and functions of the tree to all
that they return; what cannot be followed is unknown. ``context.fact(value_kinds).of(path, node)``.
"""

import ast
from collections import Counter

from checks.context import Context
from checks.facts.call_sites import returned_values, values_given
from checks.facts.calls import called_name
from checks.facts.classes import Class, Method, classes, located, receiver
from checks.facts.imports import imports
from checks.facts.kinds import KEEPING_BUILTINS, NUMBER_BUILTINS, NUMERIC, Found, Kind, joined, outside
from checks.facts.nodes import FUNCTIONS, nodes
from checks.facts.torch_modules import Kind as Registration
from checks.facts.torch_modules import torch_modules
from checks.facts.torch_names import HANDS_ON, NEW_TENSOR
from checks.facts.words import words

MOST_DEPTH = 14
"""Steps from an expression to what it is made of."""
MOST_STEPS = 250
"""Expressions looked at to answer one question."""
LITERALS = (
    ast.JoinedStr, ast.List, ast.Dict, ast.Tuple, ast.Set, ast.Lambda, ast.ListComp, ast.DictComp, ast.SetComp,
    ast.GeneratorExp,
)  # fmt: skip
"""Expressions that make neither a number nor a tensor."""


class ValueKinds:
    """The kinds of one tree's expressions.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._nodes = context.fact(nodes)
        self._imports = context.fact(imports)
        self._classes = context.fact(classes)
        self._modules = context.fact(torch_modules)
        self._known: dict[ast.AST, Kind] = {}
        self._open: set[ast.AST] = set()
        self._doubts = 0
        self._left = 0
        self._otherwise: Counter[str] | None = None
        self._methods: frozenset[str] | None = None

    def of(self, path: str, node: ast.AST | None) -> Kind:
        """What an expression of one file is."""
        self._left = MOST_STEPS
        return self._of(path, node, MOST_DEPTH) or Kind.UNKNOWN

    def returns(self, path: str, function: Method) -> Kind:
        """What a function gives back, whatever way it is left."""
        self._left = MOST_STEPS
        return self._returned(path, function, MOST_DEPTH) or Kind.UNKNOWN

    def attribute_class(self, path: str, node: ast.expr) -> Class | None:
        """The class whose object ``self`` is in an expression ``self.name``."""
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            return None
        return self.owner(path, node.value)

    def owner(self, path: str, name: ast.Name) -> Class | None:
        """The class in one of whose methods a name is the first parameter."""
        bound = self._imports[path].bindings(name)
        inside = self._nodes[path]
        method = inside.nearest(bound[0], *FUNCTIONS) if len(bound) == 1 and isinstance(bound[0], ast.arg) else None
        if method is None or not isinstance(method, Method) or receiver(method) != name.id:
            return None
        return self._classes.of(inside.parent(method))

    def _of(self, path: str, node: ast.AST | None, depth: int) -> Found:
        if node is None:
            return Kind.UNKNOWN
        if node in self._known:
            return self._known[node]
        if node in self._open:
            self._doubts += 1
            return None
        self._left -= 1
        if depth <= 0 or self._left <= 0:
            self._doubts += 1
            return Kind.UNKNOWN
        before = self._doubts
        self._open.add(node)
        found = self._read(path, node, depth - 1)
        self._open.discard(node)
        if found is not None and before == self._doubts:
            self._known[node] = found
        return found

    def _read(self, path: str, node: ast.AST, depth: int) -> Found:
        match node:
            case ast.Constant(value=value):
                return _constant(value)
            case ast.Name():
                return self._name(path, node, depth)
            case ast.IfExp(body=one, orelse=other):
                return joined([self._of(path, one, depth), self._of(path, other, depth)])
            case ast.BoolOp(values=values):
                return joined(self._of(path, value, depth) for value in values)
            case ast.NamedExpr(value=value):
                return self._of(path, value, depth)
            case ast.BinOp() | ast.UnaryOp() | ast.Compare():
                return self._arithmetic(path, node, depth)
            case ast.Attribute() | ast.Subscript():
                return self._part(path, node, depth)
            case ast.Call():
                return self._call(path, node, depth)
        return Kind.PLAIN if isinstance(node, LITERALS) else Kind.UNKNOWN

    def _arithmetic(self, path: str, node: ast.BinOp | ast.UnaryOp | ast.Compare, depth: int) -> Found:
        if isinstance(node, ast.UnaryOp):
            if isinstance(node.op, ast.Not):
                return Kind.NUMBER
            inner = self._of(path, node.operand, depth)
            return inner if inner in (Kind.NUMBER, None) else Kind.UNKNOWN if inner is Kind.UNKNOWN else Kind.NEW
        if isinstance(node, ast.Compare):
            if all(isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in node.ops):
                return Kind.NUMBER
            sides: list[ast.expr] = [node.left, *node.comparators]
        else:
            sides = [node.left, node.right]
        kinds = [self._of(path, side, depth) for side in sides]
        if any(kind is Kind.TENSOR for kind in kinds):
            return Kind.TENSOR
        known = [kind for kind in kinds if kind is not None]
        return None if not known else Kind.NUMBER if all(kind in NUMERIC for kind in known) else Kind.NEW

    def _name(self, path: str, name: ast.Name, depth: int) -> Found:
        bound = self._imports[path].bindings(name)
        if not bound or len(bound) > 12:
            return Kind.UNKNOWN
        return joined(self._bound(path, binding, depth) for binding in bound)

    def _bound(self, path: str, binding: ast.AST, depth: int) -> Found:
        inside = self._nodes[path]
        if isinstance(binding, ast.Assign):
            return self._of(path, binding.value, depth)
        if isinstance(binding, ast.arg):
            return self._parameter(path, binding, depth)
        if isinstance(binding, Method | ast.ClassDef):
            return Kind.PLAIN if isinstance(binding, Method) else Kind.UNKNOWN
        around = inside.parent(binding)
        match around:
            case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
                return self._of(path, value, depth)
            case ast.Assign(targets=[ast.Name()], value=value):
                return self._of(path, value, depth)
            case ast.AugAssign(value=value):
                kind = self._of(path, value, depth)
                return kind if kind is None or kind in NUMERIC else Kind.UNKNOWN
            case ast.For(target=target, iter=ast.Call(func=ast.Name(id="range"))) if target is binding:
                return Kind.NUMBER
            case ast.comprehension(target=target, iter=ast.Call(func=ast.Name(id="range"))) if target is binding:
                return Kind.NUMBER
            case ast.Tuple() | ast.List():
                return self._unpacked(path, binding, around, depth)
        return Kind.UNKNOWN

    def _unpacked(self, path: str, binding: ast.AST, around: ast.Tuple | ast.List, depth: int) -> Found:
        outer = self._nodes[path].parent(around)
        index = around.elts.index(binding) if binding in around.elts else -1
        if any(isinstance(item, ast.Starred) for item in around.elts):
            return Kind.UNKNOWN
        match outer:
            case ast.For(iter=ast.Call(func=ast.Name(id="enumerate"))) if index == 0 and len(around.elts) == 2:
                return Kind.NUMBER
            case ast.Assign(value=ast.Tuple() | ast.List() as value) if len(value.elts) == len(around.elts):
                return self._of(path, value.elts[index], depth)
            case ast.Assign(value=ast.Call() as call):
                return self._item_of_call(path, call, index, len(around.elts), depth)
        return Kind.UNKNOWN

    def _item_of_call(self, path: str, call: ast.Call, index: int, count: int, depth: int) -> Found:
        found = self._function(path, call)
        if found is None:
            return Kind.UNKNOWN
        where, function = found
        returned = returned_values(self._context, where, function)
        if not returned or not all(isinstance(each, ast.Tuple) and len(each.elts) == count for each in returned):
            return Kind.UNKNOWN
        return joined(self._of(where, each.elts[index], depth) for each in returned if isinstance(each, ast.Tuple))

    def _parameter(self, path: str, argument: ast.arg, depth: int) -> Found:
        inside = self._nodes[path]
        arguments = inside.parent(argument)
        function = inside.parent(arguments) if arguments is not None else None
        annotation = self._imports[path].resolve(argument.annotation) if argument.annotation is not None else None
        if annotation is not None and annotation.endswith(".DictConfig"):
            return Kind.SETTING
        if not isinstance(function, Method):
            return Kind.UNKNOWN
        if any(self._is_hydra(path, each) for each in function.decorator_list):
            return Kind.SETTING
        positions = [*function.args.posonlyargs, *function.args.args]
        if argument not in positions or function.args.vararg is not None:
            return Kind.UNKNOWN
        return self._given(path, function, argument.arg, positions.index(argument), depth)

    def _is_hydra(self, path: str, decorator: ast.expr) -> bool:
        func = decorator.func if isinstance(decorator, ast.Call) else decorator
        return self._imports[path].resolve(func) == "hydra.main"

    def _given(self, path: str, function: Method, name: str, position: int, depth: int) -> Found:
        """What every call of a function, or construction of its class, hands to one parameter."""
        given = values_given(self._context, path, function, name, position)
        return joined(self._of(where, value, depth) for where, value in given) if given else Kind.UNKNOWN

    def _part(self, path: str, node: ast.Attribute | ast.Subscript, depth: int) -> Found:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            cls = self.owner(path, node.value)
            if cls is not None:
                return self.attribute(cls, node.attr, depth)
            if self._imports[path].resolve(node) in ("math.pi", "math.e", "math.inf", "math.nan"):
                return Kind.NUMBER
        kind = self._of(path, node.value, depth)
        if kind is Kind.SETTING or kind is None:
            return kind
        if isinstance(node, ast.Attribute) and node.attr in ("data", "T", "mT") and kind is Kind.PARAMETER:
            return Kind.TENSOR
        return (
            Kind.TENSOR if isinstance(node, ast.Subscript) and kind in (Kind.PARAMETER, Kind.TENSOR) else Kind.UNKNOWN
        )

    def attribute(self, cls: Class, name: str, depth: int = MOST_DEPTH) -> Found:
        """What ``self.name`` is in the methods of a class."""
        registered = self._modules.registered(cls, name)
        if any(each.always for each in registered):
            kinds = {each.kind for each in registered}
            if kinds == {Registration.PARAMETER}:
                return Kind.PARAMETER
            return Kind.MODULE if kinds == {Registration.MODULE} else Kind.UNKNOWN
        related = dict.fromkeys([*cls.lineage(), *cls.family()])
        stores = [(each, store) for each in related for store in each.stores.get(name, ())]
        if not stores or len(stores) > 8 or self._stored_otherwise(name) or any(map(self._is_open, related)):
            return Kind.UNKNOWN
        if any(_declares(each, name) for each in related):
            return Kind.UNKNOWN
        return joined(self._of(each.path, store.value, depth) for each, store in stores)

    def _is_open(self, cls: Class) -> bool:
        """Whether the class may store attributes by names that it works out."""
        mentioned = self._context.fact(words)[cls.path].names
        return "setattr" in mentioned or "__dict__" in mentioned or "__setattr__" in cls.methods

    def _stored_otherwise(self, name: str) -> bool:
        """Whether the tree stores anything in an attribute of this name in another way than ``self.name = value``."""
        if self._otherwise is None:
            every = (node for each in self._nodes.values() for node in each.of(ast.Attribute))
            found = Counter(node.attr for node in every if not isinstance(node.ctx, ast.Load))
            for each in self._classes:
                found.subtract({name: len(stores) for name, stores in each.stores.items()})
            self._otherwise = found
        return self._otherwise[name] > 0

    def _call(self, path: str, call: ast.Call, depth: int) -> Found:
        known = self._imports[path]
        origin = known.resolve(call.func)
        name = called_name(call)
        if isinstance(call.func, ast.Name) and not known.bindings(call.func):
            return self._builtin(path, call, depth)
        if origin is not None and (known_kind := outside(origin)) is not None:
            return known_kind
        made = self._modules.made(path, call)
        if made is not None:
            return Kind.PARAMETER if made.kind is Registration.PARAMETER else Kind.MODULE
        found = self._function(path, call)
        if found is not None:
            return self._returned(*found, depth)
        if (ran := self._run(path, call, depth)) is not None:
            return ran
        if isinstance(call.func, ast.Attribute) and origin is None:
            return self._method(path, call, call.func, name, depth)
        return Kind.UNKNOWN

    def _builtin(self, path: str, call: ast.Call, depth: int) -> Found:
        name = called_name(call)
        if name in NUMBER_BUILTINS:
            return Kind.NUMBER
        if name in ("str", "list", "dict", "tuple", "set", "sorted", "range", "zip", "enumerate"):
            return Kind.PLAIN
        if name not in KEEPING_BUILTINS or not call.args or call.keywords:
            return Kind.UNKNOWN
        values: list[ast.expr] = list(call.args)
        if len(values) == 1 and isinstance(values[0], ast.GeneratorExp | ast.ListComp):
            values = [values[0].elt]
        elif len(values) == 1 and name in ("sum", "min", "max"):
            return Kind.UNKNOWN
        found = [self._of(path, value, depth) for value in values]
        kinds = [kind for kind in found if kind is not None]
        return None if not kinds else Kind.NUMBER if all(kind in NUMERIC for kind in kinds) else Kind.UNKNOWN

    def _method(self, path: str, call: ast.Call, func: ast.Attribute, name: str, depth: int) -> Found:
        if self._own_methods(name):
            return Kind.UNKNOWN
        given = len(call.args) + len(call.keywords)
        if (name in ("item", "numel", "nelement") and not given) or (name == "size" and len(call.args) == given == 1):
            return Kind.NUMBER
        if name in ("tolist", "state_dict", "format", "join", "keys", "values", "items"):
            return Kind.PLAIN
        kind = self._of(path, func.value, depth)
        if name == "get" and kind is Kind.SETTING:
            return Kind.SETTING
        if name in NEW_TENSOR and kind in (Kind.PARAMETER, Kind.TENSOR):
            return Kind.TENSOR
        return Kind.NEW if name in NEW_TENSOR and name not in ("clone", "view", "detach") else Kind.UNKNOWN

    def _own_methods(self, name: str) -> bool:
        if self._methods is None:
            self._methods = frozenset(method for each in self._classes for method in each.methods)
        return name in self._methods

    def _function(self, path: str, call: ast.Call) -> tuple[str, Method] | None:
        """The function of the tree that a call certainly runs."""
        piece = located(self._context, path, call.func)
        if piece is not None:
            return (piece.path, piece.node) if isinstance(piece.node, Method) else None
        if not (isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name | ast.Attribute)):
            return None
        if isinstance(call.func.value, ast.Name):
            cls = self.owner(path, call.func.value)
            return self._one_method(cls, call.func.attr) if cls is not None else None
        return None

    def _one_method(self, cls: Class, name: str) -> tuple[str, Method] | None:
        found = cls.method(name)
        below = [each for each in cls.family()[1:] if name in each.methods]
        return (found[0].path, found[1]) if found is not None and not below else None

    def _run(self, path: str, call: ast.Call, depth: int) -> Found:
        """What a call of a module that ``self`` holds gives; None where the call is none."""
        cls = self.attribute_class(path, call.func)
        if cls is None or not isinstance(call.func, ast.Attribute):
            return None
        registered = self._modules.registered(cls, call.func.attr)
        if not registered or any(each.kind is not Registration.MODULE for each in registered):
            return None
        return joined(self._forward(each.layer, each.own, depth) for each in registered)

    def _forward(self, layer: str, own: Class | None, depth: int) -> Found:
        if layer:
            return Kind.UNKNOWN if layer in HANDS_ON or "Dropout" in layer else Kind.NEW
        found = self._one_method(own, "forward") if own is not None else None
        return self._returned(*found, depth) if found is not None else Kind.UNKNOWN

    def _returned(self, path: str, function: Method, depth: int) -> Found:
        values = returned_values(self._context, path, function)
        if not values or len(values) > 8:
            return Kind.UNKNOWN
        return joined(self._of(path, value, depth) for value in values)


def value_kinds(context: Context) -> ValueKinds:
    """The kinds of the tree's expressions; use it as ``context.fact(value_kinds)``."""
    return ValueKinds(context)


def _constant(value: object) -> Kind:
    if value is None:
        return Kind.NONE
    return Kind.NUMBER if isinstance(value, bool | int | float) else Kind.PLAIN


def _declares(cls: Class, name: str) -> bool:
    """Whether the class's body has an attribute of that name, as a dataclass has its fields."""
    for statement in cls.node.body:
        target = statement.target if isinstance(statement, ast.AnnAssign) else None
        if isinstance(target, ast.Name) and target.id == name:
            return True
    return False
