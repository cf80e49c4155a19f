"""Training written out with PyTorch, and any sign that something of it may be written to disk."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.guards import last_name
from checks.facts.imports import Imports, imports
from checks.facts.python import modules
from checks.facts.syntax import walk

KEEPING = re.compile(
    r"save|checkpoint|ckpt|dump|persist|serial|export|snapshot|artifact|upload|push_to|write_bytes|onnx|pickle|trainer"
)
"""What the names of calls, imports and settings have in them where a model may be kept."""

INNOCENT = frozenset(
    {
        "savefig", "imsave", "save_figure", "save_fig", "savetxt", "savehtml", "json.dump", "json.dumps", "yaml.dump",
        "yaml.safe_dump", "yaml.dump_all", "model_dump", "model_dump_json", "gradient_checkpointing_enable",
    }
)  # fmt: skip
"""Names that match and have nothing to do with a model's weights."""


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


def may_keep_model(context: Context) -> bool:
    """Whether anything in the tree's Python files may write a model to disk; true where a file cannot be told."""
    if any(path.endswith(".py") for path in context.tree.unread):
        return True
    found = context.fact(modules)
    own = {node.name for each in found.values() for node in each.walk() if isinstance(node, Definition)}
    for path, module in found.items():
        known = context.fact(imports)[path]
        nodes = (node for node in module.walk() if not _calls_own(node, own))
        if module.tree is None or any(_keeps(node, known) for node in nodes):
            return True
    return False


Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _calls_own(node: ast.AST, own: set[str]) -> bool:
    """Whether a node calls, or imports, only what the tree itself defines: there, the definition decides."""
    if isinstance(node, ast.ImportFrom):
        return all(alias.name in own for alias in node.names)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in own


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


def _keeps(node: ast.AST, known: Imports) -> bool:
    match node:
        case ast.Call(func=func):
            name = known.resolve(func) or last_name(func)
            if name in INNOCENT or name.rpartition(".")[2] in INNOCENT:
                return False
            return bool(KEEPING.search(name.lower()))
        case ast.ImportFrom() | ast.Import():
            names = [part for alias in node.names for part in (alias.name, getattr(node, "module", "") or "")]
            return any(KEEPING.search(name.lower()) for name in names)
        case ast.keyword(arg=str() as name):
            return bool(KEEPING.search(name.lower()))
        case ast.Constant(value=str() as text):
            return text in ("wb", "wb+", "xb", "ab", "save")
    return False
