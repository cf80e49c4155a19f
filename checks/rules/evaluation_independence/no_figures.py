"""``evaluation-independence/no-figures``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.figures import figures
from checks.facts.unseen_code import unseen_code
from checks.facts.words import words
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"
PLOT = "import matplotlib.pyplot as plt\n"
WRITES = ("PdfPages", "print_figure", "print_pdf", "print_png", "save_fig", "savefig.")


class NoFigures(Rule):
    """The tree saves no figure.

    What it finds
        A tree with a `src/evaluate.py` in which nothing that may run saves a figure: no `savefig`, `write_image` or
        `PdfPages`, and no library that writes figures in its own way.

    Why it matters
        Figures of each run and of their comparison are part of what the evaluation is asked for. `plt.show()` alone
        leaves nothing behind on a machine without a screen.

    How to fix
        Draw the learning curves and a comparison of the runs, and save each with `fig.savefig("....pdf")`.

    What it cannot see
        Whether a figure that is saved shows what it should.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence", "base": "complete-core-logic"}
    valid = (
        Valid("saved", {EVALUATE: f"{PLOT}plt.plot(x)\nplt.savefig('a.pdf')\n"}),
        Valid(
            "by a helper of another file",
            {
                EVALUATE: "from src.model import save\nsave(1)\n",
                "src/model.py": f"{PLOT}def save(x):\n    plt.gcf().savefig('a.pdf')\n",
            },
        ),
        Valid(
            "pages", {EVALUATE: "from matplotlib.backends.backend_pdf import PdfPages as P\nP('a.pdf').savefig(f)\n"}
        ),
        Valid("under another name", {EVALUATE: "from matplotlib.pyplot import savefig as keep\nkeep('a.pdf')\n"}),
        Valid("handed on", {EVALUATE: f"{PLOT}each(figures, do=plt.savefig)\n"}),
        Valid("helper of an unknown package", {EVALUATE: "from lab.plots import curves\ncurves(runs)\n"}),
        Valid("another library", {EVALUATE: "import altair as alt\nalt.Chart(d).save('a.pdf')\n"}),
        Valid("no evaluation to judge", {"src/train.py": "print(1)\n"}),
    )
    invalid = (
        Invalid("none", {EVALUATE: "import json\nprint(json.dumps({'a': 1}))\n"}, (EVALUATE,)),
        Invalid("only shown", {EVALUATE: f"{PLOT}plt.plot(x)\nplt.show()\n"}, (EVALUATE,)),
        Invalid(
            "in a function that nothing calls",
            {EVALUATE: f"{PLOT}def later():\n    plt.savefig('a.pdf')\n\n\nprint('done')\n"},
            (EVALUATE,),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the evaluation's file."""
        found = context.fact(figures)
        if found.saved or found.hidden or EVALUATE not in context.tree.files or context.fact(unseen_code):
            return
        called = any(any(each.named("savefig")) for each in context.fact(calls).values())
        wanted = WRITES if called else (*WRITES, "savefig")
        if any(each.mention(*wanted) for each in context.fact(words).values()):
            return
        shown = "draws figures and saves none" if found.drawn else "draws and saves no figure"
        yield Hit(
            message=f"The tree {shown}; the evaluation is asked for figures of each run and of their comparison.",
            path=EVALUATE,
            fix=Fix(summary="Draw the learning curves and a comparison of the runs, and save them as PDF."),
        )
