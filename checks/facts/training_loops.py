"""Training written out with PyTorch."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.guards import last_name
from checks.facts.imports import Imports, imports
from checks.facts.python import modules
from checks.facts.syntax import walk


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """One ``loss.backward()`` in a loop of a file that makes an optimizer of ``torch.optim``."""

    path: str
    node: ast.Call


def training_steps(context: Context) -> tuple[TrainingStep, ...]:
    """Every such call, in order of file and line."""
    found = []
    for path, module in sorted(context.fact(modules).items()):
        known = context.fact(imports)[path]
        with context.reading(path):
            nodes = list(module.walk())
            if any(isinstance(node, ast.Call) and _is_optimizer(node, known) for node in nodes):
                found += [TrainingStep(path, call) for call in _backward_in_loops(nodes)]
    return tuple(sorted(found, key=lambda step: (step.path, step.node.lineno)))


def _is_optimizer(call: ast.Call, known: Imports) -> bool:
    """Whether a call makes an optimizer, or clears the gradients of one that was handed in."""
    return (known.resolve(call.func) or "").startswith("torch.optim.") or last_name(call.func) == "zero_grad"


def _backward_in_loops(nodes: list[ast.AST]) -> Iterator[ast.Call]:
    seen: set[ast.AST] = set()
    for loop in nodes:
        for node in walk(loop) if isinstance(loop, ast.For | ast.While) and loop not in seen else ():
            seen.add(node)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "backward":
                yield node
