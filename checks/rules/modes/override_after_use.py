"""``modes/override-after-use``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.mode_lateness import late_for_use
from checks.facts.modes_told import modes_readable
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
OFF = "if cfg.mode == 'trial':\n    cfg.optuna.n_trials = 0\n"
SEARCH = "if cfg.optuna.n_trials > 0:\n    search(cfg.optuna.n_trials)\n"
HELPERS = (
    "def fit(cfg):\n    for epoch in range(cfg.training.epochs):\n        step()\n"
    "def reduce(cfg):\n    if cfg.mode != 'trial':\n        return\n    cfg.training.epochs = 1\n"
)


class OverrideAfterUse(Rule):
    """A trial's setting is written after its value was used.

    What it finds
        A setting that ``mode=trial`` alone writes when the program has read its key for the last time, followed through
        the functions that it calls: nothing reads what was written. The WandB mode has a rule of its own.

    Why it matters
        The trial runs with the full value, which is what the line was written to prevent.

    How to fix
        Write the trial's settings first, before anything reads them.

    What it cannot see
        Code that is not reached by plain calls, such as methods of an object that keeps the configuration; where such
        code may read the key it stays silent.
    """

    criteria: ClassVar = {"experiment": "modes"}
    valid = (
        Valid("before", {TRAIN: OFF + SEARCH}),
        Valid("read-again", {TRAIN: "print(cfg.optuna.n_trials)\n" + OFF + SEARCH}),
        Valid("read-by-name", {TRAIN: SEARCH + OFF + "run(getattr(cfg.optuna, 'n_trials'))\n"}),
        Valid("helpers-in-order", {TRAIN: HELPERS + "def main(cfg):\n    reduce(cfg)\n    fit(cfg)\nmain(load())\n"}),
        Valid("never-read", {TRAIN: OFF}),
    )
    invalid = (
        Invalid("after-the-search", {TRAIN: SEARCH + OFF}, at=(f"{TRAIN}:4",)),
        Invalid(
            "through-helpers",
            {TRAIN: HELPERS + "def main(cfg):\n    fit(cfg)\n    reduce(cfg)\nmain(load())\n"},
            at=(f"{TRAIN}:7",),
        ),
        Invalid(
            "copied-first",
            {
                TRAIN: "def main(cfg):\n    epochs = cfg['training']['epochs']\n    if cfg['mode'] == 'trial':\n"
                "        cfg['training']['epochs'] = 1\n    train(epochs)\nmain(load())\n"
            },
            at=(f"{TRAIN}:4",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each such write."""
        if not modes_readable(context):
            return
        seen: set[tuple[str, int]] = set()
        for late in late_for_use(context):
            write, line = late.write, getattr(late.event.node, "lineno", 1)
            if (write.path, write.line) in seen:
                continue
            seen.add((write.path, write.line))
            where = f"line {line}" if late.event.path == write.path else f"line {line} of {late.event.path}"
            yield Hit(
                message=f"`mode=trial` sets `{'.'.join(write.key)}` here, which has no effect: its last use is before"
                f" ({where}).",
                path=write.path,
                line=write.line,
                evidence=(context.quote(late.event.path, line), context.quote(write.path, write.line)),
                fix=Fix(summary="Move it before the first use of the setting."),
            )
