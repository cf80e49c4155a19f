"""Statistical tests in the evaluation: where one is used, and what it is given."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.evaluation_code import evaluation_code, words_of
from checks.facts.imports import imports
from checks.facts.nodes import nodes
from checks.facts.origins import Origins, origins
from checks.facts.syntax import dotted, text_of
from checks.facts.trail import End, Steps
from checks.facts.value_sites import value_sites

TESTS = frozenset(
    {
        "alexandergovern", "anderson_ksamp", "barnard_exact", "binom_test", "binomtest", "boschloo_exact",
        "brunnermunzel", "chi2_contingency", "cramervonmises_2samp", "epps_singleton_2samp", "f_oneway",
        "fisher_exact", "friedmanchisquare", "kruskal", "ks_2samp", "mannwhitneyu", "mcnemar", "median_test",
        "page_trend_test", "permutation_test", "proportions_ztest", "ranksums", "ttest_1samp", "ttest_ind",
        "ttest_ind_from_stats", "ttest_rel", "tukey_hsd", "wilcoxon", "ztest", "bootstrap",
        "pairwise_tukeyhsd", "ttest",
    }
)  # fmt: skip
"""Names of tests in scipy, statsmodels and pingouin."""
WORDS = frozenset(
    {
        "ttest", "bootstrap", "bootstrapped", "permutation", "permute", "wilcoxon", "mcnemar", "significance",
        "significant", "pvalue", "pval", "pvals", "pvalues", "welch", "anova", "mannwhitneyu", "binomtest",
        "resample", "bayes", "posterior",
    }
)  # fmt: skip
"""Words of names that a test written by hand has."""
STATISTIC = re.compile(r"(?:^|_)[ptz]_?(?:val|vals|value|values|stat|stats|statistic|test|score)(?:$|_)")
"""Names such as ``p_val`` and ``t_stat``."""
LIBRARIES = ("statsmodels", "pingouin", "scikit_posthocs", "autorank", "baycomp", "deepsig")
SAMPLES = {
    "ttest_ind": ("a", "b"), "ttest_rel": ("a", "b"), "ttest_1samp": ("a",), "wilcoxon": ("x", "y"),
    "mannwhitneyu": ("x", "y"), "ranksums": ("x", "y"), "ks_2samp": ("data1", "data2"), "brunnermunzel": ("x", "y"),
    "ttest": ("x", "y"), "kruskal": (), "f_oneway": (), "friedmanchisquare": (),
}  # fmt: skip
"""Tests on samples of measured values, with their parameters for these; empty for any number of samples."""


FILLERS = ("append", "extend", "insert")
MOST_PARTS = 100
"""Parts of a sum that are looked at."""


class Sample(StrEnum):
    """What one sample of a test certainly is."""

    ONE_VALUE = "one value"
    DRAWN = "drawn from a random generator"
    REPEATED = "one value several times"
    SHIFTED = "one value moved up and down"


@dataclass(frozen=True, slots=True)
class SampleTest:
    """One call of a test on samples.

    Args:
        path: the file.
        call: the call.
        name: the test's name.
        samples: its samples; ``*samples`` stands for all its items.
    """

    path: str
    call: ast.Call
    name: str
    samples: tuple[ast.expr, ...]


def uses_statistics(context: Context) -> bool:
    """Whether anything that runs in the evaluation looks like a statistical test, one written by hand among them."""
    code = context.fact(evaluation_code)
    if code.names & TESTS or code.texts & TESTS or WORDS & words_of(*code.names):
        return True
    if any(STATISTIC.search(name.lower()) for name in (*code.names, *code.texts)):
        return True
    known = context.fact(imports)
    paths = {path for path, _ in code.units}
    aliases = (each for path in paths for each in known[path].all)
    if any(each.bound in code.names and each.origin.rpartition(".")[2] in TESTS for each in aliases):
        return True
    return any(
        (known[path].resolve(node) or "").startswith(LIBRARIES) for path, node in code.of(ast.Attribute, ast.Name)
    )


def sample_tests(context: Context) -> Iterator[SampleTest]:
    """Every call of a library's test on samples that runs in the evaluation."""
    known = context.fact(calls)
    for path, call in context.fact(evaluation_code).of(ast.Call):
        origin = known[path].origin(call) or ""
        name = origin.rpartition(".")[2]
        if name in SAMPLES and "." in origin:
            samples = _samples(call, SAMPLES[name])
            if samples:
                yield SampleTest(path, call, name, samples)


