"""Which split of a loaded data set a variable holds."""

import pytest

from checks.context import Context
from checks.facts.split_uses import split_uses
from checks.profiles import PROFILES
from checks.tree import SourceTree

TORCH = "from torch.utils.data import DataLoader\nfrom torchvision.datasets import MNIST\n"
HEAD = f"from datasets import load_dataset\n{TORCH}"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("train = load_dataset('a', split='test[:9]')\n", [("train", "test")]),
        ("raw = load_dataset('a')\neval_ds = raw['validation']\n", [("evaluation", "validation")]),
        ("train_ds = load_dataset('a')['train']\n", [("train", "train")]),
        ("PART = 'test'\ntraining_set = load_dataset('a', split=PART)\n", [("train", "test")]),
        ("train_set = MNIST('.cache', train=False)\n", [("train", "test")]),
        ("train_loader = DataLoader(load_dataset('a', split='test'), 8)\n", [("train", "test")]),
        ("d = load_dataset('a')\ntrain, dev = d['train'], d['dev']\n", [("train", "train"), ("evaluation", "dev")]),
        ("train_test = load_dataset('a', split='test')\n", []),
        ("d = load_dataset('a', split='train').train_test_split(0.1)\ntrain = d['test']\n", []),
        ("train = load_dataset('a', split='test')\ntrain = other\n", []),
        ("train = load_dataset('a', split=pick())\n", []),
    ],
)
def test_splits_are_told(code: str, expected: list[tuple[str, str]]) -> None:
    context = Context(SourceTree.of({"src/preprocess.py": HEAD + code}), PROFILES["experiment"])
    assert [(use.role, use.base) for use in context.fact(split_uses)] == expected
