"""``complete-core-logic/no-metrics``."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.imports import imports
from checks.facts.nodes import nodes
from checks.facts.placeholders import name_words
from checks.facts.unseen_code import unseen_code
from checks.facts.words import words
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE, TRAIN = "src/evaluate.py", "src/train.py"
METRICS = frozenset(
    {
        "acc", "accuracy", "auc", "auroc", "bleu", "brier", "calibration", "cer", "correct", "corr",
        "correlation", "dice", "ece", "evaluate",
        "exact", "f1", "fid", "fidelity", "fitness", "fpr", "hits", "iou", "jaccard", "kappa", "latency",
        "mae", "match", "mcc", "metric", "metrics", "mrr", "mse", "ndcg", "nmse", "nrmse",
        "perplexity", "ppl", "psnr", "quality", "r2", "recall", "regret",
        "returns", "reward", "rewards", "rmse", "rouge", "score", "scores", "similarity", "speedup", "ssim", "success",
        "throughput", "top1", "tpr", "violations", "wer",
    }
)  # fmt: skip
"""Words of names that hold or compute a measure of quality."""
LIBRARIES = ("sklearn", "torchmetrics", "sacrebleu", "rouge_score", "torcheval", "ignite", "scipy")


class NoMetrics(Rule):
    """Nothing is measured but the loss.

    What it finds
        A tree in whose Python code no name and no text speaks of a metric (accuracy, error, score, reward, ...), and
        none of the libraries that compute metrics is imported.

    Why it matters
        The evaluation is asked to compute metrics and to compare the runs by them. A loss of its own says little, and
        losses of different methods cannot be compared.

    How to fix
        Compute a metric that fits the task on held-out data, keep it for every run, and compare the runs by it.

    What it cannot see
        Whether a metric is computed correctly, and one whose name is none of the usual words.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "complete-core-logic"}
    valid = (
        Valid("named", {EVALUATE: "def f1_score(a, b):\n    return 2 * a * b / (a + b)\n"}),
        Valid("in-training", {TRAIN: "history['val_accuracy'] = right / total\n", EVALUATE: "plot(history)\n"}),
        Valid("library", {EVALUATE: "from torchmetrics import F1Score as M\nm = M()\n"}),
    )
    invalid = (
        Invalid(
            "loss-alone",
            {TRAIN: "import json\nprint(json.dumps({'loss': total / steps}))\n", EVALUATE: "plot(losses)\n"},
            at=(EVALUATE,),
        ),
        Invalid("only-in-a-comment", {EVALUATE: '"""Compute accuracy."""\n# accuracy\nplot(losses)\n'}, at=(EVALUATE,)),
        Invalid("figures-alone", {EVALUATE: "import matplotlib.pyplot as plt\nplt.plot(loss)\n"}, at=(EVALUATE,)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the evaluation."""
        if EVALUATE not in context.tree.files or context.fact(unseen_code):
            return
        if any(each.top in LIBRARIES for file in context.fact(imports).values() for each in file):
            return
        if any(_speaks_of_metric(word) for word in _named(context)):
            return
        yield Hit(
            message="No metric is computed anywhere: no name or text in the code speaks of one.",
            path=EVALUATE,
            fix=Fix(summary="Compute a metric that fits the task, keep it for every run, and compare the runs by it."),
        )


def _named(context: Context) -> Iterator[str]:
    for found in context.fact(words).values():
        yield from found.names
        yield from found.texts
    for tree in context.fact(nodes).values():
        yield from (each.name for each in tree.of(ast.FunctionDef))
        yield from (each.name for each in tree.of(ast.ClassDef))


def _speaks_of_metric(word: str) -> bool:
    """Whether a name or a text has a metric's word in it, and none that speaks of a loss."""
    low = word[:500].lower()
    return "loss" not in low and bool((name_words(word[:500]) | set(re.split(r"[^a-z0-9]+", low))) & METRICS)
