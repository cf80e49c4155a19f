"""``wandb/nothing-logged``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.training_loops import training_steps
from checks.facts.unseen_code import unseen_code
from checks.facts.wandb_calls import Record, handed_out, wandb_calls
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
START = "import wandb\n\nrun = wandb.init(project='p')\n"
STEPS = (
    "import torch\nimport wandb\n\n\ndef train(model, data):\n    wandb.init()\n"
    "    optimizer = torch.optim.SGD(model.parameters(), lr=1)\n    for batch in data:\n        loss = model(batch)\n"
    "        loss.backward()\n        optimizer.step()\n"
)


class NothingLogged(Rule):
    """No metric is logged while the training runs.

    What it finds
        A tree that starts a WandB run and never calls its ``log``, under any alias or wrapper (advisory where only a
        function that nothing calls does); and a training loop with ``loss.backward()`` beside which every ``log`` runs
        once, outside all loops.

    Why it matters
        The evaluation draws learning curves from the run's history. Without a ``log`` for each step or epoch the
        history is empty, or has a single row.

    How to fix
        Call ``wandb.log({...})`` in the training loop with all metrics of the step or epoch.

    What it cannot see
        A library that logs on its own, or a function handed to one: there it is silent. Which metrics are worth logging
        is for a reader to say.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "wandb"}
    valid = (
        Valid("stored-run", {TRAIN: f"{START}for epoch in range(3):\n    run.log({{'loss': epoch}})\n"}),
        Valid(
            "helper-that-the-loop-calls",
            {
                TRAIN: STEPS.replace("optimizer.step()", "optimizer.step()\n        report(loss)")
                + "\n\ndef report(loss):\n    wandb.log({'loss': loss})\n"
            },
        ),
        Valid("integration", {TRAIN: f"{START}trainer = Trainer(report_to='wandb')\ntrainer.train()\n"}),
        Valid(
            "unknown-logger", {TRAIN: f"{START}\n\ndef fit(logger):\n    logger.log({{'loss': 1}})\n\n\nfit(other.x)\n"}
        ),
        Valid("run-given-to-a-library", {TRAIN: f"{START}from tracking import follow\n\nfollow(run)\n"}),
        Valid("callback", {TRAIN: f"{START}\n\ndef report(x):\n    run.log({{'x': x}})\n\n\nfit(on_step=report)\n"}),
    )
    invalid = (
        Invalid("never", {TRAIN: f"{START}import math\nprint(math.log(2))\nrun.finish()\n"}, at=("src/train.py:3",)),
        Invalid("after-the-loop-alone", {TRAIN: f"{STEPS}    wandb.log({{'loss': loss}})\n"}, at=("src/train.py:12",)),
        Invalid(
            "helper-that-nothing-calls",
            {TRAIN: f"{START}\n\ndef report(loss):\n    wandb.log({{'loss': loss}})\n"},
            at=("src/train.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit: the start of the run, or the log that runs once."""
        found = context.fact(wandb_calls)
        if context.fact(unseen_code) or not found.inits or found.hidden:
            return
        live = [each for each in found.logs if each.loop != "never"]
        if not live and not context.fact(handed_out):
            yield Hit(
                message="A run is started here, and no metric is ever logged to it: its history stays empty.",
                severity=Severity.ADVISORY if found.logs else None,
                path=found.inits[0].path,
                line=found.inits[0].node.lineno,
                end_line=found.inits[0].node.end_lineno,
                fix=Fix(summary="Call `wandb.log({...})` in the training loop with the metrics of the step or epoch."),
            )
        elif live and all(each.loop == "" and each.certain for each in live) and training_steps(context):
            yield _once(context, live)


def _once(context: Context, live: list[Record]) -> Hit:
    first = live[0]
    line = getattr(first.node, "lineno", 1)
    step = training_steps(context)[0]
    return Hit(
        message=f"Metrics are logged here alone, outside every loop, while the training loop ({step.path}:"
        f"{step.node.lineno}) logs nothing: the history gets one row and shows no learning curve.",
        path=first.path,
        line=line,
        end_line=getattr(first.node, "end_lineno", None),
        evidence=(context.quote(first.path, line), context.quote(step.path, step.node.lineno)),
        fix=Fix(summary="Log the loss and the other metrics inside the training loop, at each step or epoch."),
    )
