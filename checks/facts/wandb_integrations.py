"""Whether another library starts WandB runs and logs to them on the code's behalf."""

from checks.context import Context
from checks.facts.words import words

EVALUATE = "src/evaluate.py"
INTEGRATIONS = ("WandbLogger", "WandbCallback", "init_trackers", "WeightsAndBiases", "sync_tensorboard", "autolog")
"""What starts the run, or logs, for another library."""
SWITCHES = ("report_to", "log_with")
"""Arguments that tell another library to start it, where they say so."""


def wandb_integrated(context: Context) -> bool:
    """Whether an integration does what the code does not; use it as ``context.fact(wandb_integrated)``."""
    mentioned = [each for path, each in context.fact(words).items() if path != EVALUATE]
    switched = any(each.mention(*SWITCHES) for each in mentioned) and any(
        {"wandb", "all"} & each.texts for each in mentioned
    )
    return switched or any(each.mention(*INTEGRATIONS) for each in mentioned)
