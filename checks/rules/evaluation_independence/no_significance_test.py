"""``evaluation-independence/no-significance-test``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.evaluation_code import EVALUATE, evaluation_code
from checks.facts.imports import imports
from checks.facts.nodes import nodes
from checks.facts.significance import TESTS, uses_statistics
from checks.facts.syntax import dotted
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

FIX = Fix(
    summary="Test the proposed method against the best baseline on what both measured, for example McNemar's test on "
    "the answers of each test sample, or `scipy.stats.wilcoxon` on paired values, and write its p value."
)


class NoSignificanceTest(Rule):
    """The evaluation makes no statistical test.

    What it finds
        Code run by ``src/evaluate.py`` in which no test of ``scipy.stats``, ``statsmodels`` or ``pingouin`` is used and
        no name speaks of one written by hand (bootstrap, permutation, p value, significance). A test that is imported
        and never called, or called only in a function that nothing uses, is named.

    Why it matters
        A gap between two runs may be chance. Whether it is significant is part of what the comparison must say.

    How to fix
        Call a test on what the two runs measured, sample by sample or seed by seed, and write its result beside the
        gap.

    What it cannot see
        Whether the test fits the data; a test on a single value or on invented data is reported by rules of their own.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("scipy", {EVALUATE: "from scipy import stats\nprint(stats.ttest_rel([1, 2], [2, 3]))\n"}),
        Valid("in-a-list", {EVALUATE: "import scipy.stats as s\nfor f in (s.wilcoxon, s.ks_2samp):\n    f()\n"}),
        Valid("by-name", {EVALUATE: "from scipy import stats\nt = getattr(stats, 'ttest_ind')\nprint(t([1], [2]))\n"}),
        Valid(
            "written-by-hand",
            {
                EVALUATE: "import numpy as np\n\n\ndef paired_bootstrap(a, b):\n    i = np.random.randint(0, 9, 9)\n"
                "    return (a[i] > b[i]).mean()\n\n\nprint(paired_bootstrap([], []))\n"
            },
        ),
        Valid(
            "other-file",
            {
                EVALUATE: "from src.model import compare\nprint(compare())\n",
                "src/model.py": "import pingouin as pg\n\n\ndef compare():\n    return pg.ttest([1], [2])\n",
            },
        ),
        Valid("nothing-to-read", {EVALUATE: ""}),
    )
    invalid = (
        Invalid(
            "imported-and-never-called",
            {EVALUATE: "import json\nfrom scipy.stats import ttest_ind\n\n\n"
                       "def main():\n    print(json.dumps({}))\n\n\nmain()\n"},
            at=(f"{EVALUATE}:2",),
        ),
        Invalid(
            "in-a-function-that-nothing-calls",
            {EVALUATE: "from scipy import stats\n\n\ndef compare(a, b):\n    return stats.ttest_ind(a, b)\n\n\n"
                       "def main():\n    print('gap')\n\n\nmain()\n"},
            at=(f"{EVALUATE}:4",),
        ),
        Invalid("nothing-at-all", {EVALUATE: "import numpy as np\nprint(np.mean([1, 2]))\n"}, at=(EVALUATE,)),
    )  # fmt: skip

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit: the unused import or function, or the whole file."""
        code = context.fact(evaluation_code)
        if code.hidden or context.fact(uses_statistics):
            return
        line, what = _unused(context)
        reason = f"; {what}" if what else ""
        yield Hit(
            message=f"No statistical test runs in the evaluation{reason}: whether the gap is significant stays open.",
            path=EVALUATE,
            line=line,
            fix=FIX,
        )


def _unused(context: Context) -> tuple[int | None, str]:
    found = context.fact(nodes)[EVALUATE]
    mentions: Iterator[ast.expr] = found.of(ast.Name, ast.Attribute)
    for node in mentions:
        name = dotted(node).rpartition(".")[2]
        function = found.function(node)
        if name in TESTS and function is not None:
            return function.lineno, f"`{name}` stands in `{function.name}`, which nothing uses"
    for statement in context.fact(imports)[EVALUATE].all:
        if statement.name in TESTS:
            return statement.line, f"`{statement.name}` is imported and never called"
    return None, ""
