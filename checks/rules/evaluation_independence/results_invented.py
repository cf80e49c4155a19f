"""``evaluation-independence/results-invented``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.evaluation_code import EVALUATE, evaluation_code, words_of
from checks.facts.evaluation_writes import JsonWrite, evaluation_writes
from checks.facts.may_hold import may_hold
from checks.facts.nodes import nodes
from checks.facts.origins import origins
from checks.facts.significance import DRAWS, is_draw
from checks.facts.syntax import text_of
from checks.finding import Evidence, Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

EXPORT = "metrics.json"
MADE_UP = frozenset(
    {"synthetic", "dummy", "fake", "mock", "mocked", "simulate", "simulated", "placeholder", "fallback"}
)
START = "import json\nimport numpy as np\nimport wandb\n\n"
LOOP = "for run_id in run_ids:\n"
WRITE = "    json.dump({'history': history}, open(f'{out}/{run_id}/metrics.json', 'w'))\n"


class ResultsInvented(Rule):
    """The evaluation reports numbers that come from a random generator.

    What it finds
        Values drawn with ``np.random.normal``, ``randn``, ``uniform`` and the like that go into a run's
        ``metrics.json``. It blocks where they stand in for a run that could not be fetched (in an ``except``, or in
        code that calls itself synthetic, dummy or a fallback); elsewhere it is advisory.

    Why it matters
        The comparison then shows results of no experiment, in the same files and figures as real ones. A missing login
        or a wrong run id is enough to publish them.

    How to fix
        Stop with an error that names the run that could not be fetched.

    What it cannot see
        Invented numbers that are written out as constants. Resampling what was measured (``choice``, ``permutation``,
        ``integers``) is not reported, and neither is what is drawn for a figure alone.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid(
            "fetched", {EVALUATE: f"{START}{LOOP}    history = wandb.Api().run(run_id).history().to_dict()\n{WRITE}"}
        ),
        Valid(
            "resampled",
            {
                EVALUATE: f"{START}{LOOP}    values = wandb.Api().run(run_id).history()['acc']\n"
                "    history = {'ci': np.percentile(np.random.choice(values, 99), [2, 97]).tolist()}\n" + WRITE
            },
        ),
        Valid(
            "for-a-figure",
            {
                EVALUATE: f"{START}import matplotlib.pyplot as plt\n{LOOP}    history = load(run_id)\n"
                f"    plt.scatter(np.random.normal(0, 0.1, 9), history['acc'])\n{WRITE}"
            },
        ),
    )
    invalid = (
        Invalid(
            "in-place-of-a-run",
            {EVALUATE: f"{START}{LOOP}    try:\n        history = wandb.Api().run(run_id).history().to_dict()\n"
                       "    except Exception:\n        noise = np.random.randn(50) * 0.01\n"
                       f"        history = {{'acc': (0.9 + noise).tolist()}}\n{WRITE}"},
            at=(f"{EVALUATE}:9",),
        ),
        Invalid(
            "by-a-helper",
            {EVALUATE: f"{START}\ndef dummy_history(n):\n    rng = np.random.default_rng(0)\n"
                       "    return {'acc': rng.uniform(0.8, 0.9, n).tolist()}\n\n\n"
                       f"{LOOP}    history = fetch(run_id) or dummy_history(9)\n{WRITE}"},
            at=(f"{EVALUATE}:8",),
        ),
        Invalid(
            "added-to-what-was-measured",
            {EVALUATE: f"{START}{LOOP}    history = load(run_id) + np.random.normal(0, 0.01, 9)\n{WRITE}"},
            at=(f"{EVALUATE}:6",),
        ),
    )  # fmt: skip

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit: the first drawn value, with the count of others."""
        drawn = [
            (path, call) for path, call in context.fact(evaluation_code).of(ast.Call) if _is_draw(context, path, call)
        ]
        if not drawn:
            return
        for write in context.fact(evaluation_writes):
            if write.target.last().constant != EXPORT:
                continue
            held = {node for _, node in context.fact(may_hold).parts(write.value.path, write.value.node)}
            used = [(path, call) for path, call in drawn if call in held]
            if used:
                sure = [each for each in used if _stands_in(context, *each)]
                yield _hit(context, write, (sure or used)[0], len(used), bool(sure))
                return


def _is_draw(context: Context, path: str, call: ast.Call) -> bool:
    if called_name(call) not in DRAWS:
        return False
    return any(is_draw(end.root, end.steps) for end in context.fact(origins).of(path, call))


def _stands_in(context: Context, path: str, call: ast.Call) -> bool:
    """Whether a drawn value takes the place of a run that was not fetched."""
    found = context.fact(nodes)[path]
    if found.nearest(call, ast.ExceptHandler) is not None:
        return True
    function = found.function(call)
    block = found.nearest(call, ast.If)
    words = words_of(function.name) if function is not None else frozenset()
    if block is not None:
        words |= words_of(*(text.value for text in found.under(block, ast.Constant) if isinstance(text.value, str)))
    statement = found.statement(call)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return bool(MADE_UP & (words | words_of(*map(text_of, targets))))


def _hit(context: Context, write: JsonWrite, first: tuple[str, ast.Call], count: int, sure: bool) -> Hit:
    path, call = first
    others = f" ({count} drawn values in all)" if count > 1 else ""
    evidence: tuple[Evidence, ...] = (context.quote(path, call.lineno, call.end_lineno),)
    evidence += (context.quote(write.value.path, write.value.node.lineno),)
    return Hit(
        message=f"`{text_of(call)[:80]}` makes up numbers that go into a run's `{EXPORT}`{others}: results of no "
        "experiment.",
        path=path,
        line=call.lineno,
        end_line=call.end_lineno,
        evidence=evidence,
        fix=Fix(summary="Stop with an error that names the run that could not be fetched."),
        severity=None if sure else Severity.ADVISORY,
    )
