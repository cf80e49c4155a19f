"""``configuration-files/sampled-value-unused``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.sampled_values import Sampled, unread_samples
from checks.facts.search_space import search_spaces
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
RUN = "config/runs/a.yaml"
YAML = "optuna:\n  n_trials: 5\n  search_space:\n    lr: {type: loguniform, low: 1e-5, high: 1e-3}\n"
STUDY = "\n\nstudy.optimize(objective)\n"


class SampledValueUnused(Rule):
    """A value is sampled for a trial and never used.

    What it finds
        A ``trial.suggest_...`` whose result is thrown away, or is given a name that nothing reads except to show it,
        in a function that uses the trial for nothing else.

    Why it matters
        Every trial trains with the same value, while the study reports the sampled ones as what made the difference:
        the best of them is noise.

    How to fix
        Write the sampled value to the key of the configuration that the training reads.

    What it cannot see
        Values that are read and then have no effect.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "configuration-files"}
    valid = (
        Valid(
            "written-to-the-configuration",
            {
                RUN: YAML,
                TRAIN: f"def objective(trial):\n    lr = trial.suggest_float('lr', 0, 1)\n    cfg.lr = lr{STUDY}",
            },
        ),
        Valid(
            "read-from-the-trial-later",
            {
                RUN: YAML,
                TRAIN: "def objective(trial):\n    trial.suggest_float('lr', 0, 1)\n"
                f"    return fit(trial.params){STUDY}",
            },
        ),
        Valid(
            "trial-handed-on",
            {
                RUN: YAML,
                TRAIN: f"def objective(trial):\n    trial.suggest_float('lr', 0, 1)\n    return fit(trial){STUDY}",
            },
        ),
        Valid(
            "read-by-an-inner-function",
            {
                RUN: YAML,
                TRAIN: "def objective(trial):\n    lr = trial.suggest_float('lr', 0, 1)\n\n    def rate(step):\n"
                f"        return lr / step\n\n    return fit(rate){STUDY}",
            },
        ),
        Valid(
            "helper-that-nothing-calls", {RUN: YAML, TRAIN: "def objective(trial):\n    trial.suggest_int('n', 1, 2)\n"}
        ),
    )
    invalid = (
        Invalid(
            "named-and-forgotten",
            {
                RUN: YAML,
                TRAIN: "def objective(trial):\n    lr = trial.suggest_float('lr', 0, 1)\n    print(f'trying {lr}')\n"
                f"    return train(cfg){STUDY}",
            },
            at=("src/train.py:2",),
        ),
        Invalid(
            "thrown-away",
            {
                RUN: YAML,
                TRAIN: "def objective(t):\n    cfg.width = t.suggest_int('width', 1, 9)\n"
                "    t.suggest_float('lr', 0, 1)\n"
                f"    t.report(train(cfg), 1){STUDY}",
            },
            at=("src/train.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each value."""
        searched = any(space.trials != 0 for space in context.fact(search_spaces))
        for sampled in context.fact(unread_samples):
            yield Hit(
                message=_message(sampled),
                path=sampled.path,
                line=sampled.call.lineno,
                end_line=sampled.call.end_lineno,
                fix=Fix(summary="Write the sampled value to the key of the configuration that the training reads."),
                severity=None if searched else Severity.ADVISORY,
            )


def _message(sampled: Sampled) -> str:
    what = f"as `{sampled.name}`, which nothing reads" if sampled.name else "and thrown away"
    return f"A value is sampled here {what}: the trials do not differ by it."
