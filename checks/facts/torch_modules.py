"""The tree's own PyTorch modules, and what each registers: its parameters, submodules and buffers.

Registered is what ``torch.nn.Module.__setattr__`` takes note of; a list or dictionary of modules is not.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from checks.context import Context
from checks.facts.classes import Class, classes, definition, located, receiver
from checks.facts.imports import Imports, imports
from checks.facts.nodes import nodes
from checks.facts.syntax import keyword
from checks.facts.torch_names import MODULE, NO_LAYER, PARAMETER

MOST_STEPS = 5
"""Names and helper functions that are followed to what they give."""


class Kind(Enum):
    """What an attribute is registered as, in PyTorch's own words."""

    PARAMETER = "parameter"
    MODULE = "child module"
    BUFFER = "buffer"


@dataclass(frozen=True, slots=True)
class Registered:
    """One registered attribute.

    Args:
        kind: what it is registered as.
        statement: where.
        method: in which method.
        always: whether every run of that method registers it.
        layer: name of the layer of ``torch.nn``, as ``Linear``; empty for anything else.
        own: the tree's class that it is an object of, if it is.
        call: what makes it, if that is a plain call.
        trainable: whether a gradient is asked for it.
    """

    kind: Kind
    statement: ast.stmt
    method: ast.AST
    always: bool
    layer: str = ""
    own: Class | None = None
    call: ast.Call | None = None
    trainable: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """What an expression makes, if it is certainly a parameter or a module."""

    kind: Kind
    layer: str = ""
    own: Class | None = None
    call: ast.Call | None = None
    trainable: bool = True


@dataclass(slots=True, eq=False)
class TorchModule:
    """One class of the tree that is a ``torch.nn.Module``."""

    cls: Class
    registered: dict[str, list[Registered]] = field(default_factory=dict)


