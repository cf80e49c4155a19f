"""``modes/never-told-apart``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.words import Words, words
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

MAIN = "src/main.py"
MODES = ("trial", "full")


class NeverToldApart(Rule):
    """No code tells trial mode from full mode.

    What it finds
        A tree whose code under ``src/`` mentions neither ``"trial"`` nor ``"full"``, and whose configuration has no
        group for the modes: ``mode=trial`` changes nothing.

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
            "a-search-has-trials-too",
            {MAIN: "run()\n", "src/train.py": "def objective(trial):\n    return trial.number\n"},
            at=(MAIN,),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the whole program."""
        if MAIN not in context.tree.files or any(context.tree.paths("config/mode/*", "config/*trial*")):
            return
        if any(_tells(each) for path, each in context.fact(words).items() if path.startswith("src/")):
            return
        if all(module in context.tree.files for module in context.tree.paths("src/*.py")):
            yield Hit(
                message="Nothing under `src/` tells `mode=trial` from `mode=full`: a trial runs everything.",
                path=MAIN,
                fix=Fix(summary="Reduce the work and switch WandB off when `cfg.mode` is `trial`."),
            )


def _tells(each: Words) -> bool:
    texts = {part for text in each.texts for part in text.lower().replace("=", " ").split()}
    names = {name.lower() for name in each.names}
    return bool(texts.intersection(MODES)) or any(
        name in each.names or f"{name.lower()}_mode" in names or f"is_{name.lower()}" in names
        for name in ("TRIAL", "FULL")
    )
