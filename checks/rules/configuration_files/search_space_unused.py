"""``configuration-files/search-space-unused``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.unseen_code import unseen_code
from checks.facts.unused_keys import Unused, Why, unused_keys
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

RUN = "config/runs/a.yaml"
TRAIN = "src/train.py"
SPACE = "optuna:\n  n_trials: 5\n  search_space:\n    lr: {type: loguniform, low: 1e-5, high: 1e-3}\n"
LOOP = (
    "def objective(trial, cfg):\n"
    "    for key, spec in cfg.optuna.search_space.items():\n"
    "        value = trial.suggest_float(key, spec.low, spec.high)\n"
    "        OmegaConf.update(cfg, {}, value)\n\n\n"
    "study.optimize(objective)\n"
)
UPDATE = f"from omegaconf import OmegaConf\n{LOOP}"


class SearchSpaceUnused(Rule):
    """A key of the Optuna search space has no effect.

    What it finds
        A run configuration whose ``optuna.search_space`` no code reads that anything calls, a key in it that the code,
        which samples by name, leaves out, or one whose value is written to a place of the configuration that does not
        exist and that nothing reads.

    Why it matters
        The search then runs its trials with settings that are all alike, or over other ranges than the run
        configuration says, and reports the best of them as tuned.

    How to fix
        Loop over the search space of the run configuration, and write each value to the key that the training reads.
        Name the keys of the search space by that key's full path, for example ``training.learning_rate``.

    What it cannot see
        Values that go through containers or functions it cannot follow, and places in a section that only the writing
        code names; there it stays silent, and the trial shows.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "configuration-files"}
    valid = (
        Valid("key-of-the-root", {RUN: f"lr: 1e-4\n{SPACE}", TRAIN: UPDATE.format("key")}),
        Valid("prefix-added", {RUN: f"training: {{lr: 1e-4}}\n{SPACE}", TRAIN: UPDATE.format("f'training.{key}'")}),
        Valid(
            "mapped-by-hand",
            {
                RUN: SPACE,
                TRAIN: "def objective(trial, cfg):\n    space = cfg['optuna']['search_space']\n"
                "    cfg.training.learning_rate = trial.suggest_float('lr', space['lr']['low'], space['lr']['high'])\n"
                "\n\nstudy.optimize(objective)\n",
            },
        ),
        Valid(
            "handed-to-something-unknown", {RUN: SPACE, TRAIN: "import tuner\n\ntuner.run(cfg.optuna.search_space)\n"}
        ),
    )
    invalid = (
        Invalid(
            "written-where-nothing-reads",
            {RUN: f"training: {{lr: 1e-4}}\n{SPACE}", TRAIN: UPDATE.format("key")},
            at=("config/runs/a.yaml:5",),
        ),
        Invalid(
            "ranges-in-the-code",
            {
                RUN: SPACE,
                TRAIN: "def objective(trial, cfg):\n    cfg.training.lr = trial.suggest_float('lr', 1e-6, 1e-2)\n",
            },
            at=("config/runs/a.yaml:3",),
        ),
        Invalid(
            "sampled-and-forgotten",
            {
                RUN: SPACE,
                TRAIN: "def objective(trial, cfg):\n    space = cfg.optuna.get('search_space', {})\n"
                "    picked = {k: trial.suggest_float(k, v.low, v.high) for k, v in space.items()}\n"
                "    print(picked)\n    return train(cfg)\n\n\n"
                "study.optimize(objective)\n",
            },
            at=("config/runs/a.yaml:4",),
        ),
        Invalid(
            "helper-that-nothing-calls",
            {RUN: SPACE, TRAIN: UPDATE.format("key").replace("study.optimize(objective)", "train(cfg)")},
            at=("config/runs/a.yaml:3",),
        ),
        Invalid(
            "names-that-leave-one-out",
            {
                RUN: f"{SPACE}    dropout: {{type: uniform, low: 0, high: 1}}\n",
                TRAIN: "space = cfg.optuna.search_space\n\n\ndef objective(trial):\n    for name in ('lr', 'decay'):\n"
                "        if name in space:\n            cfg[name] = trial.suggest_float(name, space[name].low, 1)\n\n\n"
                "study.optimize(objective)\n",
            },
            at=("config/runs/a.yaml:5",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each run configuration."""
        for unused in () if context.fact(unseen_code) else context.fact(unused_keys):
            whole = unused.why is Why.NEVER_READ
            path = unused.space.file.path
            line = unused.space.file.line("optuna.search_space") if whole else unused.space.line(unused.keys[0])
            quoted = [context.quote(path, unused.space.line(key) or 1) for key in unused.keys[:6]]
            if unused.write is not None:
                quoted.append(context.quote(unused.write.path, unused.write.line))
            yield Hit(
                message=_message(unused),
                path=path,
                line=line,
                evidence=tuple(quoted),
                fix=_fix(unused),
                severity=Severity.ADVISORY if unused.space.trials == 0 else None,
            )


def _message(unused: Unused) -> str:
    keys = ", ".join(f"`{key}`" for key in unused.keys[:8])
    if unused.why is Why.NEVER_READ:
        return f"The code never reads this search space, so the ranges given for {keys} have no effect."
    if unused.why is Why.NOT_APPLIED:
        return f"The search space is read, but no sampled value of {keys} reaches the configuration."
    if unused.why is Why.NEVER_SAMPLED:
        return f"The code samples this search space by names of its own, and {keys} {_is(unused)} not among them."
    assert unused.write is not None  # noqa: S101 - NO_SUCH_KEY comes with its write
    place = unused.write.place(unused.keys[0])
    return (
        f"{keys} in the search space: {unused.write.path}:{unused.write.line} writes each value under a key such as "
        f"`{place}`, which no configuration has and nothing reads. No trial uses the sampled value."
    )


def _is(unused: Unused) -> str:
    return "is" if len(unused.keys) == 1 else "are"


def _fix(unused: Unused) -> Fix:
    if unused.why is Why.NO_SUCH_KEY:
        return Fix(summary="Name each key by the full path of what the training reads, or map it in the code.")
    return Fix(summary="Sample over `cfg.optuna.search_space` and write each value to the key that the training reads.")
