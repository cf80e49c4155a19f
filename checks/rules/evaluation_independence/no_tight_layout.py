"""``evaluation-independence/no-tight-layout``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.figures import figures
from checks.facts.unseen_code import unseen_code
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"
PLOT = "import matplotlib.pyplot as plt\n"


class NoTightLayout(Rule):
    """Figures are saved, and nothing fits their layout.

    What it finds
        Saved figures in a tree that nowhere calls `tight_layout`, passes `bbox_inches`, asks for a tight or constrained
        layout, adjusts the margins or uses a style.

    Why it matters
        Long run ids as tick labels are cut off at the edge of the figure, and what is cut off is lost in the PDF.

    How to fix
        Call `plt.tight_layout()` before saving, or save with `bbox_inches="tight"`.

    What it cannot see
        Libraries that draw by themselves (plotly, altair, plotnine, ...) and code that is looked up by name silence
        the rule. So do unpacked options
        of `savefig`.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("tight layout", {EVALUATE: f"{PLOT}plt.tight_layout()\nplt.savefig('a.pdf')\n"}),
        Valid("on saving", {EVALUATE: f"{PLOT}O = {{'bbox_inches': 'tight'}}\nplt.savefig('a.pdf', **O)\n"}),
        Valid("constrained", {EVALUATE: f"{PLOT}fig, ax = plt.subplots(layout='constrained')\nfig.savefig('a.pdf')\n"}),
        Valid("settings", {EVALUATE: f"{PLOT}plt.rcParams['figure.autolayout'] = True\nplt.savefig('a.pdf')\n"}),
        Valid("style", {EVALUATE: f"{PLOT}plt.style.use('paper.style')\nplt.savefig('a.pdf')\n"}),
    )
    invalid = (
        Invalid("none", {EVALUATE: f"{PLOT}plt.plot(x)\nplt.savefig('a.pdf')\n"}, (f"{EVALUATE}:3",)),
        Invalid(
            "only when shown",
            {EVALUATE: f"{PLOT}fig = plt.figure(dpi=300)\nfig.savefig('a.pdf', dpi=300)\n"},
            (f"{EVALUATE}:3",),
        ),
        Invalid(
            "seaborn",
            {EVALUATE: "import seaborn as sns\nsns.barplot(d).get_figure().savefig('a.pdf')\n"},
            (f"{EVALUATE}:2",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the first figure that is saved."""
        found = context.fact(figures)
        if not found.saved or found.hidden or found.unpacked or found.marks.layout or context.fact(unseen_code):
            return
        first = found.saved[0]
        yield Hit(
            message=f"Figures are saved (calls: {len(found.saved)}, the first here), "
            "and nothing in the tree fits the layout of one.",
            path=first.path,
            line=first.line,
            end_line=first.node.end_lineno,
            severity=Severity.BLOCKING,
            fix=Fix(summary="Call `plt.tight_layout()` before saving."),
        )
