"""``modes/override-under-wrong-mode``."""

from collections.abc import Iterator
from itertools import groupby
from typing import ClassVar

from checks.context import Context
from checks.facts.mode_code import TRIAL, Write
from checks.facts.mode_swapped import swapped
from checks.facts.modes_told import modes_readable
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
RIGHT = (
    "if cfg.mode == 'trial':\n    cfg.wandb.mode = 'disabled'\n    cfg.optuna.n_trials = 0\n"
    "else:\n    cfg.wandb.mode = 'online'\n"
)
SWAPPED = RIGHT.replace("==", "!=")
SEARCH = (
    "def objective(trial):\n    cfg.wandb.mode = 'disabled'\n    return train(cfg)\n"
    "if cfg.mode == 'full':\n    study.optimize(objective, n_trials=5)\n"
)


class OverrideUnderWrongMode(Rule):
    """A setting of one mode is written under the other.

    What it finds
        What a trial is asked for (``wandb.mode`` to ``disabled``, ``optuna.n_trials`` to 0, epochs to 1) written where
        only ``mode=full`` gets, or ``wandb.mode`` to ``online`` where only ``mode=trial`` gets: in a branch, in a
        function that only the branch calls, or in arguments for a child process that it builds. What an Optuna trial
        changes in its own copy is left alone. Writes of one mode in one file are one finding.

    Why it matters
        The full experiment then records nothing or stops after an epoch, and the trial runs for hours.

    How to fix
        Write trial's settings where ``cfg.mode == "trial"`` and full's where ``cfg.mode == "full"``.

    What it cannot see
        Branches on values that it cannot follow, settings under names of their own, and rows of a table that a loop
        writes.
    """

    criteria: ClassVar = {"experiment": "modes"}
    valid = (
        Valid("right-way-round", {TRAIN: RIGHT}),
        Valid("search-under-full", {TRAIN: SEARCH}),
        Valid("both-modes", {TRAIN: "if cfg.mode in ('trial', 'full'):\n    cfg.optuna.n_trials = 0\n"}),
        Valid(
            "copy-for-a-probe",
            {TRAIN: "if cfg.mode == 'full':\n    trial_cfg = cfg.copy()\n    trial_cfg.training.epochs = 1\n"},
        ),
    )
    invalid = (
        Invalid("swapped", {TRAIN: SWAPPED}, at=(f"{TRAIN}:2", f"{TRAIN}:5")),
        Invalid(
            "after-an-early-return",
            {TRAIN: "def setup(cfg):\n    if cfg.mode == 'trial':\n        return\n    cfg.optuna.n_trials = 0\n"},
            at=(f"{TRAIN}:4",),
        ),
        Invalid(
            "in-a-helper",
            {
                TRAIN: "from omegaconf import OmegaConf as O\ndef reduce(c):\n    O.update(c, 'training.epochs', 1)\n"
                "def main(cfg):\n    if cfg.mode != 'full':\n        pass\n    else:\n        reduce(cfg)\n"
            },
            at=(f"{TRAIN}:3",),
        ),
        Invalid(
            "in-a-command-line",
            {"src/main.py": "args = []\nif cfg.mode == 'full':\n    args += ['wandb.mode=disabled']\n"},
            at=("src/main.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each mode and file."""
        if not modes_readable(context):
            return
        found = sorted(context.fact(swapped), key=lambda each: (each.path, min(each.modes), each.line))
        for (path, mode), writes in groupby(found, key=lambda each: (each.path, min(each.modes))):
            several = list(writes)
            yield Hit(
                message=_words(mode, several),
                path=path,
                line=several[0].line,
                evidence=tuple(context.quote(path, each.line) for each in several[:4]),
                fix=Fix(summary=f"Move it to where `cfg.mode` is `{'full' if mode == TRIAL else TRIAL}`."),
            )


def _words(mode: str, writes: list[Write]) -> str:
    settings = ", ".join(f"`{'.'.join(each.key)}` to `{each.values[mode]}`" for each in writes[:4])
    other = "full" if mode == TRIAL else TRIAL
    return f"This runs under `mode={mode}` alone and sets {settings}, which is what `mode={other}` is asked for."
