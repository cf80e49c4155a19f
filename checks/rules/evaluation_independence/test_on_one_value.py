"""``evaluation-independence/test-on-one-value``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.evaluation_code import EVALUATE
from checks.facts.significance import Sample, judge_sample, sample_tests
from checks.facts.syntax import text_of
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

START = "from scipy import stats\nimport numpy as np\n"


class TestOnOneValue(Rule):
    """A significance test is given samples of one value each.

    What it finds
        A test such as ``ttest_ind``, ``wilcoxon`` or ``mannwhitneyu`` whose every sample is a list of a single value,
        written in place, behind a name or handed to a helper.

    Why it matters
        One value has no spread: the result is NaN or says nothing, and stands in the report as if it did.

    How to fix
        Test what was measured several times in each run: the answers on the test samples, or the results of several
        seeds. Where there is only one value a side, report the gap without a test.

    What it cannot see
        How many values a list has that is filled when the program runs.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("curves", {EVALUATE: f"{START}print(stats.ttest_ind(ours['acc'], theirs['acc']))\n"}),
        Valid(
            "filled-later",
            {
                EVALUATE: f"{START}a, b = [one], [two]\nfor run in runs:\n    a.append(run.a)\n    b.append(run.b)\n"
                "print(stats.ttest_ind(a, b))\n"
            },
        ),
        Valid("one-side-only", {EVALUATE: f"{START}print(stats.ttest_ind([baseline], values))\n"}),
        Valid("not-on-samples", {EVALUATE: f"{START}print(stats.binomtest(3, 7))\n"}),
    )
    invalid = (
        Invalid("in-place", {EVALUATE: f"{START}stats.ttest_ind([a], [b], equal_var=False)\n"}, (f"{EVALUATE}:3",)),
        Invalid(
            "behind-names",
            {EVALUATE: f"{START}a = [rows[0]['acc']]\nb = np.array([rows[1]['acc']])\n"
                       "t, p = stats.mannwhitneyu(x=a, y=b)\n"},
            at=(f"{EVALUATE}:5",),
        ),
        Invalid(
            "handed-to-a-helper",
            {EVALUATE: "import scipy.stats as st\n\n\ndef p_value(a, b):\n    return st.wilcoxon(a, b).pvalue\n\n\n"
                       "print(p_value([best['proposed']], [best['baseline']]))\n"},
            at=(f"{EVALUATE}:5",),
        ),
    )  # fmt: skip

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each such test."""
        for test in sample_tests(context):
            if all(judge_sample(context, test.path, each) is Sample.ONE_VALUE for each in test.samples):
                yield Hit(
                    message=f"`{text_of(test.call)[:100]}` tests samples of one value each; the result is NaN or says "
                    "nothing.",
                    path=test.path,
                    line=test.call.lineno,
                    end_line=test.call.end_lineno,
                    fix=Fix(summary="Test values that were measured several times: per test sample, or per seed."),
                )
