"""``data-pipeline/no-error-handling``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.data_loading import Kind, Load, data_loading
from checks.facts.guards import last_name
from checks.facts.local_calls import local_calls
from checks.facts.nodes import Nodes, nodes
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

DATA = "src/preprocess.py"
HARMLESS = frozenset({"staticmethod", "classmethod", "property", "cache", "lru_cache", "no_grad", "main", "wraps"})
"""Decorators that handle no failure."""
HUB = "from datasets import load_dataset\n"


class NoErrorHandling(Rule):
    """Data is loaded with nothing that handles a failure or checks what came.

    What it finds
        Trees in which no call that loads data stands in a `try`, no caller of such a function does, and no function
        that loads data raises an error or asserts anything. Reported once, at the first such call; always advisory.

    Why it matters
        A download fails in many ways. An error that says which data set, split or column was asked for saves the hours
        that a bare traceback from inside a library costs.

    How to fix
        Wrap the call and raise an error that names the data set, or check the columns and the number of rows.

    What it cannot see
        What a function's decorator does, which is taken to handle failures. Checks in functions that are given the data
        later, and whether the handling that is there helps.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "data-pipeline"}
    severity = Severity.ADVISORY
    valid = (
        Valid(
            "wrapped",
            {DATA: f"{HUB}try:\n    load_dataset('a')\nexcept OSError as e:\n    raise RuntimeError from e\n"},
        ),
        Valid(
            "checked",
            {
                DATA: f"{HUB}def load(cfg):\n    d = load_dataset(cfg.name)\n    if 'x' not in d:\n"
                "        raise KeyError('x')\n    return d\n"
            },
        ),
        Valid(
            "wrapped by the caller",
            {DATA: f"{HUB}def load():\n    return load_dataset('a')\ntry:\n    load()\nexcept Exception:\n    raise\n"},
        ),
        Valid("loads nothing", {DATA: "x = 1\n"}),
    )
    invalid = (
        Invalid("plain", {DATA: f"{HUB}def load(cfg):\n    return load_dataset(cfg.name)\nload(1)\n"}, (f"{DATA}:3",)),
        Invalid(
            "once for all calls",
            {DATA: f"{HUB}a = load_dataset('a', split='train')\nb = load_dataset('a', split='test')\n"},
            (f"{DATA}:2",),
        ),
        Invalid(
            "torchvision",
            {DATA: "from torchvision.datasets import MNIST\nd = MNIST('.cache', download=True)\n"},
            (f"{DATA}:2",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the tree."""
        loads = [load for load in context.fact(data_loading) if load.loader.kind is Kind.DATA]
        if loads and not any(_is_handled(context, load) for load in loads):
            first = loads[0]
            yield Hit(
                message="Nothing handles a failure of loading data, and nothing checks what was loaded.",
                path=first.path,
                line=first.call.lineno,
                end_line=first.call.end_lineno,
                fix=Fix(summary="Catch the failure and raise an error that names the data set; check its columns."),
            )


def _is_handled(context: Context, load: Load) -> bool:
    every = context.fact(nodes)
    tree = every[load.path]
    function = tree.function(load.call)
    if _is_tried(tree, load.call):
        return True
    if function is None:
        return False
    if any(True for _ in (*tree.under(function, ast.Raise), *tree.under(function, ast.Assert))):
        return True
    if any(last_name(_bare(each)) not in HARMLESS for each in getattr(function, "decorator_list", ())):
        return True
    callers = context.fact(local_calls).callers(function)
    return any(_is_tried(every[path], call) for path, call, _ in callers)


def _is_tried(tree: Nodes, node: ast.AST) -> bool:
    return any(isinstance(outer, ast.Try) and outer.handlers for outer in tree.above(node))


def _bare(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator
