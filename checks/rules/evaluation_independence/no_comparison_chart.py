"""``evaluation-independence/no-comparison-chart``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.figures import figures
from checks.facts.unseen_code import unseen_code
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"
PLOT = "import matplotlib.pyplot as plt\n"


class NoComparisonChart(Rule):
    """Figures are saved, and none of them is a bar chart or a box plot.

    What it finds
        A tree that saves figures and nowhere draws bars or boxes: no `bar`, `barh`, `barplot`, `boxplot` or relative of
        these, in whatever library, and no `kind="bar"`.

    Why it matters
        The evaluation is asked to compare the runs in one chart. Learning curves of single runs do not show which
        method is better at the end.

    How to fix
        Draw the primary metric of every run: `ax.bar(run_ids, values)`, saved as `comparison_accuracy_bar_chart.pdf`.

    What it cannot see
        Charts of libraries that draw by themselves, and functions that are looked up by name; these silence the rule.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("bars", {EVALUATE: f"{PLOT}plt.bar(ids, values)\nplt.savefig('comparison_a.pdf')\n"}),
        Valid("boxes of seaborn", {EVALUATE: "import seaborn as s\ns.boxplot(d).figure.savefig('comparison_a.pdf')\n"}),
        Valid("bars of pandas", {EVALUATE: f"{PLOT}frame.plot(kind='barh')\nplt.savefig('a.pdf')\n"}),
        Valid("bars of pandas by name", {EVALUATE: f"{PLOT}frame.plot.bar()\nplt.savefig('a.pdf')\n"}),
        Valid("kind from elsewhere", {EVALUATE: f"{PLOT}frame.plot(kind=wanted)\nplt.savefig('a.pdf')\n"}),
    )
    invalid = (
        Invalid("curves alone", {EVALUATE: f"{PLOT}plt.plot(x)\nplt.savefig('a.pdf')\n"}, (f"{EVALUATE}:3",)),
        Invalid(
            "heat map", {EVALUATE: "import seaborn as s\ns.heatmap(m).figure.savefig('a.pdf')\n"}, (f"{EVALUATE}:2",)
        ),
        Invalid(
            "lines of pandas", {EVALUATE: f"{PLOT}frame.plot(kind='line')\nplt.savefig('a.pdf')\n"}, (f"{EVALUATE}:3",)
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the first figure that the evaluation saves."""
        found = context.fact(figures)
        saved = [figure for figure in found.saved if figure.path == EVALUATE]
        if not saved or found.hidden or found.marks.bars or context.fact(unseen_code):
            return
        yield Hit(
            message="Figures are saved here, and none in the tree is a bar chart or a box plot that compares the runs.",
            path=EVALUATE,
            line=saved[0].line,
            end_line=saved[0].node.end_lineno,
            fix=Fix(summary="Draw the primary metric of every run as bars: `ax.bar(run_ids, values)`."),
        )
