"""Statistical tests in the evaluation: which code uses one, and which samples are certainly no measurements."""

import pytest

from checks.context import Context
from checks.facts.significance import Sample, judge_sample, sample_tests, uses_statistics
from checks.profiles import PROFILES
from checks.tree import SourceTree

HEAD = "import random\nimport numpy as np\nimport scipy.stats as st\nfrom scipy import stats\nacc, base = load()\n"


def context(code: str) -> Context:
    return Context(SourceTree({"src/evaluate.py": (HEAD + code).encode()}), PROFILES["experiment"])


def judged(code: str) -> list[Sample | None]:
    found = context(code)
    return [judge_sample(found, test.path, each) for test in sample_tests(found) for each in test.samples]


@pytest.mark.parametrize(
    "code",
    [
        "print(stats.ttest_ind(a, b))",
        "from scipy.stats import wilcoxon as w\nprint(w(a, b))",
        "test = st.mannwhitneyu\nprint(test(a, b))",
        "tests = {'t': stats.ttest_rel}\nprint(tests['t'](a, b))",
        "print(getattr(stats, 'kruskal')(a, b))",
        "import pingouin\nprint(pingouin.compute_effsize(a, b))",
        "from statsmodels.stats import weightstats as ws\nprint(ws.CompareMeans(a, b))",
        "def permutation_p(a, b):\n    return 1\n\n\nprint(permutation_p(a, b))",
        "boot = [np.mean(np.random.choice(d, len(d))) for _ in range(99)]\nbootstrap_ci = np.percentile(boot, [2, 97])",
        "p_value = 2 * (1 - st.norm.cdf(abs(z)))",
        "print({'p_val': 1 - st.t.cdf(t, df)})",
        "welch_t = (a.mean() - b.mean()) / np.sqrt(a.var() + b.var())",
        "t_stat = (a.mean() - b.mean()) / np.sqrt(a.var() + b.var())",
        "class Significance:\n    def mcnemar(self):\n        return 1\n\n\nprint(Significance().mcnemar())",
    ],
)
def test_a_test_is_seen(code: str) -> None:
    assert uses_statistics(context(code))


@pytest.mark.parametrize(
    "code",
    [
        "print(acc - base)",
        "from scipy.stats import ttest_ind\nprint(acc)",
        "print('no significant difference is tested for')",
        "from itertools import permutations\nprint(list(permutations('ab')))",
        "def compare():\n    return stats.ttest_ind(a, b)\n\n\ndef main():\n    print(1)\n\n\nmain()",
        "print(stats.describe(acc), np.std(acc))",
    ],
)
def test_no_test_is_seen(code: str) -> None:
    assert not uses_statistics(context(code))


@pytest.mark.parametrize(
    ("sample", "wanted"),
    [
        ("[acc]", Sample.ONE_VALUE),
        ("(acc,)", Sample.ONE_VALUE),
        ("np.array([acc])", Sample.ONE_VALUE),
        ("[acc, base]", None),
        ("[*acc]", None),
        ("acc", None),
        ("acc['x'].dropna()", None),
        ("[v for v in acc]", None),
        ("[run(s) for s in range(5)]", None),
        ("[acc] * 3", Sample.REPEATED),
        ("3 * [acc]", Sample.REPEATED),
        ("[acc, acc, acc]", Sample.REPEATED),
        ("[acc for _ in range(5)]", Sample.REPEATED),
        ("np.full(5, acc)", Sample.REPEATED),
        ("np.array([acc] * 4)", Sample.REPEATED),
        ("[acc - 0.1, acc, acc + 0.1]", Sample.SHIFTED),
        ("[acc * 0.99, acc * 1.01]", Sample.SHIFTED),
        ("[acc[0], acc[1]]", None),
        ("np.random.normal(acc, 0.1, 10)", Sample.DRAWN),
        ("np.random.default_rng(0).normal(acc, 0.1, 10)", Sample.DRAWN),
        ("acc + np.random.randn(10) * 0.01", Sample.DRAWN),
        ("[acc + random.gauss(0, 0.01) for _ in range(5)]", Sample.DRAWN),
        ("st.norm.rvs(acc, 0.1, size=10)", Sample.DRAWN),
        ("np.random.choice(acc, 10)", None),
        ("np.random.permutation(acc)", None),
        ("acc[np.random.rand(9) > 0.5]", None),
    ],
)
def test_what_a_sample_is(sample: str, wanted: Sample | None) -> None:
    assert judged(f"print(stats.ttest_ind({sample}, base))\n")[0] is wanted
    assert judged(f"first = {sample}\nsecond = first\nprint(stats.ttest_ind(a=second, b=base))\n")[0] is wanted
    helper = f"def test(x, y):\n    return st.wilcoxon(x, y)\n\n\nprint(test({sample}, base))\n"
    assert judged(helper)[0] is wanted


@pytest.mark.parametrize(
    "code",
    [
        "x = [acc]\nx.append(base)\nprint(stats.ttest_ind(x, x))",
        "x = [acc]\nx += others\nprint(stats.ttest_ind(x, x))",
        "x = [acc]\nif more:\n    x = more\nprint(stats.ttest_ind(x, x))",
        "x = [acc]\nfor s in seeds:\n    x.extend(s)\nprint(stats.ttest_ind(x, x))",
        "def f(x):\n    return stats.ttest_ind(x, x)\n\n\nf([acc])\nf(acc)",
    ],
)
def test_what_may_be_measured_is_left_alone(code: str) -> None:
    assert judged(code) == [None, None]


@pytest.mark.parametrize(
    "code",
    [
        "x = " + " + ".join(["acc"] * 5_000) + "\nprint(stats.ttest_ind(x, x))",
        "x = " + "[" * 80 + "acc" + "]" * 80 + "\nprint(stats.ttest_ind(x, x))",
        "x = [" + ", ".join(["acc"] * 20_000) + "]\nprint(stats.ttest_ind(x, x))",
        "x = x\nprint(stats.ttest_ind(x, x))",
        "print(" + "stats.ttest_ind(" * 60 + "acc" + ", base)" * 60 + ")",
    ],
)
def test_hostile_code_never_raises(code: str) -> None:
    assert set(judged(code)) <= {None, *Sample}
