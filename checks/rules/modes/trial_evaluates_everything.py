"""``modes/trial-evaluates-everything``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.mode_limits import unlimited_evaluations
from checks.facts.modes_told import modes_readable
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
FIT = "for batch in train_loader:\n    loss(batch).backward()\n"
CUT = FIT + "    if cfg.mode == 'trial':\n        break\n"
SUBSET = "if cfg.mode == 'trial':\n    ds = ds[:8]\n"
SCORE = "with torch.no_grad():\n    for batch in val_loader:\n        model(batch)\n"


class TrialEvaluatesEverything(Rule):
    """A trial evaluates on the whole split.

    What it finds
        A loop over a data loader, without gradients, that ``mode=trial`` runs to its end, in code where everything that
        the mode changes is understood and limits the training alone, or nothing.

    Why it matters
        A trial is asked to evaluate on a small subset. The whole validation split can take longer than the training.

    How to fix
        Limit the samples of the validation and test splits too where ``cfg.mode`` is ``trial``.

    What it cannot see
        Evaluations inside a trainer, and splits that are small by themselves, which is why it only advises.
    """

    criteria: ClassVar = {"experiment": "modes"}
    severity = Severity.ADVISORY
    valid = (
        Valid("left-early", {TRAIN: CUT + SCORE + "        if cfg.mode == 'trial':\n            break\n"}),
        Valid("samples", {TRAIN: "if cfg.mode == 'trial':\n    cfg.dataset.max_eval_samples = 64\n" + FIT + SCORE}),
        Valid("subset-in-the-data", {TRAIN: CUT + SCORE, "src/preprocess.py": SUBSET}),
        Valid("limit-in-both", {TRAIN: "if cfg.mode == 'trial':\n    cfg.training.max_batches = 2\n"
                                "for b in islice(train_loader, cfg.training.max_batches):\n    loss(b).backward()\n"
                                "with torch.no_grad():\n"
                                "    for b in islice(val_loader, cfg.training.max_batches):\n        model(b)\n"}),
    )  # fmt: skip
    invalid = (
        Invalid("only-training-is-cut", {TRAIN: CUT + SCORE}, at=(f"{TRAIN}:6",)),
        Invalid(
            "only-epochs",
            {TRAIN: "if cfg.mode == 'trial':\n    cfg.training.epochs = 1\n" + FIT + SCORE},
            at=(f"{TRAIN}:6",),
        ),
        Invalid(
            "in-a-function",
            {
                TRAIN: CUT + "@torch.inference_mode()\ndef validate(model, loader):\n    for x, y in tqdm(loader):\n"
                "        model(x)\n"
            },
            at=(f"{TRAIN}:7",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the first such loop."""
        if not modes_readable(context):
            return
        for loop in unlimited_evaluations(context)[:1]:
            yield Hit(
                message="`mode=trial` evaluates every batch of this loop; a small subset is asked for.",
                path=loop.path,
                line=loop.node.lineno,
                fix=Fix(summary="Limit the evaluation's batches or samples where `cfg.mode` is `trial`."),
            )
