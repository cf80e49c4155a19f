"""``data-pipeline/trains-on-evaluation-split``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.nodes import nodes
from checks.facts.split_uses import EVALUATION, SplitUse, is_cut, is_handed_on, split_uses
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

DATA = "src/preprocess.py"
HUB = "from datasets import load_dataset\nfrom torch.utils.data import DataLoader\n"


class TrainsOnEvaluationSplit(Rule):
    """The model is trained on what it is evaluated on.

    What it finds
        A variable named for training that holds the split `test` (`train_ds = load_dataset(..., split="test")`,
        `train_set = data["test"]`, `CIFAR10(train=False)`), and two variables, one named for training and one for
        evaluation, that hold the same whole split of the same data set. The split's name may come from a run's
        configuration. Advisory for a split `validation` or `dev` under a training name, and
        for one split under two names that the function hands on, since its caller may cut them.

    Why it matters
        The numbers measure what the model has memorised, and no comparison built on them holds.

    How to fix
        Train on the training split, and keep the evaluation split for the evaluation.

    What it cannot see
        Splits that pass through functions, dictionaries or variables that are bound more than once, and splits that
        are cut afterwards (`select`, `train_test_split`, slices, a sampler): those are taken for disjoint.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "data-pipeline"}
    valid = (
        Valid(
            "each its own",
            {
                DATA: f"{HUB}train = load_dataset('a', split='train')\ntest = load_dataset('a', split='test')\n"
                "raw = load_dataset('b')\ntrain_ds, val_ds = raw['train'], raw['validation']\n"
            },
        ),
        Valid(
            "cut from one split",
            {
                DATA: f"{HUB}raw = load_dataset('a', split='train')\nparts = raw.train_test_split(0.1)\n"
                "train_ds = parts['train']\ntest_ds = parts['test']\ntrain = load_dataset('a', split='train[:80%]')\n"
                "val = load_dataset('a', split='train[80%:]')\nfull = load_dataset('b')\ntrain_x = full['train']\n"
                "val_x = full['train'].select(range(9))\n"
            },
        ),
        Valid(
            "chosen from afterwards",
            {
                DATA: f"{HUB}raw = load_dataset('a')\ntrain_set = raw['train']\nval_set = raw['train']\n"
                "a = train_set.select(range(10))\nb = val_set.select(range(10, 20))\n"
            },
        ),
        Valid(
            "split of both names",
            {DATA: f"{HUB}train_test = load_dataset('a', split='test')\ntraining_curve = curve['test']\n"},
        ),
    )
    invalid = (
        Invalid(
            "test split under a training name",
            {
                DATA: f"{HUB}from torchvision import datasets\ntrain_ds = load_dataset('a', split='test[:50%]')\n"
                "raw = load_dataset('b')\ntrain_set = raw['test']\ntrainset = 1\n"
                "train_images = datasets.CIFAR10('.cache', train=False)\n"
            },
            (f"{DATA}:4", f"{DATA}:6", f"{DATA}:8"),
        ),
        Invalid(
            "the same split twice",
            {
                DATA: f"{HUB}def build():\n    raw = load_dataset('a', cache_dir='.cache')\n    train = raw['train']\n"
                "    test = raw['train']\n    return DataLoader(train), DataLoader(test)\n"
            },
            (f"{DATA}:6",),
        ),
        Invalid(
            "from the run",
            {
                "src/main.py": "import hydra\nfrom datasets import load_dataset\n\n\n"
                "@hydra.main(version_base=None, config_path='../config', config_name='config')\ndef main(cfg):\n"
                "    train = load_dataset('a', split=cfg.dataset.train_split)\n",
                "config/config.yaml": "defaults:\n  - _self_\nrun: ???\n",
                "config/runs/a.yaml": "run_id: a\ndataset:\n  train_split: test\n",
            },
            ("src/main.py:7",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each variable."""
        uses = context.fact(split_uses)
        seen: set[tuple[str, int]] = set()
        for use in uses:
            key = (use.path, use.statement.lineno)
            if use.role == "train" and use.base in EVALUATION and key not in seen:
                seen.add(key)
                yield _hit(use, f"`{use.name.id}` holds the split `{use.split}`: the model is trained on it.", use.base)
        trained = {_key(use): use for use in reversed(uses) if use.role == "train"}
        for use in uses:
            twin = trained.get(_key(use)) if use.role == "evaluation" else None
            twin = twin if twin is not None and _are_whole(context, use, twin) else None
            if twin is not None and (use.path, use.statement.lineno) not in seen:
                seen.add((use.path, use.statement.lineno))
                text = (
                    f"`{use.name.id}` holds the same `{use.split}` as `{twin.name.id}` in line {twin.statement.lineno}"
                )
                tree = context.fact(nodes)[use.path]
                open_ended = is_handed_on(tree, use) or is_handed_on(tree, twin)
                base = "" if open_ended else "test"
                yield _hit(use, f"{text}: the model is evaluated on what it is trained on.", base)


def _key(use: SplitUse) -> tuple[str, str, str, str]:
    return use.path, use.split, use.source, use.run


def _are_whole(context: Context, use: SplitUse, other: SplitUse) -> bool:
    """Whether both stand in one function and are used as they are."""
    tree = context.fact(nodes)[use.path]
    together = tree.function(other.statement) is tree.function(use.statement)
    return together and not is_cut(tree, other.name) and not is_cut(tree, use.name)


def _hit(use: SplitUse, message: str, base: str) -> Hit:
    return Hit(
        message=message,
        path=use.path,
        line=use.statement.lineno,
        end_line=use.statement.end_lineno,
        fix=Fix(summary="Train on the training split, and evaluate on another one."),
        severity=None if base in ("test", "testing") else Severity.ADVISORY,
    )
