"""``wandb/never-initialised``."""

import ast
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.guards import last_name
from checks.facts.imports import Imports, imports
from checks.facts.syntax import keyword
from checks.facts.unseen_code import unseen_code
from checks.facts.wandb_integrations import wandb_integrated
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
EVALUATE = "src/evaluate.py"
IMPORTERS = ("import_module", "__import__")


class NeverInitialised(Rule):
    """No WandB run is ever started.

    What it finds
        A tree in which nothing outside the evaluation calls ``wandb.init``, under any alias, and no integration of
        another library (the Trainer's ``report_to``, Lightning's ``WandbLogger``, Accelerate's trackers) does it
        instead.

    Why it matters
        The evaluation reads everything from WandB: without a run there is nothing to evaluate once training is over.

    How to fix
        Call ``wandb.init(entity=..., project=..., id=run_id, mode=...)`` in ``src/train.py`` after the mode is settled,
        and log to it.

    What it cannot see
        Whether a call that is there is ever reached.
    """

    criteria: ClassVar = {"experiment": "wandb"}
    valid = (
        Valid("alias", {TRAIN: "import wandb as wb\nrun = wb.init(project='p')\n"}),
        Valid("from-import-in-another-file", {TRAIN: "pass\n", "src/main.py": "from wandb import init as go\ngo()\n"}),
        Valid("integration", {TRAIN: "args = TrainingArguments(report_to=['wandb'])\n"}),
        Valid("module-kept", {TRAIN: "import wandb\nclass L:\n    def go(self):\n        self.wandb.init(mode='a')\n"}),
        Valid("imported-late", {TRAIN: "wandb = importlib.import_module('wandb')\nwandb.init()\n"}),
        Valid("looked-up", {TRAIN: "import wandb\ngetattr(wandb, 'init')(project='p')\n"}),
        Valid("parameter", {TRAIN: "import wandb\ndef go(w=wandb):\n    w.init(project='p')\n"}),
        Valid("handle-through-a-variable", {TRAIN: "import wandb\nstart = wandb.init\nstart()\n"}),
    )
    invalid = (
        Invalid("no-trace", {TRAIN: "print('loss', 1)\n"}, at=(TRAIN,)),
        Invalid("only-logs", {TRAIN: "import wandb\nwandb.log({'a': 1})\n"}, at=(TRAIN,)),
        Invalid("only-in-the-evaluation", {TRAIN: "x = 1\n", EVALUATE: "import wandb\nwandb.init()\n"}, at=(TRAIN,)),
        Invalid("switched-off", {TRAIN: "args = TrainingArguments(report_to='none')\n"}, at=(TRAIN,)),
        Invalid("another-init", {TRAIN: "from ray import init\ninit()\n# wandb.init()\n"}, at=(TRAIN,)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the whole program."""
        files = {path: file for path, file in context.fact(imports).items() if path != EVALUATE}
        if TRAIN not in files or context.fact(unseen_code):
            return
        if not any(_starts(file) for file in files.values()) and not context.fact(wandb_integrated):
            yield Hit(
                message="No code starts a WandB run, so nothing is recorded that the evaluation could read.",
                path=TRAIN,
                fix=Fix(summary="Call `wandb.init` with entity, project, id and mode before the training loop."),
            )


def _starts(file: Imports) -> bool:
    """Whether the file takes ``init`` from the module, however it came by the module."""
    aliases = {each.bound for each in file if each.module == "wandb"}
    for node in file.module.walk():
        origin = file.resolve(node) or ""
        if origin.startswith("wandb.") and origin.endswith(".init"):
            return True
        if isinstance(node, ast.Attribute) and node.attr == "init" and last_name(node.value) in {"wandb", *aliases}:
            return True
        if isinstance(node, ast.Call) and last_name(node.func) in IMPORTERS and any(map(_is_wandb, node.args)):
            return True
        if isinstance(node, ast.Constant) and node.value == "init" and aliases:
            return True
        if isinstance(node, ast.Call) and last_name(node.func) == "init" and keyword(node, "project") and aliases:
            return True
    return False


def _is_wandb(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == "wandb"
