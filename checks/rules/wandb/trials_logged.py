"""``wandb/trials-logged``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.trial_logging import trial_logging
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
START = "import optuna\nimport wandb\n\n\n"
TRAINING = (
    "def train(cfg, log=False):\n    run = wandb.init(project=cfg.project)\n    run.log({'a': 1})\n    return 1\n\n\n"
)
SEARCH = "study = optuna.create_study()\nstudy.optimize(objective, n_trials=3)\n"


class TrialsLogged(Rule):
    """The trials of the Optuna search are logged to WandB.

    What it finds
        A function that ``study.optimize`` is given which always starts a WandB run or logs to one, itself or in what it
        calls, and Optuna's own WandB callback.

    Why it matters
        Only the final run with the best hyperparameters belongs into WandB. Trials that log start runs of their own, or
        mix their metrics into the run that the evaluation reads.

    How to fix
        Give the training a switch, ``train(cfg, log=False)`` in the objective, or set ``cfg.wandb.mode = "disabled"``
        on the trial's copy of the configuration.

    What it cannot see
        Conditions that it cannot work out: a flag, a handle that may be None, a ``disabled`` anywhere in the trial's
        code. There it stays silent.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "wandb"}
    valid = (
        Valid(
            "switched-by-a-flag",
            {
                TRAIN: f"{START}def train(cfg, log=False):\n    if log:\n        wandb.init()\n    return 1\n\n\n"
                f"def objective(trial):\n    return train(trial.params)\n\n\n{SEARCH}train(1, log=True)\n"
            },
        ),
        Valid(
            "disabled-for-the-trial",
            {
                TRAIN: f"{START}{TRAINING}def objective(trial):\n    cfg = load()\n    cfg.wandb.mode = 'disabled'\n"
                f"    return train(cfg)\n\n\n{SEARCH}"
            },
        ),
        Valid(
            "final-run-alone", {TRAIN: f"{START}{TRAINING}def objective(trial):\n    return 1\n\n\n{SEARCH}train(2)\n"}
        ),
        Valid(
            "another-optimize",
            {
                TRAIN: "import wandb\nimport solver\n\n\ndef step(x):\n    wandb.log({'x': x})\n\n\n"
                "solver.optimize(step)\n"
            },
        ),
    )
    invalid = (
        Invalid(
            "through-the-training",
            {TRAIN: f"{START}{TRAINING}def objective(trial):\n    return train(trial.params)\n\n\n{SEARCH}"},
            at=("src/train.py:6",),
        ),
        Invalid(
            "lambda-and-mode",
            {
                TRAIN: f"{START}def train(trial, cfg):\n    if cfg.wandb.mode != 'disabled':\n"
                "        wandb.log({'loss': 1})\n    return 1\n\n\n"
                "study = optuna.create_study()\nstudy.optimize(lambda trial: train(trial, cfg), n_trials=3)\n"
            },
            at=("src/train.py:7",),
        ),
        Invalid(
            "callback",
            {
                TRAIN: "import optuna\nfrom optuna.integration import WeightsAndBiasesCallback\n\n"
                "hook = WeightsAndBiasesCallback(as_multirun=True)\n"
                "optuna.create_study().optimize(lambda trial: 1, callbacks=[hook])\n"
            },
            at=("src/train.py:5",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each search: what its trials do first."""
        told = set()
        for each in context.fact(trial_logging):
            path, study = each.study
            if study in told:
                continue
            told.add(study)
            line = getattr(each.node, "lineno", 1)
            what = "starts a WandB run" if each.starts else "logs to WandB"
            yield Hit(
                message=f"Each trial of the search ({path}:{study.lineno}) {what} here; only the final run may.",
                path=each.path,
                line=line,
                end_line=getattr(each.node, "end_lineno", None),
                evidence=(context.quote(each.path, line), context.quote(path, study.lineno)),
                fix=Fix(summary="Train without WandB in the objective, for example under a parameter `log=False`."),
            )
