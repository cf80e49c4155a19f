"""``evaluation-independence/gap-sign-not-handled``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.evaluation_code import EVALUATE, EvaluationCode, evaluation_code, words_of
from checks.facts.evaluation_document import AGGREGATE, Document, evaluation_document
from checks.facts.gap_direction import primary_direction
from checks.facts.gap_formula import Kind, Reading, gap_readings
from checks.facts.metric_direction import Direction
from checks.facts.research import research
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

HIGHEST = frozenset({"max()", "numpy.max()", "numpy.argmax()", "numpy.amax()", "numpy.nanmax()"})
HIGHEST_METHODS = (".max()", ".idxmax()", ".argmax()", ".nlargest()")
OTHER_WAY = frozenset(
    {
        "min", "idxmin", "argmin", "nsmallest", "nanmin", "minimize", "minimise", "minimized", "minimised", "maximize",
        "maximise", "lower", "higher", "direction", "ascending", "reverse", "sign",
    }
)  # fmt: skip
"""Words of names in code that looks at which way the metric counts."""
LOWER = {"research_context.md": "# Hypothesis\nprimary_metric='FID on 50k samples'\n"}
OPEN = {"research_context.md": "# Hypothesis\nprimary_metric='the wug index'\n"}
START = "import json\n\n\ndef main(values):\n"
SIDES = (
    "    prop = {pick}((v, r) for r, v in values.items() if 'proposed' in r)\n"
    "    base = {pick}((v, r) for r, v in values.items() if 'comparative' in r)\n"
)
GAP = "    gap = (prop[0] - base[0]) / base[0] * 100\n"
WRITE = (
    "    doc = {{'best_proposed': {{'run_id': prop[1], 'value': prop[0]}}, 'gap': {gap}}}\n"
    f"    json.dump(doc, open('r/comparison/{AGGREGATE}', 'w'))\n\n\nmain({{{{}}}})\n"
)


def _example(pick: str, gap: str, *more: Mapping[str, str]) -> Mapping[str, str]:
    text = START + SIDES.format(pick=pick) + GAP + WRITE.format(gap=gap)
    return {EVALUATE: text, **{path: each for files in more for path, each in files.items()}}


class GapSignNotHandled(Rule):
    """A metric that is better when lower is compared as if it were better when higher.

    What it finds
        The primary metric is to be minimised (FID, loss, error, perplexity, time, ...), and the gap keeps the sign of
        ``proposed - baseline`` in every case, or the best run is the one with the highest value. Where the name of the
        designed metric leaves its direction open and the code knows only "higher is better", it is advisory.

    Why it matters
        An improvement is then reported as a loss and the worst run as the best one.

    How to fix
        Take the direction from the hypothesis: pick the best run with ``min`` and turn the gap's sign round.

    What it cannot see
        A direction that neither the research context nor the written name of the primary metric shows, and values that
        are stored with their sign turned round.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("turned-round", _example("min", "-gap", LOWER)),
        Valid("by-a-switch", _example("min", "gap if maximize else -gap", LOWER)),
        Valid("higher-is-better", _example("max", "gap", {"research_context.md": "primary_metric='accuracy'\n"})),
        Valid("no-design", _example("max", "gap")),
        Valid("switch-for-an-open-metric", _example("(max if higher else min)", "gap if higher else -gap", OPEN)),
    )
    invalid = (
        Invalid("kept", _example("min", "gap", LOWER), at=(f"{EVALUATE}:7",)),
        Invalid("highest-is-best", _example("max", "-gap", LOWER), at=(f"{EVALUATE}:5",)),
        Invalid("both", _example("max", "gap", LOWER), at=(f"{EVALUATE}:7",)),
        Invalid(
            "by-the-written-name",
            {EVALUATE: _example("min", "gap, 'primary_metric': 'validation perplexity'")[EVALUATE]},
            at=(f"{EVALUATE}:7",),
        ),
        Invalid("open", _example("max", "gap", OPEN), at=(f"{EVALUATE}:7",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit: the gap, else the selection."""
        document, code = context.fact(evaluation_document), context.fact(evaluation_code)
        if document is None or code.hidden:
            return
        way, designed = context.fact(primary_direction), context.fact(research)
        readings = context.fact(gap_readings)
        kept = bool(readings) and all(reading.kind is Kind.RIGHT for reading in readings)
        metric = (designed.primary_metric or "the written primary metric")[:80]
        if way is Direction.LOWER:
            highest = _highest(document, code)
            if kept:
                also = ", and the best run is the one with the highest value" if highest else ""
                yield _gap_hit(readings[0], f"`{metric}` is better when lower, and the gap keeps its sign{also}.")
            elif highest:
                yield _selection_hit(*highest, metric)
        elif way is None and designed.primary_metric and kept and _highest(document, code):
            message = f"The code takes a higher `{metric}` for better in every case; the name alone does not say so."
            yield _gap_hit(readings[0], message, Severity.ADVISORY)


def _gap_hit(reading: Reading, message: str, severity: Severity | None = None) -> Hit:
    return Hit(
        message=message,
        path=reading.path,
        line=reading.node.lineno,
        end_line=reading.node.end_lineno,
        fix=Fix(summary="For a metric that is to be minimised pick the best run with `min` and negate the gap."),
        severity=severity,
    )


def _selection_hit(path: str, node: ast.expr, metric: str) -> Hit:
    return Hit(
        message=f"`{metric}` is better when lower, and the best run is picked by the highest value.",
        path=path,
        line=node.lineno,
        end_line=node.end_lineno,
        fix=Fix(summary="Pick the best run with `min` for a metric that is to be minimised."),
    )


def _highest(document: Document, code: EvaluationCode) -> tuple[str, ast.expr] | None:
    """Where the best proposed run is picked as the highest, if nothing in the evaluation looks at the other way."""
    if OTHER_WAY & words_of(*(name for name in code.names if name != "lower" or name in _variables(code))):
        return None
    for key in ("[value]", "[run_id]"):
        for end in document.ends("[best_proposed]", key):
            picked = end.root in HIGHEST or any(step in HIGHEST_METHODS for step in end.steps)
            if picked and isinstance(end.node, ast.expr):
                return end.path, end.node
    return None


def _variables(code: EvaluationCode) -> frozenset[str]:
    """Names that are no methods: ``text.lower()`` says nothing about a metric."""
    return frozenset({node.id for _, node in code.of(ast.Name)} | {node.arg for _, node in code.of(ast.arg)})
