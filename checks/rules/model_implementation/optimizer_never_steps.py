"""``model-implementation/optimizer-never-steps``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.optimizer_uses import never_stepped, training
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
HEAD = (
    "import torch\nfrom torch.optim import Adam, lr_scheduler\n\n\ndef train(net, aux, batches):\n"
    "    opt = Adam(net.parameters())\n"
)
LOOP = "    for x in batches:\n        opt.zero_grad()\n        net(x).sum().backward()\n"
END = "\n\ntrain(1, 2, 3)\n"


class OptimizerNeverSteps(Rule):
    """An optimizer is made and its ``step()`` is never called.

    What it finds
        An optimizer of PyTorch that is kept in a local name or in an attribute of a plain class, in a tree that goes
        backwards, where every use of it is known and none steps it: it is only cleared, read, or given to a
        learning-rate scheduler.

    Why it matters
        The gradients are computed and thrown away: the weights that this optimizer holds never change.

    How to fix
        Call ``optimizer.step()`` after ``backward()`` (``scaler.step(optimizer)`` with mixed precision), or remove the
        optimizer.

    What it cannot see
        An optimizer that is returned, put into a container or handed to code that is not in the tree.
    """

    criteria: ClassVar = {"experiment": "model-implementation"}
    valid = (
        Valid("step", {TRAIN: f"{HEAD}{LOOP}        opt.step()\n{END}"}),
        Valid(
            "in-a-helper-a-closure-and-a-scaler",
            {
                TRAIN: f"{HEAD}    other = Adam(aux.parameters())\n    third = Adam(aux.parameters())\n\n"
                "    def update():\n        other.step()\n\n"
                f"{LOOP}        update()\n        torch.cuda.amp.GradScaler().step(third)\n        go(opt, net)\n\n\n"
                f"def go(o, net):\n    o.step()\n{END}"
            },
        ),
        Valid(
            "in-a-container-or-returned",
            {
                TRAIN: f"{HEAD}    for o in (opt,):\n        o.step()\n{LOOP}    last = Adam(aux.parameters())\n"
                f"    return last\n{END}"
            },
        ),
    )
    invalid = (
        Invalid("only-cleared", {TRAIN: f"{HEAD}{LOOP}{END}"}, at=("src/train.py:6",)),
        Invalid(
            "scheduler-steps-instead",
            {
                TRAIN: f"{HEAD}    plan = lr_scheduler.StepLR(opt, 1)\n{LOOP}        plan.step()\n"
                f"        show(opt)\n\n\ndef show(o):\n    print(o.param_groups[0]['lr'])\n{END}"
            },
            at=("src/train.py:6",),
        ),
        Invalid(
            "second-of-two-in-a-class",
            {
                TRAIN: "import torch\n\n\nclass Runner:\n    def __init__(self, a, b):\n"
                "        self.opt_a = torch.optim.SGD(a.parameters(), lr=1)\n"
                "        self.opt_b = torch.optim.SGD(b.parameters(), lr=1)\n\n"
                "    def step(self, loss):\n        self.opt_a.zero_grad()\n        self.opt_b.zero_grad()\n"
                "        loss.backward()\n        self.opt_a.step()\n\n\nRunner(1, 2).step(3)\n"
            },
            at=("src/train.py:7",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each optimizer."""
        found = context.fact(training)
        if found is None or not found.backward:
            return
        for each in context.fact(never_stepped):
            yield Hit(
                message="This optimizer is never stepped: no use of it calls `step()`, so the weights that it holds "
                "stay as they are.",
                path=each.path,
                line=each.call.lineno,
                end_line=each.call.end_lineno,
                fix=Fix(summary="Call its `step()` after `backward()`."),
            )
