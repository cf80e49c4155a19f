"""``evaluation-independence/test-on-invented-data``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.evaluation_code import EVALUATE
from checks.facts.significance import Sample, judge_sample, sample_tests
from checks.facts.syntax import text_of
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

START = "from scipy import stats\nimport numpy as np\n"
INVENTED = frozenset({Sample.DRAWN, Sample.REPEATED, Sample.SHIFTED})


class TestOnInventedData(Rule):
    """A significance test is given values that nobody measured.

    What it finds
        A test such as ``ttest_ind`` with a sample that is drawn from a random generator, is one value repeated
        (``[acc] * 5``), or is one value moved up and down by constants (``[acc - 0.01, acc, acc + 0.01]``).

    Why it matters
        The p value then depends on the invented spread alone. It makes any result significant, or none, and a reader
        takes it for evidence.

    How to fix
        Test what the runs measured: the answers on the test samples, or the results of several seeds.

    What it cannot see
        Invented values that come from a file or are put into a list one by one. Resampling of measured values, as in a
        bootstrap or a permutation test, is no invention and is not reported.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("measured", {EVALUATE: f"{START}print(stats.ttest_ind(ours.history['acc'], theirs.history['acc']))\n"}),
        Valid(
            "resampled",
            {
                EVALUATE: f"{START}rng = np.random.default_rng(0)\nmeans = [rng.choice(x, 9).mean() for _ in y]\n"
                "print(stats.ttest_1samp(means, 0), stats.wilcoxon(rng.permutation(x), y))\n"
            },
        ),
        Valid(
            "for-a-figure",
            {EVALUATE: f"{START}x = np.random.normal(0, 1, 9)\nprint(stats.ttest_rel(a, b))\n"},
        ),
        Valid("different-values", {EVALUATE: f"{START}print(stats.ttest_ind([a1, a2, a3], [b1, b2, b3]))\n"}),
    )
    invalid = (
        Invalid(
            "drawn-around-the-mean",
            {EVALUATE: f"{START}ours = np.random.normal(acc, 0.01, size=5)\n"
                       "theirs = np.random.normal(base, 0.01, size=5)\n"
                       "print(stats.ttest_ind(ours, theirs))\n"},
            at=(f"{EVALUATE}:5",),
        ),
        Invalid(
            "noise-in-a-helper",
            {EVALUATE: f"{START}\n\ndef seeds(value):\n    rng = np.random.default_rng(0)\n"
                       "    return value + rng.standard_normal(10) * 0.02\n\n\n"
                       "p = stats.wilcoxon(seeds(acc), seeds(base)).pvalue\n"},
            at=(f"{EVALUATE}:10",),
        ),
        Invalid("repeated", {EVALUATE: f"{START}print(stats.mannwhitneyu([acc] * 5, [b] * 5))\n"}, (f"{EVALUATE}:3",)),
        Invalid(
            "moved-up-and-down",
            {EVALUATE: f"{START}a = [acc - 0.01, acc, acc + 0.01]\nprint(stats.ttest_ind(a, measured))\n"},
            at=(f"{EVALUATE}:4",),
        ),
    )  # fmt: skip

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each such test."""
        for test in sample_tests(context):
            kinds = (judge_sample(context, test.path, each) for each in test.samples)
            kind = next((kind for kind in kinds if kind in INVENTED), None)
            if kind is not None:
                yield Hit(
                    message=f"`{text_of(test.call)[:100]}` tests a sample that is {kind.value} and not measured.",
                    path=test.path,
                    line=test.call.lineno,
                    end_line=test.call.end_lineno,
                    fix=Fix(summary="Test values that the runs measured: per test sample, or per seed."),
                )
