"""``wandb/mode-set-late``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.mode_lateness import late_for_wandb
from checks.facts.modes_told import modes_readable
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
MODES = "if cfg.mode == 'trial':\n    cfg.wandb.mode = 'disabled'\nelse:\n    cfg.wandb.mode = 'online'\n"
START = "import wandb\nwandb.init(project='p', mode=cfg.wandb.mode)\n"
HELPERS = (
    "import wandb\ndef start(cfg):\n    return wandb.init(mode=cfg.wandb.mode)\n"
    "def settle(cfg):\n    if cfg.mode == 'trial':\n        cfg.wandb.mode = 'disabled'\n"
)
LATE = HELPERS + "def main(cfg):\n    run = start(cfg)\n    settle(cfg)\n    train(cfg)\nmain(load())\n"


class ModeSetLate(Rule):
    """The WandB mode is set after WandB has started.

    What it finds
        A write of ``wandb.mode`` or of ``WANDB_MODE`` for one of the modes that the program reaches only after its last
        ``wandb.init``, with no such write before, followed through the functions that it calls.

    Why it matters
        ``wandb.init`` reads the mode once. A trial goes online after all, or a full run stays offline.

    How to fix
        Settle the mode first, then call ``wandb.init``.

    What it cannot see
        Code that is not reached by plain calls; where a write stands in such code it stays silent.
    """

    criteria: ClassVar = {"experiment": "wandb"}
    valid = (
        Valid("before", {TRAIN: MODES + START}),
        Valid("in-order", {TRAIN: HELPERS + "def main(cfg):\n    settle(cfg)\n    start(cfg)\nmain(load())\n"}),
        Valid("started-again", {TRAIN: START + MODES + "wandb.init(mode=cfg.wandb.mode)\n"}),
        Valid("other-branch", {TRAIN: "import wandb\nif cfg.mode == 'full':\n    wandb.init()\nelse:\n"
                               "    cfg.wandb.mode = 'disabled'\n"}),
        Valid("left-before", {TRAIN: "import wandb\ndef go(cfg):\n    if cfg.quick:\n        wandb.init()\n"
                              "        return\n    if cfg.mode == 'trial':\n        cfg.wandb.mode = 'disabled'\n"
                              "go(load())\n"}),
    )  # fmt: skip
    invalid = (
        Invalid("after", {TRAIN: START + MODES}, at=(f"{TRAIN}:4",)),
        Invalid("through-helpers", {TRAIN: LATE}, at=(f"{TRAIN}:6",)),
        Invalid(
            "environment",
            {TRAIN: "import os, wandb\nwandb.init()\nif cfg.mode == 'trial':\n    os.environ['WANDB_MODE'] = 'off'\n"},
            at=(f"{TRAIN}:4",),
        ),
    )  # fmt: skip

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the first such write."""
        if not modes_readable(context):
            return
        for late in late_for_wandb(context):
            line = getattr(late.event.node, "lineno", 1)
            path, write = late.event.path, late.write
            yield Hit(
                message=f"`mode={late.mode}` sets `{'.'.join(write.key)}` here, after `wandb.init` (line {line}"
                f"{'' if path == write.path else f' of {path}'}) has read it: it has no effect.",
                path=write.path,
                line=write.line,
                evidence=(context.quote(path, line), context.quote(write.path, write.line)),
                fix=Fix(summary="Set the WandB mode before `wandb.init` is called."),
            )
            return
