"""``model-implementation/item-on-number``."""

import ast
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.nodes import nodes
from checks.facts.number_attributes import NumberAttribute, number_attributes
from checks.facts.rewrite import replaced
from checks.facts.syntax import text_of
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

MODEL = "src/model.py"


class ItemOnNumber(Rule):
    """A tensor's method is called on a plain Python number.

    What it finds
        ``x.item()``, ``x.detach()``, ``x.backward()`` and other attributes of tensors alone, where ``x`` is certainly
        an ``int``, ``float`` or ``bool``: it comes from ``float(...)``, ``.item()``, ``len(...)``, a constant,
        arithmetic of these with settings of the run, or a function of the tree that returns such a number. It is enough
        that one assignment of the name gives a number and the use follows it whatever else happens.

    Why it matters
        A number has no such attribute: the line ends the program with AttributeError, often only on the path that a
        short try-out does not take, such as a clamp that acts late in the training.

    How to fix
        Take the number as it is, write ``float(x)`` where both may come, or keep the value a tensor until the end.

    What it cannot see
        A number that reaches the use through a container, an argument whose callers are not all known or ``min`` and
        ``max`` of a number and a tensor; a use under a condition, since the two conditions may belong together; a
        value that only a loop which may run no time makes a tensor.
    """

    criteria: ClassVar = {"experiment": "model-implementation"}
    valid = (
        Valid(
            "started-with-zero-and-replaced",
            {
                MODEL: "def total(parts, flag, f):\n    loss = 0.0\n"
                "    for part in parts:\n        loss = loss + f(part)\n"
                "    extra = 0.0\n    if flag:\n        extra = f(flag)\n    loss.backward()\n"
                "    return loss.item() + extra.item()\n"
            },
        ),
        Valid(
            "asked-first",
            {
                MODEL: "import torch\n\n\ndef value(x, cap):\n    if x > cap:\n        x = float(cap)\n"
                "    if isinstance(x, torch.Tensor):\n        return x.item()\n"
                "    y = 1.0\n    z = y.item() if hasattr(y, 'item') else y\n"
                "    try:\n        return y.item()\n    except AttributeError:\n        return y + z\n"
            },
        ),
        Valid(
            "conditions-that-belong-together",
            {
                MODEL: "def log(cfg, kl, run):\n"
                "    if cfg.use_kl:\n        value = kl()\n    else:\n        value = 0.0\n"
                "    if cfg.use_kl:\n        run.log({'kl': value.item()})\n"
                "    if not cfg.use_kl:\n        value = 0.0\n        return value\n    return value.item()\n"
            },
        ),
        Valid(
            "numpy-numbers-and-tensors",
            {
                MODEL: "import numpy as np\nimport torch\n\n\ndef f(x, n: float):\n    a = np.mean(x)\n"
                "    b = torch.tensor(1.0) * 2\n    return a.item() + b.item() + n.item() + (0.5 * x).item()\n"
            },
        ),
    )
    invalid = (
        Invalid(
            "clamped-to-a-number",
            {
                MODEL: "import torch\n\n\ndef rate(log_rate, curvature, limit: float):\n    eta = torch.exp(log_rate)\n"
                "    top = curvature.max().item() if len(curvature) else 1.0\n    if eta * top > limit:\n"
                "        eta = 1.9 / max(top, 1e-6)\n    return eta.item()\n"
            },
            at=("src/model.py:9",),
        ),
        Invalid(
            "helper-that-returns-a-number-and-second-item",
            {
                MODEL: "def accuracy(right, n):\n    return right.sum().item() / n.sum().item()\n",
                "src/train.py": "from omegaconf import DictConfig\nfrom src.model import accuracy as acc\n\n\n"
                "def run(cfg: DictConfig, right, run):\n    value = float(right.mean()) * cfg.training.weight\n"
                "    run.log({'a': value.item()})\n    return (float(right) + 1).detach(), len(right).item()\n",
            },
            at=("src/train.py:7", "src/train.py:8", "src/train.py:8"),
        ),
        Invalid(
            "attribute-first-round-of-a-loop-and-handler",
            {
                MODEL: "class Meter:\n    def __init__(self):\n        self.sum = 0.0\n\n    def add(self, loss):\n"
                "        self.sum = self.sum + loss.item()\n\n    def mean(self):\n        return self.sum.item()\n",
                "src/train.py": "def run(batches, step):\n    last = 0.0\n    for batch in batches:\n"
                "        with step:\n            print(last.item())\n        last = step(batch)\n"
                "    try:\n        loss = step(1)\n    except RuntimeError:\n        loss = 0.0\n    loss.backward()\n",
            },
            at=("src/model.py:9", "src/train.py:5", "src/train.py:11"),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each number, at the first attribute that it does not have."""
        found: dict[tuple[str, ast.AST | None, str], list[NumberAttribute]] = {}
        for each in context.fact(number_attributes):
            function = context.fact(nodes)[each.path].function(each.node)
            found.setdefault((each.path, function, text_of(each.node.value)), []).append(each)
        for group in found.values():
            yield _hit(context, group[0], [each.node.lineno for each in group[1:]])


def _hit(context: Context, found: NumberAttribute, more: list[int]) -> Hit:
    node, value = found.node, text_of(found.node.value)[:60]
    inside = context.fact(nodes)[found.path]
    call = inside.parent(node)
    called = isinstance(call, ast.Call) and call.func is node
    what = f".{node.attr}()" if called else f".{node.attr}"
    line, end_line, replacement = node.lineno, node.end_lineno, None
    statement = inside.statement(node)
    if (
        called
        and node.attr == "item"
        and isinstance(call, ast.Call)
        and not isinstance(statement, COMPOUND)
        and statement
    ):
        wanted = f"float({text_of(node.value)})" if found.assigned is not None else text_of(node.value)
        replacement = replaced(context, found.path, statement, call, wanted)
        line, end_line = statement.lineno, statement.end_lineno
    evidence = [context.quote(found.path, line, end_line)]
    since = ""
    if found.assigned is not None:
        since = f" where line {found.assigned.lineno} has run"
        evidence.append(context.quote(found.path, found.assigned.lineno, found.assigned.end_lineno))
    again = f" So at {len(more)} more places, first at line {more[0]}." if more else ""
    return Hit(
        message=f"`{value}` is a plain Python number{since}, and a number has no `{what}`: AttributeError.{again}",
        path=found.path,
        line=line,
        end_line=end_line,
        evidence=tuple(evidence),
        fix=Fix(
            summary=f"Use `{value}` without `{what}`, or `float({value})` where it may be either.",
            replacement=replacement,
        ),
    )


COMPOUND = (
    ast.If,
    ast.For,
    ast.While,
    ast.With,
    ast.Try,
    ast.Match,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
)
"""Statements that hold others; they are not written anew."""
