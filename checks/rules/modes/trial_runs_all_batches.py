"""``modes/trial-runs-all-batches``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.mode_limits import unlimited_batches
from checks.facts.modes_told import modes_readable
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
LOOP = "for epoch in range(cfg.training.epochs):\n    for batch in train_loader:\n        loss(batch).backward()\n"
ONE = "if cfg.mode == 'trial':\n    cfg.wandb.mode = 'disabled'\n    cfg.training.epochs = 1\n"
BREAK = "        if cfg.mode == 'trial':\n            break\n"
COUNTED = LOOP.replace("batch in train_loader", "i, batch in enumerate(train_loader)")


class TrialRunsAllBatches(Rule):
    """A trial goes through every batch of the training data.

    What it finds
        A loop over a data loader with ``loss.backward()`` in it that ``mode=trial`` runs to its end, in code where all
        that differs between the modes is understood and none of it limits work: WandB, the search, epochs, batch size,
        logging and the like. A ``break``, a subset of the data, ``islice``, a limit on batches, steps or samples, and
        the mode handed to anything that is not followed all count as a limit.

    Why it matters
        A trial is asked to be one or two batches. A whole epoch of a real data set can take hours.

    How to fix
        Set a limit of two batches where ``cfg.mode`` is ``trial``, and leave the loop when it is reached.

    What it cannot see
        Loops inside a trainer, and loops over something that no name tells to be batches.
    """

    criteria: ClassVar = {"experiment": "modes"}
    valid = (
        Valid("left-after-some", {TRAIN: ONE + LOOP + BREAK}),
        Valid("setting", {TRAIN: ONE + "    cfg.training.max_batches = 2\n" + LOOP}),
        Valid("subset", {TRAIN: ONE + "    train_set = Subset(train_set, range(8))\n" + LOOP}),
        Valid("in-the-data", {TRAIN: ONE + LOOP, "src/preprocess.py": "n = 8 if cfg.mode == 'trial' else None\n"}),
        Valid("told-to-the-loader", {TRAIN: "train_loader = build(cfg, quick=cfg.mode == 'trial')\n" + ONE + LOOP}),
        Valid("through-another-setting", {TRAIN: ONE + COUNTED + "        if cfg.wandb.mode == 'disabled' and i > 1:\n"
                                          "            break\n"}),
        Valid("limited-anyway", {TRAIN: ONE + COUNTED + "        if i >= cfg.training.limit:\n            break\n"}),
    )  # fmt: skip
    invalid = (
        Invalid("every-batch", {TRAIN: ONE + LOOP}, at=(f"{TRAIN}:5",)),
        Invalid(
            "only-smaller-ones",
            {TRAIN: ONE.replace("epochs = 1", "batch_size = 4") + COUNTED},
            at=(f"{TRAIN}:5",),
        ),
        Invalid(
            "limit-never-set",
            {
                TRAIN: ONE + COUNTED + "        if cfg.training.max_batches and i >= cfg.training.max_batches:\n"
                "            break\n",
                "config/config.yaml": "training: {max_batches: null}\n",
            },
            at=(f"{TRAIN}:5",),
        ),
        Invalid(
            "by-table",
            {TRAIN: "T = {'trial': {'training.epochs': 1}, 'full': {}}\nfor k, v in T[cfg.mode].items():\n"
             "    OmegaConf.update(cfg, k, v)\n" + LOOP},
            at=(f"{TRAIN}:5",),
        ),
    )  # fmt: skip

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the first such loop."""
        if not modes_readable(context):
            return
        loops = unlimited_batches(context)
        for loop in loops[:1]:
            more = f" ({len(loops)} such loops)" if len(loops) > 1 else ""
            yield Hit(
                message=f"`mode=trial` goes through every batch of this loop{more}: nothing that the mode changes "
                "limits batches, steps or samples.",
                path=loop.path,
                line=loop.node.lineno,
                fix=Fix(summary="Limit a trial to two batches and leave the loop when they are done."),
            )
