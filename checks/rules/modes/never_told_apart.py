"""``modes/never-told-apart``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.modes_told import modes_told
from checks.facts.unseen_code import unseen_code
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

MAIN = "src/main.py"


class NeverToldApart(Rule):
    """No code tells trial mode from full mode.

    What it finds
        A tree whose code under ``src/`` neither has the text ``"trial"`` or ``"full"`` nor names anything after both,
        and whose configuration has no group or section for the trial mode: ``mode=trial`` changes nothing.

    Why it matters
        A trial is asked to be one epoch of one or two batches, offline and without a search, so that broken code is
        found in a minute. Without it the trial job runs the whole experiment on the GPU.

    How to fix
        Before anything uses the configuration: for ``mode=trial`` set ``wandb.mode`` to ``disabled``,
        ``optuna.n_trials`` to 0, epochs to 1 and the batches to one or two; for ``mode=full`` set ``wandb.mode`` to
        ``online``; refuse any other value.

    What it cannot see
        Whether what is done under a mode is right; that is for other rules and for watching a trial.
    """

    criteria: ClassVar = {"experiment": "modes"}
    valid = (
        Valid("compared", {MAIN: "if cfg.mode == 'trial':\n    cfg.wandb.mode = 'disabled'\n"}),
        Valid("the-other-way-round", {MAIN: "import src.train\n", "src/train.py": "quick = cfg['mode'] != 'full'\n"}),
        Valid("enumeration", {MAIN: "from enum import Enum, auto\nclass Mode(Enum):\n    TRIAL = auto()\n"}),
        Valid("list-of-them", {MAIN: "quick = cfg.mode in 'trial'.split() and check(cfg.mode, 'trial|full')\n"}),
        Valid("table", {MAIN: "dict(trial=reduced, full=whole)[cfg.mode](cfg)\n"}),
        Valid("functions", {MAIN: "def run_trial(c): x = 1\ndef run_full(c): x = 2\nglobals()['run_' + c.mode](c)\n"}),
        Valid("section", {MAIN: "merge(cfg, cfg.modes[cfg.mode])\n", "config/config.yaml": "modes: {trial: {n: 1}}\n"}),
        Valid("configuration-group", {MAIN: "run(cfg)\n", "config/mode/trial.yaml": "epochs: 1\n"}),
    )
    invalid = (
        Invalid("ignored", {MAIN: "def main(cfg):\n    train(cfg)\n"}, at=(MAIN,)),
        Invalid(
            "only-in-words-about-it",
            {MAIN: '"""Runs trial and full."""\n', "config/config.yaml": "mode: full  # trial | full\n"},
            at=(MAIN,),
        ),
        Invalid(
            "prose-in-texts",
            {MAIN: "run(help='use the full configuration')\nprint('best trial', study.best_trial.number)\n"},
            at=(MAIN,),
        ),
        Invalid(
            "a-search-has-trials-too",
            {MAIN: "run()\n", "src/train.py": "def objective(trial):\n    return trial.number\n"},
            at=(MAIN,),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the whole program."""
        if MAIN not in context.tree.files or context.fact(modes_told) or context.fact(unseen_code):
            return
        yield Hit(
            message="Nothing under `src/` tells `mode=trial` from `mode=full`: a trial runs everything.",
            path=MAIN,
            fix=Fix(summary="Reduce the work and switch WandB off when `cfg.mode` is `trial`."),
        )
