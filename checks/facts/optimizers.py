"""The optimizers that the tree makes, and whether a library's own loop may train in their place."""

import ast
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.classes import classes, definition
from checks.facts.imports import Imports, imports
from checks.facts.nodes import nodes
from checks.facts.torch_names import TRAINERS
from checks.facts.words import words

NO_OPTIMIZER = frozenset({"Optimizer", "SWALR", "AveragedModel"})
OPTIMIZER_MODULES = (
    "torch.optim",
    "bitsandbytes.optim",
    "transformers.optimization",
    "transformers",
    "torch_optimizer",
)


@dataclass(frozen=True, slots=True)
class Optimizer:
    """One optimizer.

    Args:
        path: the file.
        call: the call that makes it.
        function: the function that does; None at the top level.
        loops: whether the same function goes backwards in a loop.
    """

    path: str
    call: ast.Call
    function: ast.AST | None
    loops: bool


def optimizers(context: Context) -> tuple[Optimizer, ...]:
    """Every optimizer that is made, in order of file and line."""
    found = []
    own = {each.node for each in context.fact(classes) if "torch.optim.Optimizer" in each.outside}
    for path, each in sorted(context.fact(calls).items()):
        known, inside = context.fact(imports)[path], context.fact(nodes)[path]
        for call in each:
            if _is_optimizer(each.origin(call)) or _is_looked_up(known, call) or _is_prepared(known, call) or (
                own and definition(context, path, call.func) in own
            ):  # fmt: skip
                function = inside.function(call)
                loops = any(
                    inside.function(back) is function and inside.nearest(back, ast.For, ast.While) is not None
                    for back in each.named("backward")
                )
                found.append(Optimizer(path, call, function, loops))
    return tuple(found)


def other_trainer(context: Context) -> bool:
    """Whether a library that trains by itself is imported; ``accelerate`` leaves the loop to the code."""
    for file in context.fact(imports).values():
        for each in file:
            if each.top in TRAINERS - {"accelerate"}:
                return True
    own = {each.node.name for each in context.fact(classes)}
    return any("Trainer" in name for each in context.fact(words).values() for name in each.names - own)


def _is_optimizer(origin: str | None) -> bool:
    module, _, name = (origin or "").rpartition(".")
    if module == "transformers":
        return name in ("AdamW", "Adafactor")
    inner = module.startswith("torch.optim.") and module != "torch.optim.lr_scheduler" and "swa" not in module
    return (module in OPTIMIZER_MODULES or inner) and name[:1].isupper() and name not in NO_OPTIMIZER


def _is_looked_up(known: Imports, call: ast.Call) -> bool:
    """``getattr(torch.optim, name)(...)``, and ``TABLE[name](...)`` where the table holds optimizers alone."""
    func = call.func
    if isinstance(func, ast.Name):
        value = known.assigned(func)
        func = value if value is not None else func
    if isinstance(func, ast.Subscript):
        table = known.assigned(func.value) if isinstance(func.value, ast.Name) else func.value
        return isinstance(table, ast.Dict) and bool(table.values) and all(
            _is_optimizer(known.resolve(each)) for each in table.values[:20]
        )  # fmt: skip
    if not (isinstance(func, ast.Call) and isinstance(func.func, ast.Name) and func.func.id == "getattr" and func.args):
        return False
    return known.resolve(func.args[0]) == "torch.optim"


def _is_prepared(known: Imports, call: ast.Call) -> bool:
    """``partial(torch.optim.Adam, ...)``, which makes the optimizer where it is called."""
    return known.resolve(call.func) == "functools.partial" and bool(call.args) and _is_optimizer(
        known.resolve(call.args[0])
    )  # fmt: skip
