"""``wandb/no-summary``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.nodes import Nodes, nodes
from checks.facts.unseen_code import unseen_code
from checks.facts.wandb_calls import handed_out, wandb_calls
from checks.facts.words import words
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
EVALUATE = "src/evaluate.py"
START = "import wandb\n\nrun = wandb.init(project='p')\nrun.log({'val_acc': 1})\n"


class NoSummary(Rule):
    """The final and best metrics are never put into the run's summary.

    What it finds
        A tree that starts a WandB run and nowhere writes its ``summary``: no ``wandb.summary["key"] = value``, no
        ``run.summary.update(...)``, no ``define_metric(..., summary="max")``, under any alias or handle. Advisory where
        only a function that nothing calls does it.

    Why it matters
        WandB's own summary keeps the last value of each logged metric. The best value, its epoch and the test result
        are what runs are compared by, and the evaluation reads them from the summary.

    How to fix
        After the training, write ``wandb.summary["best_val_acc"] = best`` and so on for each final and best metric.

    What it cannot see
        Whether the right metrics are there, and a summary that another library writes: there it is silent.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "wandb"}
    valid = (
        Valid("one-key", {TRAIN: f"{START}wandb.summary['best_val_acc'] = 1\n"}),
        Valid("update-of-a-handle", {TRAIN: f"{START}s = run.summary\ns.update({{'best': 1}})\n"}),
        Valid("kept-by-wandb", {TRAIN: f"{START}run.define_metric('val_acc', summary='max')\n"}),
        Valid("by-a-name", {TRAIN: f"{START}\n\ndef write(run, k, v):\n    setattr(run.summary, k, v)\n"}),
        Valid("integration", {TRAIN: f"{START}trainer = Trainer(report_to='wandb')\n"}),
    )
    invalid = (
        Invalid("only-logged", {TRAIN: f"{START}run.log({{'best_val_acc': 1}})\n"}, at=("src/train.py:3",)),
        Invalid(
            "summary-of-the-model",
            {TRAIN: f"{START}model.summary()\nprint('summary of the run')\n"},
            at=("src/train.py:3",),
        ),
        Invalid(
            "helper-that-nothing-calls",
            {TRAIN: f"{START}\n\ndef close(best):\n    wandb.run.summary['best'] = best\n"},
            at=("src/train.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit: the start of the run."""
        found = context.fact(wandb_calls)
        if context.fact(unseen_code) or not found.inits or found.hidden:
            return
        if any(each.loop != "never" for each in found.summaries) or (not found.summaries and _mentioned(context)):
            return
        if context.fact(handed_out):
            return
        yield Hit(
            message="This run's summary is never written, so it holds neither the best metrics nor the test result.",
            severity=Severity.ADVISORY if found.summaries else None,
            path=found.inits[0].path,
            line=found.inits[0].node.lineno,
            end_line=found.inits[0].node.end_lineno,
            fix=Fix(summary='Write `wandb.summary["key"] = value` for each final and best metric after the training.'),
        )


def _mentioned(context: Context) -> bool:
    """Whether some attribute ``summary`` is used other than by calling or reading it, or looked up by its name."""
    for path, found in context.fact(nodes).items():
        called = {id(call.func) for call in context.fact(calls)[path].named("summary")}
        if path != EVALUATE and any(
            node.attr == "summary" and id(node) not in called and not _is_looked_at(found, node)
            for node in found.of(ast.Attribute)
        ):
            return True
    return any("summary" in each.texts for path, each in context.fact(words).items() if path != EVALUATE)


def _is_looked_at(found: Nodes, node: ast.Attribute) -> bool:
    """Whether a value is only taken out of it, or it is only copied into a dictionary or shown."""
    parent = found.parent(node)
    if isinstance(parent, ast.Subscript):
        kept = isinstance(found.parent(parent), ast.Subscript | ast.Attribute)
        return parent.value is node and isinstance(parent.ctx, ast.Load) and not kept
    return isinstance(parent, ast.Call) and node in parent.args and called_name(parent) in ("dict", "print", "len")
