"""``configuration-files/search-space-invalid``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.nodes import nodes
from checks.facts.search_space import search_spaces
from checks.facts.space_faults import HIGH, LOW, faults
from checks.facts.words import words
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

BOUNDS = frozenset({*LOW, *HIGH})
RUN = "config/runs/a.yaml"


class SearchSpaceInvalid(Rule):
    """A parameter of the Optuna search space cannot be sampled.

    What it finds
        A lower bound above the upper one, or one of the two missing; a bound in quotes on a log scale or beside a plain
        number; a log scale that starts at zero or below; a categorical parameter without choices; a distribution that
        neither Optuna nor the code has a name for.

    Why it matters
        Optuna refuses such a parameter in the first trial, and the run ends there.

    How to fix
        Give each parameter a known distribution with bounds in order, or with its choices.

    What it cannot see
        Bounds that are interpolated, and shapes of a search space other than a mapping of keys to mappings. Where the
        code converts a bound with ``float(...)``, or has a default for one, quotes and missing bounds pass.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "configuration-files"}
    valid = (
        Valid(
            "usual-distributions",
            {
                RUN: "optuna:\n  search_space:\n    lr: {type: loguniform, low: 1e-5, high: 1e-3}\n"
                "    batch: {type: categorical, choices: [1, 2]}\n    one: {type: int, low: 3, high: 3}\n"
            },
        ),
        Valid(
            "distribution-that-the-code-knows",
            {
                RUN: "optuna:\n  search_space:\n    lr: {type: squared, low: 0, high: '${a}'}\n",
                "src/train.py": "def sample(trial, kind):\n    return kind == 'squared'\n",
            },
        ),
        Valid(
            "converted-in-the-code",
            {
                RUN: "optuna:\n  search_space:\n    lr: {type: loguniform, low: '1e-5', high: '1e-3'}\n",
                "src/train.py": "def sample(trial, spec):\n"
                "    return trial.suggest_float('lr', float(spec.low), float(spec['high']), log=True)\n",
            },
        ),
        Valid("range-in-a-list", {RUN: "optuna:\n  search_space:\n    lr: {type: loguniform, range: [1e-5, 1e-3]}\n"}),
        Valid("shape-of-its-own", {RUN: "optuna:\n  search_space:\n    lr: [3, 1]\n    b: 3\n    c: {type: [x]}\n"}),
    )
    invalid = (
        Invalid(
            "bounds-and-scale",
            {
                RUN: "optuna:\n  search_space:\n    a: {type: uniform, low: 2, high: 1}\n"
                "    b:\n      type: loguniform\n      low: 0.0\n      high: 1\n"
            },
            at=("config/runs/a.yaml:3", "config/runs/a.yaml:4"),
        ),
        Invalid(
            "no-choices",
            {RUN: "optuna:\n  search_space:\n    a: {type: categorical, choices: []}\n    b: {type: choice}\n"},
            at=("config/runs/a.yaml:3", "config/runs/a.yaml:4"),
        ),
        Invalid(
            "unknown-distribution-and-log-flag",
            {
                RUN: "optuna:\n  search_space:\n    a: {type: lognormalish, low: 1, high: 2}\n"
                "    b: {type: float, log: true, min: -1e-3, max: 1}\n"
            },
            at=("config/runs/a.yaml:3", "config/runs/a.yaml:4"),
        ),
        Invalid(
            "quoted-and-missing-bounds",
            {
                RUN: "optuna:\n  search_space:\n    a: {type: loguniform, low: '1e-5', high: '1e-3'}\n"
                "    b: {type: float, low: 0.1}\n    c: {type: int, low: '1', high: 3}\n"
            },
            at=("config/runs/a.yaml:3", "config/runs/a.yaml:4", "config/runs/a.yaml:5"),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each parameter and fault."""
        spaces = context.fact(search_spaces)
        mended = set(_mended(context)) if spaces else set()
        spoken = {text for file in context.fact(words).values() for text in file.texts}
        for space in spaces:
            for key, parameter in space.parameters.items():
                for fault in faults(parameter, spoken, mended):
                    yield Hit(
                        message=f"`{key}` cannot be sampled: {fault}.",
                        path=space.file.path,
                        line=space.line(key),
                        fix=Fix(summary="Give a known distribution with bounds in order, or with its choices."),
                    )


def _mended(context: Context) -> Iterator[str]:
    """Names of bounds that the code converts, or reads with a default."""
    for path, found in context.fact(calls).items():
        inside = context.fact(nodes)[path]
        for call in found.named("float", "int"):
            names = [node.attr for node in inside.under(call, ast.Attribute)]
            names += [node.value for node in inside.under(call, ast.Constant) if isinstance(node.value, str)]
            names += [node.id for node in inside.under(call, ast.Name)]
            yield from (name for name in names if name in BOUNDS)
        for call in found.named("get", "setdefault", "pop", "getattr"):
            texts = [each.value for each in call.args if isinstance(each, ast.Constant)]
            yield from (text for text in texts if isinstance(text, str) and text in BOUNDS and len(call.args) > 1)
