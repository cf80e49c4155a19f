"""``placeholder-strategy/out-of-scope``."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import ClassVar

from checks.context import Context
from checks.facts.code_placeholders import CodePlaceholder, code_placeholders
from checks.facts.placeholders import Placeholder, Scope, placeholders
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
FULL = "config/full_experiment.yaml"


class OutOfScope(Rule):
    """A placeholder stands for something that is neither of the data set nor of the model.

    What it finds
        A placeholder in a configuration file that stands for a seed, training settings, an optimizer, a device or the
        like; where its words and its key do not say what it is about, the finding is advisory. In Python code, a text
        such as ``"LEARNING_RATE_PLACEHOLDER"`` that is given to a setting.

    Why it matters
        The base code is finished except for what depends on the data set and the model. A seed or a number of epochs
        that is left open makes the configuration unusable for a reason that has nothing to do with either.

    How to fix
        Write a working value, and keep placeholders for data sets, models and what belongs to them.

    What it cannot see
        Code that is missing behind a comment, and whether a value that is written out is a sensible one.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "placeholder-strategy"}
    valid = (
        Valid(
            "data-set-and-model",
            {
                FULL: "runs:\n  - run_id: RUN_PLACEHOLDER\n    dataset: DATASET_PLACEHOLDER\n"
                "    model: {name: MODEL_PLACEHOLDER, hidden_dim: PLACEHOLDER}\n    seed: 1\n"
            },
        ),
        Valid("named-for-the-data-set-within-training", {FULL: "training:\n  num: DATASET_NUM_CLASSES_PLACEHOLDER\n"}),
        Valid(
            "code-that-only-knows-of-it",
            {
                TRAIN: 'LR_TOKEN = "LR_PLACEHOLDER"\nif cfg["lr"] == "LR_PLACEHOLDER":\n    raise ValueError\n'
                'text = text.replace("SEED_PLACEHOLDER", "3")\nvalues = {"SEED_PLACEHOLDER": 3}\n'
            },
        ),
        Valid(
            "data-set-and-model-in-code",
            {TRAIN: 'name = "DATASET_PLACEHOLDER"\nbuild(batch_shape="INPUT_BATCH_PLACEHOLDER")\n'},
        ),
        Valid("prompt", {FULL: "dataset: {prompt: Your task is to answer}\nevaluation: {prompt: Your task}\n"}),
        Valid("spoken-of-in-a-comment", {FULL: "# SEED_PLACEHOLDER is not used any more\nseed: 3\n"}),
    )
    invalid = (
        Invalid(
            "settings-in-code",
            {TRAIN: 'epochs = 3\nlr = "LEARNING_RATE_PLACEHOLDER"\nfit(optimizer="OPTIMIZER_PLACEHOLDER")\n'},
            at=("src/train.py:2",),
        ),
        Invalid(
            "default-settings-in-code",
            {TRAIN: 'DEFAULTS = {\n    "seed": "<SEED_PLACEHOLDER>",\n}\n'},
            at=("src/train.py:2",),
        ),
        Invalid(
            "seed-and-training",
            {FULL: "runs:\n  - seed: CONFIG_PLACEHOLDER\n    model: M_PLACEHOLDER\n    training: X_PLACEHOLDER\n"},
            at=("config/full_experiment.yaml:2",),
        ),
        Invalid(
            "within-a-section-and-in-brackets",
            {FULL: "dataset: DATASET_PLACEHOLDER\ntraining:\n  lr: <placeholder>\n"},
            at=("config/full_experiment.yaml:3",),
        ),
        Invalid(
            "optimizer-among-the-models-keys",
            {FULL: "model:\n  name: MODEL_PLACEHOLDER\n  tuning: ${OPTIMIZER_PLACEHOLDER}\n"},
            at=("config/full_experiment.yaml:3",),
        ),
        Invalid(
            "other-words", {FULL: "seed: TODO\ntraining: {lr: <FILL_ME>}\n"}, at=("config/full_experiment.yaml:1",)
        ),
        Invalid("not-told", {FULL: "something: SPECIFIC_PLACEHOLDER\n"}, at=("config/full_experiment.yaml:1",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit a file and severity, at the first placeholder; the others are its evidence."""
        outside = [found for found in context.fact(placeholders) if found.scope is not Scope.ALLOWED]
        for _, group in groupby(sorted(outside, key=_kind), key=_kind):
            yield _hit(context, list(group))
        for _, in_code in groupby(context.fact(code_placeholders), key=lambda each: each.path):
            yield _hit_code(context, list(in_code))


def _kind(found: Placeholder) -> tuple[str, Scope]:
    return found.path, found.scope


def _hit_code(context: Context, found: list[CodePlaceholder]) -> Hit:
    first = found[0]
    names = ", ".join(dict.fromkeys(f"`{each.target}`" for each in found[:6]))
    return Hit(
        message=f"`{first.text[:60]}` stands for {names}: neither data set nor model.",
        path=first.path,
        line=first.node.lineno,
        evidence=tuple(context.quote(each.path, each.node.lineno) for each in found[:8]),
        fix=Fix(summary=f"Write a working value for {names}."),
    )


def _hit(context: Context, found: list[Placeholder]) -> Hit:
    first = found[0]
    keys = list(dict.fromkeys(f"`{each.key.rpartition('.')[2]}`" for each in found))
    sure = first.scope is Scope.SETTING
    verb = "stands" if sure else "may stand"
    return Hit(
        message=f"`{first.text[:60]}` {verb} for {', '.join(keys[:6])}: neither data set nor model.",
        path=first.path,
        line=first.line,
        evidence=tuple(context.quote(each.path, each.line) for each in found[:8]),
        fix=Fix(summary=f"Write a working value for {', '.join(keys[:6])}."),
        severity=None if sure else Severity.ADVISORY,
    )
