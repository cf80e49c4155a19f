"""``wandb/never-initialised``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.imports import imports
from checks.facts.words import words
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
INTEGRATIONS = ("WandbLogger", "WandbCallback", "report_to", "log_with", "init_trackers", "WeightsAndBiases")
"""What tells another library to start the run."""


class NeverInitialised(Rule):
    """No WandB run is ever started.

    What it finds
        A tree in which nothing calls ``wandb.init``, under any alias, and no integration of another library (the
        Trainer's ``report_to``, Lightning's ``WandbLogger``, Accelerate's trackers) does it instead.

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
        Valid("handle-through-a-variable", {TRAIN: "import wandb\nstart = wandb.init\nstart()\n"}),
    )
    invalid = (
        Invalid("no-trace", {TRAIN: "print('loss', 1)\n"}, at=(TRAIN,)),
        Invalid("only-logs", {TRAIN: "import wandb\nwandb.log({'a': 1})\n"}, at=(TRAIN,)),
        Invalid("another-init", {TRAIN: "from ray import init\ninit()\n# wandb.init()\n"}, at=(TRAIN,)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the whole program."""
        if TRAIN not in context.tree.files or any(each.mention(*INTEGRATIONS) for each in context.fact(words).values()):
            return
        files = context.fact(imports)
        if any(file.module.tree is None for file in files.values()):
            return
        if not any(file.resolve(node) == "wandb.init" for file in files.values() for node in file.module.walk()):
            yield Hit(
                message="No code starts a WandB run, so nothing is recorded that the evaluation could read.",
                path=TRAIN,
                fix=Fix(summary="Call `wandb.init` with entity, project, id and mode before the training loop."),
            )
