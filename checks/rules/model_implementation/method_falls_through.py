"""``model-implementation/method-falls-through``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.method_dispatch import DeadEnd, dead_ends
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid
from checks.rules.model_implementation.method_never_built import files


class MethodFallsThrough(Rule):
    """A run misses the branch of its method because the name is spelt differently, and gets another one's code.

    What it finds
        A chain of tests on a setting such as ``method`` or ``model.name``, of which none is true for a run's value,
        while one compares with a constant that differs from the value in nothing but capitals, dashes, underscores or
        blanks: ``method: MetaNet`` and ``cfg.method == "metanet"``.

    Why it matters
        The run is recorded under the method's name and carried out with the code of the last branch, or none. The
        comparison then compares a method with itself, without any error.

    How to fix
        Compare with the very text of the run configuration, or bring both into one form first (``.lower()``).

    What it cannot see
        A value that no constant resembles: an ``else`` may well be meant for it.
    """

    criteria: ClassVar = {"experiment": "model-implementation"}
    valid = (
        Valid(
            "else-is-the-baseline",
            files("def build(cfg):\n    return 1 if cfg.method == 'GatedNet' else 2\n"),
        ),
        Valid(
            "brought-into-one-form",
            files(
                "def build(cfg):\n    name = cfg.method.lower()\n"
                "    if name == 'gatednet' or cfg.method == 'gated_net':\n"
                "        return 1\n    elif name == 'other':\n        return 2\n    return 3\n"
            ),
        ),
        Valid(
            "later-branch-takes-it",
            files(
                "def build(cfg):\n    if cfg.method == 'gatednet':\n        return 1\n"
                "    elif cfg.method in ('GatedNet', 'x'):\n        return 2\n    return 3\n"
            ),
        ),
    )
    invalid = (
        Invalid(
            "capitals",
            files("def build(cfg):\n    if cfg.method == 'gatednet':\n        return 1\n    return 3\n"),
            at=("src/model.py:2",),
        ),
        Invalid(
            "separators-in-a-set",
            files(
                "NAMES = ('a', 'b')\n\n\ndef build(cfg):\n    kind = cfg['method']\n"
                "    return 1 if kind.lower() in {'gated-net', 'gated_net'} else 2\n"
            ),
            at=("src/model.py:6",),
        ),
        Invalid(
            "chain-with-else",
            files(
                "def build(cfg):\n    if cfg.model.name == 'vit':\n        x = 1\n    elif cfg.model.name == 'MLP':\n"
                "        x = 2\n    else:\n        x = 3\n    return x\n"
            ),
            at=("src/model.py:4",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each test that is missed by spelling alone."""
        raised = {(each.path, run) for each in context.fact(dead_ends) if not each.near for run in each.runs}
        for each in context.fact(dead_ends):
            if each.near and not all((each.path, run) in raised for run in each.runs):
                yield _hit(each)


def _hit(found: DeadEnd) -> Hit:
    runs = ", ".join(f"`{run}`" for run in found.runs[:4])
    line = getattr(found.node, "lineno", 1)
    return Hit(
        message=f"`{found.key}: {found.value}` of {runs} never equals `{found.near}` here, which differs in spelling "
        "alone: the run passes by this branch and gets the code of another.",
        path=found.path,
        line=line,
        end_line=getattr(found.node, "end_lineno", None),
        fix=Fix(summary=f"Compare with `{found.value}`, the text of the run configuration."),
    )
