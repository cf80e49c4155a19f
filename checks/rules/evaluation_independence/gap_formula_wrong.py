"""``evaluation-independence/gap-formula-wrong``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.evaluation_code import EVALUATE
from checks.facts.evaluation_document import AGGREGATE
from checks.facts.gap_direction import primary_direction
from checks.facts.gap_formula import Kind, Reading, gap_readings
from checks.facts.metric_direction import Direction
from checks.facts.nodes import nodes
from checks.facts.rewrite import replaced
from checks.facts.syntax import text_of
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

WORDS = {
    Kind.DIFFERENCE: "is the plain difference, not divided by the baseline",
    Kind.POINTS: "is a difference in points, not divided by the baseline",
    Kind.FRACTION: "is a fraction, not multiplied by 100",
    Kind.BY_PROPOSED: "is divided by the proposed method's value and not by the baseline's",
    Kind.ABSOLUTE: "has lost its sign: a worse proposed method looks like a better one",
    Kind.RATIO: "is a ratio and not a difference in per cent",
    Kind.REVERSED: "has its sign turned round although the primary metric is better when higher",
}
ACCEPTED = frozenset({Kind.RIGHT, Kind.REVERSED, Kind.SIGNED, Kind.UNKNOWN})
FORMULA = "(best_proposed - best_baseline) / best_baseline * 100"
START = "import json\nbest_proposed, best_baseline = best('proposed'), best('baseline')\n"
WRITE = f"\njson.dump({{'gap': gap}}, open('r/comparison/{AGGREGATE}', 'w'))\n"
AT = (f"{EVALUATE}:3",)
HIGHER = {"research_context.md": "# Hypothesis\nprimary_metric='accuracy on the test split'\n"}


def _example(gap: str) -> Mapping[str, str]:
    return {EVALUATE: START + gap + WRITE}


class GapFormulaWrong(Rule):
    """The gap is not the improvement over the best baseline in per cent.

    What it finds
        A ``gap`` in ``aggregated_metrics.json`` that is a plain difference, a fraction, a ratio, divided by the
        proposed method's value, or without its sign; or of the opposite sign although the primary metric is better when
        higher.

    Why it matters
        The gap is asked for as ``(best_proposed - best_baseline) / best_baseline * 100``. 0.04, 4.0 and 4.55 may all
        stand for the same pair of results: a reader who takes one for the other draws the wrong conclusion.

    How to fix
        Compute it with that formula, and turn the sign round for a metric that is better when lower.

    What it cannot see
        Arithmetic on values whose names do not tell the proposed method from the baseline, or that a library computes.
        The formula is tried out on numbers, so its spelling does not matter; where one of several branches computes it
        as asked, the others are taken for special cases.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("as-asked", _example(f"gap = {FORMULA}")),
        Valid("other-arithmetic", _example("gap = round(100.0 * (best_proposed / (best_baseline + 1e-8) - 1), 2)")),
        Valid(
            "helper-with-a-sign",
            _example(
                "def percent(new, old, sign):\n    change = new - old\n    if old == 0:\n        return 0.0\n"
                "    return sign * change / abs(old) * 100\n\n\n"
                "gap = percent(best_proposed, best_baseline, -1 if lower else 1)"
            ),
        ),
        Valid(
            "special-case-beside-it", _example(f"gap = {FORMULA} if best_baseline else best_proposed - best_baseline")
        ),
        Valid("names-that-do-not-tell", _example("gap = first['x'] - second['x']")),
        Valid("minimised", _example("gap = (best_baseline - best_proposed) / best_baseline * 100")),
    )
    invalid = (
        Invalid("difference", _example("gap = best_proposed - best_baseline"), at=AT),
        Invalid(
            "fraction-in-a-helper",
            _example(
                "def gain(ours, theirs):\n    return (ours - theirs) / theirs\n\n\n"
                "gap = gain(best_proposed, best_baseline)"
            ),
            at=(f"{EVALUATE}:4",),
        ),
        Invalid("by-the-proposed", _example("gap = (best_proposed - best_baseline) / best_proposed * 100"), AT),
        Invalid("no-sign", _example("gap = abs(best_proposed - best_baseline) / best_baseline * 100"), AT),
        Invalid("ratio", _example("gap = best_proposed / best_baseline * 100"), at=AT),
        Invalid(
            "turned-round",
            {**_example("gap = -(best_proposed - best_baseline) / best_baseline * 100"), **HIGHER},
            at=AT,
        ),
    )  # fmt: skip

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit: the first way in which the gap is computed."""
        readings = context.fact(gap_readings)
        kinds = {reading.kind for reading in readings}
        turned = kinds == {Kind.REVERSED} and context.fact(primary_direction) is Direction.HIGHER
        if not readings or (kinds & ACCEPTED and not turned):
            return
        yield _hit(context, readings[0])


def _hit(context: Context, reading: Reading) -> Hit:
    statement = context.fact(nodes)[reading.path].statement(reading.node)
    line, end_line, replacement = reading.node.lineno, reading.node.end_lineno, None
    wanted = _mended(reading)
    if statement is not None and wanted:
        replacement = replaced(context, reading.path, statement, reading.node, wanted)
        if replacement:
            line, end_line = statement.lineno, statement.end_lineno
    return Hit(
        message=f"The gap `{text_of(reading.node)[:100]}` {WORDS[reading.kind]}; `{FORMULA}` is asked for.",
        path=reading.path,
        line=line,
        end_line=end_line,
        fix=Fix(summary=f"Compute the gap as `{FORMULA}`.", replacement=replacement),
    )


def _mended(reading: Reading) -> str:
    """The expression in the form that is asked for, where only a factor or a divisor is missing."""
    node, text = reading.node, text_of(reading.node)
    if reading.kind is Kind.FRACTION and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return f"{text} * 100"
    return ""
