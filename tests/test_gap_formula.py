"""The gap's formula in the spellings that code writes it in, and hostile ones."""

import pytest

from checks.context import Context
from checks.facts.gap_formula import Kind, gap_readings
from checks.profiles import PROFILES
from checks.tree import SourceTree

HEAD = """import json
import math
import numpy as np
values = json.load(open("x"))
ours = max((v for r, v in values.items() if "proposed" in r), key=lambda v: v)
theirs = max((v for r, v in values.items() if "comparative" in r), key=lambda v: v)
best_proposed = {"run_id": "a", "value": ours}
best_baseline = {"run_id": "b", "value": theirs}
doc = {"best_proposed": best_proposed, "best_baseline": best_baseline}
"""
TAIL = "\nwith open('r/comparison/aggregated_metrics.json', 'w') as f:\n    json.dump(doc, f)\n"


def kinds(code: str, tail: str = TAIL) -> set[Kind]:
    tree = SourceTree({"src/evaluate.py": (HEAD + code + tail).encode()})
    return {reading.kind for reading in gap_readings(Context(tree, PROFILES["experiment"]))}


RIGHT = [
    "doc['gap'] = (ours - theirs) / theirs * 100",
    "doc['gap'] = 100 * (ours - theirs) / theirs",
    "doc['gap'] = (ours / theirs - 1) * 100.0",
    "doc['gap'] = ours / theirs * 100 - 100",
    "doc['gap'] = ((ours - theirs) * 100) / max(theirs, 1e-8)",
    "doc['gap'] = round(float(ours - theirs) / (abs(theirs) + 1e-12) * 100, 2)",
    "diff = ours - theirs\nscale = 100.0\ndoc['gap'] = diff / theirs * scale",
    "doc.update({'gap': (best_proposed['value'] - best_baseline['value']) / best_baseline['value'] * 100})",
    "doc.update(gap=(doc['best_proposed']['value'] / doc['best_baseline']['value'] - 1) * 100)",
    "gap = 0.0\nif theirs:\n    gap = (ours - theirs) / theirs * 100\ndoc['gap'] = gap",
    "try:\n    gap = (ours - theirs) / theirs * 100\nexcept ZeroDivisionError:\n    gap = np.nan\ndoc['gap'] = gap",
    "gap = None if theirs == 0 else (ours - theirs) / theirs * 100\ndoc['gap'] = gap",
    "def pct(a, b):\n    return (a - b) / b * 100\ndoc |= {'gap': pct(ours, theirs)}",
    "def relative(new, old):\n    d = new - old\n    return d / old\ndoc['gap'] = relative(ours, theirs) * 100",
    "p, b = ours, theirs\ndoc['gap'] = (p - b) / b * 100",
    "doc['gap'] = float(np.round((ours - theirs) / theirs * 100, 3))",
    "if (base := theirs):\n    doc['gap'] = (ours - base) / base * 100",
]


@pytest.mark.parametrize("code", RIGHT)
def test_as_asked(code: str) -> None:
    assert kinds(code) == {Kind.RIGHT}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("doc['gap'] = (theirs - ours) / theirs * 100", Kind.REVERSED),
        ("doc['gap'] = -(ours - theirs) / theirs * 100", Kind.REVERSED),
        ("doc['gap'] = ours - theirs", Kind.DIFFERENCE),
        ("doc['gap'] = round(best_proposed['value'] - best_baseline['value'], 4)", Kind.DIFFERENCE),
        ("doc['gap'] = (ours - theirs) * 100", Kind.POINTS),
        ("doc['gap'] = (ours - theirs) / theirs", Kind.FRACTION),
        ("doc['gap'] = 100 * (ours - theirs) / ours", Kind.BY_PROPOSED),
        ("doc['gap'] = abs(ours - theirs) / theirs * 100", Kind.ABSOLUTE),
        ("doc['gap'] = np.abs((ours - theirs) / theirs) * 100", Kind.ABSOLUTE),
        ("doc['gap'] = ours / theirs", Kind.RATIO),
        ("doc['gap'] = load(ours) - 3", Kind.UNKNOWN),
        ("doc['gap'] = values['x'] - values['y']", Kind.UNKNOWN),
        ("doc['gap'] = compute(ours, theirs)", Kind.UNKNOWN),
        ("sign = table[metric]\ndoc['gap'] = sign * (ours - theirs) / theirs * 100", Kind.SIGNED),
    ],
)
def test_everything_else(code: str, kind: Kind) -> None:
    assert kinds(code) == {kind}


@pytest.mark.parametrize(
    "code",
    [
        "gap = (ours - theirs) / theirs * 100\nif lower:\n    gap = -gap\ndoc['gap'] = gap",
        "doc['gap'] = (ours - theirs) / theirs * 100 * (-1 if lower else 1)",
        (
            "if lower:\n    gap = (theirs - ours) / theirs * 100\n"
            "else:\n    gap = (ours - theirs) / theirs * 100\ndoc['gap'] = gap"
        ),
        "def gap(p, b, up):\n    g = (p - b) / b * 100\n    return g if up else -g\ndoc['gap'] = gap(ours, theirs, up)",
    ],
)
def test_both_signs(code: str) -> None:
    assert kinds(code) == {Kind.RIGHT, Kind.REVERSED}


def test_no_gap_no_reading() -> None:
    assert kinds("") == set()
    assert kinds("doc['gap'] = 0.0") == set()


@pytest.mark.parametrize(
    "code",
    [
        "doc['gap'] = " + " + ".join(["ours"] * 5_000),
        "doc['gap'] = " + "(" * 80 + "ours - theirs" + ")" * 80,
        "doc['gap'] = " + "-" * 300 + "ours",
        "doc['gap'] = " + "9" * 4_000 + " * ours / theirs",
        "def f(a):\n    return f(a) + 1\ndoc['gap'] = f(ours)",
        "gap = gap + 1\ngap = gap * 2\ndoc['gap'] = gap",
        "".join(f"g{i} = g{i - 1} + g{i - 1}\n" for i in range(1, 60)) + "doc['gap'] = g59",
        "".join(f"if c:\n    g = ours - {i}\n" for i in range(200)) + "doc['gap'] = g",
        "doc['gap'] = 10 ** 400 * 1.0 * ours / theirs\n",
        "doc['gap'] = (1 if a else 2)" + "".join(f" * (1 if a{i} else 2)" for i in range(40)) + " * ours",
    ],
)
def test_hostile_arithmetic_never_raises(code: str) -> None:
    assert kinds(code) <= set(Kind)