def _samples(call: ast.Call, names: tuple[str, ...]) -> tuple[ast.expr, ...]:
    positional = call.args if not names else call.args[: len(names)]
    return (*positional, *(word.value for word in call.keywords if word.arg in names))


def judge_sample(context: Context, path: str, sample: ast.expr) -> Sample | None:
    """What a sample certainly is, whichever way the code takes; None where it may be measured values."""
    known = context.fact(origins)
    ends = [*_unwrapped(known, path, *((sample.value, ("*",)) if isinstance(sample, ast.Starred) else (sample, ())))]
    kinds = {_kind(context, end) for end in ends}
    return kinds.pop() if len(kinds) == 1 and ends else None


WRAPPERS = frozenset({"numpy.array()", "numpy.asarray()", "pandas.Series()", "torch.tensor()", "numpy.atleast_1d()"})


def _unwrapped(known: Origins, path: str, node: ast.expr, steps: Steps) -> Iterator[End]:
    for end in known.of(path, node, steps):
        if end.root in WRAPPERS and not end.steps and isinstance(end.node, ast.Call) and end.node.args:
            yield from known.of(end.path, end.node.args[0])
        else:
            yield end


def _kind(context: Context, end: End) -> Sample | None:
    if is_draw(end.root, end.steps):
        return Sample.DRAWN
    if end.steps or not end.known or not isinstance(end.node, ast.expr):
        return None
    match end.node:
        case ast.List(elts=items) | ast.Tuple(elts=items):
            if any(isinstance(each, ast.Starred) for each in items) or _is_filled(context, end.path, end.node):
                return None
            return Sample.ONE_VALUE if len(items) == 1 else _same_value(items)
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            many = left if isinstance(left, ast.List) else right
            if isinstance(many, ast.List) and len(many.elts) == 1 and not isinstance(many.elts[0], ast.Starred):
                return Sample.REPEATED
        case ast.Call(args=[_, _, *_]) if end.root == "numpy.full()":
            return Sample.REPEATED
        case ast.ListComp(elt=item, generators=[loop]):
            return _comprehended(context, end.path, item, loop)
    return _noisy(context, end.path, end.node)


def _noisy(context: Context, path: str, node: ast.expr) -> Sample | None:
    """A value with drawn noise added to it or multiplied with it."""
    known = context.fact(origins)
    stack: list[ast.expr] = [node] if isinstance(node, ast.BinOp) else []
    for _ in range(MOST_PARTS):
        if not stack:
            return None
        each = stack.pop()
        if isinstance(each, ast.BinOp):
            stack += [each.left, each.right]
        elif any(is_draw(end.root, end.steps) for end in known.of(path, each)):
            return Sample.DRAWN
    return None


def _is_filled(context: Context, path: str, made: ast.expr) -> bool:
    """Whether something is put into a list after it was made, by any name that its statement gives it."""
    found = context.fact(nodes)[path]
    statement = found.statement(made)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    names = {each.id for target in targets for each in found.under(target, ast.Name)}
    grown = {dotted(call.func.value) for call in context.fact(calls)[path].named(*FILLERS)
             if isinstance(call.func, ast.Attribute)}  # fmt: skip
    grown |= {dotted(each.target) for each in found.of(ast.AugAssign)}
    return bool(names & grown) or context.fact(value_sites).is_filled(path, made)


