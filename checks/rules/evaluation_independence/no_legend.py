"""``evaluation-independence/no-legend``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.figures import figures
from checks.facts.unseen_code import unseen_code
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"
PLOT = "import matplotlib.pyplot as plt\n"


class NoLegend(Rule):
    """Figures are saved, and none of them has a legend.

    What it finds
        Saved figures in a tree where nothing may add a legend: no call of `legend`, no `hue=` or `legend=`, no
        `frame.plot` of pandas, no `label=` for seaborn, which adds one for it. It blocks where something is drawn with
        a `label=` that only a legend shows; otherwise it is advisory.

    Why it matters
        A figure goes into a paper on its own. Without a legend nobody can tell which line or colour is which run.

    How to fix
        Give every series a `label` and call `plt.legend()` before the figure is saved.

    What it cannot see
        Libraries that draw by themselves (plotly, altair, plotnine, ...) and code that is looked up by name silence
        the rule.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence", "base": "publication-ready"}
    valid = (
        Valid("legend", {EVALUATE: f"{PLOT}plt.plot(x, label='a')\nplt.legend()\nplt.savefig('a.pdf')\n"}),
        Valid(
            "on the axes, by a helper",
            {EVALUATE: f"{PLOT}def end(ax):\n    ax.legend(loc=0)\nend(ax)\nf.savefig('a')\n"},
        ),
        Valid(
            "seaborn's colours",
            {EVALUATE: "import seaborn as s\ns.lineplot(d, x='a', y='b', hue='c').figure.savefig('a')\n"},
        ),
        Valid(
            "seaborn adds it", {EVALUATE: "import seaborn as s\ns.lineplot(x=a, y=b, label='c').figure.savefig('a')\n"}
        ),
        Valid("pandas adds it", {EVALUATE: f"{PLOT}frame.plot(x='step')\nplt.savefig('a.pdf')\n"}),
        Valid("another library", {EVALUATE: "import plotly.express as px\npx.line(d).write_image('a.pdf')\n"}),
    )
    invalid = (
        Invalid(
            "labels without it", {EVALUATE: f"{PLOT}plt.plot(x, label='a')\nplt.savefig('a.pdf')\n"}, (f"{EVALUATE}:3",)
        ),
        Invalid("bars alone", {EVALUATE: f"{PLOT}plt.bar(x, y)\nplt.savefig('a.pdf')\n"}, (f"{EVALUATE}:3",)),
        Invalid(
            "several figures",
            {EVALUATE: f"{PLOT}fig, ax = plt.subplots()\nax.plot(x, y)\nfig.savefig('a.pdf')\nfig.savefig('b.pdf')\n"},
            (f"{EVALUATE}:4",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the first figure that is saved."""
        found = context.fact(figures)
        if not found.saved or found.hidden or found.marks.legend or context.fact(unseen_code):
            return
        first = found.saved[0]
        yield Hit(
            message=f"Figures are saved (calls: {len(found.saved)}, the first here), "
            "and nothing in the tree adds a legend.",
            path=first.path,
            line=first.line,
            end_line=first.node.end_lineno,
            severity=Severity.BLOCKING if found.marks.several else Severity.ADVISORY,
            fix=Fix(summary="Give every series a `label` and call `plt.legend()` before saving."),
        )
