"""``modes/never-told-apart``."""

import ast
import re
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.python import Module, modules
from checks.facts.unseen_code import unseen_code
from checks.facts.words import Words, words
from checks.facts.yaml_files import config_files
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

MAIN = "src/main.py"
MODES = ("trial", "full")
LIST_WORDS = frozenset({*MODES, "mode", "or", "and"})
"""Words of a text that is a mode, or lists them."""
MOST_CHARACTERS = 80
"""Longest text that may be one."""


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
        if MAIN not in context.tree.files or _configured(context) or context.fact(unseen_code):
            return
        code = {path: module for path, module in context.fact(modules).items() if path.startswith("src/")}
        if any(_tells(context.fact(words)[path]) or _names_both(module) for path, module in code.items()):
            return
        yield Hit(
            message="Nothing under `src/` tells `mode=trial` from `mode=full`: a trial runs everything.",
            path=MAIN,
            fix=Fix(summary="Reduce the work and switch WandB off when `cfg.mode` is `trial`."),
        )


def _configured(context: Context) -> bool:
    """Whether the configuration has a group, a file or a section for the trial mode."""
    sections = {key.rpartition(".")[2] for file in context.fact(config_files).values() for key in file.lines or {}}
    return "trial" in sections or any(context.tree.paths("config/mode/*", "config/*trial*"))


def _tells(each: Words) -> bool:
    """Whether a text of the code is one of the modes, or a list of them; prose that mentions one is not."""
    texts = [set(re.findall(r"\w+", text.lower())) for text in each.texts if len(text) < MOST_CHARACTERS]
    names = {name.lower() for name in each.names}
    return any(text.intersection(MODES) and text <= LIST_WORDS for text in texts) or any(
        name in each.names or f"{name.lower()}_mode" in names or f"is_{name.lower()}" in names
        for name in ("TRIAL", "FULL")
    )


def _names_both(module: Module) -> bool:
    """Whether definitions or keyword arguments are named after both modes, as in ``dict(trial=..., full=...)``."""
    found: set[str] = set()
    for node in module.walk():
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.keyword(arg=str(name)):
                found.update(re.split(r"[^a-z]+|(?<=[a-z])(?=[A-Z])", name.lower()))
    return found.issuperset(MODES)