def _comprehended(context: Context, path: str, item: ast.expr, loop: ast.comprehension) -> Sample | None:
    """A list with the same value, or a drawn one, for each number of a range; or a value with each of some offsets."""
    if not isinstance(loop.target, ast.Name) or loop.ifs:
        return None
    if not (isinstance(loop.iter, ast.Call) and called_name(loop.iter) == "range"):
        return _moved(context, path, item, loop.target.id, loop.iter)
    found = calls_of(item)
    drawn = (end for call in found for end in context.fact(origins).of(path, call))
    if any(is_draw(end.root, end.steps) for end in drawn):
        return Sample.DRAWN
    uses = {each.id for each in ast.walk(item) if isinstance(each, ast.Name)}
    return None if loop.target.id in uses or found else Sample.REPEATED


def _moved(context: Context, path: str, item: ast.expr, offset: str, offsets: ast.expr) -> Sample | None:
    """``[x + e for e in (-0.01, 0, 0.01)]``, where ``x`` is one plain value."""
    if not isinstance(item, ast.BinOp):
        return None
    sides = [{each.id for each in ast.walk(side) if isinstance(each, ast.Name)} for side in (item.left, item.right)]
    if (offset in sides[0]) == (offset in sides[1]):
        return None
    moved = item.left if offset in sides[1] else item.right
    plain = isinstance(moved, ast.Name | ast.Attribute | ast.Subscript)
    ends = context.fact(origins).of(path, offsets)
    return Sample.SHIFTED if plain and ends and all(not end.steps and _is_numbers(end.node) for end in ends) else None


def _is_numbers(node: ast.AST) -> bool:
    """Whether a list or tuple holds only written numbers."""
    items = node.elts if isinstance(node, ast.List | ast.Tuple) else []
    bare = [each.operand if isinstance(each, ast.UnaryOp) else each for each in items]
    return len(bare) > 1 and all(
        isinstance(each, ast.Constant) and isinstance(each.value, int | float) for each in bare
    )


def calls_of(node: ast.expr) -> list[ast.Call]:
    """The calls inside an expression."""
    return [each for each in ast.walk(node) if isinstance(each, ast.Call)]


DRAWS = frozenset(
    {"normal", "randn", "rand", "uniform", "standard_normal", "random", "random_sample", "gauss", "normalvariate",
     "lognormal", "beta", "triangular", "laplace"}
)  # fmt: skip
"""Functions that make numbers up; ``choice`` and ``permutation`` only rearrange what was measured."""
GENERATORS = ("numpy.random.", "random.", "torch.", "scipy.stats.norm.")


def is_draw(root: str, steps: tuple[str, ...]) -> bool:
    """Whether a value that comes from here was drawn from a random generator."""
    if root in ("numpy.random.default_rng()", "numpy.random.RandomState()", "random.Random()"):
        return bool(steps) and steps[0].strip(".()") in DRAWS
    name = root.removesuffix("()").rpartition(".")[2]
    if root.startswith("torch."):
        return name in ("randn", "rand", "normal")
    return root.startswith(GENERATORS) and root.endswith("()") and (name in DRAWS or name == "rvs")


def _same_value(items: list[ast.expr]) -> Sample | None:
    """``[x - e, x, x + e]`` and ``[x, x, x]``: made of one value."""
    bases = [_base(each) for each in items[:50]]
    if len(items) < 2 or not all(bases) or len(set(bases)) != 1:
        return None
    moved = any(isinstance(each, ast.BinOp) for each in items)
    return Sample.SHIFTED if moved else Sample.REPEATED


def _base(item: ast.expr) -> str:
    """The text of the value that an item is, with a constant added or multiplied; empty for a constant."""
    for _ in range(4):
        if isinstance(item, ast.BinOp) and isinstance(item.right, ast.Constant):
            item = item.left
        elif isinstance(item, ast.BinOp) and isinstance(item.left, ast.Constant):
            item = item.right
        else:
            break
    plain = isinstance(item, ast.Name | ast.Attribute | ast.Subscript)
    return text_of(item) if plain else ""
