"""Which values of a run configuration nothing reads, and which numbers stand in the code in their place."""

import pytest

from checks.context import Context
from checks.facts.hard_coded import Meaning, hard_coded
from checks.facts.unread_keys import unread_keys
from checks.profiles import PROFILES
from checks.tree import SourceTree

RUN = "run_id: a\nmodel: {width: 3, depth: 2}\ntraining: {lr: 0.1, options: {warmup: 5}}\nseed: 1\n"
HEAD = """\
import numpy as np
import torch
import yaml
from omegaconf import OmegaConf
from torch.optim import AdamW as Optimizer

RATE = 0.5
cfg = OmegaConf.load(f"config/runs/{run}.yaml")
print(cfg.model.width)
"""


def context(code: str, run: str = RUN) -> Context:
    files = {"src/train.py": HEAD + code, "config/runs/a.yaml": run, "config/config.yaml": "run: ???\n"}
    return Context(SourceTree({path: text.encode() for path, text in files.items()}), PROFILES["experiment"])


def unread(code: str, run: str = RUN) -> list[str]:
    return [key for each in context(code, run).fact(unread_keys) for key in each.keys]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", ["model.depth", "training.lr", "training.options.warmup", "seed"]),
        ("f(cfg.model.depth, cfg['seed'])", ["training.lr", "training.options.warmup"]),
        ("f(cfg.training.get('lr', 1), cfg.get('seed'))", ["model.depth", "training.options.warmup"]),
        ("f(**cfg.training)", ["model.depth", "seed"]),
        ("t = cfg.training\nf(t.options)", ["model.depth", "training.lr", "seed"]),
        ("f([cfg.training[name] for name in names])", ["model.depth", "seed"]),
        ("g(cfg)\n\n\ndef g(c):\n    f(c.training.lr, c.seed)", ["model.depth", "training.options.warmup"]),
        ("f(OmegaConf.select(cfg, 'training.options.warmup'))", ["model.depth", "training.lr", "seed"]),
        ("f(cfg)", []),
        ("for key, value in cfg.items():\n    f(value)", []),
        ("f(settings.depth, args.lr)\ng('warmup', 'seed')", []),
        ("broken = (", []),
    ],
)
def test_what_nothing_reads(code: str, expected: list[str]) -> None:
    assert unread(code) == expected


def test_an_interpolation_reads() -> None:
    assert "training.lr" not in unread("", f"{RUN}scheduler: {{start: '${{training.lr}}'}}\n")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Optimizer(p, lr=1e-3)", [(Meaning.LEARNING_RATE, 0.001)]),
        ("Optimizer(p, RATE, weight_decay=0.1)", [(Meaning.LEARNING_RATE, 0.5), (Meaning.WEIGHT_DECAY, 0.1)]),
        ("torch.manual_seed(42)\nnp.random.seed(42)", [(Meaning.SEED, 42), (Meaning.SEED, 42)]),
        ("for epoch in range(1, 10 + 1):\n    f()", [(Meaning.EPOCHS, 11)]),
        ("def fit(p, lr=0.2):\n    Optimizer(p, lr=lr)\n\n\nfit(p)", [(Meaning.LEARNING_RATE, 0.2)]),
        ("def fit(p, lr=0.2):\n    Optimizer(p, lr=lr)\n\n\nfit(p, 0.3)", [(Meaning.LEARNING_RATE, 0.3)]),
        ("def fit(p, lr=0.2):\n    Optimizer(p, lr=lr)\n\n\nfit(p, cfg.x)", []),
        ("Optimizer(p, lr=cfg.training.lr)", []),
        ("Optimizer(p, lr=RATE * scale)", []),
        ("RATE = read()\nOptimizer(p, lr=RATE)", []),
        ("torch.optim.lr_scheduler.StepLR(o, 5)", []),
        ("for step in range(10):\n    f()", []),
        ("def unused(p):\n    Optimizer(p, lr=1)", []),
    ],
)
def test_numbers_in_place_of_settings(code: str, expected: list[tuple[Meaning, float]]) -> None:
    assert [(each.meaning, each.value) for each in context(code).fact(hard_coded)] == expected
