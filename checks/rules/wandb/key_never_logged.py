"""``wandb/key-never-logged``."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import ClassVar

from checks.context import Context
from checks.facts.unseen_code import unseen_code
from checks.facts.wandb_calls import WandbCalls, handed_out, wandb_calls
from checks.facts.wandb_reads import Read, wandb_reads
from checks.finding import Evidence, Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
EVALUATE = "src/evaluate.py"
LOGS = (
    "import wandb\n\nrun = wandb.init(project='p')\nfor split in ('train', 'val'):\n"
    "    run.log({f'{split}_loss': 1.0})\nrun.summary['best_acc'] = 1.0\n"
)
FETCH = "import wandb\n\nrun = wandb.Api().run('e/p/r')\nhistory = run.history()\nsummary = run.summary._json_dict\n"


class KeyNeverLogged(Rule):
    """The evaluation reads a metric that the training never records.

    What it finds
        A key that the evaluation takes from a recorded run's history or summary, where everything that the training
        logs, or puts into the summary, is known and the key is not among it. Blocking where the place needs the key;
        advisory where a default, a test for the key or a ``try`` stands around it. Of several alternatives
        (``for key in ("val_acc", "val/acc")``, ``s.get("a", s.get("b"))``) one that is recorded is enough.

    Why it matters
        The names must match exactly. A missing column stops the evaluation with a ``KeyError``, and a
        ``history(keys=...)`` that names one comes back empty; with a default, the figure or number is silently wrong.

    How to fix
        Use one name on both sides: log the key in the training, or read the one that is logged.

    What it cannot see
        Keys that are put together at run time, and runs that other code recorded. Where the training logs keys that it
        cannot follow, or a library logs for it, the rule is silent.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "wandb"}
    valid = (
        Valid(
            "patterns-and-the-summary-of-what-is-logged",
            {
                TRAIN: LOGS,
                EVALUATE: f"{FETCH}print(history['val_loss'], history['_step'], summary['best_acc'],"
                " summary['train_loss'])\n",
            },
        ),
        Valid(
            "one-of-several-names",
            {
                TRAIN: LOGS,
                EVALUATE: f"{FETCH}for key in ('val/loss', 'val_loss'):\n    if key in history.columns:\n"
                "        print(history[key])\nprint(summary.get('best', summary.get('best_acc', 0)))\n",
            },
        ),
        Valid(
            "keys-that-cannot-be-followed",
            {TRAIN: f"{LOGS}run.log(compute())\n", EVALUATE: f"{FETCH}print(history['val_acc'])\n"},
        ),
        Valid(
            "column-of-its-own",
            {
                TRAIN: LOGS,
                EVALUATE: f"{FETCH}history['gap'] = history['val_loss'] - history['train_loss']\n"
                "print(history['gap'])\n",
            },
        ),
    )
    invalid = (
        Invalid(
            "another-spelling",
            {TRAIN: LOGS, EVALUATE: f"{FETCH}print(history['val/loss'])\n"},
            at=("src/evaluate.py:6",),
        ),
        Invalid(
            "only-in-the-summary",
            {
                TRAIN: LOGS,
                EVALUATE: "import wandb\n\n\ndef curve(run, key):\n    return run.history(keys=[key])\n\n\n"
                "api = wandb.Api()\nrun = api.run('e/p/r')\nprint(curve(run, 'best_acc'), curve(run, 'val_loss'))\n",
            },
            at=("src/evaluate.py:5",),
        ),
        Invalid(
            "through-a-record-and-with-a-default",
            {
                TRAIN: "import wandb as wb\n\n\nclass Logger:\n"
                "    def __init__(self):\n        self.run = wb.init()\n\n"
                "    def log(self, metrics):\n        self.run.log({f'train/{k}': v for k, v in metrics.items()})\n"
                "\n\nlogger = Logger()\nfor step in range(3):\n    values = {'loss': 1.0}\n    values['acc'] = 0.5\n"
                "    logger.log(values)\nwb.summary.update(dict(final=1))\n",
                EVALUATE: f"{FETCH}fetched = {{'r': {{'summary': summary, 'history': history}}}}\n"
                "for name, data in fetched.items():\n    print(data['history']['loss'], data['history']['train/acc'])\n"
                "    print(data['summary'].get('test', 0))\n",
            },
            at=("src/evaluate.py:8", "src/evaluate.py:9"),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each key, or set of alternatives, at the first place that reads it."""
        recorded = context.fact(wandb_calls)
        if context.fact(unseen_code) or not recorded.logs or not recorded.complete:
            return
        reads = context.fact(wandb_reads).reads
        missing: dict[tuple[str, tuple[str, ...]], list[Read]] = {}
        for read in sorted(reads, key=lambda each: (not each.firm, each.path, each.node.lineno)):
            if not any(_recorded(recorded, read.store, key) for key in read.keys):
                missing.setdefault((read.store, read.keys), []).append(read)
        if not missing or context.fact(handed_out):
            return
        told: set[str] = set()
        for (store, keys), places in missing.items():
            if told.isdisjoint(keys):
                told.update(keys)
                yield _hit(context, recorded, store, places)


def _recorded(recorded: WandbCalls, store: str, key: str) -> bool:
    if store == "history":
        return recorded.logged(key)
    known = recorded.summaries and all(each.complete for each in recorded.summaries)
    return not known or recorded.summarised(key)


def _hit(context: Context, recorded: WandbCalls, store: str, reads: list[Read]) -> Hit:
    first = reads[0]
    names = " or ".join(f"`{key}`" for key in first.keys)
    known = {key for each in recorded.logs for key in each.keys}
    elsewhere = {key for each in recorded.summaries for key in each.keys}
    more = f" It is read at {len(reads)} places." if len(reads) > 1 else ""
    what = (
        "ever logged under that name" if store == "history" else "ever logged, or put into the summary, under that name"
    )
    only = " It is only in the summary, which the history does not hold." if elsewhere & set(first.keys) else ""
    return Hit(
        message=f"The evaluation reads {names} from the {store} of a recorded run, but nothing is {what}.{only}{more}",
        path=first.path,
        line=first.node.lineno,
        end_line=first.node.end_lineno,
        evidence=(context.quote(first.path, first.node.lineno, first.node.end_lineno), *_logged(context, recorded)),
        fix=_fix(first, known | (elsewhere if store == "summary" else set())),
        severity=None if first.firm else Severity.ADVISORY,
    )


def _logged(context: Context, recorded: WandbCalls) -> Iterator[Evidence]:
    for each in recorded.logs[:3]:
        yield context.quote(each.path, getattr(each.node, "lineno", 1), getattr(each.node, "end_lineno", None))


def _fix(read: Read, known: set[str]) -> Fix:
    near = get_close_matches(read.keys[0], sorted(known), n=1, cutoff=0.5)
    listed = ", ".join(f"`{key}`" for key in sorted(known)[:8])
    hint = f"read `{near[0]}`, which is recorded" if near else f"read one that is recorded ({listed})"
    return Fix(summary=f"Log `{read.keys[0]}` in the training, or {hint}.")
