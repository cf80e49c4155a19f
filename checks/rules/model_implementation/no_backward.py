"""``model-implementation/no-backward``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.optimizer_uses import training
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
HEAD = "import torch\n\n\ndef train(net, batches):\n    opt = torch.optim.Adam(net.parameters())\n"
STEP = "    for x, y in batches:\n        opt.zero_grad()\n        loss = (net(x) - y).pow(2).mean()\n"


class NoBackward(Rule):
    """An optimizer is made, and nothing in the tree ever computes a gradient.

    What it finds
        An optimizer of PyTorch in code that runs, while no file calls ``backward``, asks ``torch.autograd`` or
        ``torch.func`` for gradients or writes ``.grad``.

    Why it matters
        An optimizer steps on gradients alone. Without any, its ``step()`` changes nothing, and the metrics are those of
        random or pretrained weights.

    How to fix
        Call ``loss.backward()`` before ``optimizer.step()``.

    What it cannot see
        Training inside a library: where one that trains by itself is imported (``transformers.Trainer``, Lightning,
        DeepSpeed and their like), or some of the code is not there to be read, nothing is said.
    """

    criteria: ClassVar = {"experiment": "model-implementation"}
    valid = (
        Valid("backward", {TRAIN: f"{HEAD}{STEP}        loss.backward()\n        opt.step()\n\n\ntrain(1, 2)\n"}),
        Valid(
            "backward-in-another-file-through-a-scaler",
            {
                TRAIN: f"from src.model import back\n{HEAD}{STEP}        back(loss)\n        opt.step()\n"
                "\n\ntrain(1, 2)\n",
                "src/model.py": "import torch\n\nscaler = torch.cuda.amp.GradScaler()\n\n\n"
                "def back(loss):\n    scaler.scale(loss).backward()\n",
            },
        ),
        Valid(
            "trainer-of-a-library",
            {
                TRAIN: f"from transformers import Trainer\n{HEAD}"
                "    Trainer(net, optimizers=(opt, None)).train()\n\n\ntrain(1, 2)\n"
            },
        ),
        Valid(
            "gradients-by-hand",
            {TRAIN: f"{HEAD}    for p in net.parameters():\n        p.grad = p\n    opt.step()\n"},
        ),
    )
    invalid = (
        Invalid(
            "step-without-backward",
            {TRAIN: f"{HEAD}{STEP}        opt.step()\n\n\ntrain(1, 2)\n"},
            at=("src/train.py:5",),
        ),
        Invalid(
            "helper-that-builds-the-optimizer",
            {
                TRAIN: "from src.model import make\n\n\ndef run(net, batches, loss):\n    opt = make(net)\n"
                "    for b in batches:\n        loss(net(b))\n        opt.step()\n\n\nrun(1, 2, 3)\n",
                "src/model.py": "from torch import optim as o\n\n\ndef make(net):\n"
                "    return o.SGD(net.parameters(), lr=1)\n",
            },
            at=("src/model.py:5",),
        ),
        Invalid(
            "looked-up-optimizer",
            {
                TRAIN: "import torch\n\n\ndef run(net, cfg, x):\n    cls = getattr(torch.optim, cfg.optimizer)\n"
                "    opt = cls(net.parameters(), lr=cfg.lr)\n    loss = net(x).loss\n    opt.step()\n"
                "    return loss.item()\n\n\nrun(1, 2, 3)\n"
            },
            at=("src/train.py:6",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the first optimizer."""
        found = context.fact(training)
        if found is None or found.any_gradient or found.backward or not found.optimizers:
            return
        first = found.optimizers[0]
        yield Hit(
            message="An optimizer is made here and nothing in the tree calls `backward()`: no gradient is ever "
            "computed, so no weight changes.",
            path=first.path,
            line=first.call.lineno,
            end_line=first.call.end_lineno,
            fix=Fix(summary="Call `loss.backward()` before the optimizer's `step()`."),
        )
