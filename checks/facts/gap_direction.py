"""Whether the primary metric is better higher or lower: by the research context, else by the name that is written."""

import ast

from checks.context import Context
from checks.facts.evaluation_document import evaluation_document
from checks.facts.metric_direction import Direction, agreed, direction
from checks.facts.research import research


def primary_direction(context: Context) -> Direction | None:
    """The direction of the primary metric; None where neither says. Use it as ``context.fact(primary_direction)``.

    Where the research context and the metric that the evaluation writes disagree, it is open.
    """
    designed = context.fact(research)
    named = _written(context)
    if designed.direction is not None:
        return designed.direction if named in (None, designed.direction) else None
    return named if not designed.primary_metric else None


def _written(context: Context) -> Direction | None:
    document = context.fact(evaluation_document)
    ends = document.ends("[primary_metric]") if document is not None else ()
    texts = [
        end.node.value
        for end in ends
        if isinstance(end.node, ast.Constant) and isinstance(end.node.value, str) and not end.steps
    ]
    return agreed(map(direction, texts)) if texts and len(texts) == len(ends) else None
