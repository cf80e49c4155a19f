"""``evaluation-independence/figure-name-not-unique``."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.figures import RUN_LOOP, Figure, figures
from checks.facts.imports import imports
from checks.facts.nodes import nodes
from checks.facts.syntax import text_of
from checks.facts.text_patterns import Hole, Pattern
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"
RUN = re.compile(r"\b(?:\w*run_?id\w*|rid|run|run_?name|run\.(?:id|name)|\w+_id|name|id)\b", re.IGNORECASE)
"""What names a run in an expression, generously: such a part of a name makes it one run's own."""
RUN_FOLDER = re.compile(r"(?:\b|_)(?:run_?id|rid|run|run_?name)\b", re.IGNORECASE)
"""What names a run in a folder's name, strictly."""
FOLDER = "comparison"
PREFIX = "comparison_"
HEAD = "import json, os, sys\nfrom pathlib import Path\nimport matplotlib.pyplot as plt\n"
LOOP = f"{HEAD}for run_id in run_ids:\n    out = Path(root) / run_id\n"


class FigureNameNotUnique(Rule):
    """Figures of different runs, or of a run and the comparison, share a name.

    What it finds
        In `src/evaluate.py`: a figure that is saved in a loop over runs, or into a folder named by the run, with a
        constant file name; a figure in the `comparison` folder whose name begins with a constant other than
        `comparison_`. Advisory: a figure of a run whose name has parts, none of which names the run; two calls that
        write one and the same path.

    Why it matters
        Figures of many runs and experiments are put into one folder later. Those with one name overwrite each other,
        and a figure whose name does not say what it belongs to cannot be told apart.

    How to fix
        Name a run's figures `f"{run_id}_learning_curve.pdf"` and the others `comparison_accuracy_bar_chart.pdf`.

    What it cannot see
        Names that are made in ways that are not followed, such as a name read from a file.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("run id in front", {EVALUATE: LOOP + "    plt.savefig(out / f'{run_id}_curve.pdf')\n"}),
        Valid(
            "through a helper and a constant",
            {
                EVALUATE: f"{HEAD}TOPIC = '_curve'\ndef draw(path):\n    plt.savefig(path)\n\n\n"
                "for rid in runs:\n    draw(os.path.join(root, rid, rid + TOPIC + '.pdf'))\n"
            },
        ),
        Valid("comparison", {EVALUATE: f"{HEAD}plt.savefig(Path(root) / 'comparison' / 'comparison_loss_box.pdf')\n"}),
        Valid(
            "prefix through a helper",
            {
                EVALUATE: f"{HEAD}def save(prefix, topic):\n"
                "    plt.savefig(f'{root}/{prefix}/{prefix}_{topic}.pdf')\n\n\n"
                "save('comparison', 'bars')\nfor r in run_ids:\n    save(r, 'curve')\n"
            },
        ),
        Valid("name from elsewhere", {EVALUATE: LOOP + "    plt.savefig(out / figure_name(run_id, 'curve'))\n"}),
        Valid(
            "run by another name",
            {
                EVALUATE: f"{HEAD}for key, run in runs.items():\n"
                "    plt.savefig(Path(root) / key / f'{key}_curve.pdf')\n"
            },
        ),
        Valid("one figure in all", {EVALUATE: f"{HEAD}for m in metrics:\n    plt.plot(m)\nplt.savefig('all.pdf')\n"}),
    )
    invalid = (
        Invalid("constant name", {EVALUATE: LOOP + "    plt.savefig(out / 'curve.pdf')\n"}, (f"{EVALUATE}:6",)),
        Invalid(
            "in a helper that the loop calls",
            {
                EVALUATE: f"{HEAD}def draw(folder):\n    plt.savefig(os.path.join(folder, 'loss' + '.pdf'))\n\n\n"
                "for run in json.loads(sys.argv[1]):\n    draw(f'{root}/{run}')\n"
            },
            (f"{EVALUATE}:5",),
        ),
        Invalid(
            "no prefix",
            {EVALUATE: f"{HEAD}out = Path(root, 'comparison')\nplt.savefig(out / 'accuracy_comparison.pdf')\n"},
            (f"{EVALUATE}:5",),
        ),
        Invalid(
            "only the metric in the name",
            {EVALUATE: LOOP + "    for metric in history:\n        plt.savefig(out / f'{metric}.pdf')\n"},
            (f"{EVALUATE}:7",),
        ),
        Invalid(
            "one path twice",
            {EVALUATE: f"{HEAD}p = 'comparison/comparison_a.pdf'\nplt.savefig(p)\nplt.clf()\nplt.savefig(p)\n"},
            (f"{EVALUATE}:7",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each call."""
        written: dict[str, Figure] = {}
        for figure in context.fact(figures).saved:
            if figure.path != EVALUATE:
                continue
            found = next(filter(None, (_fault(context, figure, name) for name in figure.names)), None)
            if found is None and len(figure.names) == 1 and not figure.names[0].holes:
                before = written.setdefault(str(figure.names[0]), figure)
                if before is not figure:
                    said = f"`{figure.names[0]}` is saved here again, over the figure of line {before.line}."
                    found = said, Severity.ADVISORY
            if found is not None:
                message, severity = found
                yield Hit(
                    message=message,
                    path=figure.path,
                    line=figure.line,
                    end_line=figure.node.end_lineno,
                    severity=severity,
                    fix=Fix(summary="Name it `{run_id}_<topic>.pdf`, or `comparison_<topic>.pdf` for a comparison."),
                )


def _fault(context: Context, figure: Figure, path: Pattern) -> tuple[str, Severity] | None:
    """What is wrong with one name of a figure, and how sure that is."""
    name, folder = path.last(), path.folder()
    if not name.parts or (not name.start and not name.holes):
        return None
    if folder.end.rpartition("/")[2] == FOLDER:
        if name.start and not name.start.startswith(FOLDER):
            return f"The comparison figure `{name}` does not begin with `{PREFIX}`.", Severity.BLOCKING
        return None
    inner = folder.parts[-1] if folder.parts else ""
    per_run = figure.per_run or (isinstance(inner, Hole) and bool(RUN_FOLDER.search(text_of(inner.node))))
    if not per_run or name.start.startswith(PREFIX):
        return None
    if name.constant is not None:
        return f"Every run's figure is called `{name}`; the name does not hold the run id.", Severity.BLOCKING
    if not _names_run(name) and not any(_is_unclear(context, hole) for hole in name.holes):
        said = f"The name `{name}` of a run's figure does not hold the run id, so runs share it."
        return said, Severity.ADVISORY
    return None


def _names_run(pattern: Pattern) -> bool:
    return any(RUN.search(text_of(hole.node)) for hole in pattern.holes)


def _is_unclear(context: Context, hole: Hole) -> bool:
    """Whether a part of a name may hold the run id; the variable of a loop over other things does not."""
    if not isinstance(hole.node, ast.Name):
        return True
    found = context.fact(nodes)[hole.path]
    for bound in context.fact(imports)[hole.path].bindings(hole.node):
        loop = next((each for each in found.above(bound) if not isinstance(each, ast.Tuple | ast.List)), None)
        if not isinstance(loop, ast.For | ast.comprehension) or RUN_LOOP.search(text_of(loop.iter)):
            return True
    return False
