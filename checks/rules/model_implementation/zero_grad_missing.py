"""``model-implementation/zero-grad-missing``."""

import ast
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.local_calls import local_calls
from checks.facts.nodes import nodes
from checks.facts.optimizer_uses import training
from checks.facts.words import words
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
HEAD = "import torch\n\n\ndef train(net, batches):\n    opt = torch.optim.Adam(net.parameters())\n"
LOOP = "    for x in batches:\n        net(x).sum().backward()\n        opt.step()\n"
END = "\n\ntrain(1, 2)\n"


class ZeroGradMissing(Rule):
    """A training loop adds gradient to gradient and never clears them.

    What it finds
        ``backward()`` in a loop, or in a function that a loop calls, of a tree that steps an optimizer and in which
        nothing clears gradients: no ``zero_grad``, no ``p.grad = None``, no ``grad.zero_()``.

    Why it matters
        PyTorch adds each new gradient to the old one. Without clearing, every step goes along the sum of all batches
        so far, which soon diverges or stands still.

    How to fix
        Call ``optimizer.zero_grad()`` once for each step. With gradient accumulation, call it after the step.

    What it cannot see
        Clearing inside a library, and clearing at the wrong moment. Full-batch code that is meant to sum is reported
        too, which is why this is advice.
    """

    criteria: ClassVar = {"experiment": "model-implementation"}
    severity: ClassVar = Severity.ADVISORY
    valid = (
        Valid("zero-grad", {TRAIN: f"{HEAD}{LOOP}        opt.zero_grad(set_to_none=True)\n{END}"}),
        Valid("by-hand", {TRAIN: f"{HEAD}{LOOP}        for p in net.parameters():\n            p.grad = None\n{END}"}),
        Valid("single-step", {TRAIN: f"{HEAD}    net(batches).sum().backward()\n    opt.step()\n{END}"}),
        Valid("of-the-model", {TRAIN: f"{HEAD}    net.zero_grad()\n{LOOP}        net.zero_grad()\n{END}"}),
    )
    invalid = (
        Invalid("never", {TRAIN: f"{HEAD}{LOOP}{END}"}, at=("src/train.py:7",)),
        Invalid(
            "helper",
            {
                TRAIN: f"{HEAD}    for x in batches:\n        back(net(x))\n        opt.step()\n\n\n"
                f"def back(y):\n    for each in y:\n        each.backward()\n{END}"
            },
            at=("src/train.py:13",),
        ),
        Invalid(
            "mixed-precision",
            {
                TRAIN: f"{HEAD}    scaler = torch.amp.GradScaler()\n    while True:\n"
                "        scaler.scale(net(batches).mean()).backward()\n        scaler.step(opt)\n"
                f"        scaler.update()\n{END}"
            },
            at=("src/train.py:8",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the first ``backward`` in a loop."""
        found = context.fact(training)
        if found is None or found.clears or not any("step" in each.names for each in context.fact(words).values()):
            return
        for path, call in found.backward:
            if _is_repeated(context, path, call):
                yield Hit(
                    message="Gradients are added up here round after round, and nothing in the tree clears them.",
                    path=path,
                    line=call.lineno,
                    end_line=call.end_lineno,
                    fix=Fix(summary="Call `optimizer.zero_grad()` once for each step."),
                )
                return


def _is_repeated(context: Context, path: str, call: ast.Call, steps: int = 3) -> bool:
    """Whether a call stands in a loop, or in a function that is called in one."""
    inside = context.fact(nodes)[path]
    if inside.nearest(call, ast.For, ast.While) is not None:
        return True
    function = inside.function(call)
    callers = context.fact(local_calls).callers(function) if function is not None and steps else ()
    return any(_is_repeated(context, where, each, steps - 1) for where, each, _ in callers[:8])