class TorchModules:
    """The tree's modules.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._classes = context.fact(classes)
        own = self._own()
        self._modules: dict[Class, TorchModule] = {each: TorchModule(each) for each in own}
        for each in self._modules.values():
            each.registered.update(self._registered(each.cls))

    def __iter__(self) -> Iterator[TorchModule]:
        return iter(self._modules.values())

    def of(self, cls: Class | None) -> TorchModule | None:
        """The module that a class is, or None."""
        return self._modules.get(cls) if cls is not None else None

    def called(self, path: str, call: ast.Call) -> TorchModule | None:
        """The module that a call constructs an object of."""
        return self.of(self._classes.of(definition(self._context, path, call.func)))

    def registered(self, cls: Class, name: str) -> list[Registered]:
        """Every registration of an attribute, the class's own and those above it."""
        return [
            each
            for one in cls.lineage()
            if (module := self.of(one)) is not None
            for each in module.registered.get(name, ())
        ]

    def made(self, path: str, value: ast.expr | None, steps: int = MOST_STEPS) -> Made | None:
        """The parameter or module that an expression certainly makes."""
        known = self._context.fact(imports)[path]
        if value is None or not steps:
            return None
        if isinstance(value, ast.Name):
            return self.made(path, known.assigned(value), steps - 1)
        if isinstance(value, ast.IfExp):
            one, other = self.made(path, value.body, steps - 1), self.made(path, value.orelse, steps - 1)
            return Made(one.kind) if one is not None and other is not None and one.kind is other.kind else None
        return self._called(path, known, value, steps) if isinstance(value, ast.Call) else None

    def _called(self, path: str, known: Imports, call: ast.Call, steps: int) -> Made | None:
        origin = known.resolve(call.func) or ""
        if origin in PARAMETER:
            return Made(Kind.PARAMETER, call=call, trainable=_asks_gradient(call))
        layer = origin.removeprefix("torch.nn.")
        if layer != origin and layer.isidentifier() and layer[:1].isupper() and layer not in NO_LAYER:
            return Made(Kind.MODULE, layer, call=call)
        if origin.startswith("transformers.") and origin.endswith(".from_pretrained") and "Model" in origin:
            return Made(Kind.MODULE)
        piece = located(self._context, path, call.func)
        found = piece.node if piece is not None else None
        own = self._classes.of(found)
        if own is not None:
            return Made(Kind.MODULE, own=own, call=call) if own in self._modules else None
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("to", "cuda") and not origin:
            inner = self.made(path, call.func.value, steps - 1)
            return inner if inner is not None and inner.kind is Kind.MODULE else None
        if piece is None or not isinstance(found, ast.FunctionDef):
            return None
        return self._helper(piece.path, found, steps)

    def _helper(self, path: str, function: ast.FunctionDef, steps: int) -> Made | None:
        inside = self._context.fact(nodes)[path]
        returned = [each.value for each in inside.under(function, ast.Return)]
        made = [self.made(path, value, steps - 1) for value in returned[:4]]
        first = made[0] if len(returned) in (1, 2, 3) else None
        if (
            function.decorator_list
            or first is None
            or any(each is None or each.kind is not first.kind for each in made)
        ):
            return None
        return Made(first.kind)

    def _own(self) -> list[Class]:
        found = [each for each in self._classes if any(_is_module(base) for base in each.outside)]
        seen = set(found)
        for each in found:
            new = [child for child in each.children if child not in seen]
            seen.update(new)
            found += new
        return found

    def _registered(self, cls: Class) -> Mapping[str, list[Registered]]:
        found: dict[str, list[Registered]] = {}
        for name, stores in cls.stores.items():
            for store in stores:
                made = self.made(cls.path, store.value)
                if made is not None:
                    always = store.statement in store.method.body
                    found.setdefault(name, []).append(
                        Registered(
                            made.kind, store.statement, store.method, always, made.layer, made.own, made.call,
                            made.trainable,
                        )
                    )  # fmt: skip
        for name, each in self._by_method(cls):
            found.setdefault(name, []).append(each)
        return found

    def _by_method(self, cls: Class) -> Iterator[tuple[str, Registered]]:
        inside = self._context.fact(nodes)[cls.path]
        for method in cls.methods.values():
            own = receiver(method)
            for call in inside.under(method, ast.Call):
                func = call.func
                if not isinstance(func, ast.Attribute) or func.attr not in REGISTERING:
                    continue
                name = call.args[0] if call.args else keyword(call, "name")
                statement = inside.statement(call)
                if (
                    isinstance(func.value, ast.Name)
                    and func.value.id == own
                    and isinstance(name, ast.Constant)
                    and isinstance(name.value, str)
                    and statement is not None
                ):
                    value = call.args[1] if len(call.args) > 1 else keyword(call, REGISTERING[func.attr][1])
                    none = isinstance(value, ast.Constant) and value.value is None
                    always = statement in method.body and not none
                    yield name.value, Registered(REGISTERING[func.attr][0], statement, method, always)


REGISTERING = {
    "register_buffer": (Kind.BUFFER, "tensor"),
    "register_parameter": (Kind.PARAMETER, "param"),
    "add_module": (Kind.MODULE, "module"),
    "register_module": (Kind.MODULE, "module"),
}
"""Methods of a module that register what they are given under a name."""


def torch_modules(context: Context) -> TorchModules:
    """The tree's modules; use it as ``context.fact(torch_modules)``."""
    return TorchModules(context)


def _is_module(origin: str | None) -> bool:
    """Whether an outside class is certainly a module: ``nn.Module`` itself, a layer, or a pretrained model's class."""
    if not origin:
        return False
    layer = origin.removeprefix("torch.nn.")
    ready = layer != origin and layer.isidentifier() and layer[:1].isupper() and layer not in NO_LAYER
    return origin in MODULE or ready


def _asks_gradient(call: ast.Call) -> bool:
    asked = call.args[1] if len(call.args) > 1 else keyword(call, "requires_grad")
    return not (isinstance(asked, ast.Constant) and asked.value is False)
