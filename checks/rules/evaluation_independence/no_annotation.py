"""``evaluation-independence/no-annotation``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.figures import figures
from checks.facts.unseen_code import unseen_code
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"
PLOT = "import matplotlib.pyplot as plt\n"


class NoAnnotation(Rule):
    """Figures are saved, and nothing is written on any of them.

    What it finds
        Saved figures in a tree where nothing may annotate one: no `annotate`, `text`, `bar_label`, `figtext`, no
        heat map with `annot=`, no table on the axes. It blocks where titles and axis labels are missing too;
        otherwise it is advisory.

    Why it matters
        Annotated values let a reader take the numbers from the figure; without them bars must be guessed by eye.

    How to fix
        Write the values on the bars with `ax.bar_label(bars, fmt="%.3f")`, or mark the best point with
        `ax.annotate(...)`.

    What it cannot see
        Libraries that draw by themselves (plotly, altair, plotnine, ...) and code that is looked up by name silence
        the rule.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence", "base": "publication-ready"}
    valid = (
        Valid("bar labels", {EVALUATE: f"{PLOT}ax.bar_label(ax.bar(x, y))\nplt.savefig('a.pdf')\n"}),
        Valid(
            "text at each bar",
            {EVALUATE: f"{PLOT}for i, v in enumerate(y):\n    plt.text(i, v, f'{{v}}')\nplt.savefig('a')\n"},
        ),
        Valid("heat map", {EVALUATE: "import seaborn as sns\nsns.heatmap(m, annot=True).figure.savefig('a.pdf')\n"}),
        Valid("nothing is saved", {EVALUATE: f"{PLOT}plt.plot(x)\nplt.show()\n"}),
    )
    invalid = (
        Invalid("bare line", {EVALUATE: f"{PLOT}plt.plot(x)\nplt.savefig('a.pdf')\n"}, (f"{EVALUATE}:3",)),
        Invalid(
            "title alone", {EVALUATE: f"{PLOT}plt.title('a')\nplt.plot(x)\nplt.savefig('a.pdf')\n"}, (f"{EVALUATE}:4",)
        ),
        Invalid(
            "text of another kind",
            {EVALUATE: f"{PLOT}text = response.text()\nplt.bar(x, y)\nplt.savefig(text)\n"},
            (f"{EVALUATE}:4",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the first figure that is saved."""
        found = context.fact(figures)
        if not found.saved or found.hidden or found.marks.annotation or context.fact(unseen_code):
            return
        first = found.saved[0]
        yield Hit(
            message=f"Figures are saved (calls: {len(found.saved)}, the first here), "
            "and nothing in the tree annotates one.",
            path=first.path,
            line=first.line,
            end_line=first.node.end_lineno,
            severity=Severity.ADVISORY if found.marks.titles else Severity.BLOCKING,
            fix=Fix(summary="Write values on the figure: `ax.bar_label(bars)` or `ax.annotate(...)`."),
        )
