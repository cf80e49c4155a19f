"""Tests on a run's method, worked out on its real value in the spellings that code has for them."""

import pytest

from checks.context import Context
from checks.facts.method_dispatch import dead_ends
from checks.profiles import PROFILES
from checks.rules.model_implementation.method_never_built import files
from checks.tree import SourceTree


def ends(body: str) -> list[tuple[int, tuple[str, ...], str]]:
    """Line, runs and near constant of every dead end in ``build(cfg)`` with this body."""
    code = "def build(cfg):\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    found = dead_ends(Context(SourceTree.of(files(code)), PROFILES["experiment"]))
    return [(getattr(each.node, "lineno", 0), each.runs, each.near) for each in found]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("if cfg.method not in ('plain', 'gated'):\n    raise ValueError", 3),
        ("name = str(cfg['method']).lower()\nif name == 'plain':\n    return 1\nraise KeyError(name)", 5),
        ("if not (cfg.method == 'plain' or cfg.method.startswith('x')):\n    raise ValueError", 3),
        ("match cfg.method:\n    case 'plain':\n        return 1\n    case _:\n        raise ValueError", 6),
        ("known = ['plain', 'gated']\nif cfg.method not in known:\n    raise ValueError(known)", 4),
        ("if cfg.mode == 'full':\n    if cfg.method != 'plain':\n        raise ValueError", 4),
        ("for _ in range(2):\n    if cfg.get('method') != 'plain':\n        raise ValueError", 4),
        ("return {'plain': 1, 'gated': 2}[cfg.method]", 2),
    ],
)
def test_the_run_that_is_refused(body: str, line: int) -> None:
    assert ends(body) == [(line, ("proposed-1",), "")]


@pytest.mark.parametrize(
    "body",
    [
        "if cfg.method not in ('plain', 'GatedNet'):\n    raise ValueError",
        "if cfg.method == 'GatedNet' and broken():\n    raise ValueError",
        "for _ in range(3):\n    return load(cfg)\nif cfg.method != 'plain':\n    raise ValueError",
        "if cfg.method != 'plain' and not cfg.extra:\n    raise ValueError",
        "cfg.method = 'plain'\nif cfg.method != 'plain':\n    raise ValueError",
        "def later():\n    if cfg.method != 'plain':\n        raise ValueError\nreturn later",
        "if cfg.method == 'GatedNet':\n    return 1\nif cfg.method != 'plain':\n    raise ValueError",
        "with suppress(ValueError):\n    if cfg.method != 'plain':\n        raise ValueError",
        "table = {'plain': 1}\ntable['GatedNet'] = 2\nreturn table[cfg.method]",
        "table = {'plain': 1}\nreturn table.get(cfg.method, 2)",
        "if cfg.mode == 'trial':\n    raise ValueError",
        "assert callable(cfg)",
    ],
)
def test_runs_that_may_go_on(body: str) -> None:
    assert ends(body) == []


def test_a_branch_that_is_missed_by_its_spelling() -> None:
    assert ends("if cfg.method == 'gated-net':\n    return 1\nreturn 2") == [(2, ("proposed-1",), "gated-net")]
    assert ends("return 1 if cfg.method.lower() == 'gatednet' else 2") == []
